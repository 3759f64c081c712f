//! What a fuzz target reaches of what is not public.

use super::{addresses, links, neighbours, netlink, tcp_diag};

/// Reads a datagram of netlink, and what each message holds as an entry of every table.
pub fn read_datagram(datagram: &[u8]) {
    let mut entry = |_, entry: &[u8]| {
        addresses::parse_address(entry);
        links::parse_link(entry);
        neighbours::parse_neighbour(entry);
        tcp_diag::parse_entry(entry).map(drop)
    };
    netlink::read_datagram(datagram, &mut entry).ok();
}
