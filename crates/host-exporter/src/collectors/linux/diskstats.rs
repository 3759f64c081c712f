//! I/O of disks, and what they are.

use exporter_toolkit::{Collector, Filter, Outcome, Watch};
use exposition::{Desc, Families, Kind};
use linux_procfs::{DiskStats, ReadError, Roots, Source, UdevProperties, parse_diskstats, read_rotational, read_udev};

use crate::config::Config;
use crate::pattern::{self, DISKS};

/// What the kernel's number has to be multiplied with.
#[derive(Clone, Copy)]
enum Unit {
    Count,
    /// The kernel counts 512-byte sectors whatever the device's own block size.
    Sectors,
    Milliseconds,
}

impl Unit {
    fn stage(self, value: u64, desc: &Desc, device: &str, out: &mut Families) {
        match self {
            Unit::Count => out.add(desc, &[device], value),
            Unit::Sectors => out.add(desc, &[device], value as f64 * 512.0),
            // Multiplied, not divided, for the same double as the peer's.
            Unit::Milliseconds => out.add(desc, &[device], value as f64 * (1.0 / 1000.0)),
        }
    }
}

macro_rules! column {
    ($name:literal, $kind:ident, $unit:ident, $what:literal) => {
        (
            Desc {
                name: concat!("node_disk_", $name),
                help: concat!($what, " (/proc/diskstats)."),
                kind: Kind::$kind,
                labels: &["device"],
            },
            Unit::$unit,
        )
    };
}

/// The columns behind the device's name, in the kernel's order; an older kernel has fewer.
static COLUMNS: [(Desc, Unit); 17] = [
    column!("reads_completed_total", Counter, Count, "Reads completed"),
    column!("reads_merged_total", Counter, Count, "Reads merged with another"),
    column!("read_bytes_total", Counter, Sectors, "Bytes read"),
    column!("read_time_seconds_total", Counter, Milliseconds, "Seconds spent by all reads"),
    column!("writes_completed_total", Counter, Count, "Writes completed"),
    column!("writes_merged_total", Counter, Count, "Writes merged with another"),
    column!("written_bytes_total", Counter, Sectors, "Bytes written"),
    column!("write_time_seconds_total", Counter, Milliseconds, "Seconds spent by all writes"),
    column!("io_now", Gauge, Count, "I/O under way now"),
    column!("io_time_seconds_total", Counter, Milliseconds, "Seconds in which any I/O was under way"),
    column!("io_time_weighted_seconds_total", Counter, Milliseconds, "Seconds spent by all I/O, waiting included"),
    column!("discards_completed_total", Counter, Count, "Discards completed"),
    column!("discards_merged_total", Counter, Count, "Discards merged with another"),
    column!("discarded_sectors_total", Counter, Count, "Sectors of 512 bytes discarded"),
    column!("discard_time_seconds_total", Counter, Milliseconds, "Seconds spent by all discards"),
    column!("flush_requests_total", Counter, Count, "Flushes completed"),
    column!("flush_requests_time_seconds_total", Counter, Milliseconds, "Seconds spent by all flushes"),
];

static INFO: Desc = Desc {
    name: "node_disk_info",
    help: "Always 1; what udev and sysfs (queue/rotational) know of the disk.",
    kind: Kind::Gauge,
    labels: &["device", "major", "minor", "model", "path", "revision", "rotational", "serial", "wwn"],
};
static FILESYSTEM_INFO: Desc = Desc {
    name: "node_disk_filesystem_info",
    help: "Always 1; the file system right on the disk (udev, ID_FS_*).",
    kind: Kind::Gauge,
    labels: &["device", "type", "usage", "uuid", "version"],
};
static DEVICE_MAPPER_INFO: Desc = Desc {
    name: "node_disk_device_mapper_info",
    help: "Always 1; what the device mapper made the disk of (udev, DM_*).",
    kind: Kind::Gauge,
    labels: &["device", "lv_layer", "lv_name", "name", "uuid", "vg_name"],
};
static ATA_WRITE_CACHE: Desc = Desc {
    name: "node_disk_ata_write_cache",
    help: "Whether the ATA disk has a write cache (udev, ID_ATA_WRITE_CACHE).",
    kind: Kind::Gauge,
    labels: &["device"],
};
static ATA_WRITE_CACHE_ENABLED: Desc = Desc {
    name: "node_disk_ata_write_cache_enabled",
    help: "Whether the ATA disk's write cache is on (udev, ID_ATA_WRITE_CACHE_ENABLED).",
    kind: Kind::Gauge,
    labels: &["device"],
};
static ATA_ROTATION_RATE: Desc = Desc {
    name: "node_disk_ata_rotation_rate_rpm",
    help: "Turns a minute of the ATA disk, 0 without turning parts (udev, ID_ATA_ROTATION_RATE_RPM).",
    kind: Kind::Gauge,
    labels: &["device"],
};

