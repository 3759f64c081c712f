//! Exponential histograms, as classic buckets and as native ones.

use crate::number::Number;
use crate::protobuf::{Native, Span};

/// A histogram whose bounds are the powers of `2^(2^-scale)`, as OpenTelemetry counts them.
///
/// The data model is that of the OpenTelemetry specification, "ExponentialHistogram".
#[derive(Debug, Clone, PartialEq)]
pub struct ExponentialValue {
    scale: i32,
    zero_threshold: f64,
    zero_count: u64,
    positive: ExponentialBuckets,
    negative: ExponentialBuckets,
    sum: Number,
}

/// The buckets of one sign.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExponentialBuckets {
    /// The index of the first bucket: bucket `i` holds absolute values above `base^i` and at most `base^(i + 1)`.
    pub offset: i32,
    /// Observations in each bucket, from the first on without gaps.
    pub counts: Box<[u64]>,
}

/// What the specification allows.
const SCALES: std::ops::RangeInclusive<i32> = -10..=20;
/// What Prometheus has; a finer histogram is made coarser.
const SCHEMAS: std::ops::RangeInclusive<i32> = -4..=8;
/// Exponents of two between which doubles are.
const EXPONENTS: std::ops::Range<f64> = -1075.0..1024.0;

impl ExponentialValue {
    /// A histogram with `zero_count` observations whose absolute value was at most `zero_threshold`, and the others in
    /// buckets by sign. `sum` is that of the observed values, in the family's unit.
    ///
    /// `None` when the scale is not within −10 and 20, the threshold is no finite number or below 0, the counts together
    /// are more than 63 bits hold, as differences between them have a sign, or a bucket is where no double is.
    #[must_use]
    pub fn new(
        scale: i32,
        zero_threshold: f64,
        zero_count: u64,
        positive: ExponentialBuckets,
        negative: ExponentialBuckets,
        sum: impl Into<Number>,
    ) -> Option<Self> {
        let counts = positive.counts.iter().chain(&*negative.counts);
        let count = counts.clone().try_fold(zero_count, |sum, count| sum.checked_add(*count))?;
        let fits = i64::try_from(count).is_ok()
            && SCALES.contains(&scale)
            && (0.0..f64::INFINITY).contains(&zero_threshold)
            && [&positive, &negative].iter().all(|buckets| buckets.are_doubles(scale));
        fits.then(|| ExponentialValue { scale, zero_threshold, zero_count, positive, negative, sum: sum.into() })
    }

    /// Upper bounds and how many observations were not above them.
    ///
    /// Every bucket has its bound, empty or not, so that the bounds change as rarely as the source's do; the outermost
    /// have both of theirs, so that quantiles are not interpolated from far away. A bound is `exp2` of the exact exponent,
    /// so the powers of two are exact and others off by less than the last digit. What is beyond the range of doubles
    /// counts for the next bound.
    pub(super) fn buckets(&self) -> Vec<(f64, u64)> {
        let ExponentialValue { scale, zero_threshold, zero_count, positive, negative, .. } = self;
        let mut buckets = Vec::with_capacity(positive.counts.len() + negative.counts.len() + 3);
        let mut sum = 0;
        let mut push = |bound: f64, count: u64| {
            sum += count;
            match buckets.last_mut() {
                Some((last, below)) if bound <= *last => *below = sum,
                _ if bound.is_finite() => buckets.push((bound, sum)),
                _ => {}
            }
        };
        if !negative.counts.is_empty() {
            push(-bound(negative.end(), *scale), 0);
        }
        for (index, count) in negative.numbered().rev() {
            push(-bound(index, *scale), *count);
        }
        push(*zero_threshold, *zero_count);
        if !positive.counts.is_empty() {
            push(bound(positive.offset.into(), *scale), 0);
        }
        for (index, count) in positive.numbered() {
            push(bound(index + 1, *scale), *count);
        }
        buckets
    }

    /// The native histogram; `None` if the scale is too coarse for one.
    pub(crate) fn native(&self) -> Option<Native> {
        let ExponentialValue { scale, zero_threshold, zero_count, positive, negative, .. } = self;
        let schema = (*scale).min(*SCHEMAS.end());
        let lowered = u32::try_from(scale - schema).ok()?;
        SCHEMAS.contains(&schema).then(|| Native {
            schema,
            zero_threshold: *zero_threshold,
            zero_count: *zero_count,
            positive: positive.span(lowered),
            negative: negative.span(lowered),
        })
    }

    pub(crate) fn count(&self) -> u64 {
        self.zero_count + self.positive.counts.iter().sum::<u64>() + self.negative.counts.iter().sum::<u64>()
    }

    pub(crate) fn sum(&self) -> Number {
        self.sum
    }
}

impl ExponentialBuckets {
    /// Counts by the index of their bucket.
    fn numbered(&self) -> impl DoubleEndedIterator<Item = (i64, &u64)> {
        self.counts.iter().enumerate().map(|(at, count)| (self.index(at), count))
    }

    /// The index after the last bucket's.
    fn end(&self) -> i64 {
        self.index(self.counts.len())
    }

    fn index(&self, at: usize) -> i64 {
        i64::from(self.offset) + i64::try_from(at).unwrap_or(i64::MAX / 2)
    }

    fn are_doubles(&self, scale: i32) -> bool {
        self.counts.is_empty()
            || (exponent(self.offset.into(), scale) < EXPONENTS.end && exponent(self.end(), scale) > EXPONENTS.start)
    }

