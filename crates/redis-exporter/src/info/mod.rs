//! What INFO says: sections of `name:value` lines.
//!
//! ```text
//! INFO ──▶ Info: lines ──▶ commands, databases, key sizes, replication, … ──▶ page::info
//! ```

mod commands;
mod dragonfly;
mod engines;
mod keyspace;
pub(crate) mod pairs;
mod replication;
mod sentinel;
mod sizes;
mod start;
mod threads;

use std::ops::Range;

use crate::info::start::Start;

pub(crate) use commands::CommandStats;
pub(crate) use engines::Holder;
pub(crate) use keyspace::Database;
pub(crate) use replication::{Master, Replica};
pub(crate) use sizes::{KeySizes, upper_bound};

/// More lines than this are not looked at; a large server has a thousand.
const MOST_LINES: usize = 1 << 16;
/// A text that was this many times smaller than the room for it gives the room back.
const SPARE: usize = 4;

/// The text of INFO and where its lines are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Info {
    text: String,
    lines: Vec<Line>,
    flavour: Flavour,
    is_sentinel: bool,
    start: Start,
}

/// Where a line's parts are in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    section: Range<u32>,
    name: Range<u32>,
    value: Range<u32>,
}

/// A line of INFO.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Field<'i> {
    /// The section, without `# `: `Memory`.
    pub(crate) section: &'i str,
    pub(crate) name: &'i str,
    pub(crate) value: &'i str,
}

/// Who made the server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Flavour {
    #[default]
    Redis,
    Valkey,
    KeyDb,
    Dragonfly,
}

impl Flavour {
    /// As a label says it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Flavour::Redis => "redis",
            Flavour::Valkey => "valkey",
            Flavour::KeyDb => "keydb",
            Flavour::Dragonfly => "dragonfly",
        }
    }
}

/// Major, minor and patch number.
pub(crate) type Version = [u32; 3];

impl Info {
    /// Takes over what a server said; bytes that are not UTF-8 become �.
    pub(crate) fn set(&mut self, bytes: &[u8]) {
        self.text.clear();
        self.lines.clear();
        if self.text.capacity() / SPARE > bytes.len() {
            self.text.shrink_to(bytes.len());
            self.lines.shrink_to(0);
        }
        self.text.push_str(&String::from_utf8_lossy(bytes));
        self.find_lines();
        self.flavour = self.find_flavour();
        self.is_sentinel = self.lines.iter().any(|line| self.part(&line.section) == "Sentinel");
    }

    fn find_lines(&mut self) {
        let mut section = 0..0;
        let mut begin = 0;
        for line in self.text.split('\n') {
            let at = begin;
            begin += line.len() + 1;
            let line = line.trim_ascii_end();
            if let Some(title) = line.strip_prefix('#') {
                let title = title.trim_ascii_start();
                section = span(at + line.len() - title.len(), at + line.len());
            } else if let Some(colon) = line.find(':') {
                if self.lines.len() == MOST_LINES {
                    return;
                }
                let (name, value) = (span(at, at + colon), span(at + colon + 1, at + line.len()));
                self.lines.push(Line { section: section.clone(), name, value });
            }
        }
    }

    fn part(&self, range: &Range<u32>) -> &str {
        self.text.get(range.start as usize..range.end as usize).unwrap_or_default()
    }

