//! A store that changes while pages of it are written in every format: whatever it takes makes pages without a defect.

#![no_main]

use arbitrary::{Arbitrary, Result, Unstructured};
use exposition::{
    Cursor, Escaping, ExponentialBuckets, ExponentialValue, Format, HistogramValue, Kind, Number, SeriesId, Store,
    SummaryValue, Value,
};
use libfuzzer_sys::fuzz_target;
use testkit::messages::PROTOBUF_TYPE;
use testkit::responses::{openmetrics, text, typed};
use testkit::{Rule, Validator};

#[derive(Debug, Arbitrary)]
enum Step<'a> {
    Family { name: u8, kind: u8, help: &'a str },
    Add { family: u8, label: &'a str, created: u8, value: Amount },
    Set { series: u8, value: Amount },
    Remove { series: u8 },
    RemoveFamily { family: u8 },
    Piece { limit: u16 },
}

/// A value, and what a family of another kind makes of it.
#[derive(Debug)]
struct Amount([Option<Value>; 4]);

const NAMES: [&str; 12] = [
    "a",
    "a_total",
    "a_total_total",
    "a_bucket",
    "a_count",
    "a_sum",
    "a_count_total",
    "b",
    "b_total",
    "_total",
    "2",
    "c",
];
const KINDS: [Kind; 5] = [Kind::Counter, Kind::Gauge, Kind::Histogram, Kind::Summary, Kind::Untyped];
const FORMATS: [Format; 3] =
    [Format::Text, Format::OpenMetrics(Escaping::Underscores), Format::Protobuf(Escaping::Underscores)];

fuzz_target!(|steps: Vec<Step<'_>>| {
    let mut store = Store::default();
    // Series by their families' names, as removing a family removes them.
    let mut series: Vec<(usize, SeriesId)> = Vec::new();
    let mut pages = FORMATS.map(|format| (format, Cursor::new(format, Some(100)), Vec::new()));
    let mut added = 0_u32;
    for step in steps {
        match step {
            Step::Family { name, kind, help } => {
                let kind = KINDS[usize::from(kind) % KINDS.len()];
                let _ = store.family(NAMES[usize::from(name) % NAMES.len()], &format!("{help}."), kind);
            }
            Step::Add { family, label, created, value } => {
                let at = usize::from(family) % NAMES.len();
                let Some((family, kind)) = store.find(NAMES[at]) else { continue };
                let Some(value) = value.of(kind) else { continue };
                added += 1;
                let labels = [("label", label), ("number", &*added.to_string())];
                series.push((at, store.add(family, &labels, created.into(), value).expect("all of it is good")));
            }
            Step::Set { series: at, value } => {
                let Some((family, id)) = series.get(usize::from(at)) else { continue };
                let (_, kind) = store.find(NAMES[*family]).expect("its series is there");
                // At times of another kind, which is not taken.
                let Some(value) = value.of(kind).or(value.of(Kind::Gauge)) else { continue };
                store.set(*id, value);
            }
            Step::Remove { series: at } if usize::from(at) < series.len() => {
                store.remove(series.remove(usize::from(at)).1);
            }
            Step::Remove { .. } => {}
            Step::RemoveFamily { family } => {
                let at = usize::from(family) % NAMES.len();
                if let Some((family, _)) = store.find(NAMES[at]) {
                    store.remove_family(family);
                    series.retain(|(family, _)| *family != at);
                }
            }
            Step::Piece { limit } => {
                for (_, cursor, page) in &mut pages {
                    store.write(cursor, page, limit.into());
                }
            }
        }
        assert_eq!(store.len(), series.len());
    }
    for (format, mut cursor, mut page) in pages {
        while store.write(&mut cursor, &mut page, 100) {}
        format.end(&mut page);
        check(format, &page);
    }
});

fn check(format: Format, page: &[u8]) {
    let response = match format {
        Format::Text => text(page),
        Format::OpenMetrics(_) => openmetrics(page),
        Format::Protobuf(_) => typed(PROTOBUF_TYPE, page),
    };
    let validator = Validator { without_total: &NAMES, ..Validator::default() };
    let mut defects = validator.check(&response, None);
    defects.retain(|defect| defect.rule != Rule::Empty);
    assert!(defects.is_empty(), "{defects:#?} in\n{}", String::from_utf8_lossy(page));
}

impl Amount {
    fn of(&self, kind: Kind) -> Option<Value> {
        let [counter, gauge, histogram, summary] = &self.0;
        match kind {
            Kind::Counter => counter.clone(),
            Kind::Gauge | Kind::Untyped => gauge.clone(),
            Kind::Histogram => histogram.clone(),
            Kind::Summary => summary.clone(),
        }
    }
}

impl<'a> Arbitrary<'a> for Amount {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let nanos = u.int_in_range(0..=999_999_999)?;
        let units: i64 = u.arbitrary()?;
        let float: f64 = u.arbitrary()?;
        let sum = if float.is_finite() { float.abs() } else { 0.0 };
        let counter = Number::Decimal { units: units.saturating_abs(), nanos };
        let gauge = if u.arbitrary()? { Number::Float(float) } else { Number::Decimal { units, nanos } };
        let histogram = if u.arbitrary()? {
            let bounds: Vec<f64> = u.arbitrary()?;
            let counts = (0..=bounds.len()).map(|_| u.arbitrary()).collect::<Result<Vec<u64>>>()?;
            HistogramValue::new(&bounds, &counts, sum).map(Value::from)
        } else {
            let [positive, negative] = [buckets(u)?, buckets(u)?];
            let threshold = if u.arbitrary()? { 0.0 } else { float };
            ExponentialValue::new(u.int_in_range(-11..=21)?, threshold, u.arbitrary()?, positive, negative, sum)
                .map(Value::from)
        };
        let summary = SummaryValue::new(&[(0.5, float), (1.0, float)], sum, u.arbitrary()?).map(Value::from);
        Ok(Amount([Some(counter.into()), Some(gauge.into()), histogram, summary]))
    }
}

fn buckets(u: &mut Unstructured<'_>) -> Result<ExponentialBuckets> {
    let offset = if u.arbitrary()? { u.int_in_range(-2000..=2000)? } else { u.arbitrary()? };
    let counts: Vec<u64> = u.arbitrary::<[u16; 8]>()?.map(u64::from).into();
    let counts = counts[..u.int_in_range(0..=8)?].into();
    Ok(ExponentialBuckets { offset, counts })
}