    /// Joins `2^lowered` buckets into one each, and leaves the empty ones at both ends out.
    fn span(&self, lowered: u32) -> Span {
        let mut counted = self.numbered().filter(|(_, count)| **count > 0);
        let Some((first, _)) = counted.next() else { return Span::default() };
        let last = counted.next_back().map_or(first, |(last, _)| last);
        let (first, last) = (first >> lowered, last >> lowered);
        let mut counts = vec![0; usize::try_from(last - first + 1).unwrap_or(0)];
        for (index, count) in self.numbered().filter(|(_, count)| **count > 0) {
            if let Some(joined) = usize::try_from((index >> lowered) - first).ok().and_then(|at| counts.get_mut(at)) {
                *joined += count;
            }
        }
        // OpenTelemetry names a bucket by its lower bound, Prometheus by its upper one.
        Span { offset: i32::try_from(first + 1).unwrap_or(i32::MAX), counts }
    }
}

/// The exponent of two of a bound.
fn exponent(index: i64, scale: i32) -> f64 {
    index as f64 * f64::from(-scale).exp2()
}

fn bound(index: i64, scale: i32) -> f64 {
    exponent(index, scale).exp2()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buckets(offset: i32, counts: &[u64]) -> ExponentialBuckets {
        ExponentialBuckets { offset, counts: counts.into() }
    }

    fn histogram(scale: i32, positive: ExponentialBuckets, negative: ExponentialBuckets) -> ExponentialValue {
        ExponentialValue::new(scale, 0.0, 1, positive, negative, 1.5).unwrap()
    }

    #[test]
    fn classic_buckets_of_both_signs() {
        let both = histogram(0, buckets(-1, &[1, 0, 2]), buckets(1, &[3, 4]));
        assert_eq!(
            both.buckets(),
            [(-8.0, 0), (-4.0, 4), (-2.0, 7), (0.0, 8), (0.5, 8), (1.0, 9), (2.0, 9), (4.0, 11)]
        );
        assert_eq!(both.count(), 11);
    }

    #[test]
    fn classic_buckets_between_powers_of_two() {
        let fine = histogram(1, buckets(0, &[1, 1]), buckets(0, &[]));
        assert_eq!(fine.buckets(), [(0.0, 1), (1.0, 1), (std::f64::consts::SQRT_2, 2), (2.0, 3)]);
    }

    #[test]
    fn classic_buckets_at_the_ends_of_the_doubles() {
        let coarse = histogram(-10, buckets(-2, &[1, 2, 4]), buckets(-1, &[8]));
        let least = f64::MIN_POSITIVE / 4.0;
        assert_eq!(coarse.buckets(), [(-1.0, 0), (-least, 8), (0.0, 9), (least, 10), (1.0, 12)]);
        let wide = ExponentialValue::new(0, 3.0, 1, buckets(0, &[1, 1, 1]), buckets(0, &[]), 0.0).unwrap();
        assert_eq!(wide.buckets(), [(3.0, 2), (4.0, 3), (8.0, 4)]);
    }

    #[test]
    fn a_native_histogram_without_its_empty_ends() {
        let native = histogram(3, buckets(-2, &[0, 1, 0, 2, 0]), buckets(5, &[7])).native().unwrap();
        assert_eq!(
            native,
            Native {
                schema: 3,
                zero_threshold: 0.0,
                zero_count: 1,
                positive: Span { offset: 0, counts: vec![1, 0, 2] },
                negative: Span { offset: 6, counts: vec![7] },
            }
        );
    }

    #[test]
    fn finer_scales_are_made_coarser_and_too_coarse_ones_are_classic_alone() {
        let native = histogram(10, buckets(-5, &[1, 2, 4, 8, 16, 32, 64]), buckets(0, &[])).native().unwrap();
        assert_eq!((native.schema, native.positive), (8, Span { offset: -1, counts: vec![1, 30, 96] }));
        assert_eq!(histogram(-5, buckets(0, &[1]), buckets(0, &[])).native(), None);
        assert!(histogram(-4, buckets(0, &[1]), buckets(0, &[])).native().is_some());
    }

    #[test]
    fn histograms_that_cannot_be() {
        let none = || buckets(0, &[]);
        let new = |scale, threshold, zeros, positive| {
            ExponentialValue::new(scale, threshold, zeros, positive, buckets(0, &[]), 0.0)
        };
        assert_eq!(new(21, 0.0, 0, none()), None);
        assert_eq!(new(-11, 0.0, 0, none()), None);
        assert_eq!(new(0, -1.0, 0, none()), None);
        assert_eq!(new(0, f64::NAN, 0, none()), None);
        assert_eq!(new(0, f64::INFINITY, 0, none()), None);
        assert_eq!(new(0, 0.0, u64::MAX, buckets(0, &[1])), None);
        assert_eq!(new(0, 0.0, 0, buckets(0, &[1 << 63])), None);
        assert_eq!(new(0, 0.0, 0, buckets(1024, &[1])), None);
        assert_eq!(new(0, 0.0, 0, buckets(-1077, &[1])), None);
        assert!(new(20, 0.0, 0, buckets(i32::MIN, &[1])).is_none());
        assert!(new(0, 0.0, 0, buckets(1023, &[1])).is_some());
    }
}
