//! Block devices: their names, and what a cgroup moves to and from them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use linux_procfs::{BlkioCount, DeviceNumber, IoStat, parse_blkio, parse_io_stat, read_file};

use super::Error;
use super::group::Group;
use crate::usage::DeviceIo;

/// Files of cgroup v1 that count operations and bytes, in the order in which the peer tries them: the first one that has
/// counted anything is taken. Which one that is depends on the scheduler of the devices.
const COUNTERS: [(&str, &str); 4] = [
    ("blkio.bfq.io_serviced_recursive", "blkio.bfq.io_service_bytes_recursive"),
    ("blkio.io_serviced_recursive", "blkio.io_service_bytes_recursive"),
    ("blkio.throttle.io_serviced_recursive", "blkio.throttle.io_service_bytes_recursive"),
    ("blkio.throttle.io_serviced", "blkio.throttle.io_service_bytes"),
];
/// Of which so many are with all cgroups below.
const RECURSIVE: usize = 3;

/// What is known of block devices for the length of a scrape: devices come and go, and their numbers with them.
pub(super) struct Devices {
    sysfs: PathBuf,
    names: BTreeMap<DeviceNumber, String>,
    /// The first of the counters that may have counted anything.
    first: usize,
}

impl Devices {
    pub(super) fn new(sysfs: &Path) -> Devices {
        Devices { sysfs: sysfs.to_owned(), names: BTreeMap::new(), first: 0 }
    }

    /// Forgets what was known, and looks at the root of cgroup v1's blkio, if there is one: a file that has not counted
    /// anything there, where all cgroups are in it, need not be read for each container.
    pub(super) fn renew(&mut self, blkio: Option<&mut Group>) {
        self.names.clear();
        self.first = blkio.map_or(0, first_counter);
    }

    /// Whether anything may have been counted in cgroup v1.
    pub(super) fn have_a_counter(&self) -> bool {
        self.first < COUNTERS.len()
    }

    /// cgroup v1.
    pub(super) fn blkio(&mut self, group: &mut Group) -> Result<Vec<DeviceIo>, Error> {
        for (index, (operations, bytes)) in COUNTERS.iter().enumerate().skip(self.first) {
            match group.parse(operations, parse_blkio)? {
                Some(operations) if !operations.is_empty() => {
                    return Ok(self.counted(&operations, &group.parse(bytes, parse_blkio)?.unwrap_or_default()));
                }
                // The last one counts the same, without the cgroups below.
                Some(_) if index + 1 == RECURSIVE => break,
                _ => {}
            }
        }
        Ok(Vec::new())
    }

    fn counted(
        &mut self,
        operations: &BTreeMap<DeviceNumber, BlkioCount>,
        bytes: &BTreeMap<DeviceNumber, BlkioCount>,
    ) -> Vec<DeviceIo> {
        let devices: BTreeSet<DeviceNumber> = operations.keys().chain(bytes.keys()).copied().collect();
        let stat = |device| {
            let [operations, bytes] =
                [operations, bytes].map(|counts| counts.get(&device).copied().unwrap_or_default());
            let BlkioCount { read: rios, write: wios } = operations;
            let BlkioCount { read: rbytes, write: wbytes } = bytes;
            (device, IoStat { rbytes, wbytes, rios, wios })
        };
        self.named(devices.into_iter().map(stat))
    }

    /// cgroup v2.
    pub(super) fn io(&mut self, group: &mut Group) -> Result<Vec<DeviceIo>, Error> {
        Ok(self.named(group.parse_torn("io.stat", parse_io_stat)?.unwrap_or_default()))
    }

    fn named(&mut self, stats: impl IntoIterator<Item = (DeviceNumber, IoStat)>) -> Vec<DeviceIo> {
        let named = |(device, stat): (DeviceNumber, IoStat)| DeviceIo {
            major: device.major,
            minor: device.minor,
            device: self.name(device),
            read_bytes: stat.rbytes,
            written_bytes: stat.wbytes,
            reads: stat.rios,
            writes: stat.wios,
        };
        stats.into_iter().map(named).collect()
    }

    /// A device that sysfs has no name for is called by its numbers, so that no two have the same name.
    fn name(&mut self, device: DeviceNumber) -> String {
        let DeviceNumber { major, minor } = device;
        let name = self.names.entry(device).or_insert_with(|| {
            let uevent = read_file(&self.sysfs.join(format!("dev/block/{major}:{minor}/uevent")));
            let name = uevent.ok().and_then(|uevent| device_name(&uevent));
            name.unwrap_or_else(|| format!("{major}:{minor}"))
        });
        name.clone()
    }
}

/// `DEVNAME` of `uevent`, below `/dev`.
fn device_name(uevent: &[u8]) -> Option<String> {
    let name = std::str::from_utf8(uevent).ok()?.lines().find_map(|line| line.strip_prefix("DEVNAME="))?;
    Some(format!("/dev/{name}")).filter(|_| !name.is_empty())
}

fn first_counter(root: &mut Group) -> usize {
    let has_counted = |(operations, _): &(&'static str, _)| match root.parse(operations, parse_blkio) {
        Ok(counted) => counted.is_some_and(|counted| !counted.is_empty()),
        // What is wrong with it is said of the container.
        Err(_) => true,
    };
    let first = COUNTERS[..RECURSIVE].iter().position(has_counted);
    // Without a recursive file at all, as in old kernels, the root says nothing of the others.
    let last = COUNTERS[RECURSIVE - 1].0;
    first.unwrap_or_else(|| if root.folder().holds(last) { COUNTERS.len() } else { RECURSIVE })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_devices() {
        assert_eq!(device_name(b"MAJOR=8\nMINOR=0\nDEVNAME=sda\nDEVTYPE=disk\n").as_deref(), Some("/dev/sda"));
        assert_eq!(device_name(b"MAJOR=104\nDEVNAME=cciss/c0d0\n").as_deref(), Some("/dev/cciss/c0d0"));
        for uevent in [&b""[..], b"MAJOR=8\n", b"DEVNAME=\n", b"DEVNAME=\xff\n"] {
            assert_eq!(device_name(uevent), None);
        }
    }
}
