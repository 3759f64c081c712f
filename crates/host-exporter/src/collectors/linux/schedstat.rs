//! What the scheduler has done with each processor.

use exporter_toolkit::{Collector, Outcome, Watch};
use exposition::{Desc, Families, Kind};
use linux_procfs::{SchedStat, Source, parse_schedstat};

use super::found;
use crate::config::Config;

static RUNNING: Desc = Desc {
    name: "node_schedstat_running_seconds_total",
    help: "Seconds in which tasks ran on the processor (/proc/schedstat).",
    kind: Kind::Counter,
    labels: &["cpu"],
};
static WAITING: Desc = Desc {
    name: "node_schedstat_waiting_seconds_total",
    help: "Seconds in which tasks could run and waited for the processor (/proc/schedstat).",
    kind: Kind::Counter,
    labels: &["cpu"],
};
static TIMESLICES: Desc = Desc {
    name: "node_schedstat_timeslices_total",
    help: "How often a task was given the processor (/proc/schedstat).",
    kind: Kind::Counter,
    labels: &["cpu"],
};

pub(crate) struct Scheduler {
    source: Source,
    cpus: Vec<SchedStat>,
}

impl Scheduler {
    pub(crate) fn new(config: &Config) -> Self {
        Scheduler { source: config.linux.source("schedstat"), cpus: Vec::new() }
    }
}

impl Collector for Scheduler {
    /// A kernel may be built without it.
    fn read(&mut self, _: &Watch<'_>) -> Outcome {
        self.cpus.clear();
        found(self.source.parse(parse_schedstat).map(|cpus| self.cpus = cpus))
    }

    fn samples(&self, out: &mut Families) {
        self.cpus.iter().for_each(|cpu| samples(cpu, out));
    }
}

fn samples(stat: &SchedStat, out: &mut Families) {
    let cpu = stat.cpu.to_string();
    let seconds = |nanoseconds: u64| nanoseconds as f64 / 1e9;
    out.add(&RUNNING, &[&cpu], seconds(stat.running_ns));
    out.add(&WAITING, &[&cpu], seconds(stat.waiting_ns));
    out.add(&TIMESLICES, &[&cpu], stat.timeslices);
}
