//! What a stream is: its entries, groups and consumers.

use std::cmp::Ordering;

use crate::keys::connection::{Connection, Trouble, in_database};
use crate::keys::key::number;
use crate::keys::label::label;
use crate::keys::largest::Largest;
use crate::resp::{Array, Reply};

/// As many times the bound of streams is that of groups, and that of consumers.
const MANY: usize = 10;

/// A stream, by XINFO STREAM. What a server does not tell, or has none of, is absent.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Stream {
    /// As a label.
    pub(super) name: String,
    pub(super) length: Option<u64>,
    pub(super) radix_tree_keys: Option<u64>,
    pub(super) radix_tree_nodes: Option<u64>,
    pub(super) groups: Option<u64>,
    /// Entries of all times; from Redis 7.
    pub(super) entries_added: Option<u64>,
    /// Milliseconds of identifiers, which are the times of entries unless their sender gave other ones.
    pub(super) last_generated: Option<u64>,
    pub(super) max_deleted: Option<u64>,
    pub(super) first_entry: Option<u64>,
    pub(super) last_entry: Option<u64>,
    /// By XINFO GROUPS.
    pub(super) group: Vec<Group>,
}

/// A group of consumers.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Group {
    /// As a label.
    pub(super) name: String,
    pub(super) consumers: Option<u64>,
    pub(super) pending: Option<u64>,
    /// Milliseconds of an identifier.
    pub(super) last_delivered: Option<u64>,
    /// From Redis 7, unless the server cannot tell.
    pub(super) entries_read: Option<u64>,
    pub(super) lag: Option<u64>,
    /// By XINFO CONSUMERS.
    pub(super) consumer: Vec<Consumer>,
}

/// A consumer.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Consumer {
    /// As a label.
    pub(super) name: String,
    pub(super) pending: Option<u64>,
    pub(super) idle_millis: Option<u64>,
}

/// Streams that were found.
#[derive(Debug)]
pub(super) struct Streams {
    pub(super) count: u64,
    pub(super) largest: Largest<Stream>,
    pub(super) room: Room,
}

/// How many more groups and consumers are kept.
#[derive(Debug)]
pub(super) struct Room {
    groups: usize,
    /// Absent: they are not asked for.
    consumers: Option<usize>,
    /// Whether there were more.
    pub(super) overflowed: bool,
}

impl Streams {
    /// None found. As many of the longest are kept; `consumers`: those of their groups too.
    pub(super) fn new(most: usize, consumers: bool) -> Self {
        Streams { count: 0, largest: Largest::new(most, longer_first), room: Room::new(most, consumers) }
    }

    pub(super) fn add(&mut self, stream: Stream) {
        self.count += 1;
        self.largest.add(stream);
    }
}

impl Room {
    /// For the groups of so many streams, and their consumers if those are asked for.
    pub(super) fn new(streams: usize, consumers: bool) -> Self {
        let many = streams.saturating_mul(MANY);
        Room { groups: many, consumers: consumers.then_some(many), overflowed: false }
    }
}

/// The longest first; among equals by name, so that it is the same ones every time.
pub(super) fn longer_first(a: &Stream, b: &Stream) -> Ordering {
    b.length.cmp(&a.length).then_with(|| a.name.cmp(&b.name))
}

