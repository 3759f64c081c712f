//! Exponential histograms, as OpenTelemetry's metrics data model defines them.

use crate::Amount;
use crate::histogram::MOST_COUNTED;

/// Buckets of a side of a total; more lower its scale. It is what OpenTelemetry's own libraries keep.
const MOST_BUCKETS: i64 = 160;
/// The coarsest scale: each side of all that an `f64` can be has three buckets.
const COARSEST: i32 = -10;
/// The finest scale that OpenTelemetry's libraries start with.
const FINEST: i32 = 20;

/// Observations by bounds that are powers of 2^(2^-scale).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exponential {
    /// Resolution: each step less joins pairs of buckets. −10 to 20.
    pub scale: i32,
    /// Observations at most this far from 0 are in `zero_count`.
    pub zero_threshold: f64,
    /// Observations of about 0.
    pub zero_count: u64,
    /// Observations above it.
    pub positive: Buckets,
    /// Observations below it, by their size.
    pub negative: Buckets,
    /// Sum of what was observed, if every source said it.
    pub sum: Option<Amount>,
    /// Number of observations.
    pub count: u64,
}

/// Counts of neighbouring buckets. Bucket i has what is above base^i, up to base^(i + 1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Buckets {
    /// The first bucket's i.
    pub offset: i32,
    /// Observations of each bucket alone.
    pub counts: Vec<u64>,
}

impl Exponential {
    /// Whether the scale is −10 to 20, the threshold finite and not negative, no bucket is beyond 2³¹, and the counts add up to
    /// `count`, which is below 2⁶³.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let mut counts = self.positive.counts.iter().chain(&self.negative.counts);
        (COARSEST..=FINEST).contains(&self.scale)
            && self.zero_threshold.is_finite()
            && self.zero_threshold >= 0.0
            && [&self.positive, &self.negative].iter().all(|side| i32::try_from(side.place(side.counts.len())).is_ok())
            && counts.try_fold(self.zero_count, |all, &count| all.checked_add(count)) == Some(self.count)
            && self.count <= MOST_COUNTED
    }

    /// Both together, at the finest scale that holds them in 160 buckets a side. `None` if a count or the sum is too large,
    /// or buckets are further apart than numbers are.
    pub(crate) fn plus(&self, other: &Exponential) -> Option<Exponential> {
        if self.count == 0 {
            return Exponential::default().join(other, self.zero_threshold.max(other.zero_threshold));
        }
        if other.count == 0 {
            return other.plus(self);
        }
        self.join(other, self.zero_threshold.max(other.zero_threshold))
    }

    /// What was observed since `last`. `None` if anything has fallen.
    pub(crate) fn since(&self, last: &Exponential) -> Option<Exponential> {
        if last.count == 0 {
            return Some(self.clone());
        }
        let (now, then) = alike(self, last, self.scale.min(last.scale), self.zero_threshold.max(last.zero_threshold));
        let sum = match (self.sum, last.sum) {
            (Some(now), Some(then)) => Some(now.checked_sub(then).filter(|sum| !sum.is_negative())?),
            _ => None,
        };
        Some(Exponential {
            scale: now.scale,
            zero_threshold: now.zero_threshold,
            zero_count: now.zero_count.checked_sub(then.zero_count)?,
            positive: now.positive.combine(&then.positive, u64::checked_sub)?,
            negative: now.negative.combine(&then.negative, u64::checked_sub)?,
            sum,
            count: self.count.checked_sub(last.count)?,
        })
    }

    fn join(&self, other: &Exponential, threshold: f64) -> Option<Exponential> {
        let finest = if self.count == 0 { other.scale } else { self.scale.min(other.scale) };
        let fits = |buckets: &Buckets, others: &Buckets| match (buckets.span(), others.span()) {
            (Some((a, b)), Some((c, d))) => b.max(d) - a.min(c) < MOST_BUCKETS,
            (Some((first, last)), None) | (None, Some((first, last))) => last - first < MOST_BUCKETS,
            (None, None) => true,
        };
        let (a, b) = (COARSEST..=finest)
            .rev()
            .map(|scale| alike(self, other, scale, threshold))
            .find(|(a, b)| fits(&a.positive, &b.positive) && fits(&a.negative, &b.negative))?;
        let sum = match (self.sum, other.sum) {
            _ if self.count == 0 => other.sum,
            (Some(a), Some(b)) => Some(a.checked_add(b)?),
            _ => None,
        };
        Some(Exponential {
            scale: a.scale,
            zero_threshold: a.zero_threshold,
            zero_count: a.zero_count.checked_add(b.zero_count)?,
            positive: a.positive.combine(&b.positive, u64::checked_add)?,
            negative: a.negative.combine(&b.negative, u64::checked_add)?,
            sum,
            count: self.count.checked_add(other.count).filter(|&count| count <= MOST_COUNTED)?,
        })
    }

    /// At a scale that is not finer, what is within the threshold counted as zero.
    fn seen_as(&self, scale: i32, threshold: f64) -> Exponential {
        let mut seen = self.clone();
        for side in [&mut seen.positive, &mut seen.negative] {
            side.lower(self.scale.abs_diff(scale));
            seen.zero_count = seen.zero_count.saturating_add(side.take_within(scale, threshold));
        }
        Exponential { scale, zero_threshold: threshold, ..seen }
    }

    /// The end of the bucket with observations that the threshold would cut through.
    fn cut_by(&self, threshold: f64) -> Option<f64> {
        let ends = [&self.positive, &self.negative].map(|side| {
            let first = side.span()?.0; // all buckets that end within the threshold are gone
            (bound(first, self.scale) < threshold).then(|| bound(first + 1, self.scale))
        });
        ends.into_iter().flatten().reduce(f64::max)
    }
}

