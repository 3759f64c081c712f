//! Sorting by code that is there once, whatever is sorted.

use std::cmp::Ordering;

/// Sorts; what is equal stays in its order.
///
/// Of the sorts of slices every program has a copy for each type and order, of five kilobytes. This one sorts positions, in the
/// order of what stands there, and is for lists that a scrape sorts once.
pub fn sort_by<T>(items: &mut [T], order: impl Fn(&T, &T) -> Ordering) {
    let mut positions: Vec<usize> = (0..items.len()).collect();
    sort_positions(&mut positions, &|a, b| order(&items[a], &items[b]));
    let mut targets = vec![0; items.len()];
    positions.iter().enumerate().for_each(|(to, from)| targets[*from] = to);
    // Each swap puts one where it belongs.
    for at in 0..items.len() {
        while targets[at] != at {
            let to = targets[at];
            items.swap(at, to);
            targets.swap(at, to);
        }
    }
}

fn sort_positions(positions: &mut [usize], order: &dyn Fn(usize, usize) -> Ordering) {
    positions.sort_unstable_by(|a, b| order(*a, *b).then_with(|| a.cmp(b)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_ones_stay_in_their_order() {
        let mut words = ["pear", "fig", "apple", "kiwi", "plum", "date", "lime"];
        sort_by(&mut words, |a, b| a.len().cmp(&b.len()));
        assert_eq!(words, ["fig", "pear", "kiwi", "plum", "date", "lime", "apple"]);
    }

    #[test]
    fn every_order_of_five() {
        for code in 0..5_usize.pow(5) {
            let digits: Vec<_> = (0..5).map(|place| (code / 5_usize.pow(place) % 5, place)).collect();
            let (mut ours, mut expected) = (digits.clone(), digits);
            sort_by(&mut ours, |a, b| a.0.cmp(&b.0));
            expected.sort_by_key(|(digit, _)| *digit);
            assert_eq!(ours, expected);
        }
    }

    #[test]
    fn none_and_one() {
        sort_by(&mut [] as &mut [u8], Ord::cmp);
        let mut one = [1];
        sort_by(&mut one, Ord::cmp);
        assert_eq!(one, [1]);
    }
}
