//! Traffic of network devices.

use std::error::Error;
use std::path::PathBuf;

use exporter_toolkit::{Collector, Filter, Outcome, Watch};
use exposition::{Desc, Families, Kind};
use linux_procfs::{
    Folder, NetAddress, NetDev, NetStatistics, Source, parse_net_dev, read_addresses, read_net_statistics,
    read_nohandler,
};

use super::net_addresses;
use crate::config::Config;

/// One counter of a device.
struct Column {
    desc: Desc,
    value: fn(&Device) -> Option<u64>,
}

/// A device as far as it is shown.
struct Device {
    counters: NetDev,
    /// What only sysfs has.
    statistics: NetStatistics,
    alias: Option<String>,
}

macro_rules! column {
    ($name:literal, $what:literal, $field:ident) => {
        column!($name, $what, "/proc/net/dev", |device| Some(device.counters.$field))
    };
    ($name:literal, $what:literal, $file:literal, $field:ident) => {
        column!($name, $what, concat!("/sys/class/net/DEVICE/statistics/", $file), |device| device.statistics.$field)
    };
    ($name:literal, $what:literal, $source:expr, $value:expr) => {
        Column {
            desc: Desc {
                name: concat!("node_network_", $name, "_total"),
                help: concat!($what, " (", $source, ")."),
                kind: Kind::Counter,
                labels: &["device"],
            },
            value: $value,
        }
    };
}

/// Counters with the same name in both forms.
static COMMON: [Column; 7] = [
    column!("receive_bytes", "Bytes received", receive_bytes),
    column!("receive_packets", "Packets received", receive_packets),
    column!("receive_compressed", "Compressed packets received", receive_compressed),
    column!("receive_nohandler", "Packets received that nobody listened for", "rx_nohandler", receive_nohandler),
    column!("transmit_bytes", "Bytes sent", transmit_bytes),
    column!("transmit_packets", "Packets sent", transmit_packets),
    column!("transmit_compressed", "Compressed packets sent", transmit_compressed),
];

/// The others, as /proc/net/dev has them.
static SUMS: [Column; 10] = [
    column!("receive_errs", "Packets received with an error", receive_errors),
    column!("receive_drop", "Packets received and dropped, or missed by the device", receive_dropped),
    column!("receive_fifo", "Packets lost to a full receive queue", receive_fifo),
    column!("receive_frame", "Packets received with a wrong frame, length or checksum", receive_frame),
    column!("receive_multicast", "Multicast packets received", receive_multicast),
    column!("transmit_errs", "Packets not sent for an error", transmit_errors),
    column!("transmit_drop", "Packets dropped before they were sent", transmit_dropped),
    column!("transmit_fifo", "Packets lost to a full send queue", transmit_fifo),
    column!("transmit_colls", "Collisions while sending", transmit_collisions),
    column!("transmit_carrier", "Packets not sent because the carrier was lost", transmit_carrier),
];

/// The others in detail.
static DETAILS: [Column; 17] = [
    column!("receive_errors", "Packets received with an error", receive_errors),
    column!("receive_dropped", "Packets received and dropped", "rx_dropped", receive_dropped),
    column!("receive_missed_errors", "Packets missed by the device", "rx_missed_errors", receive_missed_errors),
    column!("receive_fifo_errors", "Packets lost to a full receive queue", receive_fifo),
    column!("receive_frame_errors", "Packets received with a wrong frame", "rx_frame_errors", receive_frame_errors),
    column!("receive_length_errors", "Packets received with a wrong length", "rx_length_errors", receive_length_errors),
    column!("receive_over_errors", "Packets received that were too large", "rx_over_errors", receive_over_errors),
    column!("receive_crc_errors", "Packets received with a wrong checksum", "rx_crc_errors", receive_crc_errors),
    column!("multicast", "Multicast packets received", receive_multicast),
    column!("transmit_errors", "Packets not sent for an error", transmit_errors),
    column!("transmit_dropped", "Packets dropped before they were sent", transmit_dropped),
    column!("transmit_fifo_errors", "Packets lost to a full send queue", transmit_fifo),
    column!("collisions", "Collisions while sending", transmit_collisions),
    column!("transmit_carrier_errors", "Packets not sent, no carrier", "tx_carrier_errors", transmit_carrier_errors),
    column!("transmit_aborted_errors", "Packets not sent, aborted", "tx_aborted_errors", transmit_aborted_errors),
    column!("transmit_heartbeat_errors", "Packets without heartbeat", "tx_heartbeat_errors", transmit_heartbeat_errors),
    column!("transmit_window_errors", "Packets that collided late", "tx_window_errors", transmit_window_errors),
];

