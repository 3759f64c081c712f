//! Families with names, labels and values from anywhere: what is not refused makes a page without a defect in every format.

#![no_main]

use arbitrary::{Arbitrary, Result, Unstructured};
use exposition::parse::{Family, Metric, MetricValue};
use exposition::{Kind, Number};
use fuzz::round_trip;
use libfuzzer_sys::fuzz_target;

#[derive(Debug)]
struct Page(Vec<Family>);

fuzz_target!(|page: Page| round_trip(&page.0, &[]));

impl<'a> Arbitrary<'a> for Page {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        u.arbitrary_iter::<Staged>()?.map(|family| Ok(family?.0)).collect::<Result<_>>().map(Page)
    }
}

struct Staged(Family);

impl<'a> Arbitrary<'a> for Staged {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let kind = *u.choose(&[Kind::Counter, Kind::Gauge, Kind::Histogram, Kind::Summary, Kind::Untyped])?;
        let name = name(u, &NAMES)?;
        // A family without help is a defect that the one who declares it makes.
        let help = Some(format!("{}.", u.arbitrary::<&str>()?));
        let metrics = (0..u.int_in_range(0..=4)?).map(|_| metric(u, kind)).collect::<Result<_>>()?;
        Ok(Staged(Family { name, help, kind, metrics }))
    }
}

/// Names that are each other's suffixes, and others.
const NAMES: [&str; 16] = [
    "a",
    "a_total",
    "a_total_total",
    "a_bucket",
    "a_count",
    "a_sum",
    "a_count_total",
    "a_bucket_sum",
    "a_info",
    "_total",
    "_",
    ":",
    "b",
    "b_total",
    "EOF",
    "HELP",
];
const LABELS: [&str; 8] = ["a", "b", "le", "quantile", "__name__", "__a", "_", "le_"];

fn name(u: &mut Unstructured<'_>, known: &[&str]) -> Result<String> {
    Ok(if u.ratio(9, 10)? { u.choose(known)?.to_string() } else { u.arbitrary()? })
}

fn metric(u: &mut Unstructured<'_>, kind: Kind) -> Result<Metric> {
    let labels = (0..u.int_in_range(0..=3)?).map(|_| Ok((name(u, &LABELS)?, u.arbitrary()?))).collect::<Result<_>>()?;
    // Sometimes of another kind than the family.
    let kind = if u.ratio(1, 16)? { Kind::Histogram } else { kind };
    let value = match kind {
        Kind::Counter => MetricValue::Number(match u.arbitrary()? {
            true => Number::Float(counted(float(u)?)),
            false => Number::Integer(u.arbitrary()?),
        }),
        Kind::Gauge | Kind::Untyped => MetricValue::Number(match u.arbitrary()? {
            true => Number::Float(float(u)?),
            false => Number::Integer(u.arbitrary()?),
        }),
        Kind::Histogram => {
            let mut points: Vec<(f64, u64)> = points(u, |u| u.arbitrary())?;
            // In any other order they are refused, and so they are at times.
            if u.ratio(7, 8)? {
                points.sort_by(|a, b| a.0.total_cmp(&b.0));
                let mut counts: Vec<u64> = points.iter().map(|point| point.1).collect();
                counts.sort_unstable();
                points.iter_mut().zip(counts).for_each(|(point, count)| point.1 = count);
            }
            let count = if u.arbitrary()? { u64::MAX } else { u.arbitrary()? };
            MetricValue::Histogram { buckets: points, sum: counted(float(u)?), count }
        }
        Kind::Summary => {
            let mut points = points(u, float)?;
            // Beyond 1 they are a defect that the source makes.
            points.iter_mut().for_each(|point| point.0 = if point.0 == 1.0 { 1.0 } else { point.0.fract() });
            points.retain(|point| point.0 >= 0.0);
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            MetricValue::Summary { quantiles: points, sum: counted(float(u)?), count: u.arbitrary()? }
        }
    };
    Ok(Metric { labels, value, timestamp_ms: None })
}

fn points<T>(
    u: &mut Unstructured<'_>,
    mut value: impl FnMut(&mut Unstructured<'_>) -> Result<T>,
) -> Result<Vec<(f64, T)>> {
    (0..u.int_in_range(0..=5)?).map(|_| Ok((float(u)?, value(u)?))).collect()
}

/// Floats at which a spelling can go wrong.
const FLOATS: [f64; 16] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    0.000_1,
    0.000_099,
    999_999.5,
    1e6,
    9_007_199_254_740_992.0,
    1e21,
    f64::MAX,
    5e-324,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
];

fn float(u: &mut Unstructured<'_>) -> Result<f64> {
    if u.arbitrary()? { u.choose(&FLOATS).copied() } else { u.arbitrary() }
}

/// What a counter can be: a value below 0 or none at all is a defect that its source makes.
fn counted(value: f64) -> f64 {
    if value.is_finite() { value.abs() } else { 0.0 }
}
