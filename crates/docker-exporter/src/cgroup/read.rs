//! What the files of a cgroup say.

use linux_procfs::{Folder, parse_cgroup_procs, parse_pressure};
use rustix::param::clock_ticks_per_second;

use super::Error;
use super::devices::Devices;
use super::group::Group;
use crate::usage::{Cpu, Memory, Pressure, Pressures, Throttling, Usage};

/// What is told in one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// v1: cpuacct.
    Cpuacct,
    /// v1: cpu.
    Throttling,
    /// v1: memory.
    MemoryV1,
    /// v1: blkio.
    Blkio,
    /// v2: cpu, and processor time without it.
    CpuV2,
    /// v2: memory.
    MemoryV2,
    /// v2: io.
    Io,
    /// Both: pids.
    Threads,
    /// v2, also beside v1.
    Pressure,
    /// Both, in every hierarchy.
    Processes,
}

impl Part {
    pub(super) fn read(self, group: &mut Group, devices: &mut Devices, usage: &mut Usage) -> Result<(), Error> {
        match self {
            Part::Cpuacct => cpuacct(group, &mut usage.cpu)?,
            Part::Throttling => usage.cpu.throttling = throttling(group)?,
            Part::MemoryV1 => memory_v1(group, &mut usage.memory)?,
            Part::Blkio => usage.devices = devices.blkio(group)?,
            Part::CpuV2 => cpu_v2(group, &mut usage.cpu)?,
            Part::MemoryV2 => memory_v2(group, &mut usage.memory)?,
            Part::Io => usage.devices = devices.io(group)?,
            Part::Threads => usage.threads = group.number("pids.current")?,
            Part::Pressure => usage.pressure = pressures(group)?,
            Part::Processes => usage.processes = processes(group)?,
        }
        Ok(())
    }

    /// Whether the root cgroup, which stands for the machine, tells it too. Memory is told by others: v2 has none there, and
    /// `memory.stat` of v1 has cost seconds (google/cadvisor#2259).
    pub(super) fn is_told_at_root(self) -> bool {
        match self {
            Part::Cpuacct | Part::Blkio | Part::CpuV2 | Part::Io | Part::Pressure => true,
            Part::Throttling | Part::MemoryV1 | Part::MemoryV2 | Part::Threads | Part::Processes => false,
        }
    }
}

/// The split into user and system is in ticks, which the peer shows too, though there are files with nanoseconds.
fn cpuacct(group: &mut Group, cpu: &mut Cpu) -> Result<(), Error> {
    cpu.usage_nanos = group.number("cpuacct.usage")?;
    group.numbers("cpuacct.stat", |key, ticks| match key {
        "user" => cpu.user_nanos = Some(nanos(ticks)),
        "system" => cpu.system_nanos = Some(nanos(ticks)),
        _ => {}
    })?;
    Ok(())
}

fn nanos(ticks: u64) -> u64 {
    let nanos = u128::from(ticks) * 1_000_000_000 / u128::from(clock_ticks_per_second());
    u64::try_from(nanos).unwrap_or(u64::MAX)
}

fn throttling(group: &mut Group) -> Result<Option<Throttling>, Error> {
    let (mut periods, mut throttled, mut nanos) = (None, None, None);
    group.numbers("cpu.stat", |key, value| match key {
        "nr_periods" => periods = Some(value),
        "nr_throttled" => throttled = Some(value),
        "throttled_time" => nanos = Some(value),
        _ => {}
    })?;
    Ok(all(periods, throttled, nanos))
}

fn all(periods: Option<u64>, throttled_periods: Option<u64>, throttled_nanos: Option<u64>) -> Option<Throttling> {
    Some(Throttling { periods: periods?, throttled_periods: throttled_periods?, throttled_nanos: throttled_nanos? })
}

/// `total_*` is with all cgroups below where the kernel counts those with it (`memory.use_hierarchy`), and without elsewhere.
/// Faults are of the cgroup itself, as the peer shows them.
fn memory_v1(group: &mut Group, memory: &mut Memory) -> Result<(), Error> {
    memory.usage_bytes = group.number("memory.usage_in_bytes")?;
    memory.max_usage_bytes = group.number("memory.max_usage_in_bytes")?;
    memory.failcnt = group.number("memory.failcnt")?;
    group.numbers("memory.stat", |key, value| match key {
        "total_cache" => memory.cache_bytes = Some(value),
        "total_rss" => memory.rss_bytes = Some(value),
        "total_mapped_file" => memory.mapped_file_bytes = Some(value),
        "total_active_file" => memory.active_file_bytes = Some(value),
        "total_inactive_file" => memory.inactive_file_bytes = Some(value),
        // Only where swap is accounted.
        "total_swap" => memory.swap_bytes = Some(value),
        "pgfault" => memory.page_faults = Some(value),
        "pgmajfault" => memory.major_page_faults = Some(value),
        _ => {}
    })?;
    group.numbers("memory.oom_control", |key, value| {
        if key == "oom_kill" {
            memory.oom_kills = Some(value);
        }
    })?;
    Ok(())
}

