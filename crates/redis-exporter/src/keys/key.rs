//! What a key is: its type, size, memory and value.

use std::cmp::Ordering;

use crate::keys::connection::{Connection, Trouble, in_database};
use crate::keys::label::{MOST_BYTES, label};
use crate::keys::largest::Largest;
use crate::resp::{Replies, Reply};

/// Types with elements, and what counts those.
const COUNTED: [(&[u8], &str); 7] = [
    (b"list", "LLEN"),
    (b"set", "SCARD"),
    (b"zset", "ZCARD"),
    (b"hash", "HLEN"),
    (b"stream", "XLEN"),
    (b"array", "ARCOUNT"),
    (b"vectorset", "VCARD"),
];
/// What a HyperLogLog begins with, which is a string to TYPE.
const HYPERLOGLOG: &[u8] = b"HYLL";

/// A key.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Key {
    /// As a label.
    pub(super) name: String,
    /// Bytes, by MEMORY USAGE.
    pub(super) memory: Option<u64>,
    /// Bytes of a string, elements of all else; absent for the types of modules.
    pub(super) size: Option<u64>,
    /// Of a string.
    pub(super) value: Option<Value>,
}

/// What a string says.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Number(f64),
    /// Of a long one the beginning.
    Text(String),
}

/// Keys that were found: all of them summed up, and the largest.
#[derive(Debug)]
pub(super) struct Keys {
    pub(super) count: u64,
    pub(super) size: u64,
    pub(super) memory: u64,
    pub(super) largest: Largest<Key>,
}

impl Keys {
    /// None found. As many of the largest are kept.
    pub(super) fn new(most: usize) -> Self {
        Keys { count: 0, size: 0, memory: 0, largest: Largest::new(most, larger_first) }
    }

    pub(super) fn add(&mut self, key: Key) {
        self.count += 1;
        self.size = self.size.saturating_add(key.size.unwrap_or(0));
        self.memory = self.memory.saturating_add(key.memory.unwrap_or(0));
        self.largest.add(key);
    }
}

/// Those with the most memory first; among equals by name, so that it is the same ones every time.
pub(super) fn larger_first(a: &Key, b: &Key) -> Ordering {
    (b.memory, b.size).cmp(&(a.memory, a.size)).then_with(|| a.name.cmp(&b.name))
}

/// What TYPE says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    String,
    /// What counts its elements, and whether there is such a key without any.
    Counted {
        command: &'static str,
    },
    /// A module's, or TYPE is refused to this user.
    Unknown,
}

/// What TYPE and MEMORY USAGE say of a key that is there.
#[derive(Debug, Clone, Copy)]
struct Known {
    kind: Kind,
    memory: Option<u64>,
}

/// Looks at keys by their names, in two round trips, or in three if there are HyperLogLogs; values only if `values`. Keys that are
/// gone, or not here, are left out.
pub(super) fn look<N: AsRef<[u8]>>(
    connection: &mut dyn Connection,
    database: u32,
    names: &[N],
    values: bool,
) -> Result<Vec<Key>, Trouble> {
    let known = in_database(
        connection,
        database,
        |commands| {
            for name in names {
                commands.add("TYPE", [b"TYPE", name.as_ref()]);
                commands.add("MEMORY USAGE", [&b"MEMORY"[..], b"USAGE", name.as_ref()]);
            }
        },
        |replies| names.iter().map(|_| known(replies)).collect::<Vec<_>>(),
    )?;
    let last = if values { MOST_BYTES } else { HYPERLOGLOG.len() - 1 }.to_string();
    let mut keys = in_database(
        connection,
        database,
        |commands| {
            for (name, known) in names.iter().zip(&known) {
                match known.map(|known| known.kind) {
                    Some(Kind::String) => {
                        commands.add("STRLEN", [b"STRLEN", name.as_ref()]);
                        // A value may have 512 MB. The byte behind what is shown tells that there is more.
                        commands.add("GETRANGE", [b"GETRANGE", name.as_ref(), b"0", last.as_bytes()]);
                    }
                    Some(Kind::Counted { command }) => commands.add(command, [command.as_bytes(), name.as_ref()]),
                    Some(Kind::Unknown) | None => {}
                }
            }
        },
        |replies| {
            names
                .iter()
                .zip(&known)
                .map(|(name, known)| sized(name.as_ref(), (*known)?, replies, values))
                .collect::<Vec<_>>()
        },
    )?;
    count_hyperloglogs(connection, database, names, &mut keys)?;
    Ok(keys.into_iter().flatten().map(|sized| sized.key).collect())
}

