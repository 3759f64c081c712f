//! What a series of a store counts.

use super::exponential::ExponentialValue;
use crate::desc::Kind;
use crate::families::rises;
use crate::lines::Part;
use crate::number::Number;

/// The value of a series.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Of a counter, gauge or untyped family.
    Number(Number),
    /// Of a histogram family.
    Histogram(Box<HistogramValue>),
    /// Of a histogram family: a native histogram where the format has them, else one with many buckets.
    Exponential(Box<ExponentialValue>),
    /// Of a summary family.
    Summary(Box<SummaryValue>),
}

/// A histogram with bounds that its source chose.
#[derive(Debug, Clone, PartialEq)]
pub struct HistogramValue {
    bounds: Box<[f64]>,
    counts: Box<[u64]>,
    sum: Number,
}

/// A summary as its source computed it.
#[derive(Debug, Clone, PartialEq)]
pub struct SummaryValue {
    quantiles: Box<[(f64, f64)]>,
    sum: Number,
    count: u64,
}

impl Value {
    /// Gives the lines of a page that this is, in their order; those of a `zero` as before anything was counted.
    pub(super) fn parts(&self, zero: bool, mut give: impl FnMut(Part, Number)) {
        let number = |number| if zero { Number::Integer(0) } else { number };
        match self {
            Value::Number(value) => give(Part::Value, number(*value)),
            Value::Histogram(histogram) => {
                let last = (f64::INFINITY, histogram.count());
                for (bound, count) in histogram.buckets().chain([last]) {
                    give(Part::Bucket(bound), number(count.into()));
                }
                give(Part::Sum, number(histogram.sum));
                give(Part::Count, number(last.1.into()));
            }
            Value::Exponential(histogram) => {
                let last = (f64::INFINITY, histogram.count());
                for (bound, count) in histogram.buckets().into_iter().chain([last]) {
                    give(Part::Bucket(bound), number(count.into()));
                }
                give(Part::Sum, number(histogram.sum()));
                give(Part::Count, number(last.1.into()));
            }
            Value::Summary(summary) => {
                for (quantile, value) in &summary.quantiles {
                    give(Part::Quantile(*quantile), (*value).into());
                }
                give(Part::Sum, summary.sum);
                give(Part::Count, summary.count.into());
            }
        }
    }

    pub(super) fn is_of(&self, kind: Kind) -> bool {
        match self {
            Value::Number(_) => matches!(kind, Kind::Counter | Kind::Gauge | Kind::Untyped),
            Value::Histogram(_) | Value::Exponential(_) => kind == Kind::Histogram,
            Value::Summary(_) => kind == Kind::Summary,
        }
    }
}

impl<N: Into<Number>> From<N> for Value {
    fn from(number: N) -> Self {
        Value::Number(number.into())
    }
}

impl From<HistogramValue> for Value {
    fn from(histogram: HistogramValue) -> Self {
        Value::Histogram(Box::new(histogram))
    }
}

impl From<ExponentialValue> for Value {
    fn from(histogram: ExponentialValue) -> Self {
        Value::Exponential(Box::new(histogram))
    }
}

impl From<SummaryValue> for Value {
    fn from(summary: SummaryValue) -> Self {
        Value::Summary(Box::new(summary))
    }
}

impl HistogramValue {
    /// A histogram from `bounds`, which rise and are finite, and one count more: `counts[i]` observations were above
    /// `bounds[i - 1]` and at most `bounds[i]`, the last ones above all bounds. `sum` is that of the observed values, in
    /// the family's unit.
    ///
    /// `None` when bounds and counts are not so, or the counts together are more than 64 bits hold.
    #[must_use]
    pub fn new(bounds: &[f64], counts: &[u64], sum: impl Into<Number>) -> Option<Self> {
        let fits = bounds.iter().all(|bound| bound.is_finite()) && bounds.is_sorted_by(|a, b| a < b);
        counts.iter().try_fold(0_u64, |sum, count| sum.checked_add(*count))?;
        (fits && counts.len() == bounds.len() + 1).then(|| HistogramValue {
            bounds: bounds.into(),
            counts: counts.into(),
            sum: sum.into(),
        })
    }

    /// Upper bounds and how many observations were not above them.
    fn buckets(&self) -> impl Iterator<Item = (f64, u64)> {
        let counts = self.counts.iter().scan(0, |sum, count| {
            *sum += count;
            Some(*sum)
        });
        self.bounds.iter().copied().zip(counts)
    }

    fn count(&self) -> u64 {
        self.counts.iter().sum()
    }
}

impl SummaryValue {
    /// A summary from pairs of quantile and value, of which the quantiles rise.
    ///
    /// `None` when they do not.
    #[must_use]
    pub fn new(quantiles: &[(f64, f64)], sum: impl Into<Number>, count: u64) -> Option<Self> {
        rises(quantiles).then(|| SummaryValue { quantiles: quantiles.into(), sum: sum.into(), count })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_takes_two_words() {
        assert_eq!(size_of::<Value>(), 16);
    }

    #[test]
    fn histograms_that_cannot_be() {
        for (bounds, counts) in [
            (&[1.0][..], &[1][..]),
            (&[2.0, 1.0], &[0, 0, 0]),
            (&[1.0, 1.0], &[0, 0, 0]),
            (&[f64::NAN], &[0, 0]),
            (&[f64::INFINITY], &[0, 0]),
            (&[], &[]),
            (&[1.0], &[u64::MAX, 1]),
        ] {
            assert_eq!(HistogramValue::new(bounds, counts, 0.0), None, "{bounds:?} {counts:?}");
        }
        assert_eq!(SummaryValue::new(&[(0.9, 1.0), (0.5, 1.0)], 0.0, 0), None);
    }

    #[test]
    fn counts_are_added_up() {
        let histogram = HistogramValue::new(&[0.5, 1.0], &[1, 2, 3], 7.5).unwrap();
        assert_eq!(histogram.buckets().collect::<Vec<_>>(), [(0.5, 1), (1.0, 3)]);
        assert_eq!(histogram.count(), 6);
    }
}
