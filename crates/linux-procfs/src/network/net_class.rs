//! `/sys/class/net/DEVICE`: what a network device is, and how it is set.

use std::num::ParseIntError;
use std::str::FromStr;

use crate::error::ReadError;
use crate::sysfs::Folder;

/// A network device. `None`, or an empty text, is what it does not have or does not say now, as one that is down says
/// no speed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the kernel's names of its files; documented where they do not say it all")]
pub struct NetClass {
    pub device: String,
    pub address: String,
    pub broadcast: String,
    pub duplex: String,
    pub ifalias: String,
    /// `up`, `down`, `unknown` …, of RFC 2863; never empty.
    pub operstate: String,
    pub addr_assign_type: Option<i64>,
    pub carrier: Option<i64>,
    pub carrier_changes: Option<i64>,
    pub carrier_up_count: Option<i64>,
    pub carrier_down_count: Option<i64>,
    pub dev_id: Option<i64>,
    pub dormant: Option<i64>,
    pub flags: Option<i64>,
    pub ifindex: Option<i64>,
    pub iflink: Option<i64>,
    pub link_mode: Option<i64>,
    pub mtu: Option<i64>,
    pub name_assign_type: Option<i64>,
    pub netdev_group: Option<i64>,
    /// In Mbit/s; -1 where the driver does not know.
    pub speed: Option<i64>,
    pub tx_queue_len: Option<i64>,
    /// Of the link layer, as in ARP (`ARPHRD_*`).
    pub kind: Option<i64>,
}

/// Reads a device of `class/net`, whose folder this is.
///
/// # Errors
/// [`ReadError::Missing`] when it has gone; [`ReadError::Io`] when its folder can't be opened.
pub fn read_net_class(class: &Folder, device: &str) -> Result<NetClass, ReadError> {
    let folder = class.folder(device)?;
    // Every device has a state, so one without has gone in the meantime.
    let operstate = folder.text("operstate").ok_or_else(|| ReadError::Missing(folder.path().join("operstate")))?;
    let text = |name: &str| folder.text(name).unwrap_or_default();
    let number = |name: &str| folder.number::<Integer>(name).map(|Integer(number)| number);
    // The kernel prints them with a sign: past 2^31 they are below 0, and no counts.
    let count = |name: &str| number(name).filter(|count| *count >= 0);
    let (up, down) = (count("carrier_up_count"), count("carrier_down_count"));
    // The kernel adds these two up to what it calls changes, and had only the sum before Linux 4.16.
    let changes = up.zip(down).and_then(|(up, down)| up.checked_add(down));
    Ok(NetClass {
        device: device.to_owned(),
        address: text("address"),
        broadcast: text("broadcast"),
        duplex: text("duplex"),
        ifalias: text("ifalias"),
        operstate,
        addr_assign_type: number("addr_assign_type"),
        carrier: number("carrier"),
        carrier_changes: changes.or_else(|| count("carrier_changes")),
        carrier_up_count: up,
        carrier_down_count: down,
        dev_id: number("dev_id"),
        dormant: number("dormant"),
        flags: number("flags"),
        ifindex: number("ifindex"),
        iflink: number("iflink"),
        link_mode: number("link_mode"),
        mtu: number("mtu"),
        name_assign_type: number("name_assign_type"),
        netdev_group: number("netdev_group"),
        speed: number("speed"),
        tx_queue_len: number("tx_queue_len"),
        kind: number("type"),
    })
}

/// Reads anew what only sysfs tells of a device that is known: its flags, speed and duplex mode.
///
/// # Errors
/// As [`read_net_class`].
pub fn read_net_class_state(class: &Folder, device: &mut NetClass) -> Result<(), ReadError> {
    let folder = class.folder(&device.device)?;
    let number = |name: &str| folder.number::<Integer>(name).map(|Integer(number)| number);
    device.flags = number("flags");
    device.speed = number("speed");
    device.duplex = folder.text("duplex").unwrap_or_default();
    Ok(())
}

/// A number as the kernel writes it, in hexadecimal with `0x`.
struct Integer(i64);

impl FromStr for Integer {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.strip_prefix("0x").map_or_else(|| text.parse(), |digits| i64::from_str_radix(digits, 16)).map(Integer)
    }
}

#[cfg(test)]
mod tests {
    use testkit::tree;

    use super::*;

    #[test]
    fn a_device_that_is_up_and_one_of_an_old_kernel_that_is_down() {
        let parent = tempfile::tempdir().unwrap();
        let text = "
--- eth0/addr_assign_type: 3
--- eth0/address: 01:01:01:01:01:01
--- eth0/broadcast: ff:ff:ff:ff:ff:ff
--- eth0/carrier: 1
--- eth0/carrier_changes: 2
--- eth0/carrier_down_count: 1
--- eth0/carrier_up_count: 1
--- eth0/dev_id: 0x20
--- eth0/dormant: 1
--- eth0/duplex: full
--- eth0/flags: 0x1303
--- eth0/ifalias: uplink \"A\"
--- eth0/ifindex: 2
--- eth0/iflink: 3
--- eth0/link_mode: 1
--- eth0/mtu: 1500
--- eth0/name_assign_type: 2
--- eth0/netdev_group: 4
--- eth0/operstate: up
--- eth0/speed: 1000
--- eth0/tx_queue_len: 1001
--- eth0/type: 512
--- eth1/address:
--- eth1/carrier_changes: 7
--- eth1/carrier_up_count: -2147483648
--- eth1/dev_id: 0x
--- eth1/flags: 99999999999999999999
--- eth1/mtu: many
--- eth1/operstate: down
--- eth1/speed: -1
--- eth2/mtu: 1500
";
        tree::unpack(text, parent.path()).unwrap();
        let class = Folder::open(parent.path().to_owned()).unwrap();
        let read = |device: &str| read_net_class(&class, device);
        let eth0 = NetClass {
            device: "eth0".to_owned(),
            address: "01:01:01:01:01:01".to_owned(),
            broadcast: "ff:ff:ff:ff:ff:ff".to_owned(),
            duplex: "full".to_owned(),
            ifalias: "uplink \"A\"".to_owned(),
            operstate: "up".to_owned(),
            addr_assign_type: Some(3),
            carrier: Some(1),
            carrier_changes: Some(2),
            carrier_up_count: Some(1),
            carrier_down_count: Some(1),
            dev_id: Some(0x20),
            dormant: Some(1),
            flags: Some(0x1303),
            ifindex: Some(2),
            iflink: Some(3),
            link_mode: Some(1),
            mtu: Some(1500),
            name_assign_type: Some(2),
            netdev_group: Some(4),
            speed: Some(1000),
            tx_queue_len: Some(1001),
            kind: Some(512),
        };
        let eth1 = NetClass {
            device: "eth1".to_owned(),
            operstate: "down".to_owned(),
            carrier_changes: Some(7),
            speed: Some(-1),
            ..NetClass::default()
        };
        assert_eq!([read("eth0").unwrap(), read("eth1").unwrap()], [eth0, eth1]);
        assert!(["eth2", "eth3"].into_iter().all(|device| read(device).unwrap_err().is_absent()));
    }
}