    /// Every field, in the server's order.
    pub(crate) fn fields(&self) -> impl Iterator<Item = Field<'_>> {
        self.lines.iter().map(|line| Field {
            section: self.part(&line.section),
            name: self.part(&line.name),
            value: self.part(&line.value),
        })
    }

    /// The fields whose names begin so: what follows there, and the value.
    pub(crate) fn starting<'i>(&'i self, start: &'static str) -> impl Iterator<Item = (&'i str, &'i str)> {
        self.lines.iter().filter_map(move |line| {
            let rest = self.part(&line.name).strip_prefix(start)?;
            Some((rest, self.part(&line.value)))
        })
    }

    /// The fields whose names are this and a number: the number, and the value.
    fn numbered(&self, start: &'static str) -> impl Iterator<Item = (u32, &str)> {
        self.starting(start).filter_map(|(digits, value)| Some((pairs::canonical(digits)?, value)))
    }

    /// The value of a field; of the first one, should there be more.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.lines.iter().find(|line| line.name.len() == name.len() && self.part(&line.name) == name)?;
        Some(self.part(&found.value))
    }

    /// The number that a field says.
    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        self.get(name)?.parse().ok()
    }

    /// Who made the server.
    pub(crate) fn flavour(&self) -> Flavour {
        self.flavour
    }

    fn find_flavour(&self) -> Flavour {
        if self.get("dragonfly_version").is_some() {
            Flavour::Dragonfly
        } else if self.get("valkey_version").is_some() || self.get("server_name") == Some("valkey") {
            Flavour::Valkey
        } else if self.get("mvcc_depth").is_some() || self.get("server_threads").is_some() {
            Flavour::KeyDb
        } else {
            Flavour::Redis
        }
    }

    /// The server's own version, in its maker's words: `8.1.3`, `df-v1.30.0`.
    pub(crate) fn server_version(&self) -> Option<&str> {
        self.get(match self.flavour() {
            Flavour::Dragonfly => "dragonfly_version",
            Flavour::Valkey => "valkey_version",
            Flavour::KeyDb | Flavour::Redis => "redis_version",
        })
    }

    /// The version of Redis that the server is, or says that it is compatible with.
    pub(crate) fn redis_version(&self) -> Version {
        version(self.get("redis_version").unwrap_or_default())
    }

    /// Whether it is Redis from that version on, or what has come of it since: Valkey began as 7.2, and says so.
    pub(crate) fn is_redis_since(&self, version: Version) -> bool {
        matches!(self.flavour(), Flavour::Redis | Flavour::Valkey) && self.redis_version() >= version
    }

    /// Whether it is Valkey from that version of its own on.
    pub(crate) fn is_valkey_since(&self, since: Version) -> bool {
        self.flavour() == Flavour::Valkey && version(self.server_version().unwrap_or_default()) >= since
    }

    /// Whether it is a node of a cluster.
    pub(crate) fn is_cluster(&self) -> bool {
        self.get("cluster_enabled") == Some("1")
    }

    /// Whether it is a sentinel.
    pub(crate) fn is_sentinel(&self) -> bool {
        self.is_sentinel
    }

    /// `master` or `slave`, in the server's words.
    pub(crate) fn role(&self) -> Option<&str> {
        self.get("role")
    }
}

/// A part of a text that is shorter than 4 GiB, as a reply is.
fn span(start: usize, end: usize) -> Range<u32> {
    let at = |index| u32::try_from(index).unwrap_or(u32::MAX);
    at(start)..at(end)
}

/// The first three numbers of a version; 0 for those that are missing.
fn version(text: &str) -> Version {
    let mut numbers = text.split('.').map(|number| number.parse().unwrap_or(0));
    std::array::from_fn(|_| numbers.next().unwrap_or(0))
}

/// What a text of INFO says.
#[cfg(test)]
pub(crate) fn info(text: &str) -> Info {
    let mut info = Info::default();
    info.set(text.as_bytes());
    info
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_two_sections_with_either_line_ending() {
        let info = info("stray:1\r\n# Server\r\nos:Linux 6.1: x\r\n\r\n#Clients \nempty:\nno colon\n:nameless");
        let field = |section, name, value| Field { section, name, value };
        assert_eq!(
            info.fields().collect::<Vec<_>>(),
            [
                field("", "stray", "1"),
                field("Server", "os", "Linux 6.1: x"),
                field("Clients", "empty", ""),
                field("Clients", "", "nameless"),
            ]
        );
    }

    #[test]
    fn a_field_that_stands_twice() {
        let info = info("a:1\nb:2\na:3\n");
        assert_eq!((info.get("a"), info.get("b"), info.get("c")), (Some("1"), Some("2"), None));
    }

    #[test]
    fn bytes_that_are_not_utf_8() {
        let mut info = Info::default();
        info.set(b"config_file:/etc/r\xe9dis.conf\r\nhz:10\r\n");
        assert_eq!((info.get("config_file"), info.number("hz")), (Some("/etc/r\u{fffd}dis.conf"), Some(10.0)));
    }

    #[test]
    fn a_large_text_gives_its_room_back() {
        let mut info = Info::default();
        info.set("a:1\n".repeat(1 << 20).as_bytes());
        assert_eq!(info.fields().count(), MOST_LINES);
        info.set(b"a:1\n");
        assert!(info.text.capacity() < 100 && info.lines.capacity() < 100);
    }

    #[test]
    fn who_made_the_server_and_which_version_it_is() {
        for (text, flavour, own) in [
            ("redis_version:7.4.1\n", Flavour::Redis, "7.4.1"),
            ("redis_version:7.2.4\nserver_name:valkey\nvalkey_version:8.1.3\n", Flavour::Valkey, "8.1.3"),
            ("redis_version:6.3.4\nserver_threads:2\n", Flavour::KeyDb, "6.3.4"),
            ("redis_version:7.4.0\ndragonfly_version:df-v1.30.0\n", Flavour::Dragonfly, "df-v1.30.0"),
        ] {
            let info = info(text);
            assert_eq!((info.flavour(), info.server_version()), (flavour, Some(own)));
        }
        assert_eq!(info("redis_version:7.0.15-rc1\n").redis_version(), [7, 0, 0]);
    }
}
