//! Space, devices and commits of Btrfs file systems.
//!
//! node_exporter asks every mount for more by ioctl, where it may open it: the ids, unused bytes and errors of the devices.
//! That takes unsafe code, and is left out; a device's size is shown as node_exporter does where it may not.

use exporter_toolkit::{Collector, Outcome, Watch};
use exposition::{Desc, Families, Kind};
use linux_procfs::{Btrfs, BtrfsCommits, Folder, ReadError, Roots, present, read_btrfs};

use crate::config::Config;
use crate::devices::{SECTOR_BYTES, read_each};

macro_rules! desc {
    ($name:literal, $kind:ident, $labels:expr, $help:literal) => {
        Desc { name: concat!("node_btrfs_", $name), help: $help, kind: Kind::$kind, labels: $labels }
    };
}

const UUID: &[&str] = &["uuid"];
const LAYOUT: &[&str] = &["block_group_type", "mode", "uuid"];

static INFO: Desc = desc!(
    "info",
    Gauge,
    &["label", "uuid"],
    "Always 1; id and name of the file system (/sys/fs/btrfs/UUID/metadata_uuid, label)."
);
static RESERVE: Desc = desc!(
    "global_rsv_size_bytes",
    Gauge,
    UUID,
    "Bytes kept back for the file system's own needs (/sys/fs/btrfs/UUID/allocation/global_rsv_size)."
);
static RESERVED: Desc = desc!(
    "reserved_bytes",
    Gauge,
    &["block_group_type", "uuid"],
    "Bytes about to be written (/sys/fs/btrfs/UUID/allocation/TYPE/bytes_reserved)."
);
static USED: Desc =
    desc!("used_bytes", Gauge, LAYOUT, "Bytes in use (/sys/fs/btrfs/UUID/allocation/TYPE/MODE/used_bytes).");
static SIZE: Desc =
    desc!("size_bytes", Gauge, LAYOUT, "Bytes set aside (/sys/fs/btrfs/UUID/allocation/TYPE/MODE/total_bytes).");
static RATIO: Desc = desc!(
    "allocation_ratio",
    Gauge,
    LAYOUT,
    "Bytes on the devices for each byte, by mode and number of devices (/sys/fs/btrfs/UUID/allocation/TYPE)."
);
static DEVICE_SIZE: Desc = desc!(
    "device_size_bytes",
    Gauge,
    &["device", "uuid"],
    "Size of a device of the file system (/sys/fs/btrfs/UUID/devices/DEVICE/size)."
);
static COMMITS: Desc = desc!("commits_total", Counter, UUID, "Commits (/sys/fs/btrfs/UUID/commit_stats, commits).");
static LAST_COMMIT: Desc = desc!(
    "last_commit_seconds",
    Gauge,
    UUID,
    "Seconds that the last commit took (/sys/fs/btrfs/UUID/commit_stats, last_commit_ms)."
);
static MAX_COMMIT: Desc = desc!(
    "max_commit_seconds",
    Gauge,
    UUID,
    "Seconds that the longest commit took (/sys/fs/btrfs/UUID/commit_stats, max_commit_ms)."
);
static COMMIT_SECONDS: Desc = desc!(
    "commit_seconds_total",
    Counter,
    UUID,
    "Seconds that all commits took (/sys/fs/btrfs/UUID/commit_stats, total_commit_ms)."
);

pub(crate) struct BtrfsFilesystems {
    roots: Roots,
    /// The names of all their folders, also of one that hangs.
    folders: Vec<String>,
    filesystems: Vec<Btrfs>,
}

impl BtrfsFilesystems {
    pub(crate) fn new(config: &Config) -> Self {
        BtrfsFilesystems { roots: config.linux.roots.clone(), folders: Vec::new(), filesystems: Vec::new() }
    }

