//! Values of points as the ledger adds them up, and totals of the ledger as the page shows them.

use exposition::{ExponentialBuckets, ExponentialValue, HistogramValue, Number, SummaryValue, Value};
use ledger::{Amount, Exponential, Histogram, Total};
use otlp::{ExponentialPoint, HistogramPoint, SummaryPoint};

use crate::number::number;
use crate::tally::Rejection;

/// The amount that a point of a sum stands for.
pub(super) fn amount(value: otlp::Number) -> Result<Amount, Rejection> {
    let amount = match value {
        otlp::Number::Int(value) => Amount::from_i64(value),
        otlp::Number::Double(value) => Amount::from_f64(value).ok_or(Rejection::Value)?,
        otlp::Number::Missing => return Err(Rejection::Value),
    };
    if amount.is_negative() { Err(Rejection::Negative) } else { Ok(amount) }
}

/// The histogram that a point tells of; one without buckets has a single one.
pub(super) fn histogram(point: &HistogramPoint<'_>) -> Result<Histogram, Rejection> {
    let (bounds, counts) = if point.bucket_counts.is_empty() {
        (Vec::new(), vec![point.count])
    } else {
        (point.bounds.clone(), point.bucket_counts.clone())
    };
    let histogram = Histogram { bounds, counts, sum: sum(point.sum)?, count: point.count };
    if histogram.is_sound() { Ok(histogram) } else { Err(Rejection::Buckets) }
}

/// The exponential histogram that a point tells of.
pub(super) fn exponential(point: &ExponentialPoint<'_>) -> Result<Exponential, Rejection> {
    let side = |buckets: &otlp::Buckets| ledger::Buckets { offset: buckets.offset, counts: buckets.counts.clone() };
    let histogram = Exponential {
        scale: point.scale,
        zero_threshold: point.zero_threshold,
        zero_count: point.zero_count,
        positive: side(&point.positive),
        negative: side(&point.negative),
        sum: sum(point.sum)?,
        count: point.count,
    };
    if histogram.is_sound() { Ok(histogram) } else { Err(Rejection::Buckets) }
}

/// A histogram's sum may be missing, but is no total if it falls.
fn sum(sum: Option<f64>) -> Result<Option<Amount>, Rejection> {
    match sum.map(Amount::from_f64) {
        None => Ok(None),
        Some(None) => Err(Rejection::Value),
        Some(Some(sum)) if sum.is_negative() => Err(Rejection::Negative),
        Some(sum) => Ok(sum),
    }
}

/// Quantiles in their order; those that are there twice, or not within 0 and 1, are not.
pub(super) fn summary(point: &SummaryPoint<'_>) -> Result<Value, Rejection> {
    let mut quantiles = point.quantiles.clone();
    quantiles.sort_by(|a, b| a.0.total_cmp(&b.0));
    SummaryValue::new(&quantiles, point.sum, point.count).map(Value::from).ok_or(Rejection::Buckets)
}

/// A value that goes up and down; a whole number with all its digits.
pub(super) fn gauge(value: otlp::Number) -> Result<Value, Rejection> {
    match value {
        otlp::Number::Int(value) => Ok(Value::Number(Number::Decimal { units: value, nanos: 0 })),
        otlp::Number::Double(value) => Ok(Value::Number(value.into())),
        otlp::Number::Missing => Err(Rejection::Value),
    }
}

/// A total as it is shown; `None` for one that no format can carry.
pub(super) fn shown_value(total: &Total) -> Option<Value> {
    match total {
        Total::Amount(amount) => Some(Value::Number(number(*amount))),
        Total::Histogram(histogram) => {
            let shown =
                HistogramValue::new(&histogram.bounds, &histogram.counts, number(histogram.sum.unwrap_or_default()));
            shown.map(Value::from)
        }
        Total::Exponential(histogram) => {
            let side = |buckets: &ledger::Buckets| ExponentialBuckets {
                offset: buckets.offset,
                counts: buckets.counts.as_slice().into(),
            };
            let shown = ExponentialValue::new(
                histogram.scale,
                histogram.zero_threshold,
                histogram.zero_count,
                side(&histogram.positive),
                side(&histogram.negative),
                number(histogram.sum.unwrap_or_default()),
            );
            shown.map(Value::from)
        }
    }
}
