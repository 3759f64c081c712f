//! Traffic of network devices.

use exporter_toolkit::{Collector, Outcome, Watch};
use exposition::{Desc, Families, Kind};
use linux_procfs::{NetDev, ReadError, Roots, Source, parse_net_dev, read_nohandler};

use crate::config::Config;
use crate::filter::Filter;

/// One column of /proc/net/dev.
struct Column {
    desc: Desc,
    value: fn(&NetDev) -> u64,
}

macro_rules! column {
    ($name:literal, $what:literal, $field:ident) => {
        Column {
            desc: Desc {
                name: concat!("node_network_", $name, "_total"),
                help: concat!($what, " (/proc/net/dev)."),
                kind: Kind::Counter,
                labels: &["device"],
            },
            value: |device| device.$field,
        }
    };
}

static COLUMNS: [Column; 16] = [
    column!("receive_bytes", "Bytes received", receive_bytes),
    column!("receive_packets", "Packets received", receive_packets),
    column!("receive_errs", "Packets received with an error", receive_errors),
    column!("receive_drop", "Packets received and dropped, or missed by the device", receive_dropped),
    column!("receive_fifo", "Packets lost to a full receive queue", receive_fifo),
    column!("receive_frame", "Packets received with a wrong frame, length or checksum", receive_frame),
    column!("receive_compressed", "Compressed packets received", receive_compressed),
    column!("receive_multicast", "Multicast packets received", receive_multicast),
    column!("transmit_bytes", "Bytes sent", transmit_bytes),
    column!("transmit_packets", "Packets sent", transmit_packets),
    column!("transmit_errs", "Packets not sent for an error", transmit_errors),
    column!("transmit_drop", "Packets dropped before they were sent", transmit_dropped),
    column!("transmit_fifo", "Packets lost to a full send queue", transmit_fifo),
    column!("transmit_colls", "Collisions while sending", transmit_collisions),
    column!("transmit_carrier", "Packets not sent because the carrier was lost", transmit_carrier),
    column!("transmit_compressed", "Compressed packets sent", transmit_compressed),
];

static NOHANDLER: Desc = Desc {
    name: "node_network_receive_nohandler_total",
    help: "Packets received that nobody listened for (/sys/class/net/DEVICE/statistics/rx_nohandler).",
    kind: Kind::Counter,
    labels: &["device"],
};

pub(crate) struct NetDevices {
    roots: Roots,
    source: Source,
    filter: Filter,
    devices: Vec<Device>,
}

/// A device, and the counter of it that only sysfs has.
type Device = (NetDev, Option<u64>);

impl NetDevices {
    pub(crate) fn new(config: &Config) -> Self {
        let (linux, options) = (&config.linux, &config.linux.options);
        NetDevices {
            source: linux.network("dev"),
            roots: linux.roots.clone(),
            filter: Filter::new(options.net_devices_exclude.as_ref(), options.net_devices_include.as_ref()),
            devices: Vec::new(),
        }
    }

    fn read_all(&mut self) -> Result<(), ReadError> {
        self.devices.clear();
        let mut devices = self.source.parse(parse_net_dev)?;
        devices.retain(|device| self.filter.shows(&device.device));
        // A device may go between the two readings, and sysfs may show another network: then the one counter is absent.
        let with_nohandler = |device: NetDev| {
            let nohandler = read_nohandler(&self.roots, &device.device).ok();
            (device, nohandler)
        };
        self.devices.extend(devices.into_iter().map(with_nohandler));
        Ok(())
    }
}

impl Collector for NetDevices {
    fn read(&mut self, _: &Watch<'_>) -> Outcome {
        self.read_all().into()
    }

    fn samples(&self, out: &mut Families) {
        samples(&self.devices, out);
    }
}

fn samples(devices: &[Device], out: &mut Families) {
    for (device, nohandler) in devices {
        let name = [device.device.as_str()];
        for Column { desc, value } in &COLUMNS {
            out.add(desc, &name, value(device));
        }
        if let Some(packets) = nohandler {
            out.add(&NOHANDLER, &name, *packets);
        }
    }
}
