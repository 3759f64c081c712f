//! NVMe disks.

use exporter_toolkit::{Collector, Outcome, Watch};
use exposition::{Desc, Families, Kind};
use linux_procfs::{Folder, NvmeController, NvmeNamespace, ReadError, Roots, read_nvme_controller};

use super::found;
use crate::config::Config;
use crate::devices::{SECTOR_BYTES, read_each};

macro_rules! gauge {
    ($name:literal, $labels:expr, $help:literal) => {
        Desc { name: concat!("node_nvme_", $name), help: $help, kind: Kind::Gauge, labels: $labels }
    };
}

const NAMESPACE: &[&str] = &["device", "nsid"];

static INFO: Desc = gauge!(
    "info",
    &["cntlid", "device", "firmware_revision", "model", "serial", "state"],
    "Always 1; what the controller says of itself (/sys/class/nvme/DEVICE)."
);
static NAMESPACE_INFO: Desc = gauge!(
    "namespace_info",
    &["ana_state", "device", "nsid"],
    "Always 1; how the namespace is reachable (/sys/class/nvme/DEVICE/NAMESPACE/ana_state)."
);
static CAPACITY: Desc = gauge!(
    "namespace_capacity_bytes",
    NAMESPACE,
    "Size of the namespace, as node_nvme_namespace_size_bytes (/sys/class/nvme/DEVICE/NAMESPACE/size)."
);
static SIZE: Desc =
    gauge!("namespace_size_bytes", NAMESPACE, "Size of the namespace (/sys/class/nvme/DEVICE/NAMESPACE/size).");
static USED: Desc = gauge!(
    "namespace_used_bytes",
    NAMESPACE,
    "Bytes of the namespace that the disk holds something in (/sys/class/nvme/DEVICE/NAMESPACE/nuse)."
);
static BLOCK: Desc = gauge!(
    "namespace_logical_block_size_bytes",
    NAMESPACE,
    "Size of the namespace's own blocks (/sys/class/nvme/DEVICE/NAMESPACE/queue/logical_block_size)."
);

pub(crate) struct Controllers {
    roots: Roots,
    controllers: Vec<NvmeController>,
}

impl Controllers {
    pub(crate) fn new(config: &Config) -> Self {
        Controllers { roots: config.linux.roots.clone(), controllers: Vec::new() }
    }

    fn read_all(&mut self, watch: &Watch<'_>) -> Result<(), ReadError> {
        self.controllers.clear();
        let class = Folder::open(self.roots.sys("class/nvme"))?;
        let read = |device: &str| read_nvme_controller(&class, device);
        read_each(watch, class.names()?, &mut self.controllers, read)
    }
}

impl Collector for Controllers {
    /// The folder comes with the driver.
    fn read(&mut self, watch: &Watch<'_>) -> Outcome {
        found(self.read_all(watch))
    }

    fn samples(&self, out: &mut Families) {
        self.controllers.iter().for_each(|controller| samples(controller, out));
    }
}

fn samples(controller: &NvmeController, out: &mut Families) {
    let NvmeController { device, firmware, model, serial, state, controller_id, namespaces } = controller;
    out.add(&INFO, &[controller_id, device, firmware, model, serial, state], 1_u32);
    namespaces.iter().for_each(|namespace| namespace_samples(device, namespace, out));
}

fn namespace_samples(device: &str, namespace: &NvmeNamespace, out: &mut Families) {
    let labels = [device, namespace.id.as_str()];
    out.add(&NAMESPACE_INFO, &[namespace.access_state.as_deref().unwrap_or("unknown"), device, &namespace.id], 1_u32);
    if let Some(sectors) = namespace.sectors {
        out.add(&CAPACITY, &labels, sectors as f64 * SECTOR_BYTES);
        out.add(&SIZE, &labels, sectors as f64 * SECTOR_BYTES);
    }
    if let Some(bytes) = namespace.block_bytes {
        out.add(&BLOCK, &labels, bytes);
        if let Some(blocks) = namespace.used_blocks {
            out.add(&USED, &labels, blocks as f64 * bytes as f64);
        }
    }
}
