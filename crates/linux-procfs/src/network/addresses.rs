//! The addresses of network devices, which the kernel tells by netlink alone.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::netlink::{Netlink, NetlinkError, attribute, word};

/// An address of a network device.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NetAddress {
    /// The device's name.
    pub device: String,
    /// Its own address, also where it is joined to one other.
    pub address: IpAddr,
    /// How many bits of it are the network's.
    pub prefix_bits: u8,
}

/// A machine with more addresses shows these.
const MOST_ADDRESSES: usize = 1 << 16;

/// Asks the kernel, by netlink, for the addresses of this process's network, at most 65,536; sorted, each once.
///
/// # Errors
/// As [`NetlinkError`] says.
pub fn read_addresses() -> Result<Vec<NetAddress>, NetlinkError> {
    let mut entries = Vec::new();
    let netlink = Netlink::dump(None, GET_ADDRESS, &[0; 8], |_, entry| {
        if let Some(address) = parse_address(entry)?
            && entries.len() < MOST_ADDRESSES
        {
            entries.push(address);
        }
        Some(())
    })?;
    let mut names: BTreeMap<u32, Option<String>> = BTreeMap::new();
    let named = entries.into_iter().filter_map(|(index, address, prefix_bits)| {
        // A device may go between the two.
        let device = names.entry(index).or_insert_with(|| netlink.device(index)).clone()?;
        Some(NetAddress { device, address, prefix_bits })
    });
    let mut addresses: Vec<NetAddress> = named.collect();
    addresses.sort_unstable();
    addresses.dedup();
    Ok(addresses)
}

/// `RTM_GETADDR`
const GET_ADDRESS: u16 = 22;

/// The device, address and prefix of an entry (`struct ifaddrmsg` and attributes), if it is of IPv4 or IPv6.
pub(super) fn parse_address(entry: &[u8]) -> Option<Option<(u32, IpAddr, u8)>> {
    /// `IFA_ADDRESS` is the other end's where there is an `IFA_LOCAL`.
    const ADDRESS: u16 = 1;
    const LOCAL: u16 = 2;
    let (family, prefix_bits, index) = (*entry.first()?, *entry.get(1)?, word(entry, 4)?);
    let attributes = entry.get(8..)?;
    let address = attribute(attributes, LOCAL).or_else(|| attribute(attributes, ADDRESS));
    let address = match family {
        2 => IpAddr::V4(Ipv4Addr::from(<[u8; 4]>::try_from(address?).ok()?)),
        10 => IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(address?).ok()?)),
        _ => return Some(None),
    };
    Some(Some((index, address, prefix_bits)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(family: u8, attributes: &[(u16, &[u8])]) -> Vec<u8> {
        let mut entry = [&[family, 24, 0, 0][..], &3_u32.to_ne_bytes()].concat();
        for (kind, data) in attributes {
            entry.extend(u16::try_from(4 + data.len()).unwrap().to_ne_bytes());
            entry.extend(kind.to_ne_bytes());
            entry.extend(*data);
        }
        entry
    }

    #[test]
    fn addresses_of_both_families_and_of_a_tunnel() {
        let (near, far, six) = ([192, 0, 2, 5], [192, 0, 2, 6], Ipv6Addr::LOCALHOST.octets());
        let of = |address: IpAddr| Some(Some((3, address, 24)));
        assert_eq!(parse_address(&entry(2, &[(1, &far), (2, &near)])), of(IpAddr::from(near)));
        assert_eq!(parse_address(&entry(10, &[(1, &six)])), of(IpAddr::from(six)));
        assert_eq!(parse_address(&entry(28, &[])), Some(None));
        for bad in [entry(2, &[]), entry(2, &[(1, &six)]), entry(10, &[(1, &near)]), vec![2, 24, 0, 0]] {
            assert_eq!(parse_address(&bad), None, "{bad:?}");
        }
    }

    #[test]
    fn the_loopback_device_of_this_machine() {
        match read_addresses() {
            Ok(addresses) => {
                let loopback = addresses.iter().find(|address| address.address == IpAddr::V4(Ipv4Addr::LOCALHOST));
                assert_eq!(loopback.map(|address| (address.device.as_str(), address.prefix_bits)), Some(("lo", 8)));
            }
            Err(NetlinkError::Refused(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
}
