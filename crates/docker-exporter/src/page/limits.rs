//! What a container may use.

use exposition::{Desc, Kind};

use crate::container::Limits;
use crate::page::row::{BASE, Row};

static CPU_PERIOD: Desc = Desc {
    name: "container_spec_cpu_period",
    help: "Microseconds of the period that the quota is of (HostConfig.CpuPeriod, the kernel's 100000 by default).",
    kind: Kind::Gauge,
    labels: BASE,
};
static CPU_QUOTA: Desc = Desc {
    name: "container_spec_cpu_quota",
    help: "Microseconds of processor time in a period; only with a quota (HostConfig.CpuQuota, HostConfig.NanoCpus).",
    kind: Kind::Gauge,
    labels: BASE,
};
static CPU_SHARES: Desc = Desc {
    name: "container_spec_cpu_shares",
    help: "Weight against other containers (HostConfig.CpuShares, 1024 by default, with either version of cgroups).",
    kind: Kind::Gauge,
    labels: BASE,
};
static MEMORY_LIMIT: Desc = Desc {
    name: "container_spec_memory_limit_bytes",
    help: "Memory that the container may use; 0 is no limit (HostConfig.Memory).",
    kind: Kind::Gauge,
    labels: BASE,
};
static MEMORY_RESERVATION: Desc = Desc {
    name: "container_spec_memory_reservation_limit_bytes",
    help: "Memory that it keeps longest when there is little; 0 is none (HostConfig.MemoryReservation).",
    kind: Kind::Gauge,
    labels: BASE,
};
static MEMORY_SWAP_LIMIT: Desc = Desc {
    name: "container_spec_memory_swap_limit_bytes",
    help: "Memory and swap together that it may use with cgroup v1, swap alone with v2, as cAdvisor has it; 0 is no limit \
           (HostConfig.MemorySwap).",
    kind: Kind::Gauge,
    labels: BASE,
};

/// The kernel's, where nothing is set.
const PERIOD_MICROS: u64 = 100_000;
const SHARES: u64 = 1024;
/// No limit, as cAdvisor says it.
const UNLIMITED: u64 = 0;

/// The kernel's interface to limits, of which there are two that mean different things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cgroup {
    V1,
    V2,
}

pub(crate) fn limits(limits: &Limits, cgroup: Option<Cgroup>, row: &mut Row<'_, '_>) {
    row.add(&CPU_PERIOD, limits.cpu_period_micros.unwrap_or(PERIOD_MICROS));
    row.add_some(&CPU_QUOTA, limits.cpu_quota_micros);
    row.add(&CPU_SHARES, limits.cpu_shares.unwrap_or(SHARES));
    row.add(&MEMORY_LIMIT, limits.memory_bytes.unwrap_or(UNLIMITED));
    row.add(&MEMORY_RESERVATION, limits.memory_reservation_bytes.unwrap_or(UNLIMITED));
    row.add_some(&MEMORY_SWAP_LIMIT, cgroup.map(|cgroup| swap_limit(limits, cgroup)));
}

/// The machine's memory is the limit of all.
pub(crate) fn machine(memory_bytes: Option<u64>, row: &mut Row<'_, '_>) {
    row.add_some(&MEMORY_LIMIT, memory_bytes);
}

fn swap_limit(limits: &Limits, cgroup: Cgroup) -> u64 {
    let Some(both) = limits.memory_and_swap_bytes else { return UNLIMITED };
    match cgroup {
        Cgroup::V1 => both,
        Cgroup::V2 => both.saturating_sub(limits.memory_bytes.unwrap_or(both)),
    }
}
