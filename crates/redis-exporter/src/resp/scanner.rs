//! Whether all replies have come, and are such as a server sends.

use std::fmt;

#[cfg(test)]
use crate::resp::Commands;

/// Longer than this no status, error or number is: beyond it, it is not Redis that answers.
const LONGEST_LINE: usize = 64 * 1024;
/// LATENCY HISTOGRAM has four levels, XINFO STREAM FULL five.
const DEEPEST: usize = 8;

/// Follows replies as they come, byte by byte looked at once, and keeps how far the arrays among them reach.
#[derive(Debug)]
pub(crate) struct Scanner {
    /// How far the bytes have been understood.
    at: usize,
    /// The replies, and the arrays that are not all there, each within the one before it.
    open: Vec<Open>,
    extents: Vec<Extent>,
    /// As many bytes may come altogether.
    most_bytes: usize,
}

/// What is not all there.
#[derive(Debug)]
struct Open {
    /// How many elements are still to come.
    left: usize,
    /// Which of the arrays it is, and where its first element begins; absent for the replies.
    array: Option<(usize, usize)>,
}

/// How far an array reaches that has elements.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Extent {
    /// The bytes of all its elements.
    pub(super) bytes: u32,
    /// How many arrays with elements are within it.
    pub(super) arrays: u32,
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
        Scanner { at: 0, open: vec![Open { left: replies, array: None }], extents: Vec::new(), most_bytes }
    }

    /// The arrays that have elements, each before those within it.
    pub(crate) fn extents(&self) -> &[Extent] {
        &self.extents
    }

    /// Looks at what has come since the last time; `bytes` is everything from the first reply on. Whether all are there.
    pub(crate) fn complete(&mut self, bytes: &[u8]) -> Result<bool, Malformed> {
        loop {
            while let Some(Open { array, .. }) = self.open.pop_if(|open| open.left == 0) {
                let Some((index, begin)) = array else { continue };
                self.extents[index] =
                    Extent { bytes: short(self.at - begin), arrays: short(self.extents.len() - index - 1) };
            }
            let Some(open) = self.open.last_mut() else { return Ok(true) };
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
            open.left -= 1;
            self.at += end;
            if elements > 0 {
                if self.open.len() > DEEPEST {
                    return Err(Malformed::Depth);
                }
                self.open.push(Open { left: elements, array: Some((self.extents.len(), self.at)) });
                self.extents.push(Extent::default());
            }
        }
    }
}

/// A scanner that has seen what a server says to the commands, all of it or a part.
#[cfg(test)]
pub(crate) fn scanned(commands: &Commands, bytes: &[u8]) -> Scanner {
    let mut scanner = Scanner::new(commands.sent(), 1 << 24);
    scanner.complete(bytes).expect("it is such as a server sends");
    scanner
}

/// Of a reply, which is shorter than 4 GiB.
fn short(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
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

    #[test]
    fn how_far_arrays_reach() {
        let bytes = b"*3\r\n*0\r\n*2\r\n:1\r\n*1\r\n+a\r\n$-1\r\n*-1\r\n*1\r\n:7\r\n";
        let mut scanner = Scanner::new(3, 1000);
        assert_eq!(scanner.complete(bytes), Ok(true));
        let extent = |bytes, arrays| Extent { bytes, arrays };
        assert_eq!(scanner.extents(), [extent(25, 2), extent(12, 1), extent(4, 0), extent(4, 0)]);
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
