//! The rules of native histograms.

use super::field::{Fields, delimited, double, last, repeated, unsigned};
use super::wire::{self, Value};
use super::{Report, Rule};

/// Bounds are powers of `2^(2^-schema)`.
const SCHEMAS: std::ops::RangeInclusive<i64> = -4..=8;

/// Checks the fields of a histogram, if any of them makes it a native one; `None` if they are not of the format's types.
pub(super) fn check(family: &str, fields: &Fields<'_>, report: &mut Report) -> Option<()> {
    if !(5..=14).any(|number| last(fields, number).is_some()) {
        return Some(());
    }
    let schema = wire::zigzag(last(fields, 5).map_or(Some(0), unsigned)?);
    if !SCHEMAS.contains(&schema) {
        report.here(Rule::NativeSchema, format!("{family} has the schema {schema}"));
    }
    let zero_count = last(fields, 7).map_or(Some(0), unsigned)?;
    let threshold = double(last(fields, 6))?;
    let has_spans = [9, 12].iter().any(|number| last(fields, *number).is_some());
    if !has_spans && threshold <= 0.0 && zero_count == 0 {
        report.here(Rule::NativeHidden, format!("{family} has a schema, and nothing that tells it from a classic one"));
    }
    let mut observed = i128::from(zero_count);
    for [spans, deltas] in [[9, 10], [12, 13]] {
        observed += side(family, repeated(fields, spans), repeated(fields, deltas), report)?;
    }
    let count = i128::from(last(fields, 1).map_or(Some(0), unsigned)?);
    // Observations of NaN are in no bucket.
    let fits = if double(last(fields, 2))?.is_nan() { observed <= count } else { observed == count };
    if !fits {
        report.here(Rule::NativeCount, format!("{family} has {observed} observations in buckets, _count is {count}"));
    }
    Some(())
}

/// Checks the buckets of one sign; the observations in them.
fn side<'a>(
    family: &str,
    spans: impl Iterator<Item = Value<'a>>,
    deltas: impl Iterator<Item = Value<'a>>,
    report: &mut Report,
) -> Option<i128> {
    let mut spanned = 0;
    for (at, span) in spans.enumerate() {
        let span = wire::fields(delimited(span)?)?;
        let offset = wire::zigzag(last(&span, 1).map_or(Some(0), unsigned)?);
        if at > 0 && offset < 0 {
            report.here(Rule::NativeSpans, format!("a span of {family} begins in the one before"));
        }
        spanned += u128::from(last(&span, 2).map_or(Some(0), unsigned)?);
    }
    let (mut count, mut observed, mut buckets) = (0, 0, 0);
    for delta in unpacked(deltas)? {
        count += i128::from(delta);
        observed += count;
        buckets += 1;
        if count < 0 {
            report.here(Rule::NativeCount, format!("bucket {buckets} of {family} has {count} observations"));
        }
    }
    if spanned != buckets {
        report.here(Rule::NativeSpans, format!("the spans of {family} are of {spanned} buckets, it has {buckets}"));
    }
    Some(observed)
}

/// Numbers that stand one in each field, or many in one.
fn unpacked<'a>(values: impl Iterator<Item = Value<'a>>) -> Option<Vec<i64>> {
    let mut numbers = Vec::new();
    for value in values {
        match value {
            Value::Varint(value) => numbers.push(wire::zigzag(value)),
            Value::Delimited(mut packed) => {
                while !packed.is_empty() {
                    numbers.push(wire::zigzag(wire::varint(&mut packed)?));
                }
            }
            Value::Fixed32(_) | Value::Fixed64(_) => return None,
        }
    }
    Some(numbers)
}
