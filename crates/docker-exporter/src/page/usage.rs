//! What containers use, and the whole machine.

use exposition::Families;

use crate::container::Limits;
use crate::inventory::Entry;
use crate::page::row::Row;
use crate::page::{Shown, cpu, disk, limits, memory, moments, network, pids, pressure};
use crate::usage::{Interface, Usage};

/// Shows what containers use.
pub(crate) fn usage<'a>(
    used: impl IntoIterator<Item = (&'a Entry, &'a Usage, &'a [Interface])>,
    shown: &'a Shown,
    page: &mut Families,
) {
    let mut own = Vec::new();
    for (entry, usage, interfaces) in used {
        let row = &mut Row::of(entry, shown, &mut own, page);
        samples(usage, interfaces, Some(&entry.container.limits), shown, row);
    }
}

/// Shows the interfaces of containers whose usage stands elsewhere, and of the host.
pub(crate) fn interfaces<'a>(
    read: impl IntoIterator<Item = (&'a Entry, &'a [Interface])>,
    host: &[Interface],
    shown: &'a Shown,
    page: &mut Families,
) {
    let mut own = Vec::new();
    for (entry, interfaces) in read {
        network::network(interfaces, &mut Row::of(entry, shown, &mut own, page));
    }
    network::network(host, &mut Row::root(page));
}

/// The machine as a cgroup: `id="/"`.
pub(crate) struct Root<'a> {
    /// Without what `memory.stat` has, which takes seconds to read there.
    pub(crate) usage: &'a Usage,
    pub(crate) memory_bytes: Option<u64>,
    /// When it was booted, in nanoseconds since 1970.
    pub(crate) boot_nanos: Option<u64>,
}

/// Shows the whole machine.
pub(crate) fn root(root: &Root<'_>, now_nanos: u64, shown: &Shown, page: &mut Families) {
    let row = &mut Row::root(page);
    moments::machine(root.boot_nanos, now_nanos, row);
    limits::machine(root.memory_bytes, row);
    samples(root.usage, &[], None, shown, row);
}

fn samples(usage: &Usage, interfaces: &[Interface], limits: Option<&Limits>, shown: &Shown, row: &mut Row<'_, '_>) {
    let groups = &shown.groups;
    if groups.cpu {
        let has_quota = limits.is_some_and(|limits| limits.cpu_quota_micros.is_some());
        cpu::cpu(&usage.cpu, has_quota, row);
    }
    if groups.memory {
        memory::memory(&usage.memory, row);
    }
    if groups.disk_io {
        disk::disk(&usage.devices, shown.blkio, row);
    }
    if groups.network {
        network::network(interfaces, row);
    }
    if groups.process {
        pids::pids(usage, limits, row);
    }
    if groups.pressure {
        pressure::pressure(&usage.pressure, row);
    }
}
