//! What network devices are, and how they are set.

use std::collections::HashMap;

use exporter_toolkit::{Collector, Filter, Outcome, Watch};
use exposition::{Desc, Families, Kind};
use linux_procfs::{Folder, NetClass, ReadError, Roots, read_links, read_net_class, read_net_class_state};

use super::found;
use crate::config::Config;
use crate::devices::read_each;

static UP: Desc = Desc {
    name: "node_network_up",
    help: "Whether the device is up (/sys/class/net/DEVICE/operstate).",
    kind: Kind::Gauge,
    labels: &["device"],
};
static INFO: Desc = Desc {
    name: "node_network_info",
    help: "Always 1; what of the device is no number (/sys/class/net/DEVICE).",
    kind: Kind::Gauge,
    labels: &["address", "adminstate", "broadcast", "device", "duplex", "ifalias", "operstate"],
};
static SPEED: Desc = Desc {
    name: "node_network_speed_bytes",
    help: "Bytes a second that the link can carry, below 0 if not known (/sys/class/net/DEVICE/speed).",
    kind: Kind::Gauge,
    labels: &["device"],
};

/// One file of a device that holds a number.
struct Property {
    desc: Desc,
    value: fn(&NetClass) -> Option<i64>,
}

macro_rules! property {
    ($name:literal, $kind:ident, $file:literal, $field:ident, $what:literal) => {
        Property {
            desc: Desc {
                name: concat!("node_network_", $name),
                help: concat!($what, " (/sys/class/net/DEVICE/", $file, ")."),
                kind: Kind::$kind,
                labels: &["device"],
            },
            value: |device| device.$field,
        }
    };
}

static PROPERTIES: [Property; 16] = [
    property!(
        "address_assign_type",
        Gauge,
        "addr_assign_type",
        addr_assign_type,
        "Whether the address is permanent (0), random (1), taken from another (2) or set (3)"
    ),
    property!("carrier", Gauge, "carrier", carrier, "Whether the device has a link"),
    property!("carrier_changes_total", Counter, "carrier_changes", carrier_changes, "Links found and lost"),
    property!("carrier_up_changes_total", Counter, "carrier_up_count", carrier_up_count, "Links found"),
    property!("carrier_down_changes_total", Counter, "carrier_down_count", carrier_down_count, "Links lost"),
    property!("device_id", Gauge, "dev_id", dev_id, "Tells devices with the same address apart"),
    property!("dormant", Gauge, "dormant", dormant, "Whether the device waits for something, such as a login"),
    property!("flags", Gauge, "flags", flags, "Flags of the device, IFF_*"),
    property!("iface_id", Gauge, "ifindex", ifindex, "Number of the device"),
    property!("iface_link", Gauge, "iflink", iflink, "Number of the device below it, or its own"),
    property!("iface_link_mode", Gauge, "link_mode", link_mode, "Whether the link waits for something (1)"),
    property!("mtu_bytes", Gauge, "mtu", mtu, "Bytes of the largest packet"),
    property!(
        "name_assign_type",
        Gauge,
        "name_assign_type",
        name_assign_type,
        "Whether the name was counted up (1), is predictable (2), was given (3) or changed (4)"
    ),
    property!("net_dev_group", Gauge, "netdev_group", netdev_group, "Group of the device"),
    property!("protocol_type", Gauge, "type", kind, "Type of the link layer, ARPHRD_*"),
    property!("transmit_queue_length", Gauge, "tx_queue_len", tx_queue_len, "Packets that may wait to be sent"),
];

/// A file that bonding leaves among the devices.
const BONDS: &str = "bonding_masters";
/// The flag of a device that is switched on, `IFF_UP`.
const SWITCHED_ON: i64 = 1;

pub(crate) struct NetClasses {
    roots: Roots,
    filter: Filter,
    with_invalid_speed: bool,
    /// Whether netlink tells of the same network as process 1's.
    by_netlink: bool,
    devices: Vec<NetClass>,
}

impl NetClasses {
    pub(crate) fn new(config: &Config) -> Self {
        let (linux, options) = (&config.linux, &config.linux.options);
        NetClasses {
            roots: linux.roots.clone(),
            filter: Filter::new(Some(&options.net_class_ignored), None),
            with_invalid_speed: !options.net_class_valid_speed,
            by_netlink: linux.roots.is_own_network(),
            devices: Vec::new(),
        }
    }

    /// Some files wait for whoever changes any device's settings, and a speed for the driver: each device is guarded.
    ///
    /// sysfs has some twenty files of each device. Most of what they say netlink tells of all devices at once, so that
    /// a device is read whole when it is new, or has another address, and from then on in three files.
    fn read_all(&mut self, watch: &Watch<'_>) -> Result<(), ReadError> {
        let known = self.devices.drain(..).map(|device| (device.device.clone(), device));
        let mut known: HashMap<String, NetClass> = known.collect();
        let class = Folder::open(self.roots.sys("class/net"))?;
        let mut devices = class.names()?;
        devices.retain(|device| device != BONDS && self.filter.shows(device));
        // Without netlink the files say it all.
        let links = self.by_netlink.then(read_links).and_then(Result::ok).unwrap_or_default();
        read_each(watch, devices, &mut self.devices, |device| match (known.remove(device), links.get(device)) {
            (Some(mut device), Some(link)) if device.is_of(link) => {
                read_net_class_state(&class, &mut device)?;
                device.refresh(link);
                Ok(device)
            }
            _ => read_net_class(&class, device),
        })
    }
}

impl Collector for NetClasses {
    fn read(&mut self, watch: &Watch<'_>) -> Outcome {
        found(self.read_all(watch))
    }

    fn samples(&self, out: &mut Families) {
        self.devices.iter().for_each(|device| samples(device, self.with_invalid_speed, out));
    }
}

fn samples(device: &NetClass, with_invalid_speed: bool, out: &mut Families) {
    let name = [device.device.as_str()];
    let admin_state = match device.flags {
        None => "unknown",
        Some(flags) if flags & SWITCHED_ON == 0 => "down",
        Some(_) => "up",
    };
    out.add(&UP, &name, device.operstate == "up");
    let NetClass { address, broadcast, duplex, ifalias, operstate, .. } = device;
    out.add(&INFO, &[address, admin_state, broadcast, name[0], duplex, ifalias, operstate], 1_u32);
    for Property { desc, value } in &PROPERTIES {
        // The kernel writes its counters signed; one that has run over says nothing any more.
        let value = value(device).filter(|value| desc.kind != Kind::Counter || *value >= 0);
        out.add_some(desc, &name, value.map(|value| value as f64));
    }
    // The kernel counts megabits.
    let bytes =
        device.speed.filter(|speed| *speed >= 0 || with_invalid_speed).map(|megabits| megabits as f64 * 125_000.0);
    out.add_some(&SPEED, &name, bytes);
}
