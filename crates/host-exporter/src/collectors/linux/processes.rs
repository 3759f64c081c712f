//! Processes and threads by what they do, and how many there may be.

use exporter_toolkit::{Collector, Outcome, Watch};
use exposition::{Desc, Families, Kind};
use linux_procfs::{Processes, ReadError, Roots, Source, count_processes, parse_number};

use super::found;
use crate::config::Config;

static PIDS: Desc =
    Desc { name: "node_processes_pids", help: "Processes that there are now (/proc).", kind: Kind::Gauge, labels: &[] };
static STATE: Desc = Desc {
    name: "node_processes_state",
    help: "Processes in each state that any is in (/proc/PID/stat).",
    kind: Kind::Gauge,
    labels: &["state"],
};
static THREADS: Desc = Desc {
    name: "node_processes_threads",
    help: "Threads that there are now (/proc/PID/stat, num_threads).",
    kind: Kind::Gauge,
    labels: &[],
};
static THREADS_STATE: Desc = Desc {
    name: "node_processes_threads_state",
    help: "Threads in each state that any is in (/proc/PID/task/TID/stat).",
    kind: Kind::Gauge,
    labels: &["thread_state"],
};
static MAX_PROCESSES: Desc = Desc {
    name: "node_processes_max_processes",
    help: "Above the largest number that a process can get (/proc/sys/kernel/pid_max).",
    kind: Kind::Gauge,
    labels: &[],
};
static MAX_THREADS: Desc = Desc {
    name: "node_processes_max_threads",
    help: "The most threads that there may be (/proc/sys/kernel/threads-max).",
    kind: Kind::Gauge,
    labels: &[],
};

pub(crate) struct ProcessStates {
    roots: Roots,
    pid_max: Source,
    threads_max: Source,
    reading: Option<Reading>,
}

struct Reading {
    processes: Processes,
    pid_max: u64,
    threads_max: u64,
}

impl ProcessStates {
    pub(crate) fn new(config: &Config) -> Self {
        let linux = &config.linux;
        ProcessStates {
            roots: linux.roots.clone(),
            pid_max: linux.source("sys/kernel/pid_max"),
            threads_max: linux.source("sys/kernel/threads-max"),
            reading: None,
        }
    }

    fn read_all(&mut self) -> Result<(), ReadError> {
        self.reading = None;
        let (pid_max, threads_max) = (self.pid_max.parse(parse_number)?, self.threads_max.parse(parse_number)?);
        self.reading = Some(Reading { processes: count_processes(&self.roots)?, pid_max, threads_max });
        Ok(())
    }
}

impl Collector for ProcessStates {
    fn read(&mut self, _: &Watch<'_>) -> Outcome {
        found(self.read_all())
    }

    fn samples(&self, out: &mut Families) {
        if let Some(reading) = &self.reading {
            samples(reading, out);
        }
    }
}

fn samples(reading: &Reading, out: &mut Families) {
    let Reading { processes, pid_max, threads_max } = reading;
    out.add(&PIDS, &[], processes.processes);
    out.add(&THREADS, &[], processes.threads);
    out.add(&MAX_PROCESSES, &[], *pid_max);
    out.add(&MAX_THREADS, &[], *threads_max);
    for (desc, states) in [(&STATE, &processes.states), (&THREADS_STATE, &processes.thread_states)] {
        for (state, count) in states.iter() {
            out.add(desc, &[state.encode_utf8(&mut [0; 4])], count);
        }
    }
}
