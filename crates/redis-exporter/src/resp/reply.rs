//! Replies, read where they lie.

use std::borrow::Cow;

use crate::resp::commands::{Commands, Entry};
use crate::resp::scanner::{Extent, Line, integer, line};

/// A reply, or an element of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reply<'b> {
    /// A status or a string.
    Text(&'b [u8]),
    /// A number.
    Integer(i64),
    /// Nothing.
    Nil,
    /// Elements.
    Array(Array<'b>),
    /// What the server refused.
    Error(ServerError<'b>),
}

/// Why a server refused a command, in its words: a code in capitals first, by custom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ServerError<'b>(pub(crate) &'b [u8]);

/// The elements of a reply, each read when it is come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Array<'b> {
    left: usize,
    rest: &'b [u8],
    /// How far the arrays in `rest` reach.
    extents: &'b [Extent],
}

impl<'b> Reply<'b> {
    /// The text, if it is one.
    pub(crate) fn bytes(self) -> Option<&'b [u8]> {
        match self {
            Reply::Text(bytes) => Some(bytes),
            Reply::Integer(_) | Reply::Nil | Reply::Array(_) | Reply::Error(_) => None,
        }
    }

    /// The text, with � where it is not UTF-8.
    pub(crate) fn text(self) -> Option<Cow<'b, str>> {
        self.bytes().map(String::from_utf8_lossy)
    }

    /// The number, which some servers send as text.
    pub(crate) fn integer(self) -> Option<i64> {
        match self {
            Reply::Integer(number) => Some(number),
            Reply::Text(bytes) => integer(bytes).ok(),
            Reply::Nil | Reply::Array(_) | Reply::Error(_) => None,
        }
    }

    /// The number, which most servers send as text; of a text that says NaN or infinity there is none.
    pub(crate) fn number(self) -> Option<f64> {
        match self {
            Reply::Integer(number) => Some(number as f64),
            Reply::Text(bytes) => number(std::str::from_utf8(bytes).ok()?),
            Reply::Nil | Reply::Array(_) | Reply::Error(_) => None,
        }
    }

    /// The elements; none if it has none.
    pub(crate) fn array(self) -> Array<'b> {
        match self {
            Reply::Array(array) => array,
            Reply::Text(_) | Reply::Integer(_) | Reply::Nil | Reply::Error(_) => Array::default(),
        }
    }
}

impl<'b> Array<'b> {
    /// How many elements are left.
    pub(crate) fn len(&self) -> usize {
        self.left
    }

    /// Elements two by two, as maps are sent.
    pub(crate) fn pairs(mut self) -> impl Iterator<Item = (Reply<'b>, Reply<'b>)> {
        std::iter::from_fn(move || Some((self.next()?, self.next()?)))
    }

    /// The value of a map's key.
    pub(crate) fn get(self, key: &str) -> Option<Reply<'b>> {
        self.pairs().find_map(|(name, value)| (name.bytes() == Some(key.as_bytes())).then_some(value))
    }
}

impl<'b> Iterator for Array<'b> {
    type Item = Reply<'b>;

    /// `None` also where it is not all there; a scanner has looked before.
    fn next(&mut self) -> Option<Reply<'b>> {
        self.left = self.left.checked_sub(1)?;
        let Line { kind, text, length } = line(self.rest).ok()??;
        let rest = &self.rest[length..];
        let (reply, rest) = match kind {
            b'+' => (Reply::Text(text), rest),
            b'-' => (Reply::Error(ServerError(text)), rest),
            b':' => (Reply::Integer(integer(text).ok()?), rest),
            b'$' => match usize::try_from(integer(text).ok()?) {
                Ok(length) => (Reply::Text(rest.get(..length)?), rest.get(length + 2..)?),
                Err(_) => (Reply::Nil, rest),
            },
            _ => match usize::try_from(integer(text).ok()?) {
                Ok(0) => (Reply::Array(Array::default()), rest),
                Ok(left) => {
                    let (extent, extents) = self.extents.split_first()?;
                    let (elements, rest) = rest.split_at_checked(extent.bytes as usize)?;
                    let (within, behind) = extents.split_at_checked(extent.arrays as usize)?;
                    self.extents = behind;
                    (Reply::Array(Array { left, rest: elements, extents: within }), rest)
                }
                Err(_) => (Reply::Nil, rest),
            },
        };
        self.rest = rest;
        Some(reply)
    }
}

/// The finite number that a text says.
pub(crate) fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// The replies of one round trip, in the order of their commands.
#[derive(Debug, Clone)]
pub(crate) struct Replies<'b> {
    entries: std::vec::IntoIter<Entry>,
    replies: Array<'b>,
}

impl<'b> Replies<'b> {
    /// Of these commands; `bytes` is what came, complete, and `extents` what a scanner found in it.
    pub(crate) fn new(commands: &Commands, bytes: &'b [u8], extents: &'b [Extent]) -> Self {
        Replies {
            entries: commands.entries().to_vec().into_iter(),
            replies: Array { left: commands.sent(), rest: bytes, extents },
        }
    }

