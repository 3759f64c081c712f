//! Processes and threads.

use exposition::{Desc, Kind};

use crate::container::Limits;
use crate::page::row::{BASE, Row};
use crate::usage::Usage;

static PROCESSES: Desc = Desc {
    name: "container_processes",
    help: "Processes in the container (cgroup.procs).",
    kind: Kind::Gauge,
    labels: BASE,
};
static THREADS: Desc = Desc {
    name: "container_threads",
    help: "Threads in the container (pids.current).",
    kind: Kind::Gauge,
    labels: BASE,
};
static THREADS_MAX: Desc = Desc {
    name: "container_threads_max",
    help: "Threads that the container may have; 0 is no limit (HostConfig.PidsLimit).",
    kind: Kind::Gauge,
    labels: BASE,
};

/// No limit, as cAdvisor says it.
const UNLIMITED: u64 = 0;

pub(crate) fn pids(usage: &Usage, limits: Option<&Limits>, row: &mut Row<'_, '_>) {
    row.add_some(&PROCESSES, usage.processes);
    row.add_some(&THREADS, usage.threads);
    if let Some(limits) = limits.filter(|_| usage.threads.is_some()) {
        row.add(&THREADS_MAX, limits.threads.unwrap_or(UNLIMITED));
    }
}
