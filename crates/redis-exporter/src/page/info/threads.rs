//! Threads that read and write for the main one.

use std::collections::HashSet;

use exposition::{Desc, Kind};

use crate::info::Info;
use crate::page::Out;

static ACTIVE: Desc = Desc {
    name: "redis_active_time_io_thread_seconds_total",
    help: "Seconds that the thread did other than wait for work (used_active_time_io_thread_*).",
    kind: Kind::Counter,
    labels: &["thread"],
};
static CLIENTS: Desc = Desc {
    name: "redis_io_thread_clients",
    help: "Clients that the thread reads from and writes to (clients of io_thread_*).",
    kind: Kind::Gauge,
    labels: &["thread"],
};
static READS: Desc = Desc {
    name: "redis_io_thread_reads_total",
    help: "Times that the thread has read from a client (reads of io_thread_*).",
    kind: Kind::Counter,
    labels: &["thread"],
};
static WRITES: Desc = Desc {
    name: "redis_io_thread_writes_total",
    help: "Times that the thread has written to a client (writes of io_thread_*).",
    kind: Kind::Counter,
    labels: &["thread"],
};

/// More threads than servers can have.
const MOST: usize = 256;

pub(super) fn samples(info: &Info, out: &mut Out<'_>) {
    let mut shown = HashSet::new();
    for (index, seconds) in info.active_threads().filter(|thread| shown.insert(thread.0)).take(MOST) {
        out.add(&ACTIVE, &[&index.to_string()], seconds);
    }
    shown.clear();
    for thread in info.io_threads().filter(|thread| shown.insert(thread.index)).take(MOST) {
        let index = thread.index.to_string();
        out.add_some(&CLIENTS, &[&index], thread.clients);
        out.add_some(&READS, &[&index], thread.reads);
        out.add_some(&WRITES, &[&index], thread.writes);
    }
}
