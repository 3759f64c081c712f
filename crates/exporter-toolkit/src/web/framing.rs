//! Where the body of an HTTP/1 request ends.
//!
//! hyper decodes bodies, and would read on into the next request. So each body is followed here to its end, by rules that
//! are stricter than the protocol's: what a proxy in front could read in another way is no body.

/// How the end of a request's body is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// There are so many bytes.
    Length(u64),
    /// By chunks (RFC 9112, section 7.1).
    Chunked,
}

/// A header that says it in two ways, or in none that is understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ambiguous;

impl Framing {
    /// What a whole header says. Of lines that the parser refuses anything may be said.
    pub(crate) fn of(head: &[u8]) -> Result<Self, Ambiguous> {
        let mut lines = head.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let is_new = lines.next().is_some_and(|line| line.ends_with(b" HTTP/1.1"));
        let mut framing = None;
        for line in lines {
            let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
            let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
            let said = if name.eq_ignore_ascii_case(b"content-length") {
                Framing::Length(number(value).ok_or(Ambiguous)?)
            } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
                if !is_new || !value.eq_ignore_ascii_case(b"chunked") {
                    return Err(Ambiguous);
                }
                Framing::Chunked
            } else {
                continue;
            };
            if framing.replace(said).is_some() {
                return Err(Ambiguous);
            }
        }
        Ok(framing.unwrap_or(Framing::Length(0)))
    }
}

/// Digits alone, and not too many of them.
fn number(value: &[u8]) -> Option<u64> {
    let digits = std::str::from_utf8(value).ok()?;
    if digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse().ok() } else { None }
}

/// Follows a body to its end.
#[derive(Debug)]
pub(crate) enum Follower {
    /// So many bytes are to come.
    Length(u64),
    Chunked(Chunks),
}

/// Bytes that are no chunk where one has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoChunk;

impl Follower {
    pub(crate) fn new(framing: Framing) -> Self {
        match framing {
            Framing::Length(length) => Follower::Length(length),
            Framing::Chunked => Follower::Chunked(Chunks { state: State::Size, size: 0, line: 0, trailers: 0 }),
        }
    }

    /// Whether nothing more belongs to the body.
    pub(crate) fn is_over(&self) -> bool {
        match self {
            Follower::Length(rest) => *rest == 0,
            Follower::Chunked(chunks) => chunks.state == State::Over,
        }
    }

    /// How many of these bytes, which come next, belong to the body.
    pub(crate) fn follow(&mut self, bytes: &[u8]) -> Result<usize, NoChunk> {
        match self {
            Follower::Length(rest) => {
                let taken = usize::try_from(*rest).map_or(bytes.len(), |rest| rest.min(bytes.len()));
                *rest -= taken as u64;
                Ok(taken)
            }
            Follower::Chunked(chunks) => chunks.follow(bytes),
        }
    }
}

/// The digits of a chunk's size; more would be no number of ours.
const MOST_DIGITS: usize = 15;
/// A line of a chunk's size, with extensions that nobody reads.
const MOST_LINE: usize = 256;
/// All trailers, which nobody reads either.
const MOST_TRAILERS: usize = 4096;

/// A body in chunks, and where in it we are.
#[derive(Debug)]
pub(crate) struct Chunks {
    state: State,
    /// Of the chunk, what is to come.
    size: u64,
    /// Bytes of the line that we are in.
    line: usize,
    trailers: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Size,
    Extension,
    SizeEnd,
    Data,
    DataReturn,
    DataEnd,
    Trailer,
    TrailerEnd,
    Over,
}

impl Chunks {
    fn follow(&mut self, bytes: &[u8]) -> Result<usize, NoChunk> {
        let mut at = 0;
        while self.state != State::Over
            && let Some(byte) = bytes.get(at)
        {
            if self.state == State::Data {
                let taken = usize::try_from(self.size).unwrap_or(usize::MAX).min(bytes.len() - at);
                self.size -= taken as u64;
                at += taken;
                if self.size == 0 {
                    self.state = State::DataReturn;
                }
                continue;
            }
            self.state = self.step(*byte).ok_or(NoChunk)?;
            at += 1;
        }
        Ok(at)
    }

