//! Histograms with explicit bounds.

use crate::Amount;

/// Counts are also read by SQL, whose integers have 63 bits.
pub(crate) const MOST_COUNTED: u64 = i64::MAX.unsigned_abs();

/// Observations by explicit bounds.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// Upper bounds, inclusive, ascending, finite. The last bucket has none.
    pub bounds: Vec<f64>,
    /// Observations of each bucket alone: one more than there are bounds.
    pub counts: Vec<u64>,
    /// Sum of what was observed, if every source said it.
    pub sum: Option<Amount>,
    /// Number of observations.
    pub count: u64,
}

impl Default for Histogram {
    /// Nothing observed: no bounds yet, and one empty bucket.
    fn default() -> Self {
        Histogram { bounds: Vec::new(), counts: vec![0], sum: None, count: 0 }
    }
}

impl Histogram {
    /// Whether the bounds are finite and ascend, each bucket has a count, and the counts add up to `count`, which is below 2⁶³.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let counted = self.counts.iter().try_fold(0_u64, |all, &count| all.checked_add(count));
        self.counts.len() == self.bounds.len() + 1
            && self.bounds.iter().all(|bound| bound.is_finite())
            && self.bounds.windows(2).all(|pair| pair[0] < pair[1])
            && counted == Some(self.count)
            && self.count <= MOST_COUNTED
    }

    /// Both together, on the bounds that they have in common. Nothing observed yet takes the other's bounds.
    pub(crate) fn plus(&self, other: &Histogram) -> Option<Histogram> {
        if self.count == 0 {
            return Some(other.clone());
        }
        if other.count == 0 {
            return Some(self.clone());
        }
        let bounds = common(&self.bounds, &other.bounds);
        let counts: Option<Vec<_>> =
            self.onto(&bounds).iter().zip(other.onto(&bounds)).map(|(a, b)| a.checked_add(b)).collect();
        let sum = match (self.sum, other.sum) {
            (Some(a), Some(b)) => Some(a.checked_add(b)?),
            _ => None,
        };
        let count = self.count.checked_add(other.count).filter(|&count| count <= MOST_COUNTED)?;
        Some(Histogram { bounds, counts: counts?, sum, count })
    }

    /// What was observed since `last`, on the bounds that both have. `None` if anything has fallen.
    pub(crate) fn since(&self, last: &Histogram) -> Option<Histogram> {
        let bounds = if last.count == 0 { self.bounds.clone() } else { common(&self.bounds, &last.bounds) };
        let earlier = if last.count == 0 { vec![0; bounds.len() + 1] } else { last.onto(&bounds) };
        let counts: Option<Vec<_>> =
            self.onto(&bounds).iter().zip(earlier).map(|(now, then)| now.checked_sub(then)).collect();
        let then = if last.count == 0 { Some(Amount::ZERO) } else { last.sum };
        let sum = match (self.sum, then) {
            (Some(now), Some(then)) => Some(now.checked_sub(then).filter(|sum| !sum.is_negative())?),
            _ => None,
        };
        Some(Histogram { bounds, counts: counts?, sum, count: self.count.checked_sub(last.count)? })
    }

    /// Its counts by fewer bounds, each of which it has: exact, as buckets are only joined.
    fn onto(&self, bounds: &[f64]) -> Vec<u64> {
        let mut counts = Vec::with_capacity(bounds.len() + 1);
        let mut bucket = 0;
        let mut wanted = bounds.iter();
        for (index, &count) in self.counts.iter().enumerate() {
            bucket += count;
            let ends = match self.bounds.get(index) {
                Some(bound) => wanted.as_slice().first() == Some(bound),
                None => true,
            };
            if ends {
                counts.push(bucket);
                bucket = 0;
                wanted.next();
            }
        }
        counts
    }
}