/// Takes the replies to TYPE and MEMORY USAGE.
fn known(replies: &mut Replies<'_>) -> Option<Known> {
    let kind = match replies.next_or_error() {
        Some(Reply::Text(b"none")) => None,
        Some(Reply::Text(b"string")) => Some(Kind::String),
        Some(Reply::Text(kind)) => {
            let counted = COUNTED.into_iter().find(|(name, _)| *name == kind);
            Some(counted.map_or(Kind::Unknown, |(_, command)| Kind::Counted { command }))
        }
        // It is on another node, or none of this user's.
        Some(Reply::Error(error)) if !error.is_refusal() => None,
        Some(Reply::Error(_)) | None => Some(Kind::Unknown),
        Some(Reply::Integer(_) | Reply::Nil | Reply::Array(_)) => None,
    };
    let memory = number(replies.next());
    kind.map(|kind| Known { kind, memory })
}

/// A key, and whether its size is for PFCOUNT to say.
#[derive(Debug)]
struct Sized {
    key: Key,
    hyperloglog: bool,
}

/// Takes the replies about a key's size and value. `None` if it has gone meanwhile.
fn sized(name: &[u8], known: Known, replies: &mut Replies<'_>, values: bool) -> Option<Sized> {
    let mut key = Key { name: label(name), memory: known.memory, size: None, value: None };
    let mut hyperloglog = false;
    match known.kind {
        Kind::Unknown => {}
        Kind::Counted { command } => {
            key.size = number(replies.next());
            // The last element takes these away.
            if key.size == Some(0) && ["LLEN", "SCARD", "ZCARD", "HLEN"].contains(&command) {
                return None;
            }
        }
        Kind::String => {
            key.size = number(replies.next());
            let bytes = replies.next().and_then(Reply::bytes).unwrap_or_default();
            hyperloglog = bytes.starts_with(HYPERLOGLOG);
            key.value = if values { value(bytes) } else { None };
        }
    }
    Some(Sized { key, hyperloglog })
}

/// Asks what HyperLogLogs count. Of other strings PFCOUNT is not asked: the server counts every error.
fn count_hyperloglogs<N: AsRef<[u8]>>(
    connection: &mut dyn Connection,
    database: u32,
    names: &[N],
    keys: &mut [Option<Sized>],
) -> Result<(), Trouble> {
    let mut theirs: Vec<(&[u8], &mut Key)> = names
        .iter()
        .zip(keys)
        .filter_map(|(name, sized)| match sized {
            Some(Sized { key, hyperloglog: true }) => Some((name.as_ref(), key)),
            Some(Sized { hyperloglog: false, .. }) | None => None,
        })
        .collect();
    if theirs.is_empty() {
        return Ok(());
    }
    let counts = in_database(
        connection,
        database,
        |commands| theirs.iter().for_each(|(name, _)| commands.add("PFCOUNT", [b"PFCOUNT", *name])),
        |replies| theirs.iter().map(|_| number(replies.next())).collect::<Vec<_>>(),
    )?;
    for ((_, key), count) in theirs.iter_mut().zip(counts) {
        // A string that only begins like one is none.
        if count.is_some() {
            key.size = count;
            key.value = None;
        }
    }
    Ok(())
}

/// What a count says; nothing if it is none.
pub(super) fn number(reply: Option<Reply<'_>>) -> Option<u64> {
    u64::try_from(reply?.integer()?).ok()
}

/// What a string says; nothing if it is empty.
fn value(bytes: &[u8]) -> Option<Value> {
    if bytes.is_empty() {
        return None;
    }
    let number =
        std::str::from_utf8(bytes).ok().filter(|_| bytes.len() <= MOST_BYTES).and_then(|text| text.parse().ok());
    // More digits than there are numbers for are a text: infinity is what says so.
    let number = number.filter(|number: &f64| !number.is_infinite() || !bytes.iter().any(u8::is_ascii_digit));
    Some(number.map_or_else(|| Value::Text(label(bytes)), Value::Number))
}
