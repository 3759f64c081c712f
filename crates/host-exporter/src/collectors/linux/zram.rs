//! Disks in compressed memory, which small machines swap to.

use exporter_toolkit::{Collector, Outcome, Watch};
use exposition::{Desc, Families, Kind};
use linux_procfs::{Folder, ReadError, Roots, Zram, present, read_zram};

use crate::config::Config;
use crate::devices::read_each;

macro_rules! bytes {
    ($name:literal, $help:literal) => {
        Desc { name: concat!("node_zram_", $name, "_bytes"), help: $help, kind: Kind::Gauge, labels: &["device"] }
    };
}

static SIZE: Desc = bytes!("size", "What the device can hold before compression (/sys/block/DEVICE/disksize).");
static DATA: Desc =
    bytes!("data", "What the device holds, before compression (/sys/block/DEVICE/mm_stat, orig_data_size).");
static COMPRESSED: Desc =
    bytes!("compressed", "What the device holds, after compression (/sys/block/DEVICE/mm_stat, compr_data_size).");
static USED: Desc = bytes!(
    "memory_used",
    "Memory that the device takes, also for its own needs (/sys/block/DEVICE/mm_stat, mem_used_total)."
);
static LIMIT: Desc =
    bytes!("memory_limit", "The most memory that the device may take (/sys/block/DEVICE/mm_stat, mem_limit).");

pub(crate) struct ZramDisks {
    roots: Roots,
    disks: Vec<(String, Zram)>,
}

impl ZramDisks {
    pub(crate) fn new(config: &Config) -> Self {
        ZramDisks { roots: config.linux.roots.clone(), disks: Vec::new() }
    }

    fn read_all(&mut self, watch: &Watch<'_>) -> Result<(), ReadError> {
        self.disks.clear();
        let Some(block) = present(Folder::open(self.roots.sys("block")))? else { return Ok(()) };
        let read = |device: &str| Ok((device.to_owned(), read_zram(&block, device)?));
        let outcome = read_each(watch, block.numbered("zram")?, &mut self.disks, read);
        // The driver makes a first one that need not be for anything.
        self.disks.retain(|(_, disk)| disk.size_bytes != Some(0));
        outcome
    }
}

impl Collector for ZramDisks {
    /// A disk that is being set up or reset holds up whoever asks for it.
    fn read(&mut self, watch: &Watch<'_>) -> Outcome {
        self.read_all(watch).into()
    }

    fn samples(&self, out: &mut Families) {
        self.disks.iter().for_each(|(device, disk)| samples(device, disk, out));
    }
}

fn samples(device: &str, Zram { size_bytes, memory }: &Zram, out: &mut Families) {
    for (desc, bytes) in [
        (&SIZE, *size_bytes),
        (&DATA, Some(memory.data_bytes)),
        (&COMPRESSED, Some(memory.compressed_bytes)),
        (&USED, Some(memory.used_bytes)),
        (&LIMIT, memory.limit_bytes),
    ] {
        out.add_some(desc, &[device], bytes);
    }
}
