//! Processor time.

use exposition::{Desc, Kind};

use crate::page::number::seconds;
use crate::page::row::{BASE, Row};
use crate::usage::{Cpu, Throttling};

static USAGE: Desc = Desc {
    name: "container_cpu_usage_seconds_total",
    help: "Processor time that the container has used (cpuacct.usage; cpu.stat, usage_usec).",
    kind: Kind::Counter,
    labels: &["cpu", "id", "image", "name"],
};
static USER: Desc = Desc {
    name: "container_cpu_user_seconds_total",
    help: "Processor time in user mode (cpuacct.stat, user; cpu.stat, user_usec).",
    kind: Kind::Counter,
    labels: BASE,
};
static SYSTEM: Desc = Desc {
    name: "container_cpu_system_seconds_total",
    help: "Processor time in the kernel (cpuacct.stat, system; cpu.stat, system_usec).",
    kind: Kind::Counter,
    labels: BASE,
};
static PERIODS: Desc = Desc {
    name: "container_cpu_cfs_periods_total",
    help: "Periods of the quota that have passed; only with a quota (cpu.stat, nr_periods).",
    kind: Kind::Counter,
    labels: BASE,
};
static THROTTLED_PERIODS: Desc = Desc {
    name: "container_cpu_cfs_throttled_periods_total",
    help: "Periods in which the quota was used up; only with a quota (cpu.stat, nr_throttled).",
    kind: Kind::Counter,
    labels: BASE,
};
static THROTTLED: Desc = Desc {
    name: "container_cpu_cfs_throttled_seconds_total",
    help: "Time for which processors were withheld; only with a quota (cpu.stat, throttled_time, throttled_usec).",
    kind: Kind::Counter,
    labels: BASE,
};

/// cAdvisor's word for all processors together, which cgroup v2 alone counts.
const ALL_PROCESSORS: &str = "total";

pub(crate) fn cpu(cpu: &Cpu, has_quota: bool, row: &mut Row<'_, '_>) {
    if let Some(nanos) = cpu.usage_nanos {
        row.add_with(&USAGE, &[ALL_PROCESSORS, row.id, row.image, row.name], seconds(nanos));
    }
    row.add_some(&USER, cpu.user_nanos.map(seconds));
    row.add_some(&SYSTEM, cpu.system_nanos.map(seconds));
    if let Some(throttling) = cpu.throttling.filter(|_| has_quota) {
        let Throttling { periods, throttled_periods, throttled_nanos } = throttling;
        row.add(&PERIODS, periods);
        row.add(&THROTTLED_PERIODS, throttled_periods);
        row.add(&THROTTLED, seconds(throttled_nanos));
    }
}
