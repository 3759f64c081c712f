//! Values of points as the ledger adds them up, and totals of the ledger as the page shows them.

use exposition::{ExponentialValue, HistogramValue, Number, SummaryValue, Value};
use ledger::{Amount, Total};
use otlp::{ExponentialPoint, HistogramPoint, SummaryPoint};

use crate::bookkeeper::tally::Rejection;

/// The amount that a point of a sum stands for.
pub(super) fn amount(value: &otlp::Number) -> Result<Amount, Rejection> {
    match value {
        otlp::Number::Int(value) => Ok(Amount::from_i64(*value)),
        otlp::Number::Double(value) => Amount::from_f64(*value).ok_or(Rejection::Value),
        otlp::Number::Missing => Err(Rejection::Value),
    }
}
