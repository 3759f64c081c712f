//! The tracking of connections by netfilter.

use exporter_toolkit::{Collector, Outcome, Watch};
use exposition::{Desc, Families, Kind};
use linux_procfs::{Conntrack, ReadError, Source, parse_conntrack, parse_number};

use super::found;
use crate::config::Config;

static ENTRIES: Desc = Desc {
    name: "node_nf_conntrack_entries",
    help: "Connections tracked now (/proc/sys/net/netfilter/nf_conntrack_count).",
    kind: Kind::Gauge,
    labels: &[],
};
static LIMIT: Desc = Desc {
    name: "node_nf_conntrack_entries_limit",
    help: "Connections that can be tracked (/proc/sys/net/netfilter/nf_conntrack_max).",
    kind: Kind::Gauge,
    labels: &[],
};

/// One column of /proc/net/stat/nf_conntrack.
struct Column {
    desc: Desc,
    value: fn(&Conntrack) -> u64,
}

macro_rules! column {
    ($name:ident, $what:literal) => {
        Column {
            desc: Desc {
                name: concat!("node_nf_conntrack_stat_", stringify!($name)),
                help: concat!($what, " (/proc/net/stat/nf_conntrack, ", stringify!($name), ")."),
                kind: Kind::Gauge,
                labels: &[],
            },
            value: |conntrack| conntrack.$name,
        }
    };
}

/// Gauges by the peer's word, though they only grow.
static COLUMNS: [Column; 8] = [
    column!(found, "Searches that found an entry"),
    column!(invalid, "Packets that can't be tracked"),
    column!(ignore, "Packets tracked already, or not to be tracked"),
    column!(insert, "Entries inserted"),
    column!(insert_failed, "Entries not inserted, for the same was there"),
    column!(drop, "Packets dropped, for no entry could be made"),
    column!(early_drop, "Entries dropped to make room in a full table"),
    column!(search_restart, "Searches begun again while the table was resized"),
];

pub(crate) struct ConnectionTracking {
    count: Source,
    max: Source,
    stat: Source,
    read: Tracked,
}

#[derive(Default)]
struct Tracked {
    entries: Option<u64>,
    limit: Option<u64>,
    counters: Option<Conntrack>,
}

impl ConnectionTracking {
    pub(crate) fn new(config: &Config) -> Self {
        ConnectionTracking {
            count: config.linux.source("sys/net/netfilter/nf_conntrack_count"),
            max: config.linux.source("sys/net/netfilter/nf_conntrack_max"),
            stat: config.linux.network("stat/nf_conntrack"),
            read: Tracked::default(),
        }
    }

    fn read_all(&mut self) -> Result<(), ReadError> {
        self.read = Tracked::default();
        self.read.entries = Some(self.count.parse(parse_number)?);
        self.read.limit = Some(self.max.parse(parse_number)?);
        self.read.counters = Some(self.stat.parse(parse_conntrack)?);
        Ok(())
    }
}

impl Collector for ConnectionTracking {
    /// Without the module nf_conntrack there is nothing; a kernel may be built without the counters.
    fn read(&mut self, _: &Watch<'_>) -> Outcome {
        found(self.read_all())
    }

    fn samples(&self, out: &mut Families) {
        samples(&self.read, out);
    }
}

fn samples(read: &Tracked, out: &mut Families) {
    for (desc, value) in [(&ENTRIES, read.entries), (&LIMIT, read.limit)] {
        out.add_some(desc, &[], value);
    }
    if let Some(counters) = &read.counters {
        for Column { desc, value } in &COLUMNS {
            out.add(desc, &[], value(counters));
        }
    }
}