/// udev's properties that are numbers of an ATA disk.
static ATA: [(&str, &Desc); 3] = [
    ("ID_ATA_WRITE_CACHE", &ATA_WRITE_CACHE),
    ("ID_ATA_WRITE_CACHE_ENABLED", &ATA_WRITE_CACHE_ENABLED),
    ("ID_ATA_ROTATION_RATE_RPM", &ATA_ROTATION_RATE),
];

pub(crate) struct Disks {
    roots: Roots,
    source: Source,
    filter: Filter,
    disks: Vec<Disk>,
}

struct Disk {
    stats: DiskStats,
    /// Empty without udev.
    udev: UdevProperties,
    is_rotational: bool,
}

impl Disks {
    pub(crate) fn new(config: &Config) -> Self {
        let (linux, options) = (&config.linux, &config.linux.options);
        Disks {
            source: linux.source("diskstats"),
            roots: linux.roots.clone(),
            filter: Filter::with_default(
                options.disks_exclude.as_ref(),
                options.disks_include.as_ref(),
                &pattern::default(DISKS),
            ),
            disks: Vec::new(),
        }
    }

    fn read_all(&mut self) -> Result<(), ReadError> {
        self.disks.clear();
        let mut disks = self.source.parse(parse_diskstats)?;
        disks.retain(|disk| self.filter.shows(&disk.device));
        let disks = disks.into_iter().map(|stats| Disk {
            udev: read_udev(&self.roots, stats.major, stats.minor).unwrap_or_default(),
            is_rotational: read_rotational(&self.roots, &stats.device).unwrap_or(false),
            stats,
        });
        self.disks.extend(disks);
        Ok(())
    }
}

impl Collector for Disks {
    fn read(&mut self, _: &Watch<'_>) -> Outcome {
        self.read_all().into()
    }

    fn samples(&self, out: &mut Families) {
        self.disks.iter().for_each(|disk| samples(disk, out));
    }
}

fn samples(disk: &Disk, out: &mut Families) {
    let Disk { stats, udev, is_rotational } = disk;
    let device = stats.device.as_str();
    for ((desc, unit), value) in COLUMNS.iter().zip(&stats.columns) {
        unit.stage(*value, desc, device, out);
    }
    let property = |name: &str| udev.get(name).map_or("", String::as_str);
    // The serial on the label; virtio disks have only the last.
    let serials = ["SCSI_IDENT_SERIAL", "ID_SERIAL_SHORT", "ID_SERIAL"].map(property);
    let info = [
        device,
        &stats.major.to_string(),
        &stats.minor.to_string(),
        property("ID_MODEL"),
        property("ID_PATH"),
        property("ID_REVISION"),
        if *is_rotational { "1" } else { "0" },
        serials.into_iter().find(|serial| !serial.is_empty()).unwrap_or(""),
        property("ID_WWN"),
    ];
    out.add(&INFO, &info, 1_u32);
    if !property("ID_FS_TYPE").is_empty() {
        let [kind, usage, uuid, version] = ["ID_FS_TYPE", "ID_FS_USAGE", "ID_FS_UUID", "ID_FS_VERSION"].map(property);
        out.add(&FILESYSTEM_INFO, &[device, kind, usage, uuid, version], 1_u32);
    }
    if !property("DM_NAME").is_empty() {
        let [layer, lv, name, uuid, vg] =
            ["DM_LV_LAYER", "DM_LV_NAME", "DM_NAME", "DM_UUID", "DM_VG_NAME"].map(property);
        out.add(&DEVICE_MAPPER_INFO, &[device, layer, lv, name, uuid, vg], 1_u32);
    }
    if !property("ID_ATA").is_empty() {
        for (name, desc) in ATA {
            if let Ok(value) = property(name).parse::<f64>() {
                out.add(desc, &[device], value);
            }
        }
    }
}