    /// The replies of the next `count` commands, which are passed over here.
    pub(crate) fn split(&mut self, count: usize) -> Replies<'b> {
        let entries: Vec<_> = self.entries.by_ref().take(count).collect();
        let mut replies = self.replies;
        replies.left = entries.iter().filter(|entry| entry.sent).count();
        self.replies.by_ref().take(replies.left).for_each(drop);
        Replies { entries: entries.into_iter(), replies }
    }

    /// The next command's reply, an error too; `None` if the command was not sent, or there is none left.
    pub(crate) fn next_or_error(&mut self) -> Option<Reply<'b>> {
        let entry = self.entries.next()?;
        if entry.sent { self.replies.next() } else { None }
    }

    /// The next command's reply; `None` if there is none, or the server refused the command: that is told by whoever sent it.
    pub(crate) fn next(&mut self) -> Option<Reply<'b>> {
        self.next_or_error().filter(|reply| !matches!(reply, Reply::Error(_)))
    }

    /// Every command that is left with what the server said to it; `None` is a command that was not sent.
    pub(crate) fn outcomes(mut self) -> impl Iterator<Item = (&'static str, Option<Reply<'b>>)> {
        std::iter::from_fn(move || {
            let entry = self.entries.next()?;
            Some((entry.name, if entry.sent { self.replies.next() } else { None }))
        })
    }
}

impl ServerError<'_> {
    /// Its first word: a code, by custom.
    pub(crate) fn code(&self) -> &str {
        let end = self.0.iter().position(|byte| *byte == b' ').unwrap_or(self.0.len());
        std::str::from_utf8(&self.0[..end]).unwrap_or_default()
    }

    /// The server's words.
    pub(crate) fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.0)
    }

    /// Whether it is what was asked for: that a failover could not come about is one of two answers of SENTINEL CKQUORUM.
    pub(crate) fn is_answer(&self) -> bool {
        self.code() == "NOQUORUM"
    }

    /// Whether it will say the same until someone changes its setting: it does not know the command, or has a rule against it. That
    /// a user may not see some key, or what a script runs into, says nothing of the command.
    pub(crate) fn is_refusal(&self) -> bool {
        let text = self.text().to_ascii_lowercase();
        if ["access a key", "access one of the keys", "script"].iter().any(|one| text.contains(one)) {
            return false;
        }
        self.code() == "NOPERM" || text.starts_with("err unknown") || text.contains("not allowed")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resp::{Refused, scanned};

    #[test]
    fn replies_are_read_where_they_lie() {
        let mut commands = Commands::without(&Refused::from(["B"]));
        for name in ["A", "B", "C", "D"] {
            commands.add(name, [name]);
        }
        let bytes = b"*2\r\n*1\r\n$1\r\na\r\n:7\r\n-NOPERM no\r\n$-1\r\n";
        let scanner = scanned(&commands, bytes);
        let mut replies = Replies::new(&commands, bytes, scanner.extents());
        let mut first = replies.next().unwrap().array();
        assert_eq!((first.len(), first.next().unwrap().array().next()), (2, Some(Reply::Text(b"a"))));
        assert_eq!((first.next(), first.next()), (Some(Reply::Integer(7)), None));
        assert_eq!(replies.next(), None, "not sent");
        assert_eq!(replies.next_or_error(), Some(Reply::Error(ServerError(b"NOPERM no"))));
        assert_eq!((replies.next(), replies.next()), (Some(Reply::Nil), None));

        let mut replies = Replies::new(&commands, bytes, scanner.extents());
        let mut first = replies.split(3);
        assert_eq!(replies.next(), Some(Reply::Nil), "the others are passed over");
        assert_eq!(first.next().unwrap().array().len(), 2);
        assert_eq!((first.next(), first.next(), first.next()), (None, None, None));
    }

    #[test]
    fn maps() {
        let bytes = b"*4\r\n$1\r\na\r\n:1\r\n+b\r\n$1\r\n2\r\n";
        let mut commands = Commands::without(&Refused::new());
        commands.add("A", ["A"]);
        let scanner = scanned(&commands, bytes);
        let map = Replies::new(&commands, bytes, scanner.extents()).next().unwrap().array();
        assert_eq!(map.get("b").and_then(Reply::integer), Some(2));
        assert_eq!(map.get("c"), None);
        assert_eq!(map.get("b").and_then(Reply::number), Some(2.0));
        for text in ["NaN", "-nan", "inf", "1e999", "", "1,5"] {
            assert_eq!(Reply::Text(text.as_bytes()).number(), None, "{text}");
        }
    }

    #[test]
    fn refusals() {
        for text in [
            "NOPERM User default has no permissions to run the 'config|get' command",
            "NOPERM this user has no permissions to run the 'info' command",
            "ERR unknown command 'CONFIG', with args beginning with: ",
            "ERR unknown subcommand 'HISTOGRAM'. Try LATENCY HELP.",
            "ERR Unknown subcommand or wrong number of arguments for 'HISTOGRAM'. Try LATENCY HELP.",
        ] {
            assert!(ServerError(text.as_bytes()).is_refusal(), "{text}");
        }
        for text in [
            "LOADING Redis is loading the dataset in memory",
            "ERR Write commands are not allowed from read-only scripts. script: f1, on @user_script:1.",
            "ERR Error running script (call to f_1): @user_script:1: Unknown Redis command called from Lua script",
            "NOPERM ACL failure in script: User a has no permissions to run the 'get' command script: f1, on @user_script:1.",
            "NOPERM No permissions to access a key",
            "NOPERM this user has no permissions to access one of the keys used as arguments",
            "MOVED 3999 127.0.0.1:6381",
        ] {
            assert!(!ServerError(text.as_bytes()).is_refusal(), "{text}");
        }
    }
}