fn cpu_v2(group: &mut Group, cpu: &mut Cpu) -> Result<(), Error> {
    let nanos = |micros: u64| Some(micros.saturating_mul(1000));
    let (mut periods, mut throttled, mut throttled_nanos) = (None, None, None);
    group.numbers("cpu.stat", |key, value| match key {
        "usage_usec" => cpu.usage_nanos = nanos(value),
        "user_usec" => cpu.user_nanos = nanos(value),
        "system_usec" => cpu.system_nanos = nanos(value),
        "nr_periods" => periods = Some(value),
        "nr_throttled" => throttled = Some(value),
        "throttled_usec" => throttled_nanos = nanos(value),
        _ => {}
    })?;
    cpu.throttling = all(periods, throttled, throttled_nanos);
    Ok(())
}

fn memory_v2(group: &mut Group, memory: &mut Memory) -> Result<(), Error> {
    memory.usage_bytes = group.number("memory.current")?;
    if memory.usage_bytes.is_none() {
        // The controller is off.
        return Ok(());
    }
    memory.max_usage_bytes = group.number("memory.peak")?;
    memory.swap_bytes = group.number("memory.swap.current")?;
    group.numbers("memory.stat", |key, value| match key {
        "anon" => memory.rss_bytes = Some(value),
        "file" => memory.cache_bytes = Some(value),
        "file_mapped" => memory.mapped_file_bytes = Some(value),
        "active_file" => memory.active_file_bytes = Some(value),
        "inactive_file" => memory.inactive_file_bytes = Some(value),
        "slab_reclaimable" => memory.slab_reclaimable_bytes = Some(value),
        "pgfault" => memory.page_faults = Some(value),
        "pgmajfault" => memory.major_page_faults = Some(value),
        _ => {}
    })?;
    group.numbers("memory.events", |key, value| match key {
        "high" => memory.events_high = Some(value),
        // What v1 counts as failcnt: a charge that met the limit.
        "max" => (memory.events_max, memory.failcnt) = (Some(value), Some(value)),
        "oom_kill" => memory.oom_kills = Some(value),
        _ => {}
    })?;
    Ok(())
}

fn pressures(group: &mut Group) -> Result<Pressures, Error> {
    let mut read = |name| {
        let pressure = group.parse(name, parse_pressure)?;
        Ok::<_, Error>(pressure.map(|pressure| Pressure {
            some_micros: pressure.some.map(|stall| stall.total_us),
            full_micros: pressure.full.map(|stall| stall.total_us),
        }))
    };
    Ok(Pressures { cpu: read("cpu.pressure")?, memory: read("memory.pressure")?, io: read("io.pressure")? })
}

/// How deep cgroups are looked into for processes, and how many.
const DEEPEST: usize = 4;
const MOST_CGROUPS: usize = 64;

/// A container's own cgroup is empty where its processes are in some below: crun makes `container`, an engine or systemd within
/// makes others. Then those are counted. Where there seems to be none at all they are not known: a container that is up has one, but
/// version 1 lists none of a process namespace that the reader can't see, as from within another container.
fn processes(group: &mut Group) -> Result<Option<u64>, Error> {
    let mut left = MOST_CGROUPS;
    let own = group.parse_list("cgroup.procs", parse_cgroup_procs)?;
    let all = own.map(|own| if own == 0 { below(group.folder(), DEEPEST, &mut left) } else { own });
    Ok(all.filter(|processes| *processes > 0))
}

/// Processes in the cgroups below; those that end meanwhile have none.
fn below(folder: &Folder, depth: usize, left: &mut usize) -> u64 {
    let mut processes = 0;
    for name in folder.folders().unwrap_or_default() {
        let Some(fewer) = left.checked_sub(1).filter(|_| depth > 0) else { break };
        *left = fewer;
        if let Ok(folder) = folder.folder(&name) {
            processes += folder.parse_long("cgroup.procs", parse_cgroup_procs).unwrap_or(0);
            processes += below(&folder, depth - 1, left);
        }
    }
    processes
}
