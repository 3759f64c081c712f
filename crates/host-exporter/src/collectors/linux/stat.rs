//! Counters of the kernel since boot.

use exporter_toolkit::{Collector, Outcome, Watch};
use exposition::{Desc, Families, Kind};
use linux_procfs::{KernelStat, Source, parse_stat};

use crate::config::Config;

static INTERRUPTS: Desc = Desc {
    name: "node_intr_total",
    help: "Interrupts served since boot (/proc/stat, intr).",
    kind: Kind::Counter,
    labels: &[],
};
static CONTEXT_SWITCHES: Desc = Desc {
    name: "node_context_switches_total",
    help: "Context switches since boot (/proc/stat, ctxt).",
    kind: Kind::Counter,
    labels: &[],
};
static FORKS: Desc = Desc {
    name: "node_forks_total",
    help: "Forks since boot (/proc/stat, processes).",
    kind: Kind::Counter,
    labels: &[],
};
static BOOT_TIME: Desc = Desc {
    name: "node_boot_time_seconds",
    help: "Boot time in seconds since 1970 (/proc/stat, btime).",
    kind: Kind::Gauge,
    labels: &[],
};
static RUNNING: Desc = Desc {
    name: "node_procs_running",
    help: "Processes that can run now (/proc/stat, procs_running).",
    kind: Kind::Gauge,
    labels: &[],
};
static BLOCKED: Desc = Desc {
    name: "node_procs_blocked",
    help: "Processes that wait for I/O now (/proc/stat, procs_blocked).",
    kind: Kind::Gauge,
    labels: &[],
};
static SOFTIRQS: Desc = Desc {
    name: "node_softirqs_total",
    help: "Soft interrupts since boot by vector (/proc/stat, softirq).",
    kind: Kind::Counter,
    labels: &["vector"],
};

/// The vectors in the kernel's order, as the peer names them.
const VECTORS: [&str; 10] =
    ["hi", "timer", "net_tx", "net_rx", "block", "block_iopoll", "tasklet", "sched", "hrtimer", "rcu"];

pub(crate) struct Stat {
    source: Source,
    stat: KernelStat,
    with_softirqs: bool,
}

impl Stat {
    pub(crate) fn new(config: &Config) -> Self {
        let with_softirqs = config.linux.options.stat_softirq;
        Stat { source: config.linux.source("stat"), stat: KernelStat::default(), with_softirqs }
    }
}

impl Collector for Stat {
    fn read(&mut self, _: &Watch<'_>) -> Outcome {
        self.stat = KernelStat::default();
        self.source.parse(parse_stat).map(|stat| self.stat = stat).into()
    }

    fn samples(&self, out: &mut Families) {
        samples(&self.stat, self.with_softirqs, out);
    }
}

fn samples(stat: &KernelStat, with_softirqs: bool, out: &mut Families) {
    for (desc, value) in [
        (&INTERRUPTS, stat.interrupts),
        (&CONTEXT_SWITCHES, stat.context_switches),
        (&FORKS, stat.forks),
        (&BOOT_TIME, stat.boot_time_seconds),
        (&RUNNING, stat.procs_running),
        (&BLOCKED, stat.procs_blocked),
    ] {
        out.add_some(desc, &[], value);
    }
    if with_softirqs {
        for (vector, count) in VECTORS.iter().zip(&stat.softirqs) {
            out.add(&SOFTIRQS, &[vector], *count);
        }
    }
}
