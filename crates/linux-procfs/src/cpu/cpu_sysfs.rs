//! `/sys/devices/system/cpu`: which processors there are, where they sit, how often heat slowed them.

use crate::error::{Malformed, ReadError};
use crate::fields::{number, some};
use crate::roots::Roots;
use crate::sysfs::Folder;

const FOLDER: &str = "devices/system/cpu";

/// Far more than any kernel is built for.
const MOST_CPUS: u32 = 1 << 16;

/// Numbers of processors, rising.
pub type CpuSet = Vec<u32>;

/// Where a processor sits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Topology {
    /// The socket (`topology/physical_package_id`).
    pub package: u64,
    /// The core within it (`topology/core_id`).
    pub core: u64,
}

/// How often heat has slowed a processor since boot; Intel alone counts it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Throttles {
    /// Of its core (`thermal_throttle/core_throttle_count`).
    pub core: Option<u64>,
    /// Of its package (`thermal_throttle/package_throttle_count`).
    pub package: Option<u64>,
}

/// The processors that have a folder, online or not.
///
/// # Errors
/// When the folder can't be listed.
pub fn read_cpus(roots: &Roots) -> Result<CpuSet, ReadError> {
    let names = Folder::open(roots.sys(FOLDER))?.numbered("cpu")?;
    Ok(names.iter().filter_map(|name| number(name.strip_prefix("cpu")?.as_bytes())).collect())
}

/// Where the processor sits; `None` where the kernel does not say.
#[must_use]
pub fn read_topology(roots: &Roots, cpu: u32) -> Option<Topology> {
    let folder = Folder::open(roots.sys(FOLDER).join(format!("cpu{cpu}/topology"))).ok()?;
    Some(Topology { package: folder.number("physical_package_id")?, core: folder.number("core_id")? })
}

/// How often heat has slowed the processor.
#[must_use]
pub fn read_throttles(roots: &Roots, cpu: u32) -> Throttles {
    let Ok(folder) = Folder::open(roots.sys(FOLDER).join(format!("cpu{cpu}/thermal_throttle"))) else {
        return Throttles::default();
    };
    Throttles { core: folder.number("core_throttle_count"), package: folder.number("package_throttle_count") }
}

/// Reads the kernel's list form, `0-3,8`, as in `isolated`; an empty file lists none.
///
/// # Errors
/// Anything but numbers and ranges between commas, each below 65,536 and above the one before.
pub fn parse_cpu_list(bytes: &[u8]) -> Result<CpuSet, Malformed> {
    let malformed = Malformed { line: 1, expected: "processor numbers and ranges, such as 0-3,8" };
    let mut cpus = CpuSet::new();
    let mut next = 0;
    for part in bytes.trim_ascii().split(|byte| *byte == b',').filter(|part| !part.is_empty()) {
        let mut ends = part.splitn(2, |byte| *byte == b'-').map(number::<u32>);
        let first = ends.next().flatten().ok_or(malformed)?;
        let last = ends.next().unwrap_or(Some(first)).ok_or(malformed)?;
        if first < next || last < first || last >= MOST_CPUS {
            return Err(malformed);
        }
        cpus.extend(first..=last);
        next = last + 1;
    }
    Ok(cpus)
}

/// Reads `online`: the list of processors that are, of which there is always one.
///
/// # Errors
/// As [`parse_cpu_list`], and when the list is empty.
pub fn parse_online(bytes: &[u8]) -> Result<CpuSet, Malformed> {
    some(parse_cpu_list(bytes)?, "a processor")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_every_form() {
        assert_eq!(parse_cpu_list(b"0-3,8\n"), Ok(vec![0, 1, 2, 3, 8]));
        assert_eq!(parse_cpu_list(b"0\n"), Ok(vec![0]));
        assert_eq!(parse_cpu_list(b"\n"), Ok(vec![]));
        assert_eq!(parse_cpu_list(b"0-65535\n").map(|cpus| cpus.len()), Ok(65_536));
        for text in ["3-1", "a", "1-", "-1", "0-4294967295", "0-65536", "1-2-3", "0-3,3", "4,0-3", "2,2"] {
            assert!(parse_cpu_list(text.as_bytes()).is_err(), "{text}");
        }
        assert_eq!(parse_online(b"\n"), Err(Malformed { line: 1, expected: "a processor" }));
    }
}