    fn read_all(&mut self, watch: &Watch<'_>) -> Result<(), ReadError> {
        self.folders.clear();
        self.filesystems.clear();
        // The folder comes with the driver, without which there is no such file system.
        let Some(folder) = present(Folder::open(self.roots.sys("fs/btrfs")))? else { return Ok(()) };
        // Beside the file systems stand the features of the driver.
        self.folders.extend(folder.names()?.into_iter().filter(|name| name.contains('-')));
        read_each(watch, self.folders.clone(), &mut self.filesystems, |id| read_btrfs(&folder, id))
    }
}

impl Collector for BtrfsFilesystems {
    fn read(&mut self, watch: &Watch<'_>) -> Outcome {
        self.read_all(watch).into()
    }

    fn samples(&self, out: &mut Families) {
        for (position, filesystem) in self.filesystems.iter().enumerate() {
            let uuid = uuid(filesystem, &self.folders, &self.filesystems[..position]);
            samples(uuid, filesystem, out);
        }
    }
}

/// The id of a file system: that of its metadata, as the peer has it, unless it is that of another: of the one whose folder
/// is named so, which may hang, or of a copy among the `earlier` ones.
fn uuid<'b>(filesystem: &'b Btrfs, folders: &[String], earlier: &[Btrfs]) -> &'b str {
    let is_free = |id: &&String| {
        !folders.contains(id) && earlier.iter().all(|earlier| earlier.metadata_uuid.as_ref() != Some(*id))
    };
    filesystem.metadata_uuid.as_ref().filter(is_free).unwrap_or(&filesystem.folder)
}

fn samples(uuid: &str, filesystem: &Btrfs, out: &mut Families) {
    out.add(&INFO, &[&filesystem.label, uuid], 1_u32);
    out.add_some(&RESERVE, &[uuid], filesystem.reserve_bytes);
    if let Some(commits) = &filesystem.commits {
        commit_samples(uuid, commits, out);
    }
    for allocation in &filesystem.allocations {
        out.add_some(&RESERVED, &[allocation.kind, uuid], allocation.reserved_bytes);
        for layout in &allocation.layouts {
            let labels = [allocation.kind, &layout.name, uuid];
            for (desc, bytes) in [(&USED, layout.used_bytes), (&SIZE, layout.total_bytes)] {
                out.add_some(desc, &labels, bytes);
            }
            out.add_some(&RATIO, &labels, layout.ratio);
        }
    }
    for device in &filesystem.devices {
        if let Some(sectors) = device.sectors {
            out.add(&DEVICE_SIZE, &[&device.device, uuid], sectors as f64 * SECTOR_BYTES);
        }
    }
}

fn commit_samples(uuid: &str, commits: &BtrfsCommits, out: &mut Families) {
    out.add_some(&COMMITS, &[uuid], commits.commits);
    for (desc, milliseconds) in [
        (&LAST_COMMIT, commits.last_commit_ms),
        (&MAX_COMMIT, commits.max_commit_ms),
        (&COMMIT_SECONDS, commits.total_commit_ms),
    ] {
        if let Some(milliseconds) = milliseconds {
            out.add(desc, &[uuid], milliseconds as f64 / 1000.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_that_is_mounted_beside_its_original() {
        let filesystem = |folder: &str, metadata_uuid: Option<&str>| Btrfs {
            folder: folder.to_owned(),
            metadata_uuid: metadata_uuid.map(str::to_owned),
            ..Btrfs::default()
        };
        let all = [
            filesystem("0-1", Some("0-2")),
            filesystem("0-2", Some("0-2")),
            filesystem("0-3", Some("0-2")),
            filesystem("0-4", None),
            filesystem("0-5", Some("0-9")),
            filesystem("0-6", Some("0-9")),
        ];
        let folders = all.each_ref().map(|filesystem| filesystem.folder.clone());
        let ids: Vec<&str> = (0..6).map(|position| uuid(&all[position], &folders, &all[..position])).collect();
        assert_eq!(ids, ["0-1", "0-2", "0-3", "0-4", "0-9", "0-6"]);
    }
}
