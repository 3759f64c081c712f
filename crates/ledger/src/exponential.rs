//! Exponential histograms, as OpenTelemetry's metrics data model defines them.

use crate::Amount;
use crate::histogram::MOST_COUNTED;

/// Buckets of a side of a total; more lower its scale. It is what OpenTelemetry's own libraries keep.
const MOST_BUCKETS: i64 = 160;
/// The coarsest scale: each side of all that an `f64` can be has two buckets.
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
