//! Network devices as the kernel tells of all of them in one answer, by netlink.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::net_class::NetClass;
use super::netlink::{Netlink, NetlinkError, attribute, word};

/// A network device by netlink. [`NetClass::refresh`] says what of a device that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    index: u32,
    /// Of the link layer, `ARPHRD_*`.
    kind: u16,
    is_running: bool,
    is_dormant: bool,
    address: String,
    broadcast: String,
    ifalias: String,
    mtu: Option<u32>,
    lower_index: Option<u32>,
    tx_queue_len: Option<u32>,
    operstate: &'static str,
    link_mode: Option<u8>,
    group: Option<u32>,
    carrier: Option<u8>,
    carrier_up_count: Option<u32>,
    carrier_down_count: Option<u32>,
}

/// Asks the kernel, by netlink, for the devices of this process's network, by name.
///
/// # Errors
/// As [`NetlinkError`] says.
pub fn read_links() -> Result<BTreeMap<String, Link>, NetlinkError> {
    let mut links = BTreeMap::new();
    Netlink::dump(None, GET_LINK, &request(), |_, entry| {
        let (name, link) = parse_link(entry)?;
        links.insert(name, link);
        Some(())
    })?;
    Ok(links)
}

/// `RTM_GETLINK`
const GET_LINK: u16 = 18;
/// The length of `struct ifinfomsg`.
const HEAD_BYTES: usize = 16;

/// An empty `struct ifinfomsg`, and the wish to be spared the counters (`IFLA_EXT_MASK`, `RTEXT_FILTER_SKIP_STATS`).
fn request() -> Vec<u8> {
    const EXT_MASK: u16 = 29;
    const SKIP_STATS: u32 = 1 << 3;
    let mut request = vec![0; HEAD_BYTES];
    request.extend(8_u16.to_ne_bytes());
    request.extend(EXT_MASK.to_ne_bytes());
    request.extend(SKIP_STATS.to_ne_bytes());
    request
}

/// The kernel's `IFLA_*` of what is read here.
mod kind {
    pub(super) const ADDRESS: u16 = 1;
    pub(super) const BROADCAST: u16 = 2;
    pub(super) const NAME: u16 = 3;
    pub(super) const MTU: u16 = 4;
    pub(super) const LINK: u16 = 5;
    pub(super) const TX_QUEUE_LEN: u16 = 13;
    pub(super) const OPERSTATE: u16 = 16;
    pub(super) const LINK_MODE: u16 = 17;
    pub(super) const ALIAS: u16 = 20;
    pub(super) const GROUP: u16 = 27;
    pub(super) const CARRIER: u16 = 33;
    pub(super) const CARRIER_UP_COUNT: u16 = 47;
    pub(super) const CARRIER_DOWN_COUNT: u16 = 48;
}

/// The words of sysfs for the states of RFC 2863, by the kernel's number.
static OPERSTATES: [&str; 7] = ["unknown", "notpresent", "down", "lowerlayerdown", "testing", "dormant", "up"];

/// A device's name, and what an entry (`struct ifinfomsg` and attributes) says of it.
pub(super) fn parse_link(entry: &[u8]) -> Option<(String, Link)> {
    const UP: u32 = 1;
    const DORMANT: u32 = 1 << 17;
    let (index, flags) = (word(entry, 4)?, word(entry, 8)?);
    let attributes = entry.get(HEAD_BYTES..)?;
    let number = |kind| word(attribute(attributes, kind)?, 0);
    let byte = |kind| attribute(attributes, kind)?.first().copied();
    let operstate = byte(kind::OPERSTATE).and_then(|state| OPERSTATES.get(usize::from(state)));
    let link = Link {
        index,
        kind: super::netlink::half_word(entry, 2)?,
        is_running: flags & UP != 0,
        is_dormant: flags & DORMANT != 0,
        address: hardware_address(attribute(attributes, kind::ADDRESS)),
        broadcast: hardware_address(attribute(attributes, kind::BROADCAST)),
        ifalias: text(attribute(attributes, kind::ALIAS).unwrap_or_default()).trim().to_owned(),
        mtu: number(kind::MTU),
        lower_index: number(kind::LINK),
        tx_queue_len: number(kind::TX_QUEUE_LEN),
        operstate: operstate.copied().unwrap_or("unknown"),
        link_mode: byte(kind::LINK_MODE),
        group: number(kind::GROUP),
        carrier: byte(kind::CARRIER),
        carrier_up_count: number(kind::CARRIER_UP_COUNT),
        carrier_down_count: number(kind::CARRIER_DOWN_COUNT),
    };
    Some((text(attribute(attributes, kind::NAME)?), link))
}

/// Text up to the NUL byte behind it.
fn text(bytes: &[u8]) -> String {
    crate::fields::foreign_text(bytes.split(|byte| *byte == 0).next().unwrap_or_default())
}

/// `00:11:22:33:44:55`, as sysfs has it.
fn hardware_address(bytes: Option<&[u8]>) -> String {
    let mut text = String::new();
    for (position, byte) in bytes.unwrap_or_default().iter().enumerate() {
        let colon = if position == 0 { "" } else { ":" };
        write!(text, "{colon}{byte:02x}").expect("a string takes everything");
    }
    text
}

