//! What is asked in one round trip.

use std::collections::HashSet;
use std::io::Write as _;

/// Names of commands that the server has refused: unknown to it, renamed, or not allowed to this user.
pub(crate) type Refused = HashSet<&'static str>;

/// Commands in their order, as they go onto the wire.
#[derive(Debug, Default)]
pub(crate) struct Commands {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    refused: Refused,
}

/// A command that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    /// What it is called in a label and in the log.
    pub(crate) name: &'static str,
    /// Whether it goes to the server; one that has been refused does not.
    pub(crate) sent: bool,
}

impl Commands {
    /// No commands; those in `refused` will not be sent.
    pub(crate) fn without(refused: &Refused) -> Self {
        Commands { refused: refused.clone(), ..Commands::default() }
    }

    /// Adds a command by its words. `name` is what it is called in a label: the words that are always the same, such as
    /// `CONFIG GET`.
    pub(crate) fn add<A: AsRef<[u8]>>(
        &mut self,
        name: &'static str,
        words: impl IntoIterator<Item = A, IntoIter: ExactSizeIterator>,
    ) {
        let sent = !self.refused.contains(name);
        self.entries.push(Entry { name, sent });
        if !sent {
            return;
        }
        let words = words.into_iter();
        header(b'*', words.len(), &mut self.bytes);
        for word in words {
            let word = word.as_ref();
            header(b'$', word.len(), &mut self.bytes);
            self.bytes.extend_from_slice(word);
            self.bytes.extend_from_slice(b"\r\n");
        }
    }

    /// How many were asked for.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// How many replies come.
    pub(crate) fn sent(&self) -> usize {
        self.entries.iter().filter(|entry| entry.sent).count()
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

fn header(kind: u8, length: usize, out: &mut Vec<u8>) {
    out.push(kind);
    write!(out, "{length}\r\n").expect("a vector takes every byte");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_on_the_wire() {
        let mut commands = Commands::without(&Refused::from(["CONFIG GET"]));
        commands.add("INFO", ["INFO", "all"]);
        commands.add("CONFIG GET", ["CONFIG", "GET", "*"]);
        commands.add("GET", [&b"GET"[..], b"\xff\r\n"]);
        assert_eq!(commands.bytes(), b"*2\r\n$4\r\nINFO\r\n$3\r\nall\r\n*2\r\n$3\r\nGET\r\n$3\r\n\xff\r\n\r\n");
        assert_eq!((commands.len(), commands.sent()), (3, 2));
    }
}
