//! The addresses of network devices, a part of the collector netdev.

use std::net::{IpAddr, Ipv6Addr};

use exposition::{Desc, Families, Kind};
use linux_procfs::NetAddress;

static INFO: Desc = Desc {
    name: "node_network_address_info",
    help: "Always 1; an address of the device, and how many bits of it are the network's (netlink, RTM_GETADDR).",
    kind: Kind::Gauge,
    labels: &["address", "device", "netmask", "scope"],
};

pub(super) fn samples(NetAddress { device, address, prefix_bits }: &NetAddress, out: &mut Families) {
    let labels = [&address.to_string(), device, &prefix_bits.to_string(), scope(*address)];
    out.add(&INFO, &labels, 1_u32);
}

/// How far the address reaches; empty for the few that are none of these.
fn scope(address: IpAddr) -> &'static str {
    let is_link_local = match address {
        IpAddr::V4(address) => address.is_link_local() || address.octets()[..3] == [224, 0, 0],
        IpAddr::V6(address) => address.is_unicast_link_local() || is_multicast(address, 2),
    };
    let is_broadcast = matches!(address, IpAddr::V4(address) if address.is_broadcast());
    if address.is_loopback() || is_link_local {
        "link-local"
    } else if matches!(address, IpAddr::V6(address) if is_multicast(address, 1)) {
        "interface-local"
    } else if address.is_unspecified() || address.is_multicast() || is_broadcast {
        ""
    } else {
        "global"
    }
}

/// Whether it is a multicast address of that scope (RFC 4291, 2.7).
fn is_multicast(address: Ipv6Addr, scope: u8) -> bool {
    let [first, second, ..] = address.octets();
    first == 0xff && second & 0xf == scope
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_as_go_names_them() {
        for (address, expected) in [
            ("127.0.0.1", "link-local"),
            ("169.254.7.7", "link-local"),
            ("224.0.0.251", "link-local"),
            ("::1", "link-local"),
            ("fe80::1", "link-local"),
            ("ff02::fb", "link-local"),
            ("ff01::1", "interface-local"),
            ("192.168.1.2", "global"),
            ("2001:db8::1", "global"),
            ("fd00::1", "global"),
            ("0.0.0.0", ""),
            ("255.255.255.255", ""),
            ("239.1.2.3", ""),
        ] {
            assert_eq!(scope(address.parse().unwrap()), expected, "{address}");
        }
    }
}
