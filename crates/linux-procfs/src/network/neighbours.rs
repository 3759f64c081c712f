//! The neighbours of IPv4 in the kernel's own table, by netlink.

use std::collections::BTreeMap;

use super::netlink::{Netlink, NetlinkError, half_word, word};

/// Asks the kernel, by netlink, how many neighbours of IPv4 each device of this process's network has. Those that need
/// no ARP are not counted, as `/proc/net/arp` does not show them.
///
/// # Errors
/// As [`NetlinkError`] says.
pub fn read_neighbours() -> Result<BTreeMap<String, u64>, NetlinkError> {
    let mut indices: BTreeMap<u32, u64> = BTreeMap::new();
    let request = [INET, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let netlink = Netlink::dump(None, GET_NEIGHBOUR, &request, |_, entry| {
        if let Some(index) = parse_neighbour(entry)? {
            *indices.entry(index).or_default() += 1;
        }
        Some(())
    })?;
    // A device may go between the two.
    Ok(indices.into_iter().filter_map(|(index, entries)| Some((netlink.device(index)?, entries))).collect())
}

/// `RTM_GETNEIGH` and `AF_INET`.
const GET_NEIGHBOUR: u16 = 30;
const INET: u8 = 2;

/// The device of an entry (`struct ndmsg`), if it is one that counts.
pub(super) fn parse_neighbour(entry: &[u8]) -> Option<Option<u32>> {
    /// `NUD_NOARP`
    const NO_ARP: u16 = 0x40;
    let (family, index, state) = (*entry.first()?, word(entry, 4)?, half_word(entry, 8)?);
    Some((family == INET && state & NO_ARP == 0).then_some(index))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_that_count_and_others() {
        let neighbour = |family: u8, state: u16| {
            [&[family, 0, 0, 0][..], &7_u32.to_ne_bytes(), &state.to_ne_bytes(), &[0, 1]].concat()
        };
        for (entry, index) in [(neighbour(2, 0x2), Some(7)), (neighbour(2, 0x42), None), (neighbour(10, 0x2), None)] {
            assert_eq!(parse_neighbour(&entry), Some(index));
        }
        assert_eq!(parse_neighbour(&neighbour(2, 2)[..9]), None);
    }
}