/// The bounds in both, which ascend.
fn common(a: &[f64], b: &[f64]) -> Vec<f64> {
    if a == b {
        return a.to_vec();
    }
    let mut others = b.iter().peekable();
    let shared = a.iter().filter(|&bound| {
        while others.next_if(|other| *other < bound).is_some() {}
        others.peek() == Some(&bound)
    });
    shared.copied().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn histogram(bounds: &[f64], counts: &[u64], sum: i64) -> Histogram {
        let sum = Some(Amount::from_i64(sum));
        Histogram { bounds: bounds.to_vec(), counts: counts.to_vec(), sum, count: counts.iter().sum() }
    }

    #[test]
    fn equal_bounds_add_up() {
        let both = histogram(&[1.0, 2.0], &[1, 2, 3], 10).plus(&histogram(&[1.0, 2.0], &[4, 0, 1], 7));
        assert_eq!(both, Some(histogram(&[1.0, 2.0], &[5, 2, 4], 17)));
    }

    #[test]
    fn bounds_that_differ_come_down_to_the_common_ones() {
        let fine = histogram(&[1.0, 2.0, 5.0, 10.0], &[1, 2, 3, 4, 5], 60);
        let coarse = histogram(&[2.0, 4.0, 10.0], &[1, 1, 1, 1], 20);
        let both = histogram(&[2.0, 10.0], &[1 + 2 + 1, 3 + 4 + 1 + 1, 5 + 1], 80);
        assert_eq!(fine.plus(&coarse), Some(both.clone()));
        assert_eq!(coarse.plus(&fine), Some(both));
        let nothing_common = fine.plus(&histogram(&[3.0], &[1, 1], 4));
        assert_eq!(nothing_common, Some(histogram(&[], &[17], 64)));
    }

    #[test]
    fn the_first_brings_its_bounds() {
        let first = histogram(&[1.0], &[0, 2], 9);
        assert_eq!(Histogram::default().plus(&first), Some(first.clone()));
        assert_eq!(first.plus(&histogram(&[7.0], &[0, 0], 0)), Some(first));
    }

    #[test]
    fn a_sum_that_somebody_left_out_is_unknown() {
        let without = Histogram { sum: None, ..histogram(&[1.0], &[1, 1], 0) };
        assert_eq!(histogram(&[1.0], &[1, 0], 1).plus(&without).unwrap().sum, None);
        assert_eq!(without.since(&histogram(&[1.0], &[1, 0], 1)).unwrap().sum, None);
    }

    #[test]
    fn growth_and_falls() {
        let last = histogram(&[1.0, 2.0], &[1, 2, 3], 10);
        let grown = histogram(&[1.0, 2.0], &[1, 4, 3], 13);
        assert_eq!(grown.since(&last), Some(histogram(&[1.0, 2.0], &[0, 2, 0], 3)));
        assert_eq!(grown.since(&Histogram::default()), Some(grown.clone()));
        for fallen in [
            histogram(&[1.0, 2.0], &[0, 9, 9], 99), // one bucket
            histogram(&[1.0, 2.0], &[1, 2, 3], 9),  // the sum
            histogram(&[1.0, 2.0], &[1, 2, 2], 10), // the count
        ] {
            assert_eq!(fallen.since(&last), None);
        }
        // A source that changed its bounds under way: what is left of them has grown by one.
        assert_eq!(histogram(&[2.0], &[4, 3], 11).since(&last), Some(histogram(&[2.0], &[1, 0], 1)));
    }

    #[test]
    fn what_is_no_histogram() {
        for (bounds, counts, count) in [
            (&[1.0][..], &[1][..], 1),
            (&[], &[], 0),
            (&[2.0, 1.0], &[0, 0, 0], 0),
            (&[1.0, 1.0], &[0, 0, 0], 0),
            (&[f64::NAN], &[0, 0], 0),
            (&[f64::INFINITY], &[0, 0], 0),
            (&[1.0], &[1, 1], 3),
            (&[1.0], &[u64::MAX, 2], 1),
            (&[], &[u64::MAX], u64::MAX),
        ] {
            let histogram = Histogram { bounds: bounds.to_vec(), counts: counts.to_vec(), sum: None, count };
            assert!(!histogram.is_sound(), "{histogram:?}");
        }
        assert!(histogram(&[], &[7], 1).is_sound());
    }

    #[test]
    fn counts_end_at_63_bits() {
        let most = histogram(&[], &[MOST_COUNTED], 0);
        assert_eq!(most.plus(&histogram(&[], &[1], 0)), None);
    }

    proptest! {
        /// Cumulative counts never fall, whatever bounds come.
        #[test]
        fn cumulative_counts_never_fall(
            all in prop::collection::vec((prop::collection::btree_set(0_u8..12, 0..8), 1_u64..9), 1..6),
        ) {
            let mut total = Histogram::default();
            for (bounds, count) in all {
                let bounds: Vec<f64> = bounds.into_iter().map(f64::from).collect();
                let counts = vec![count; bounds.len() + 1];
                let next = total.plus(&histogram(&bounds, &counts, 1)).unwrap();
                prop_assert!(next.is_sound());
                for (index, bound) in next.bounds.iter().enumerate() {
                    if let Some(was) = total.bounds.iter().position(|b| b == bound) {
                        let upto = |h: &Histogram, to: usize| h.counts[..=to].iter().sum::<u64>();
                        prop_assert!(upto(&next, index) >= upto(&total, was) + count);
                    }
                }
                total = next;
            }
        }
    }
}