impl NetClass {
    /// Whether the two are one device: sysfs may show another network than netlink does, with devices of the same names.
    #[must_use]
    pub fn is_of(&self, link: &Link) -> bool {
        self.ifindex == Some(link.index.into()) && self.address == link.address
    }

    /// Takes over what netlink says now. What it does not say stays: how the name and the address were assigned, which does
    /// not change while these two do not, the device's id, and what [`read_net_class_state`](super::read_net_class_state)
    /// reads.
    pub fn refresh(&mut self, link: &Link) {
        // sysfs gives these of a device that is switched on, and refuses to of another.
        let running = |value: i64| link.is_running.then_some(value);
        let (up, down) = (link.carrier_up_count.map(i64::from), link.carrier_down_count.map(i64::from));
        *self = NetClass {
            broadcast: link.broadcast.clone(),
            ifalias: link.ifalias.clone(),
            operstate: link.operstate.to_owned(),
            carrier: link.carrier.and_then(|carrier| running(carrier.into())),
            carrier_changes: up.zip(down).and_then(|(up, down)| up.checked_add(down)).or(self.carrier_changes),
            carrier_up_count: up,
            carrier_down_count: down,
            dormant: running(link.is_dormant.into()),
            iflink: Some(link.lower_index.unwrap_or(link.index).into()),
            link_mode: link.link_mode.map(i64::from),
            mtu: link.mtu.map(i64::from),
            netdev_group: link.group.map(i64::from),
            tx_queue_len: link.tx_queue_len.map(i64::from),
            kind: Some(link.kind.into()),
            ..std::mem::take(self)
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::read_net_class;
    use crate::sysfs::Folder;

    fn entry(index: u32, flags: u32, attributes: &[(u16, &[u8])]) -> Vec<u8> {
        let mut entry = [&[0, 0][..], &1_u16.to_ne_bytes(), &index.to_ne_bytes(), &flags.to_ne_bytes()].concat();
        entry.extend([0; 4]);
        for (kind, data) in attributes {
            entry.extend(u16::try_from(4 + data.len()).unwrap().to_ne_bytes());
            entry.extend(kind.to_ne_bytes());
            entry.extend(*data);
            entry.resize(entry.len().next_multiple_of(4), 0);
        }
        entry
    }

    #[test]
    fn a_device_that_is_up_and_one_that_is_down() {
        let up = entry(
            7,
            0x1_0001 | 1 << 17,
            &[
                (kind::NAME, b"veth0\0"),
                (kind::ADDRESS, &[2, 0x42, 0xac, 0x11, 0, 2]),
                (kind::BROADCAST, &[0xff; 6]),
                (kind::MTU, &1500_u32.to_ne_bytes()),
                (kind::LINK, &6_u32.to_ne_bytes()),
                (kind::OPERSTATE, &[6]),
                (kind::CARRIER, &[1]),
                (kind::CARRIER_UP_COUNT, &3_u32.to_ne_bytes()),
                (kind::CARRIER_DOWN_COUNT, &2_u32.to_ne_bytes()),
            ],
        );
        let (name, link) = parse_link(&up).unwrap();
        assert_eq!((name.as_str(), link.address.as_str(), link.operstate), ("veth0", "02:42:ac:11:00:02", "up"));
        let mut class = NetClass { device: name, dev_id: Some(1), duplex: "full".to_owned(), ..NetClass::default() };
        class.refresh(&link);
        let expected = NetClass {
            device: "veth0".to_owned(),
            broadcast: "ff:ff:ff:ff:ff:ff".to_owned(),
            duplex: "full".to_owned(),
            operstate: "up".to_owned(),
            carrier: Some(1),
            carrier_changes: Some(5),
            carrier_up_count: Some(3),
            carrier_down_count: Some(2),
            dev_id: Some(1),
            dormant: Some(1),
            iflink: Some(6),
            mtu: Some(1500),
            kind: Some(1),
            ..NetClass::default()
        };
        assert_eq!(class, expected);

        let (_, link) = parse_link(&entry(9, 0, &[(kind::NAME, b"tun0\0"), (kind::CARRIER, &[0])])).unwrap();
        class.refresh(&link);
        assert_eq!((class.carrier, class.dormant, class.iflink), (None, None, Some(9)));
        assert_eq!((link.address.as_str(), link.operstate), ("", "unknown"));
        for bad in [vec![0; 12], entry(1, 1, &[]), up[..15].to_vec()] {
            assert_eq!(parse_link(&bad), None, "{bad:?}");
        }
    }

    /// What sysfs says of the devices of this machine.
    #[test]
    fn the_devices_of_this_machine() {
        let Ok(class) = Folder::open("/sys/class/net".into()) else { return };
        let links = match read_links() {
            Err(NetlinkError::Refused(_)) => return,
            links => links.unwrap(),
        };
        assert!(links.contains_key("lo"), "{links:?}");
        for (name, link) in links {
            // The sysfs may be of another network.
            let Ok(told) = read_net_class(&class, &name) else { continue };
            if told.is_of(&link) {
                let mut refreshed = NetClass { mtu: None, carrier: None, operstate: String::new(), ..told.clone() };
                refreshed.refresh(&link);
                assert_eq!(refreshed, told);
            }
        }
    }
}
