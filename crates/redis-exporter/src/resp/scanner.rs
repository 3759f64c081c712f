//! Whether all replies have come, and are such as a server sends.

use std::fmt;

/// Longer than this no status, error or number is: beyond it, it is not Redis that answers.
const LONGEST_LINE: usize = 64 * 1024;
/// LATENCY HISTOGRAM has four levels, XINFO STREAM FULL five.
const DEEPEST: usize = 8;

/// Follows replies as they come, byte by byte looked at once.
#[derive(Debug)]
pub(crate) struct Scanner {
    /// How far the bytes have been understood.
    at: usize,
    /// How many elements are still to come at each level; the first is the replies'.
    pending: Vec<usize>,
    /// As many bytes may come altogether.
    most_bytes: usize,
}

/// What came is no reply of a server, or more than is read of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Malformed {
    /// A reply begins with a byte that none begins with.
    Kind(u8),
    /// A number that is none.
    Number,
    /// A line that does not end.
    Line,
    /// Arrays in arrays in arrays.
    Depth,
    /// More bytes than are read.
    Size(usize),
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Malformed::Kind(b'H') => f.write_str("not Redis that answers: it may be a web server"),
            Malformed::Kind(byte) => write!(f, "not Redis that answers: a reply begins with byte {byte:#04x}"),
            Malformed::Number => f.write_str("not Redis that answers: a length is no number"),
            Malformed::Line => f.write_str("not Redis that answers: a line does not end"),
            Malformed::Depth => write!(f, "a reply is deeper than {DEEPEST} arrays"),
            Malformed::Size(most) => write!(f, "the replies are longer than {most} bytes"),
        }
    }
}

impl Scanner {
    /// For this many replies, together of at most so many bytes.
    pub(crate) fn new(replies: usize, most_bytes: usize) -> Self {
        Scanner { at: 0, pending: vec![replies], most_bytes }
    }

    /// Looks at what has come since the last time; `bytes` is everything from the first reply on. Whether all are there.
    pub(crate) fn complete(&mut self, bytes: &[u8]) -> Result<bool, Malformed> {
        loop {
            while self.pending.last() == Some(&0) {
                self.pending.pop();
            }
            let Some(left) = self.pending.last_mut() else { return Ok(true) };
            if bytes.len() > self.most_bytes {
                return Err(Malformed::Size(self.most_bytes));
            }
            let rest = &bytes[self.at.min(bytes.len())..];
            let Some(Line { kind, text, length: header }) = line(rest)? else { return Ok(false) };
            let mut end = header;
            let mut elements = 0;
            match kind {
                b'+' | b'-' => {}
                b':' => drop(integer(text)?),
                b'$' => {
                    if let Ok(length) = usize::try_from(integer(text)?) {
                        end = length.checked_add(header + 2).ok_or(Malformed::Size(self.most_bytes))?;
                        if end > self.most_bytes {
                            return Err(Malformed::Size(self.most_bytes));
                        }
                    }
                }
                b'*' => {
                    elements = usize::try_from(integer(text)?).unwrap_or(0);
                    // Each takes four bytes or more.
                    if elements > self.most_bytes / 4 {
                        return Err(Malformed::Size(self.most_bytes));
                    }
                }
                other => return Err(Malformed::Kind(other)),
            }
            if rest.len() < end {
                return Ok(false);
            }
            if !rest[..end].ends_with(b"\r\n") {
                return Err(Malformed::Line);
            }
            *left -= 1;
            self.at += end;
            if elements > 0 {
                if self.pending.len() > DEEPEST {
                    return Err(Malformed::Depth);
                }
                self.pending.push(elements);
            }
        }
    }
}

/// What a reply begins with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'b> {
    /// Its first byte.
    pub(super) kind: u8,
    /// What it says.
    pub(super) text: &'b [u8],
    /// Bytes of all of it, with its end.
    pub(super) length: usize,
}

/// The first line. `None` if it is not all there.
pub(super) fn line(bytes: &[u8]) -> Result<Option<Line<'_>>, Malformed> {
    let Some(kind) = bytes.first() else { return Ok(None) };
    if !b"+-:$*".contains(kind) {
        return Err(Malformed::Kind(*kind));
    }
    let most = bytes.len().min(LONGEST_LINE);
    match bytes[..most].iter().position(|byte| *byte == b'\n') {
        Some(end) if bytes[end - 1] == b'\r' => {
            Ok(Some(Line { kind: *kind, text: &bytes[1..end - 1], length: end + 1 }))
        }
        Some(_) => Err(Malformed::Line),
        None if most == LONGEST_LINE => Err(Malformed::Line),
        None => Ok(None),
    }
}

/// The number of a line.
pub(super) fn integer(line: &[u8]) -> Result<i64, Malformed> {
    std::str::from_utf8(line).ok().and_then(|text| text.parse().ok()).ok_or(Malformed::Number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn whole(replies: usize, bytes: &[u8]) -> Result<bool, Malformed> {
        Scanner::new(replies, 1000).complete(bytes)
    }

    #[test]
    fn replies_of_every_kind() {
        assert_eq!(whole(1, b"+OK\r\n"), Ok(true));
        assert_eq!(whole(2, b"+OK\r\n"), Ok(false));
        assert_eq!(whole(6, b"-ERR no\r\n:-5\r\n$-1\r\n*-1\r\n$0\r\n\r\n*0\r\n"), Ok(true));
        assert_eq!(
            whole(2, b"*2\r\n*1\r\n:1\r\n$3\r\na\r\nb\r\n+x\r\n"),
            Err(Malformed::Line),
            "the text is one byte longer"
        );
        assert_eq!(whole(2, b"*2\r\n*1\r\n:1\r\n$4\r\na\r\nb\r\n+x\r\n"), Ok(true));
    }

    #[test]
    fn what_no_server_sends() {
        for (bytes, wrong) in [
            (&b"HTTP/1.1 400 Bad Request\r\n"[..], Malformed::Kind(b'H')),
            (b"\x16\x03\x01", Malformed::Kind(0x16)),
            (b"$abc\r\n", Malformed::Number),
            (b":\r\n", Malformed::Number),
            (b"+OK\n", Malformed::Line),
            (b"$999999999999\r\n", Malformed::Size(1000)),
            (b"*999999999999\r\n", Malformed::Size(1000)),
        ] {
            assert_eq!(whole(1, bytes), Err(wrong));
        }
        assert_eq!(whole(1, "*1\r\n".repeat(20).as_bytes()), Err(Malformed::Depth));
        assert_eq!(Scanner::new(1, 1 << 20).complete(&[b'+'; LONGEST_LINE]), Err(Malformed::Line));
    }

    proptest! {
        #[test]
        fn however_it_is_cut_it_says_the_same(cut in 0_usize..70) {
            let bytes = b"*3\r\n$2\r\nab\r\n*2\r\n:1\r\n+OK\r\n$-1\r\n-ERR x\r\n*0\r\n:7\r\n";
            let cut = cut.min(bytes.len());
            let mut scanner = Scanner::new(4, 1000);
            prop_assert_eq!(scanner.complete(&bytes[..cut]), Ok(cut == bytes.len()));
            prop_assert_eq!(scanner.complete(bytes), Ok(true));
        }

        #[test]
        fn nothing_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            whole(3, &bytes).ok();
        }
    }
}
