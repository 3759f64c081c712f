//! bcachefs file systems, their counters and devices.

use exporter_toolkit::{Collector, Outcome, Watch};
use exposition::{Desc, Families, Kind};
use linux_procfs::{Bcachefs, BcachefsDevice, Folder, ReadError, Roots, read_bcachefs};

use super::found;
use super::names::metric_name;
use crate::config::Config;
use crate::devices::read_each;

macro_rules! desc {
    ($name:literal, $kind:ident, $labels:expr, $help:literal) => {
        Desc { name: concat!("node_bcachefs_", $name), help: $help, kind: Kind::$kind, labels: $labels }
    };
}

const UUID: &[&str] = &["uuid"];
const ALGORITHM: &[&str] = &["algorithm", "uuid"];
const TYPE: &[&str] = &["type", "uuid"];
const DEVICE: &[&str] = &["device", "uuid"];

static INFO: Desc = desc!("info", Gauge, UUID, "Always 1; the id of the file system (/sys/fs/bcachefs).");
static BTREE_CACHE: Desc = desc!(
    "btree_cache_size_bytes",
    Gauge,
    UUID,
    "Memory that the cache of trees takes (/sys/fs/bcachefs/UUID/btree_cache_size)."
);
static COMPRESSED: Desc = desc!(
    "compression_compressed_bytes",
    Gauge,
    ALGORITHM,
    "Bytes on the devices by compression (/sys/fs/bcachefs/UUID/compression_stats, compressed)."
);
static UNCOMPRESSED: Desc = desc!(
    "compression_uncompressed_bytes",
    Gauge,
    ALGORITHM,
    "Bytes of the files by compression (/sys/fs/bcachefs/UUID/compression_stats, uncompressed)."
);
static ERRORS: Desc = desc!(
    "errors_total",
    Counter,
    &["error_type", "uuid"],
    "How often an error was found in the file system (/sys/fs/bcachefs/UUID/errors)."
);
static WRITES: Desc = desc!(
    "btree_writes_total",
    Counter,
    TYPE,
    "Writes of trees by their reason (/sys/fs/bcachefs/UUID/btree_write_stats, nr)."
);
static WRITE_SIZE: Desc = desc!(
    "btree_write_average_size_bytes",
    Gauge,
    TYPE,
    "Average size of writes of trees (/sys/fs/bcachefs/UUID/btree_write_stats, size)."
);
static DEVICE_INFO: Desc = desc!(
    "device_info",
    Gauge,
    &["device", "label", "state", "uuid"],
    "Always 1; the label of the device, and its states with the one in force in brackets (/sys/fs/bcachefs/UUID/dev-N)."
);
static BUCKET_SIZE: Desc = desc!(
    "device_bucket_size_bytes",
    Gauge,
    DEVICE,
    "Size of a bucket of the device (/sys/fs/bcachefs/UUID/dev-N/bucket_size)."
);
static BUCKETS: Desc =
    desc!("device_buckets", Gauge, DEVICE, "Buckets of the device (/sys/fs/bcachefs/UUID/dev-N/nbuckets).");
static DURABILITY: Desc = desc!(
    "device_durability",
    Gauge,
    DEVICE,
    "For how many copies one on the device counts (/sys/fs/bcachefs/UUID/dev-N/durability)."
);
static IO_DONE: Desc = desc!(
    "device_io_done_bytes_total",
    Counter,
    &["data_type", "device", "operation", "uuid"],
    "Bytes read from the device and written to it (/sys/fs/bcachefs/UUID/dev-N/io_done)."
);
static IO_ERRORS: Desc = desc!(
    "device_io_errors_total",
    Counter,
    &["device", "type", "uuid"],
    "Operations on the device that failed since the file system was made (/sys/fs/bcachefs/UUID/dev-N/io_errors)."
);

pub(crate) struct BcachefsFilesystems {
    roots: Roots,
    filesystems: Vec<Bcachefs>,
}

impl BcachefsFilesystems {
    pub(crate) fn new(config: &Config) -> Self {
        BcachefsFilesystems { roots: config.linux.roots.clone(), filesystems: Vec::new() }
    }

    fn read_all(&mut self, watch: &Watch<'_>) -> Result<(), ReadError> {
        self.filesystems.clear();
        let folder = Folder::open(self.roots.sys("fs/bcachefs"))?;
        read_each(watch, folder.names()?, &mut self.filesystems, |uuid| read_bcachefs(&folder, uuid))
    }
}

impl Collector for BcachefsFilesystems {
    /// The driver may be there and nothing mounted.
    fn read(&mut self, watch: &Watch<'_>) -> Outcome {
        match found(self.read_all(watch)) {
            Outcome::Ok if self.filesystems.is_empty() => Outcome::NoData,
            outcome => outcome,
        }
    }

    fn samples(&self, out: &mut Families) {
        self.filesystems.iter().for_each(|filesystem| samples(filesystem, out));
    }
}

fn samples(filesystem: &Bcachefs, out: &mut Families) {
    let uuid = filesystem.uuid.as_str();
    out.add(&INFO, &[uuid], 1_u32);
    out.add_some(&BTREE_CACHE, &[uuid], filesystem.btree_cache_bytes);
    for compression in &filesystem.compression {
        let labels = [compression.algorithm.as_str(), uuid];
        out.add(&COMPRESSED, &labels, compression.compressed_bytes);
        out.add(&UNCOMPRESSED, &labels, compression.uncompressed_bytes);
    }
    for (kind, count) in &filesystem.errors {
        out.add(&ERRORS, &[kind, uuid], *count);
    }
    for (name, value) in &filesystem.counters {
        let help = format!("Since the file system was made (/sys/fs/bcachefs/UUID/counters/{name}).");
        if let Some(family) = out.family(&format!("node_bcachefs_{}_total", metric_name(name)), &help, Kind::Counter) {
            out.sample(family, &[("uuid", uuid)], *value);
        }
    }
    for writes in &filesystem.btree_writes {
        out.add(&WRITES, &[&writes.reason, uuid], writes.count);
        out.add(&WRITE_SIZE, &[&writes.reason, uuid], writes.average_bytes);
    }
    filesystem.devices.iter().for_each(|device| device_samples(uuid, device, out));
}

fn device_samples(uuid: &str, device: &BcachefsDevice, out: &mut Families) {
    let name = device.device.as_str();
    out.add(&DEVICE_INFO, &[name, &device.label, &device.state, uuid], 1_u32);
    for (desc, value) in
        [(&BUCKET_SIZE, device.bucket_bytes), (&BUCKETS, device.buckets), (&DURABILITY, device.durability)]
    {
        out.add_some(desc, &[name, uuid], value);
    }
    for io in &device.io_done {
        out.add(&IO_DONE, &[&io.data_type, name, io.operation, uuid], io.bytes);
    }
    for (operation, count) in &device.io_errors {
        out.add(&IO_ERRORS, &[name, operation, uuid], *count);
    }
}
