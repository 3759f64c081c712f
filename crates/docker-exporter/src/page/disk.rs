//! Block devices.

use exposition::{Desc, Kind};

use crate::page::row::Row;
use crate::usage::DeviceIo;

const LABELS: &[&str] = &["device", "id", "image", "name"];

static READ_BYTES: Desc = Desc {
    name: "container_fs_reads_bytes_total",
    help: "Bytes read from the device (blkio.throttle.io_service_bytes_recursive, Read; io.stat, rbytes).",
    kind: Kind::Counter,
    labels: LABELS,
};
static READS: Desc = Desc {
    name: "container_fs_reads_total",
    help: "Reads from the device (blkio.throttle.io_serviced_recursive, Read; io.stat, rios).",
    kind: Kind::Counter,
    labels: LABELS,
};
static WRITTEN_BYTES: Desc = Desc {
    name: "container_fs_writes_bytes_total",
    help: "Bytes written to the device (blkio.throttle.io_service_bytes_recursive, Write; io.stat, wbytes).",
    kind: Kind::Counter,
    labels: LABELS,
};
static WRITES: Desc = Desc {
    name: "container_fs_writes_total",
    help: "Writes to the device (blkio.throttle.io_serviced_recursive, Write; io.stat, wios).",
    kind: Kind::Counter,
    labels: LABELS,
};
static BLKIO: Desc = Desc {
    name: "container_blkio_device_usage_total",
    help: "Bytes read from and written to the device, as container_fs_reads_bytes_total and \
           container_fs_writes_bytes_total have them.",
    kind: Kind::Counter,
    labels: &["device", "id", "image", "major", "minor", "name", "operation"],
};

/// `blkio`: whether the bytes are shown a second time, by operation.
pub(crate) fn disk(devices: &[DeviceIo], blkio: bool, row: &mut Row<'_, '_>) {
    for io in devices {
        let numbers = || format!("{}:{}", io.major, io.minor);
        let unnamed = io.device.is_empty().then(numbers);
        let device = unnamed.as_deref().unwrap_or(&io.device);
        for (desc, value) in
            [(&READ_BYTES, io.read_bytes), (&READS, io.reads), (&WRITTEN_BYTES, io.written_bytes), (&WRITES, io.writes)]
        {
            if let Some(value) = value {
                row.add_with(desc, &[device, row.id, row.image, row.name], value);
            }
        }
        if blkio {
            by_operation(io, device, row);
        }
    }
}

fn by_operation(io: &DeviceIo, device: &str, row: &mut Row<'_, '_>) {
    let (major, minor) = (io.major.to_string(), io.minor.to_string());
    for (operation, bytes) in [("Read", io.read_bytes), ("Write", io.written_bytes)] {
        if let Some(bytes) = bytes {
            row.add_with(&BLKIO, &[device, row.id, row.image, &major, &minor, row.name, operation], bytes);
        }
    }
}
