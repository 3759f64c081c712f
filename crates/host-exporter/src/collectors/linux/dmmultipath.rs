//! Disks that the device mapper reaches by several paths.

use exporter_toolkit::{Collector, Outcome, Watch};
use exposition::{Desc, Families, Kind};
use linux_procfs::{Folder, Multipath, ReadError, Roots, read_multipath};

use super::found;
use crate::config::Config;
use crate::devices::{SECTOR_BYTES, read_each};

macro_rules! gauge {
    ($name:literal, $labels:expr, $help:literal) => {
        Desc { name: concat!("node_dmmultipath_", $name), help: $help, kind: Kind::Gauge, labels: $labels }
    };
}

const DEVICE: &[&str] = &["device", "sysfs_name"];

static INFO: Desc = gauge!(
    "device_info",
    &["device", "sysfs_name", "uuid"],
    "Always 1; what the device mapper calls the disk (/sys/block/dm-N/dm/uuid)."
);
static ACTIVE: Desc =
    gauge!("device_active", DEVICE, "Whether I/O to the disk is not held back (/sys/block/dm-N/dm/suspended).");
static SIZE: Desc = gauge!("device_size_bytes", DEVICE, "Size of the disk (/sys/block/dm-N/size).");
static PATHS: Desc = gauge!("device_paths", DEVICE, "Paths to the disk (/sys/block/dm-N/slaves).");
static PATHS_ACTIVE: Desc = gauge!(
    "device_paths_active",
    DEVICE,
    "Paths to the disk that can be used, being running or live (/sys/block/PATH/device/state)."
);
static PATHS_FAILED: Desc =
    gauge!("device_paths_failed", DEVICE, "Paths to the disk in any other state (/sys/block/PATH/device/state).");
static PATH_STATE: Desc = gauge!(
    "path_state",
    &["device", "path", "state"],
    "Always 1; the state of the disk that is a path (/sys/block/PATH/device/state)."
);

pub(crate) struct Multipaths {
    roots: Roots,
    disks: Vec<Multipath>,
}

impl Multipaths {
    pub(crate) fn new(config: &Config) -> Self {
        Multipaths { roots: config.linux.roots.clone(), disks: Vec::new() }
    }

    fn read_all(&mut self, watch: &Watch<'_>) -> Result<(), ReadError> {
        self.disks.clear();
        let block = Folder::open(self.roots.sys("block"))?;
        let devices = block.names()?.into_iter().filter(|name| name.starts_with("dm-"));
        read_each(watch, devices, &mut self.disks, |device| read_multipath(&block, device))
    }
}

impl Collector for Multipaths {
    /// A container may not see the folder of disks.
    fn read(&mut self, watch: &Watch<'_>) -> Outcome {
        found(self.read_all(watch))
    }

    fn samples(&self, out: &mut Families) {
        self.disks.iter().for_each(|disk| samples(disk, out));
    }
}

fn samples(disk: &Multipath, out: &mut Families) {
    let labels = [disk.name.as_str(), &disk.device];
    out.add(&INFO, &[&disk.name, &disk.device, &disk.uuid], 1_u32);
    if let Some(is_suspended) = disk.is_suspended {
        out.add(&ACTIVE, &labels, !is_suspended);
    }
    if let Some(sectors) = disk.sectors {
        out.add(&SIZE, &labels, sectors as f64 * SECTOR_BYTES);
    }
    let (mut active, mut failed) = (0_u64, 0_u64);
    for path in &disk.paths {
        // A path whose driver does not say is neither.
        let Some(state) = &path.state else { continue };
        let count = if matches!(state.as_str(), "running" | "live") { &mut active } else { &mut failed };
        *count += 1;
        out.add(&PATH_STATE, &[&disk.name, &path.device, state], 1_u32);
    }
    out.add(&PATHS, &labels, disk.paths.len() as u64);
    out.add(&PATHS_ACTIVE, &labels, active);
    out.add(&PATHS_FAILED, &labels, failed);
}