pub(crate) struct NetDevices {
    class: PathBuf,
    source: Source,
    filter: Filter,
    is_detailed: bool,
    has_alias: bool,
    has_addresses: bool,
    columns: Vec<Column>,
    devices: Vec<Device>,
    addresses: Vec<NetAddress>,
}

impl NetDevices {
    pub(crate) fn new(config: &Config) -> Self {
        let (linux, options) = (&config.linux, &config.linux.options);
        let others = if options.net_detailed { &DETAILS[..] } else { &SUMS };
        let labels: &[&str] = if options.net_label_ifalias { &["device", "ifalias"] } else { &["device"] };
        let labelled = |column: &Column| Column { desc: Desc { labels, ..column.desc }, value: column.value };
        NetDevices {
            source: linux.network("dev"),
            filter: Filter::new(options.net_devices_exclude.as_ref(), options.net_devices_include.as_ref()),
            is_detailed: options.net_detailed,
            has_alias: options.net_label_ifalias,
            // Another network's addresses are not to be had.
            has_addresses: options.net_address_info && linux.roots.is_own_network(),
            columns: COMMON.iter().chain(others).map(labelled).collect(),
            class: linux.roots.sys("class/net"),
            devices: Vec::new(),
            addresses: Vec::new(),
        }
    }

    fn read_all(&mut self) -> Result<(), Box<dyn Error + Send + Sync>> {
        self.devices.clear();
        self.addresses.clear();
        let mut devices = self.source.parse(parse_net_dev)?;
        devices.retain(|device| self.filter.shows(&device.device));
        let class = Folder::open(self.class.clone()).ok();
        self.devices = devices.into_iter().map(|counters| self.device(class.as_ref(), counters)).collect();
        if self.has_addresses {
            self.addresses = read_addresses()?;
            self.addresses.retain(|address| self.filter.shows(&address.device));
        }
        Ok(())
    }

    /// A device may go between the two readings, and sysfs may show another network: then what it has is absent.
    fn device(&self, class: Option<&Folder>, counters: NetDev) -> Device {
        let device = &counters.device;
        let statistics = class.map(|class| match self.is_detailed {
            true => read_net_statistics(class, device).unwrap_or_default(),
            false => NetStatistics { receive_nohandler: read_nohandler(class, device), ..NetStatistics::default() },
        });
        let alias = class.filter(|_| self.has_alias).and_then(|class| class.text(&format!("{device}/ifalias")));
        Device { statistics: statistics.unwrap_or_default(), alias, counters }
    }
}

impl Collector for NetDevices {
    fn read(&mut self, _: &Watch<'_>) -> Outcome {
        self.read_all().into()
    }

    fn samples(&self, out: &mut Families) {
        self.devices.iter().for_each(|device| samples(&self.columns, device, out));
        self.addresses.iter().for_each(|address| net_addresses::samples(address, out));
    }
}

fn samples(columns: &[Column], device: &Device, out: &mut Families) {
    let labels = [device.counters.device.as_str(), device.alias.as_deref().unwrap_or_default()];
    for Column { desc, value } in columns {
        out.add_some(desc, &labels[..desc.labels.len()], value(device));
    }
}