/// Looks at streams by their names, in two round trips; one if no group's consumers are asked for. What is no stream is left out.
pub(super) fn look<N: AsRef<[u8]>>(
    connection: &mut dyn Connection,
    database: u32,
    names: &[N],
    room: &mut Room,
) -> Result<Vec<Stream>, Trouble> {
    let consumers = room.consumers.is_some_and(|left| left > 0);
    // With the names of those whose consumers are still to be asked for, as the server knows them.
    let mut asked: Vec<(&[u8], Vec<u8>)> = Vec::new();
    let mut streams = in_database(
        connection,
        database,
        |commands| {
            for name in names {
                commands.add("XINFO STREAM", [&b"XINFO"[..], b"STREAM", name.as_ref()]);
                commands.add("XINFO GROUPS", [&b"XINFO"[..], b"GROUPS", name.as_ref()]);
            }
        },
        |replies| {
            let mut streams = Vec::new();
            for name in names {
                let (stream, groups) = (replies.next(), replies.next());
                let Some(Reply::Array(fields)) = stream else { continue };
                let mut stream = read_stream(label(name.as_ref()), fields);
                for fields in groups.into_iter().flat_map(Reply::array).map(Reply::array) {
                    if room.groups == 0 {
                        room.overflowed = true;
                        break;
                    }
                    room.groups -= 1;
                    room.overflowed |= room.consumers == Some(0);
                    let group = fields.get("name").and_then(Reply::bytes).unwrap_or_default();
                    stream.group.push(read_group(label(group), fields));
                    if consumers {
                        asked.push((name.as_ref(), group.to_vec()));
                    }
                }
                streams.push(stream);
            }
            streams
        },
    )?;
    if asked.is_empty() {
        return Ok(streams);
    }
    in_database(
        connection,
        database,
        |commands| {
            for (stream, group) in &asked {
                commands.add("XINFO CONSUMERS", [&b"XINFO"[..], b"CONSUMERS", *stream, group]);
            }
        },
        |replies| {
            for group in streams.iter_mut().flat_map(|stream| &mut stream.group) {
                for fields in replies.next().into_iter().flat_map(Reply::array).map(Reply::array) {
                    let Some(left) = room.consumers.and_then(|left| left.checked_sub(1)) else {
                        room.overflowed = true;
                        break;
                    };
                    room.consumers = Some(left);
                    group.consumer.push(read_consumer(fields));
                }
            }
        },
    )?;
    Ok(streams)
}

fn read_stream(name: String, fields: Array<'_>) -> Stream {
    let mut stream = Stream { name, ..Stream::default() };
    for (field, value) in fields.pairs() {
        match field.bytes().unwrap_or_default() {
            b"length" => stream.length = number(Some(value)),
            b"radix-tree-keys" => stream.radix_tree_keys = number(Some(value)),
            b"radix-tree-nodes" => stream.radix_tree_nodes = number(Some(value)),
            b"groups" => stream.groups = number(Some(value)),
            b"entries-added" => stream.entries_added = number(Some(value)),
            b"last-generated-id" => stream.last_generated = millis(value),
            b"max-deleted-entry-id" => stream.max_deleted = millis(value),
            b"first-entry" => stream.first_entry = value.array().next().and_then(millis),
            b"last-entry" => stream.last_entry = value.array().next().and_then(millis),
            _ => {}
        }
    }
    stream
}

fn read_group(name: String, fields: Array<'_>) -> Group {
    let mut group = Group { name, ..Group::default() };
    for (field, value) in fields.pairs() {
        match field.bytes().unwrap_or_default() {
            b"consumers" => group.consumers = number(Some(value)),
            b"pending" => group.pending = number(Some(value)),
            b"last-delivered-id" => group.last_delivered = millis(value),
            b"entries-read" => group.entries_read = number(Some(value)),
            b"lag" => group.lag = number(Some(value)),
            _ => {}
        }
    }
    group
}

fn read_consumer(fields: Array<'_>) -> Consumer {
    let mut consumer = Consumer::default();
    for (field, value) in fields.pairs() {
        match field.bytes().unwrap_or_default() {
            b"name" => consumer.name = label(value.bytes().unwrap_or_default()),
            b"pending" => consumer.pending = number(Some(value)),
            b"idle" => consumer.idle_millis = number(Some(value)),
            _ => {}
        }
    }
    consumer
}

/// The first part of an identifier: `1638006862417-2`.
fn millis(id: Reply<'_>) -> Option<u64> {
    let text = std::str::from_utf8(id.bytes()?).ok()?;
    text.split('-').next()?.parse().ok()
}
