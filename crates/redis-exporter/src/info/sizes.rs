//! Keysizes of Redis 8: how large keys are, by powers of two.

use crate::info::Info;
use crate::info::pairs::{canonical, pairs};

/// Sizes 0, 1, 2–3, 4–7 and so on, up to what 64 bits hold.
const SLOTS: usize = 65;

/// How large the keys of one type in one database are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeySizes<'i> {
    pub(crate) database: u32,
    /// `strings`, whose size is in bytes; or `lists`, `sets`, `zsets`, `hashes`, whose size is their number of elements.
    pub(crate) kind: &'i str,
    /// How many keys are that large; the last slot that is used is above 0.
    pub(crate) counts: Vec<u64>,
}

/// The largest size that belongs to a slot: 0, 1, 3, 7, …
pub(crate) fn upper_bound(slot: usize) -> u64 {
    u32::try_from(slot).ok().and_then(|slot| 1_u64.checked_shl(slot)).map_or(u64::MAX, |power| power - 1)
}

impl Info {
    /// How large keys are, by database and type.
    pub(crate) fn key_sizes(&self) -> impl Iterator<Item = KeySizes<'_>> {
        self.starting("db").filter_map(|(name, value)| {
            let (database, of) = name.split_once("_distrib_")?;
            let (kind, unit) = of.split_once('_')?;
            let expected = if kind == "strings" { "sizes" } else { "items" };
            if unit != expected || kind.is_empty() || !kind.bytes().all(|b| b.is_ascii_lowercase()) {
                return None;
            }
            Some(KeySizes { database: canonical(database)?, kind, counts: counts(value) })
        })
    }
}

/// `0=1,4=2,1K=3` by slot.
fn counts(value: &str) -> Vec<u64> {
    let mut counts = [0_u64; SLOTS];
    for (size, count) in pairs(value) {
        // Servers have been seen to count below 0 and to print that as a number near 2^64.
        let Some(count) = count.parse().ok().filter(|count| i64::try_from(*count).is_ok()) else { continue };
        if let Some(counted) = slot(size).and_then(|slot| counts.get_mut(slot)) {
            *counted = u64::saturating_add(*counted, count);
        }
    }
    let used = counts.iter().rposition(|count| *count > 0).map_or(0, |last| last + 1);
    counts[..used].to_vec()
}

/// The slot whose smallest size is written so: `0`, `1`, `512`, `1K`, `2M`, `4G`.
fn slot(size: &str) -> Option<usize> {
    let (digits, shift) = match size.as_bytes().last()? {
        b'K' => (&size[..size.len() - 1], 10),
        b'M' => (&size[..size.len() - 1], 20),
        b'G' => (&size[..size.len() - 1], 30),
        b'T' => (&size[..size.len() - 1], 40),
        b'P' => (&size[..size.len() - 1], 50),
        b'E' => (&size[..size.len() - 1], 60),
        _ => (size, 0),
    };
    match digits.parse::<u64>().ok()? {
        0 => Some(0),
        power if power.is_power_of_two() => usize::try_from(power.trailing_zeros() + shift + 1).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::info::info;

    #[test]
    fn strings_by_bytes_and_sets_by_elements() {
        let info =
            info("# Keysizes\r\ndb0_distrib_strings_sizes:0=3,1=2,2=3,4=1\r\ndb15_distrib_sets_items:2=9,1K=1\r\n");
        let sizes: Vec<_> = info.key_sizes().collect();
        assert_eq!(sizes[0], KeySizes { database: 0, kind: "strings", counts: vec![3, 2, 3, 1] });
        assert_eq!((sizes[1].database, sizes[1].kind, sizes[1].counts.len()), (15, "sets", 12));
        assert_eq!((sizes[1].counts[2], sizes[1].counts[11], upper_bound(11)), (9, 1, 2047));
    }

    #[test]
    fn the_largest_sizes_and_some_that_are_none() {
        assert_eq!(slot("8E"), Some(64));
        assert_eq!(["", "K", "3", "x", "-1", "1k", "é"].map(slot), [None; 7]);
        assert_eq!([0, 1, 2, 64].map(upper_bound), [0, 1, 3, u64::MAX]);
        assert_eq!(counts("16E=1,1P=,1=9,1=1,=1"), [0, 10]);
    }

    #[test]
    fn a_count_below_zero() {
        assert_eq!(counts("0=18446744073709551379,1=238"), [0, 238]);
    }

    #[test]
    fn lines_about_something_else() {
        let text = "db0_distrib_lists_sizes:1=2\ndbx_distrib_sets_items:1=2\ndb0_distrib_items:1=2\ndb0:keys=1\n\
                    db0_distrib_a\"b_items:1=2\ndb0_distrib__items:1=2\n";
        assert_eq!(info(text).key_sizes().count(), 0);
    }
}