    /// The state behind a byte that is not of a chunk's data; `None` where it can't stand.
    fn step(&mut self, byte: u8) -> Option<State> {
        match (self.state, byte) {
            (State::Size, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') if self.line < MOST_DIGITS => {
                self.line += 1;
                self.size = self.size * 16 + u64::from(char::from(byte).to_digit(16)?);
                Some(State::Size)
            }
            (State::Size, b';') if self.line > 0 => Some(State::Extension),
            (State::Size, b'\r') if self.line > 0 => Some(State::SizeEnd),
            (State::Extension, b'\r') => Some(State::SizeEnd),
            (State::Extension, b'\t' | b' '..=b'~') if self.line < MOST_LINE => {
                self.line += 1;
                Some(State::Extension)
            }
            (State::SizeEnd, b'\n') => {
                self.line = 0;
                Some(if self.size == 0 { State::Trailer } else { State::Data })
            }
            (State::DataReturn, b'\r') => Some(State::DataEnd),
            (State::DataEnd, b'\n') => Some(State::Size),
            (State::Trailer, b'\r') => Some(State::TrailerEnd),
            (State::Trailer, b'\t' | b' '..=b'~') if self.trailers < MOST_TRAILERS => {
                self.line += 1;
                self.trailers += 1;
                Some(State::Trailer)
            }
            (State::TrailerEnd, b'\n') if self.line == 0 => Some(State::Over),
            (State::TrailerEnd, b'\n') => {
                self.line = 0;
                Some(State::Trailer)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_headers_say_of_bodies() {
        let framing = |headers: &str| Framing::of(format!("POST / HTTP/1.1\r\n{headers}\r\n").as_bytes());
        for (headers, expected) in [
            ("", Ok(Framing::Length(0))),
            ("Host: x\r\n", Ok(Framing::Length(0))),
            ("Content-Length: 0\r\n", Ok(Framing::Length(0))),
            ("content-LENGTH:5 \r\nHost: x\r\n", Ok(Framing::Length(5))),
            ("Transfer-Encoding: Chunked\r\n", Ok(Framing::Chunked)),
            ("X: Content-Length: 5\r\n", Ok(Framing::Length(0))),
            ("Content-Length: 5\r\nContent-Length: 5\r\n", Err(Ambiguous)),
            ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", Err(Ambiguous)),
            ("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", Err(Ambiguous)),
            ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", Err(Ambiguous)),
            ("Transfer-Encoding: gzip, chunked\r\n", Err(Ambiguous)),
            ("Transfer-Encoding: identity\r\n", Err(Ambiguous)),
            ("Transfer-Encoding:\r\n", Err(Ambiguous)),
            ("Content-Length:\r\n", Err(Ambiguous)),
            ("Content-Length: +5\r\n", Err(Ambiguous)),
            ("Content-Length: 5, 5\r\n", Err(Ambiguous)),
            ("Content-Length: 0x5\r\n", Err(Ambiguous)),
            ("Content-Length: 99999999999999999999\r\n", Err(Ambiguous)),
        ] {
            assert_eq!(framing(headers), expected, "{headers}");
        }
        assert_eq!(Framing::of(b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), Err(Ambiguous));
    }

    /// Follows the bytes piece by piece; how many of them are of the body, if it ends.
    fn followed(bytes: &[u8], piece: usize) -> Result<Option<usize>, NoChunk> {
        let (mut follower, mut taken) = (Follower::new(Framing::Chunked), 0);
        for piece in bytes.chunks(piece) {
            let followed = follower.follow(piece)?;
            taken += followed;
            if followed < piece.len() {
                break;
            }
        }
        Ok(follower.is_over().then_some(taken))
    }

    #[test]
    fn bodies_in_chunks() {
        for (body, expected) in [
            ("0\r\n\r\n", Ok(Some(5))),
            ("3\r\nabc\r\n0\r\n\r\nGET /", Ok(Some(13))),
            ("00A;x=\"y\"\r\n0123456789\r\n0;z\r\nA: b\r\n\r\nmore", Ok(Some(36))),
            ("3\r\na\r\n\r\n0\r\n\r\n", Ok(Some(13))),
            ("3\r\nabc\r\n0\r\n", Ok(None)),
            ("3\r\nab", Ok(None)),
            ("\r\n", Err(NoChunk)),
            ("3\nabc\n0\n\n", Err(NoChunk)),
            ("3\r\nabcd", Err(NoChunk)),
            ("3\r\nabc\n", Err(NoChunk)),
            ("-1\r\n", Err(NoChunk)),
            (" 3\r\n", Err(NoChunk)),
            ("3 \r\n", Err(NoChunk)),
            ("0x3\r\n", Err(NoChunk)),
            ("3;\n\r\n", Err(NoChunk)),
            ("3;\u{1}\r\n", Err(NoChunk)),
            ("0\r\nA: b\n\r\n", Err(NoChunk)),
            ("0000000000000003\r\n", Err(NoChunk)),
        ] {
            for piece in 1..=body.len() {
                assert_eq!(followed(body.as_bytes(), piece), expected, "{body:?} by {piece}");
            }
        }
        let long = |line: usize| format!("0{}\r\n\r\n", ";".repeat(line));
        assert_eq!(followed(long(256).as_bytes(), 7), Ok(Some(261)));
        assert_eq!(followed(long(257).as_bytes(), 7), Err(NoChunk));
        assert_eq!(followed(format!("0\r\n{}", "A: b\r\n".repeat(2000)).as_bytes(), 7), Err(NoChunk));
    }

    #[test]
    fn a_body_of_a_length() {
        let mut follower = Follower::new(Framing::Length(5));
        assert_eq!((follower.follow(b"abc"), follower.is_over()), (Ok(3), false));
        assert_eq!((follower.follow(b"defg"), follower.is_over()), (Ok(2), true));
        assert_eq!(follower.follow(b"g"), Ok(0));
    }

    proptest! {
        #[test]
        fn any_bytes_in_any_pieces(bytes in "[0-3af;x\r\n ]{0,40}", piece in 1_usize..8) {
            prop_assert_eq!(followed(bytes.as_bytes(), piece), followed(bytes.as_bytes(), bytes.len().max(1)));
        }
    }
}