impl Buckets {
    /// The first and the last bucket with observations.
    fn span(&self) -> Option<(i64, i64)> {
        let first = self.counts.iter().position(|&count| count > 0)?;
        let last = self.counts.iter().rposition(|&count| count > 0)?;
        Some((self.place(first), self.place(last)))
    }

    fn place(&self, index: usize) -> i64 {
        i64::from(self.offset).saturating_add_unsigned(index as u64)
    }

    /// Joins groups of 2^steps buckets.
    fn lower(&mut self, steps: u32) {
        let Some((first, last)) = self.span() else {
            *self = Buckets::default();
            return;
        };
        let (start, end) = (first >> steps, last >> steps);
        let mut counts = vec![0_u64; usize::try_from(end - start + 1).expect("buckets only get fewer")];
        for (index, &count) in self.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let joined = usize::try_from((self.place(index) >> steps) - start).expect("start is the first");
            counts[joined] = counts[joined].saturating_add(count);
        }
        *self = Buckets { offset: i32::try_from(start).expect("all places of a sound histogram fit"), counts };
    }

    /// Takes out the buckets that end within the threshold.
    fn take_within(&mut self, scale: i32, threshold: f64) -> u64 {
        if threshold <= 0.0 {
            return 0;
        }
        let (offset, mut taken) = (i64::from(self.offset), 0_u64);
        for (place, count) in (offset..).zip(&mut self.counts) {
            if bound(place + 1, scale) > threshold {
                break;
            }
            taken = taken.saturating_add(std::mem::take(count));
        }
        self.lower(0);
        taken
    }

    /// Bucket by bucket, both at the same scale.
    fn combine(&self, other: &Buckets, with: fn(u64, u64) -> Option<u64>) -> Option<Buckets> {
        let (first, last) = match (self.span(), other.span()) {
            (Some((a, b)), Some((c, d))) => (a.min(c), b.max(d)),
            (Some(span), None) | (None, Some(span)) => span,
            (None, None) => return Some(Buckets::default()),
        };
        let counts = (first..=last).map(|place| with(self.at(place), other.at(place))).collect::<Option<Vec<_>>>()?;
        Some(Buckets { offset: i32::try_from(first).ok()?, counts })
    }

    fn at(&self, place: i64) -> u64 {
        let index = usize::try_from(place - i64::from(self.offset)).ok();
        index.and_then(|index| self.counts.get(index)).copied().unwrap_or(0)
    }
}

/// Both at one scale and with one zero threshold, which is widened until it cuts through no bucket that has observations.
fn alike(a: &Exponential, b: &Exponential, scale: i32, mut threshold: f64) -> (Exponential, Exponential) {
    loop {
        let (a, b) = (a.seen_as(scale, threshold), b.seen_as(scale, threshold));
        match a.cut_by(threshold).into_iter().chain(b.cut_by(threshold)).reduce(f64::max) {
            Some(end) if end > threshold => threshold = end,
            _ => return (a, b),
        }
    }
}

