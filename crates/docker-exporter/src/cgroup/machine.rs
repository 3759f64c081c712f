//! The machine as a whole.

use std::path::Path;

use linux_procfs::{Folder, MemInfo, ReadError, parse_meminfo, parse_online, parse_stat, present, read_file};

use super::Roots;
use crate::usage::Memory;

/// What the machine has.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Machine {
    /// Processors that are online.
    pub(crate) cpu_cores: Option<u64>,
    pub(crate) memory_bytes: Option<u64>,
    pub(crate) swap_bytes: Option<u64>,
}

/// What it has, and what memory all of it uses.
pub(super) fn read(roots: &Roots) -> Result<(Machine, Memory), ReadError> {
    let path = roots.procfs.join("meminfo");
    let fields = parse_meminfo(&read_file(&path)?).map_err(|malformed| ReadError::Malformed(path, malformed))?;
    let cpus = roots.sysfs.join("devices/system/cpu");
    let online = present(Folder::open(cpus).and_then(|folder| folder.parse("online", parse_online)))?;
    let machine = Machine {
        cpu_cores: online.map(|cpus| cpus.len() as u64),
        memory_bytes: bytes(&fields, "MemTotal"),
        swap_bytes: bytes(&fields, "SwapTotal"),
    };
    Ok((machine, memory(&fields)))
}

/// When the machine was booted, in nanoseconds since 1970.
pub(crate) fn boot_nanos(procfs: &Path) -> Option<u64> {
    let stat = parse_stat(&read_file(&procfs.join("stat")).ok()?).ok()?;
    stat.boot_time_seconds?.checked_mul(1_000_000_000)
}

fn bytes(fields: &[MemInfo], name: &str) -> Option<u64> {
    let field = fields.iter().find(|field| field.name == name && field.in_kilobytes)?;
    field.value.checked_mul(1024)
}

/// The root cgroup's memory. v1 has it in `memory.usage_in_bytes`, v2 nowhere, and the peer adds it up from `memory.stat`, which
/// may take seconds there. All of them are the same counters as here: pages of processes, and pages of files.
fn memory(fields: &[MemInfo]) -> Memory {
    let bytes = |name| bytes(fields, name);
    let files = || bytes("Cached")?.checked_add(bytes("Buffers")?)?.checked_add(bytes("SwapCached").unwrap_or(0));
    let (anonymous, files) = (bytes("AnonPages"), files());
    let swap = || bytes("SwapTotal")?.checked_sub(bytes("SwapFree")?);
    Memory {
        usage_bytes: anonymous.zip(files).and_then(|(anonymous, files)| anonymous.checked_add(files)),
        swap_bytes: swap(),
        cache_bytes: files,
        rss_bytes: anonymous,
        mapped_file_bytes: bytes("Mapped"),
        active_file_bytes: bytes("Active(file)"),
        inactive_file_bytes: bytes("Inactive(file)"),
        slab_reclaimable_bytes: bytes("SReclaimable"),
        ..Memory::default()
    }
}
