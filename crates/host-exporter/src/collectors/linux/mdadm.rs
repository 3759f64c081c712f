//! Software RAIDs.

use exporter_toolkit::{Collector, Outcome, Watch};
use exposition::{Desc, Families, Kind};
use linux_procfs::{Folder, MdArray, MdRaid, MdState, ReadError, Roots, Source, parse_mdstat, present, read_md_raid};

use super::found;
use crate::config::Config;
use crate::devices::read_each;

macro_rules! gauge {
    ($name:literal, $labels:expr, $help:literal) => {
        Desc { name: concat!("node_md_", $name), help: $help, kind: Kind::Gauge, labels: $labels }
    };
}

const DEVICE: &[&str] = &["device"];
const DEVICE_AND_STATE: &[&str] = &["device", "state"];

static STATE: Desc =
    gauge!("state", DEVICE_AND_STATE, "Whether the array is in the state that the label names (/proc/mdstat).");
static DISKS: Desc =
    gauge!("disks", DEVICE_AND_STATE, "Disks of the array in use, marked as failed or as spare (/proc/mdstat).");
static REQUIRED: Desc =
    gauge!("disks_required", DEVICE, "Disks that the array needs, 0 while it is inactive (/proc/mdstat).");
static BLOCKS: Desc = gauge!("blocks", DEVICE, "Size of the array in blocks of 1024 bytes (/proc/mdstat).");
static SYNCED: Desc =
    gauge!("blocks_synced", DEVICE, "Blocks in sync, or gone through by a sync that runs or waits (/proc/mdstat).");
static RAID_DISKS: Desc = gauge!("raid_disks", DEVICE, "Disks of the whole array (/sys/block/DEVICE/md/raid_disks).");
static DEGRADED: Desc = gauge!("degraded", DEVICE, "Disks that the array lacks (/sys/block/DEVICE/md/degraded).");

/// The states that have a series; a reshape has none.
static STATES: [(&str, MdState); 5] = [
    ("active", MdState::Active),
    ("check", MdState::Checking),
    ("inactive", MdState::Inactive),
    ("recovering", MdState::Recovering),
    ("resync", MdState::Resyncing),
];

pub(crate) struct Arrays {
    roots: Roots,
    source: Source,
    arrays: Vec<MdArray>,
    raids: Vec<(String, MdRaid)>,
}

impl Arrays {
    pub(crate) fn new(config: &Config) -> Self {
        let linux = &config.linux;
        Arrays { roots: linux.roots.clone(), source: linux.source("mdstat"), arrays: Vec::new(), raids: Vec::new() }
    }

    fn read_all(&mut self, watch: &Watch<'_>) -> Result<(), ReadError> {
        self.arrays.clear();
        self.raids.clear();
        self.arrays = self.source.parse(parse_mdstat)?;
        let Some(block) = present(Folder::open(self.roots.sys("block")))? else { return Ok(()) };
        let devices = block.names()?.into_iter().filter(|name| name.starts_with("md"));
        read_each(watch, devices, &mut self.raids, |device| Ok((device.to_owned(), read_md_raid(&block, device)?)))
    }
}

impl Collector for Arrays {
    /// A kernel without software RAID has no mdstat.
    fn read(&mut self, watch: &Watch<'_>) -> Outcome {
        found(self.read_all(watch))
    }

    fn samples(&self, out: &mut Families) {
        self.arrays.iter().for_each(|array| samples(array, out));
        for (device, raid) in &self.raids {
            for (desc, value) in [(&RAID_DISKS, raid.disks), (&DEGRADED, raid.degraded)] {
                out.add_some(desc, &[device], value);
            }
        }
    }
}

fn samples(array: &MdArray, out: &mut Families) {
    let device = array.device.as_str();
    for (name, state) in STATES {
        out.add(&STATE, &[device, name], array.state == state);
    }
    if let Some(disks) = array.disks {
        out.add(&DISKS, &[device, "active"], disks.active);
        out.add(&REQUIRED, &[device], disks.required);
    }
    out.add(&DISKS, &[device, "failed"], array.failed as u64);
    out.add(&DISKS, &[device, "spare"], array.spare as u64);
    for (desc, value) in [(&BLOCKS, array.blocks), (&SYNCED, array.synced)] {
        out.add_some(desc, &[device], value);
    }
}
