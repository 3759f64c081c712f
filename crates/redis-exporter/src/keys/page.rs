//! Keys become samples.

use std::collections::HashSet;
use std::time::Duration;

use exporter_toolkit::order;
use exposition::{Desc, Kind};

use crate::keys::group::{OVERFLOW, Shown, Usage};
use crate::keys::key::{Key, Value, larger_first};
use crate::keys::stream::{Stream, longer_first};
use crate::keys::sweep::{Kind as Sweeps, Outcome, Sweep};
use crate::keys::{Keys, Reached};
use crate::page::Out;

/// A gauge.
const fn gauge(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Desc {
    Desc { name, help, kind: Kind::Gauge, labels }
}

const KEY: &[&str] = &["db", "key"];
const PATTERN: &[&str] = &["db", "pattern"];
const SWEEP: &[&str] = &["db", "kind", "pattern"];
const STREAM: &[&str] = &["db", "stream"];
const GROUP: &[&str] = &["db", "group", "stream"];
const CONSUMER: &[&str] = &["consumer", "db", "group", "stream"];

static KEY_SIZE: Desc =
    gauge("redis_key_size", KEY, "Bytes of a string, elements of all else (STRLEN, LLEN, SCARD, …).");
static KEY_VALUE: Desc = gauge("redis_key_value", KEY, "The value of a string that is a number.");
static KEY_TEXT: Desc = gauge(
    "redis_key_value_as_string",
    &["db", "key", "val"],
    "1 for a string that is no number, with its first 128 bytes.",
);
static KEY_MEMORY: Desc = gauge("redis_key_memory_usage_bytes", KEY, "Bytes that the key takes (MEMORY USAGE).");

static MATCHED: Desc = gauge(
    "redis_check_keys_matched",
    PATTERN,
    "Keys that the pattern matches; those with the most memory have series of their own.",
);
static MATCHED_SIZE: Desc =
    gauge("redis_check_keys_size", PATTERN, "redis_key_size of all keys that the pattern matches, together.");
static MATCHED_MEMORY: Desc = gauge(
    "redis_check_keys_memory_usage_bytes",
    PATTERN,
    "redis_key_memory_usage_bytes of all keys that the pattern matches, together.",
);
static COUNT: Desc = gauge("redis_keys_count", KEY, "Keys that the pattern matches.");

static GROUP_COUNT: Desc = gauge("redis_key_group_count", &["db", "key_group"], "Keys of the group.");
static GROUP_MEMORY: Desc = gauge(
    "redis_key_group_memory_usage_bytes",
    &["db", "key_group"],
    "Bytes that the keys of the group take (MEMORY USAGE).",
);
static GROUPS: Desc = gauge("redis_number_of_distinct_key_groups", &["db"], "Groups that the database's keys are in.");
static GROUPS_DURATION: Desc = gauge(
    "redis_last_key_groups_scrape_duration_milliseconds",
    &[],
    "Milliseconds that the server took for the last complete sweeps over the keys by groups; 0 without groups.",
);

static LENGTH: Desc = gauge("redis_stream_length", STREAM, "Entries of the stream (XINFO STREAM, length).");
static TREE_KEYS: Desc = gauge("redis_stream_radix_tree_keys", STREAM, "Keys of the stream's radix tree.");
static TREE_NODES: Desc = gauge("redis_stream_radix_tree_nodes", STREAM, "Nodes of the stream's radix tree.");
static LAST_GENERATED: Desc = gauge(
    "redis_stream_last_generated_id",
    STREAM,
    "Milliseconds of the identifier that was given last (XINFO STREAM, last-generated-id).",
);
static STREAM_GROUPS: Desc = gauge("redis_stream_groups", STREAM, "Groups of the stream's consumers.");
static MAX_DELETED: Desc = gauge(
    "redis_stream_max_deleted_entry_id",
    STREAM,
    "Milliseconds of the greatest identifier that was deleted (XINFO STREAM, max-deleted-entry-id).",
);
static FIRST: Desc = gauge("redis_stream_first_entry_id", STREAM, "Milliseconds of the first entry's identifier.");
static LAST: Desc = gauge("redis_stream_last_entry_id", STREAM, "Milliseconds of the last entry's identifier.");
static ADDED: Desc = Desc {
    name: "redis_stream_entries_added_total",
    help: "Entries that were ever added to the stream (XINFO STREAM, entries-added).",
    kind: Kind::Counter,
    labels: STREAM,
};
static GROUP_CONSUMERS: Desc = gauge("redis_stream_group_consumers", GROUP, "Consumers of the group.");
static GROUP_PENDING: Desc = gauge(
    "redis_stream_group_messages_pending",
    GROUP,
    "Entries that were delivered to the group and are not acknowledged (XINFO GROUPS, pending).",
);
static GROUP_DELIVERED: Desc = gauge(
    "redis_stream_group_last_delivered_id",
    GROUP,
    "Milliseconds of the last delivered entry's identifier (XINFO GROUPS, last-delivered-id).",
);
static GROUP_READ: Desc = gauge(
    "redis_stream_group_entries_read",
    GROUP,
    "Entries that the group has read; absent while the server cannot tell (XINFO GROUPS, entries-read).",
);
static GROUP_LAG: Desc = gauge(
    "redis_stream_group_lag",
    GROUP,
    "Entries that are still to be delivered to the group; absent while the server cannot tell (XINFO GROUPS, lag).",
);
static CONSUMER_PENDING: Desc = gauge(
    "redis_stream_group_consumer_messages_pending",
    CONSUMER,
    "Entries that were delivered to the consumer and are not acknowledged (XINFO CONSUMERS, pending).",
);
static CONSUMER_IDLE: Desc = gauge(
    "redis_stream_group_consumer_idle_seconds",
    CONSUMER,
    "Seconds since the consumer was last heard of (XINFO CONSUMERS, idle).",
);

static AGE: Desc =
    gauge("redis_scan_sweep_age_seconds", SWEEP, "Seconds since the sweep that is shown had passed all keys.");
static PROGRESS: Desc = gauge(
    "redis_scan_sweep_progress_ratio",
    SWEEP,
    "About what share of the database's keys the sweep under way has passed; 1 if it is the one that is shown.",
);
static COMPLETED: Desc = Desc {
    name: "redis_scan_sweeps_completed_total",
    help: "Sweeps that have passed all keys.",
    kind: Kind::Counter,
    labels: SWEEP,
};
static TRUNCATED: Desc = gauge(
    "redis_scan_truncated",
    SWEEP,
    "1 if the sweep that is shown met more names than are remembered, so that a key may be counted twice, or more groups or consumers than are kept.",
);

/// Stages everything that was found.
pub(crate) fn samples(keys: &Keys, out: &mut Out<'_>) {
    let mut most = Vec::new();
    let mut streams = Vec::new();
    for (sweep, reached) in keys.sweeps.iter().zip(&keys.found.sweeps) {
        let database = format!("db{}", sweep.subject.database);
        how_far(sweep, *reached, &database, out);
        let Some(last) = &sweep.last else { continue };
        match &last.result {
            Outcome::Keys { count, size, memory, largest } => {
                let labels = [database.as_str(), &sweep.subject.pattern];
                out.add(&MATCHED, &labels, *count);
                out.add(&MATCHED_SIZE, &labels, *size);
                out.add(&MATCHED_MEMORY, &labels, *memory);
                most.extend(largest.iter().map(|key| (sweep.subject.database, key)));
            }
            Outcome::Count(count) => out.add(&COUNT, &[&database, &sweep.subject.pattern], *count),
            Outcome::Groups(shown) => groups(shown, &database, out),
            Outcome::Streams(found) => streams.extend(found.iter().map(|stream| (sweep.subject.database, stream))),
        }
    }
    let grouped = keys.sweeps.iter().filter(|sweep| sweep.subject.kind == Sweeps::Groups);
    let took: Option<Duration> = grouped.map(|sweep| sweep.last.as_ref().map(|last| last.took)).sum();
    let millis = took.map(|took| u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
    out.add_some(&GROUPS_DURATION, &[], millis);

    let room = keys.settings.keys.max_series;
    order::sort_by(&mut most, |(_, a), (_, b)| larger_first(a, b));
    let named = keys.found.keys.iter().map(|(database, key)| (*database, key));
    for (database, found) in once(named, most, room, |key| &key.name) {
        key(found, &format!("db{database}"), out);
    }
    order::sort_by(&mut streams, |(_, a), (_, b)| longer_first(a, b));
    let named = keys.found.streams.iter().map(|(database, stream)| (*database, stream));
    for (database, found) in once(named, streams, room, |stream| &stream.name) {
        stream(found, &format!("db{database}"), out);
    }
}

/// All that are named, and of the others as many as there is room for. Two patterns may have found the same one, and long names
/// may have become the same label: the first stands.
fn once<'f, T>(
    named: impl Iterator<Item = (u32, &'f T)>,
    others: Vec<(u32, &'f T)>,
    room: usize,
    name: impl Fn(&'f T) -> &'f str,
) -> Vec<(u32, &'f T)> {
    let mut known = HashSet::new();
    let mut new = |(database, one): &(u32, &'f T)| known.insert((*database, name(one)));
    let mut all: Vec<_> = named.filter(&mut new).collect();
    all.extend(others.into_iter().filter(new).take(room));
    all
}

fn how_far(sweep: &Sweep, reached: Reached, database: &str, out: &mut Out<'_>) {
    let labels = [database, sweep.subject.kind.word(), &sweep.subject.pattern];
    out.add_some(&AGE, &labels, reached.age.map(|age| age.as_secs_f64()));
    out.add_some(&PROGRESS, &labels, reached.progress);
    out.add(&COMPLETED, &labels, sweep.completed);
    out.add_some(&TRUNCATED, &labels, sweep.last.as_ref().map(|last| last.truncated));
}

fn key(key: &Key, database: &str, out: &mut Out<'_>) {
    let labels = [database, &key.name];
    out.add_some(&KEY_SIZE, &labels, key.size);
    out.add_some(&KEY_MEMORY, &labels, key.memory);
    match &key.value {
        Some(Value::Number(number)) => out.add(&KEY_VALUE, &labels, *number),
        Some(Value::Text(text)) => out.add(&KEY_TEXT, &[database, &key.name, text], 1_u32),
        None => {}
    }
}

fn groups(shown: &Shown, database: &str, out: &mut Out<'_>) {
    let overflow = shown.overflow.iter().map(|usage| (OVERFLOW, usage));
    for (name, Usage { keys, memory }) in
        shown.groups.iter().map(|(name, usage)| (name.as_str(), usage)).chain(overflow)
    {
        out.add(&GROUP_COUNT, &[database, name], *keys);
        out.add(&GROUP_MEMORY, &[database, name], *memory);
    }
    out.add(&GROUPS, &[database], shown.distinct);
}

fn stream(stream: &Stream, database: &str, out: &mut Out<'_>) {
    let labels = [database, stream.name.as_str()];
    for (desc, value) in [
        (&LENGTH, stream.length),
        (&TREE_KEYS, stream.radix_tree_keys),
        (&TREE_NODES, stream.radix_tree_nodes),
        (&LAST_GENERATED, stream.last_generated),
        (&STREAM_GROUPS, stream.groups),
        (&MAX_DELETED, stream.max_deleted),
        (&FIRST, stream.first_entry),
        (&LAST, stream.last_entry),
        (&ADDED, stream.entries_added),
    ] {
        out.add_some(desc, &labels, value);
    }
    for group in &stream.group {
        let labels = [database, &group.name, &stream.name];
        for (desc, value) in [
            (&GROUP_CONSUMERS, group.consumers),
            (&GROUP_PENDING, group.pending),
            (&GROUP_DELIVERED, group.last_delivered),
            (&GROUP_READ, group.entries_read),
            (&GROUP_LAG, group.lag),
        ] {
            out.add_some(desc, &labels, value);
        }
        for consumer in &group.consumer {
            let labels = [&consumer.name, database, &group.name, &stream.name];
            out.add_some(&CONSUMER_PENDING, &labels, consumer.pending);
            out.add_some(&CONSUMER_IDLE, &labels, consumer.idle_millis.map(|millis| millis as f64 / 1e3));
        }
    }
}
