//! Memory.

use exposition::{Desc, Kind};

use crate::page::row::{BASE, Row};
use crate::usage::Memory;

/// A metric of the memory controller.
struct Metric {
    desc: Desc,
    value: fn(&Memory) -> Option<u64>,
}

macro_rules! metric {
    ($kind:ident, $name:literal, $help:literal, $value:expr) => {
        Metric { desc: Desc { name: $name, help: $help, kind: Kind::$kind, labels: BASE }, value: $value }
    };
}

static METRICS: [Metric; 11] = [
    metric!(
        Gauge,
        "container_memory_usage_bytes",
        "Memory that the container uses, file pages included (memory.usage_in_bytes, memory.current).",
        |memory| memory.usage_bytes
    ),
    metric!(
        Gauge,
        "container_memory_max_usage_bytes",
        "The most that it has used (memory.max_usage_in_bytes; memory.peak since Linux 5.19).",
        |memory| memory.max_usage_bytes
    ),
    metric!(
        Gauge,
        "container_memory_working_set_bytes",
        "Memory without file pages that were not in use lately: usage without inactive_file of memory.stat.",
        Memory::working_set_bytes
    ),
    metric!(Gauge, "container_memory_rss", "Memory that is no file's (memory.stat, total_rss, anon).", |memory| memory
        .rss_bytes),
    metric!(
        Gauge,
        "container_memory_cache",
        "Memory that holds pages of files (memory.stat, total_cache, file).",
        |memory| memory.cache_bytes
    ),
    metric!(
        Gauge,
        "container_memory_mapped_file",
        "Pages of files that are mapped (memory.stat, total_mapped_file, file_mapped).",
        |memory| memory.mapped_file_bytes
    ),
    metric!(
        Gauge,
        "container_memory_slab_reclaimable_bytes",
        "Memory of the kernel's that it gives back when it must, as it does the cache (memory.stat, slab_reclaimable).",
        |memory| memory.slab_reclaimable_bytes
    ),
    metric!(
        Gauge,
        "container_memory_swap",
        "Memory that is swapped out (memory.stat, total_swap; memory.swap.current).",
        |memory| memory.swap_bytes
    ),
    metric!(
        Counter,
        "container_memory_failcnt",
        "Times that the memory limit was met (memory.failcnt; memory.events, max).",
        |memory| memory.failcnt
    ),
    metric!(
        Counter,
        "container_memory_events_high_total",
        "Times that the container was slowed down for memory.high (memory.events, high).",
        |memory| memory.events_high
    ),
    metric!(
        Counter,
        "container_memory_events_max_total",
        "Times that the container was about to use more than memory.max (memory.events, max).",
        |memory| memory.events_max
    ),
];

static FAILURES: Desc = Desc {
    name: "container_memory_failures_total",
    help: "Page faults; pgmajfault are those that had to wait for a disk (memory.stat, pgfault, pgmajfault).",
    kind: Kind::Counter,
    labels: &["failure_type", "id", "image", "name", "scope"],
};
static OOM_EVENTS: Desc = Desc {
    name: "container_oom_events_total",
    help: "Processes of the container that the kernel has killed for memory, since the exporter knows it (memory.events, \
           memory.oom_control, and the engine's events).",
    kind: Kind::Counter,
    labels: BASE,
};

pub(crate) fn memory(memory: &Memory, row: &mut Row<'_, '_>) {
    for Metric { desc, value } in &METRICS {
        row.add_some(desc, value(memory));
    }
    for (failure, count) in [("pgfault", memory.page_faults), ("pgmajfault", memory.major_page_faults)] {
        if let Some(count) = count {
            row.add_with(&FAILURES, &[failure, row.id, row.image, row.name, "container"], count);
        }
    }
}

pub(crate) fn oom_events(kills: u64, row: &mut Row<'_, '_>) {
    row.add(&OOM_EVENTS, kills);
}