/// The lower bound of a bucket.
fn bound(place: i64, scale: i32) -> f64 {
    (place as f64 * f64::from(-scale).exp2()).exp2()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn buckets(offset: i32, counts: &[u64]) -> Buckets {
        Buckets { offset, counts: counts.to_vec() }
    }

    fn of(scale: i32, positive: Buckets) -> Exponential {
        let count = positive.counts.iter().sum();
        Exponential { scale, positive, count, ..Exponential::default() }
    }

    #[test]
    fn bounds_are_powers_of_the_base() {
        for (place, scale, expected) in
            [(0, 0, 1.0), (3, 0, 8.0), (-2, 0, 0.25), (1, 1, 2_f64.sqrt()), (2, 1, 2.0), (1, -2, 16.0), (-2, -10, 0.0)]
        {
            assert_eq!(bound(place, scale), expected, "{place} at {scale}");
        }
    }

    #[test]
    fn the_coarser_scale_wins() {
        let fine = of(1, buckets(-1, &[1, 2, 3, 4]));
        let coarse = of(0, buckets(1, &[10]));
        // Pairs of fine buckets, (-2, -1), (0, 1), (2, 3), become −1, 0, 1.
        let both = of(0, buckets(-1, &[1, 2 + 3, 4 + 10]));
        assert_eq!(fine.plus(&coarse), Some(both.clone()));
        assert_eq!(coarse.plus(&fine), Some(both));
    }

    #[test]
    fn a_range_that_is_too_wide_lowers_the_scale() {
        let (low, high) = (of(3, buckets(0, &[1])), of(3, buckets(159, &[1])));
        assert_eq!(low.plus(&high).unwrap().scale, 3);
        let higher = of(3, buckets(160, &[1]));
        let both = low.plus(&higher).unwrap();
        assert_eq!((both.scale, both.positive.counts.len(), both.positive.counts[80]), (2, 81, 1));
        let wide = of(20, buckets(-1_000_000, &vec![1; 2_000_000]));
        let narrowed = Exponential::default().plus(&wide).unwrap();
        assert_eq!((narrowed.scale, narrowed.count), (6, 2_000_000));
        assert!(narrowed.positive.counts.len() <= 160 && narrowed.is_sound());
    }

    #[test]
    fn buckets_that_no_number_has_are_refused() {
        let (low, high) = (of(-10, buckets(i32::MIN, &[1])), of(-10, buckets(i32::MAX - 1, &[1])));
        assert!(low.is_sound() && high.is_sound());
        assert_eq!(low.plus(&high), None);
        assert!(!of(0, buckets(i32::MAX, &[1])).is_sound());
    }

    #[test]
    fn the_wider_zero_bucket_takes_what_is_within() {
        let narrow = of(0, buckets(-2, &[1, 2, 3])); // (1/4, 1/2], (1/2, 1], (1, 2]
        let wide = Exponential { zero_threshold: 0.5, zero_count: 7, count: 7, ..Exponential::default() };
        let both = narrow.plus(&wide).unwrap();
        assert_eq!((both.zero_threshold, both.zero_count, both.positive), (0.5, 8, buckets(-1, &[2, 3])));
        // 0.6 would cut through the bucket up to 1, which has observations: so it is widened to 1.
        let cutting = Exponential { zero_threshold: 0.6, ..wide.clone() };
        let both = narrow.plus(&cutting).unwrap();
        assert_eq!((both.zero_threshold, both.zero_count, both.positive), (1.0, 10, buckets(0, &[3])));
        // 3 is beyond all of them.
        let beyond = Exponential { zero_threshold: 3.0, ..wide };
        let both = narrow.plus(&beyond).unwrap();
        assert_eq!((both.zero_threshold, both.zero_count, both.positive), (3.0, 13, Buckets::default()));
    }

    #[test]
    fn growth_over_a_change_of_scale() {
        let last = of(1, buckets(0, &[1, 2, 3]));
        let now = of(0, buckets(0, &[3, 9]));
        assert_eq!(now.since(&last), Some(of(0, buckets(0, &[0, 6]))));
        assert_eq!(of(0, buckets(0, &[2, 9])).since(&last), None);
        let counted = Exponential { sum: Some(Amount::from_i64(5)), ..last.clone() };
        let less = Exponential { sum: Some(Amount::from_i64(4)), ..last.clone() };
        assert_eq!(less.since(&counted), None);
    }

    #[test]
    fn negative_observations_have_a_side_of_their_own() {
        let below = Exponential { negative: buckets(0, &[1]), count: 1, ..Exponential::default() };
        let both = below.plus(&of(0, buckets(5, &[2]))).unwrap();
        assert_eq!((both.negative, both.positive, both.count), (buckets(0, &[1]), buckets(5, &[2]), 3));
    }

    prop_compose! {
        fn any_exponential()(
            scale in -2..6_i32, offset in -50..50_i32, counts in prop::collection::vec(0..5_u64, 0..200),
            negative in prop::collection::vec(0..5_u64, 0..20), zero_count in 0..5_u64,
            zero_threshold in prop_oneof![Just(0.0), 0.0..10.0_f64],
        ) -> Exponential {
            let (positive, negative) = (buckets(offset, &counts), buckets(-offset, &negative));
            let count = zero_count + counts.iter().sum::<u64>() + negative.counts.iter().sum::<u64>();
            Exponential { scale, zero_threshold, zero_count, positive, negative, sum: None, count }
        }
    }

    proptest! {
        /// Nothing is lost or made up, and the order does not matter.
        #[test]
        fn every_observation_is_counted_once(a in any_exponential(), b in any_exponential()) {
            let both = a.plus(&b).unwrap();
            prop_assert!(both.is_sound());
            prop_assert_eq!(both.count, a.count + b.count);
            prop_assert!(both.positive.counts.len() <= 160 && both.negative.counts.len() <= 160);
            prop_assert_eq!(&b.plus(&a).unwrap(), &both);
        }

        /// A cumulative source that adds b to a has grown by as many.
        #[test]
        fn growth_is_what_was_added(a in any_exponential(), b in any_exponential()) {
            let grown = a.plus(&b).unwrap().since(&a);
            prop_assert_eq!(grown.map(|grown| (grown.is_sound(), grown.count)), Some((true, b.count)));
        }
    }
}
