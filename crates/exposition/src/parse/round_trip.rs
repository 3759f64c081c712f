//! What the encoders write is read back as it was.

use proptest::prelude::*;

use super::{Family, Metric, MetricValue, parse_openmetrics, parse_text};
use crate::{Escaping, Families, Format, Histogram, Kind, Number, Summary};

proptest! {
    #[test]
    fn any_page_in_both_formats(
        families in [Kind::Counter, Kind::Gauge, Kind::Histogram, Kind::Summary, Kind::Untyped].map(any_family),
    ) {
        let mut page = staged(&families);
        let (mut text, mut openmetrics) = (Vec::new(), Vec::new());
        Format::Text.encode(&mut page, &mut text);
        Format::OpenMetrics(Escaping::Underscores).encode(&mut page, &mut openmetrics);
        prop_assert_eq!(parse_text(&text), Ok(families.to_vec()));
        prop_assert_eq!(parse_openmetrics(&openmetrics), Ok(families.to_vec()));
    }
}

fn staged(families: &[Family]) -> Families {
    let mut page = Families::default();
    for Family { name, help, kind, metrics } in families {
        let id = page.family(name, help.as_deref().unwrap_or_default(), *kind).unwrap();
        for Metric { labels, value, .. } in metrics {
            let labels: Vec<_> = labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            match *value {
                MetricValue::Number(value) => page.sample(id, &labels, value),
                MetricValue::Histogram { ref buckets, sum, count } => {
                    page.histogram(id, &labels, &Histogram { buckets, sum, count });
                }
                MetricValue::Summary { ref quantiles, sum, count } => {
                    page.summary(id, &labels, &Summary { quantiles, sum, count });
                }
            }
        }
    }
    assert_eq!(page.refused().total(), 0, "{families:?}");
    page
}

/// A family called `counter_total`, `gauge_total` …, so that the five are in the order of the page.
fn any_family(kind: Kind) -> impl Strategy<Value = Family> {
    let readable = |help: &String| !help.is_empty() && !help.starts_with([' ', '\t']);
    let help = prop::option::of(any_text().prop_filter("blanks before a help are not part of it", readable));
    let metrics = prop::collection::vec((any_text(), any_value(kind)), 1..4);
    (help, metrics).prop_map(move |(help, metrics)| Family {
        name: format!("{kind:?}_total").to_lowercase(),
        help,
        kind,
        metrics: (0..)
            .zip(metrics)
            .map(|(index, (text, value)): (u32, _)| Metric {
                labels: vec![("index".to_owned(), index.to_string()), ("text".to_owned(), text)],
                value,
                timestamp_ms: None,
            })
            .collect(),
    })
}

fn any_value(kind: Kind) -> BoxedStrategy<MetricValue> {
    let bounds = prop::collection::btree_set(-9_000..9_000_000, 0..6)
        .prop_map(|bounds| bounds.into_iter().map(|bound| f64::from(bound) / 8.0));
    match kind {
        Kind::Counter | Kind::Gauge | Kind::Untyped => any_number().prop_map(MetricValue::Number).boxed(),
        Kind::Histogram => (bounds, any::<[u64; 6]>(), any::<f64>())
            .prop_map(|(bounds, mut counts, sum)| {
                counts.sort_unstable();
                MetricValue::Histogram { buckets: bounds.zip(counts).collect(), sum, count: counts[5] }
            })
            .boxed(),
        Kind::Summary => (bounds, any::<[f64; 6]>(), any::<f64>(), any::<u64>())
            .prop_map(|(bounds, values, sum, count)| MetricValue::Summary {
                quantiles: bounds.zip(values).collect(),
                sum,
                count,
            })
            .boxed(),
    }
}

fn any_number() -> impl Strategy<Value = Number> {
    let float = prop_oneof![any::<f64>(), Just(f64::INFINITY), Just(f64::NEG_INFINITY), (-1000..0).prop_map(f64::from)];
    let stays_float = |value: &f64| value.fract() != 0.0 || *value < 0.0 || *value > 1e16;
    prop_oneof![
        any::<u64>().prop_map(Number::Integer),
        float.prop_filter("a whole number is read as an integer", stays_float).prop_map(Number::Float),
    ]
}

fn any_text() -> impl Strategy<Value = String> {
    prop::collection::vec(prop_oneof![any::<char>(), prop::sample::select(vec!['"', '\\', '\n', 'n', '}', ','])], 0..8)
        .prop_map(String::from_iter)
}
