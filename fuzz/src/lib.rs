//! What targets share: families as they are staged and must be read back, and the writers of OTLP's tests.

#[path = "../../crates/otlp/tests/it/describe.rs"]
mod describe;
pub mod otlp;
#[path = "../../crates/otlp/tests/it/wire.rs"]
mod wire;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use exposition::parse::{Family, Metric, MetricValue, ParseError, parse_openmetrics, parse_text};
use exposition::{Escaping, Families, Format, Histogram, Kind, Number, Summary, gzip};
use testkit::messages::PROTOBUF_TYPE;
use testkit::responses::{coded, openmetrics, text, typed};
use testkit::{Rule, Validator};

thread_local! {
    /// One for all inputs, as an exporter has one for all scrapes.
    static PAGE: RefCell<Families> = RefCell::default();
}

/// Stages `families`, writes what was not refused in every format, and reads it back.
///
/// Panics when a page has a defect that is not of `allowed`, or says something else than was staged.
pub fn round_trip(families: &[Family], allowed: &[Rule]) {
    let [mut classic, mut other, mut messages] = [const { Vec::new() }; 3];
    let (accepted, opened) = PAGE.with_borrow_mut(|page| {
        page.clear();
        let staged = staged(families, page);
        Format::Text.encode(page, &mut classic);
        Format::OpenMetrics(Escaping::Underscores).encode(page, &mut other);
        Format::Protobuf(Escaping::Underscores).encode(page, &mut messages);
        staged
    });
    if accepted.is_empty() {
        return;
    }

    // Names and labels are whatever was given. The validator looks through its lists for each family, so they are short.
    let names =
        |wanted: fn(&&Family) -> bool| accepted.iter().filter(wanted).map(|family| family.name.as_str()).collect();
    let without_total: Vec<&str> = names(|family| family.kind == Kind::Counter && !family.name.ends_with("_total"));
    let varying_labels: Vec<&str> = names(|family| family.metrics.len() > 1);
    let validator =
        Validator { without_total: &without_total, varying_labels: &varying_labels, ..Validator::default() };
    let mut compressed = Vec::new();
    gzip(&classic, &mut compressed);
    for response in [text(&classic), coded("gzip", compressed), openmetrics(&other), typed(PROTOBUF_TYPE, &messages)] {
        let mut defects = validator.check(&response, None);
        defects.retain(|defect| !allowed.contains(&defect.rule));
        assert!(defects.is_empty(), "{defects:#?} in\n{}", String::from_utf8_lossy(&response));
    }

    let trimmed = |help: String| Some(help.trim_start_matches([' ', '\t']).to_owned()).filter(|help| !help.is_empty());
    let expected =
        accepted.iter().map(|family| Family { help: family.help.clone().and_then(trimmed), ..family.clone() });
    assert_same(&parse_text(&classic), expected.collect(), &classic);

    let expected = accepted.iter().map(|family| {
        let bare = family.name.strip_suffix("_total");
        let is_counter =
            bare.is_some_and(|bare| !bare.is_empty() && !bare.ends_with("_total") && !opened.contains(bare));
        let kind = if family.kind == Kind::Counter && !is_counter { Kind::Untyped } else { family.kind };
        Family { kind, ..family.clone() }
    });
    assert_same(&parse_openmetrics(&other), expected.collect(), &other);
}

/// Stages `families`; what was not refused as it must be read back, by name, and the names that were opened.
fn staged(families: &[Family], page: &mut Families) -> (Vec<Family>, BTreeSet<String>) {
    let mut accepted: BTreeMap<&str, Family> = BTreeMap::new();
    for Family { name, help, kind, metrics } in families {
        let Some(id) = page.family(name, help.as_deref().unwrap_or_default(), *kind) else { continue };
        let help = help.clone().filter(|help| !help.is_empty());
        let family =
            accepted.entry(name).or_insert_with(|| Family { name: name.clone(), help, kind: *kind, metrics: vec![] });
        for metric in metrics {
            let refused = page.refused().total();
            let labels: Vec<_> = metric.labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            match &metric.value {
                MetricValue::Number(value) => page.sample(id, &labels, *value),
                MetricValue::Histogram { buckets, sum, count } => {
                    page.histogram(id, &labels, &Histogram { buckets, sum: *sum, count: *count });
                }
                MetricValue::Summary { quantiles, sum, count } => {
                    page.summary(id, &labels, &Summary { quantiles, sum: *sum, count: *count });
                }
            }
            if page.refused().total() == refused {
                family.metrics.push(as_read(metric));
            }
        }
    }
    let opened = accepted.keys().map(|name| (*name).to_owned()).collect();
    let mut accepted: Vec<Family> = accepted.into_values().collect();
    accepted.retain(|family| !family.metrics.is_empty());
    (accepted, opened)
}

/// Labels come back sorted, whole floats as integers, bounds of −0 as 0; timestamps are not written.
fn as_read(metric: &Metric) -> Metric {
    let mut metric = Metric { timestamp_ms: None, ..metric.clone() };
    metric.labels.sort();
    match &mut metric.value {
        MetricValue::Number(number) => {
            if let Number::Float(value) = *number
                && (0.0..9_007_199_254_740_992.0).contains(&value)
                && value.fract() == 0.0
                && value.is_sign_positive()
            {
                *number = Number::Integer(value as u64);
            }
        }
        MetricValue::Histogram { buckets, .. } => buckets.iter_mut().for_each(|(bound, _)| *bound += 0.0),
        MetricValue::Summary { quantiles, .. } => quantiles.iter_mut().for_each(|(quantile, _)| *quantile += 0.0),
    }
    metric
}

/// By what they print, which tells −0 from 0 and takes one NaN for another.
fn assert_same(read: &Result<Vec<Family>, ParseError>, expected: Vec<Family>, page: &[u8]) {
    let expected = Ok(expected);
    if *read != expected {
        let (read, expected) = (format!("{read:#?}"), format!("{expected:#?}"));
        assert!(read == expected, "read {read}\nstaged {expected}\nfrom\n{}", String::from_utf8_lossy(page));
    }
}
