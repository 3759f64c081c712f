//! From the messages of a protobuf page to its families.
//!
//! Each message counts as a line, and each metric's parts become the samples that they are in text, so that the rules of
//! families, histograms and series need not know where a page came from. Exemplars and units are not looked at.

use super::field::{delimited, double, last, repeated, unsigned};
use super::format::{Format, Kind};
use super::line::{self, Sample};
use super::native;
use super::reader::Page;
use super::wire::{self, Value};
use super::{Report, Rule, number};

/// Reads a body of delimited `io.prometheus.client.MetricFamily` messages.
pub(super) fn read(mut body: &[u8], report: &mut Report) -> Page {
    let mut page = Page::new(Format::Protobuf);
    report.line = 0;
    while !body.is_empty() {
        report.line += 1;
        let Some(message) = wire::delimited(&mut body) else {
            report.here(Rule::Malformed, "the message is longer than the rest of the page");
            break;
        };
        if family(message, &mut page, report).is_none() {
            report.here(Rule::Malformed, "the message is no MetricFamily");
        }
    }
    report.line = 0;
    page
}

/// Takes one message; `None` if it, or one in it, is none of the format's.
fn family(message: &[u8], page: &mut Page, report: &mut Report) -> Option<()> {
    let (mut name, mut help, mut word, mut metrics) = (String::new(), None, None, Vec::new());
    for (number, value) in wire::fields(message)? {
        match number {
            1 => name = text(value, report)?,
            2 => help = Some(text(value, report)?),
            3 => word = Some(unsigned(value)?),
            4 => metrics.push(delimited(value)?),
            _ => {}
        }
    }
    line::check_metric_name(&name, report);
    // What says nothing is a counter.
    let kind = kind(word.unwrap_or(0));
    if kind.is_none() {
        report.here(Rule::TypeWord, format!("{name} has the type {}", word.unwrap_or(0)));
    }
    let index = page.find_or_insert(name, report.line);
    let is_first = page.families[index].line == report.line;
    let family = page.enter(index, report);
    let word = word.and(kind).map(|(_, word)| word.to_owned());
    if !is_first && (family.word != word || family.help != help) {
        report.here(Rule::MetadataTwice, format!("{} has another type or help than before", family.name));
    }
    (family.kind, family.word, family.help) = (kind.map(|(kind, _)| kind), word, help);
    let Some((kind, _)) = kind else { return Some(()) };
    for message in metrics {
        metric(message, report)?.samples(&family.name, kind, report, &mut family.samples)?;
    }
    Some(())
}

/// The types by their numbers, with their words in text.
fn kind(number: u64) -> Option<(Kind, &'static str)> {
    Some(match number {
        0 => (Kind::Counter, "counter"),
        1 => (Kind::Gauge, "gauge"),
        2 => (Kind::Summary, "summary"),
        3 => (Kind::Untyped, "untyped"),
        4 => (Kind::Histogram, "histogram"),
        5 => (Kind::GaugeHistogram, "gaugehistogram"),
        _ => return None,
    })
}

/// One metric, its value not yet looked at.
#[derive(Default)]
struct Metric<'a> {
    labels: Vec<(String, String)>,
    /// Its values by the number of their field.
    values: Vec<(u64, &'a [u8])>,
}

fn metric<'a>(message: &'a [u8], report: &mut Report) -> Option<Metric<'a>> {
    let mut metric = Metric::default();
    for (number, value) in wire::fields(message)? {
        match number {
            1 => {
                let (name, value) = label(delimited(value)?, report)?;
                line::check_label_name(&name, &metric.labels, report);
                metric.labels.push((name, value));
            }
            2..=5 | 7 => metric.values.push((number, delimited(value)?)),
            6 => report.here(Rule::Timestamp, format!("a metric has the timestamp {}", unsigned(value)?)),
            _ => {}
        }
    }
    Some(metric)
}

fn label(message: &[u8], report: &mut Report) -> Option<(String, String)> {
    let mut label = (String::new(), String::new());
    for (number, value) in wire::fields(message)? {
        match number {
            1 => label.0 = text(value, report)?,
            2 => label.1 = text(value, report)?,
            _ => {}
        }
    }
    Some(label)
}

impl Metric<'_> {
    /// Appends what the metric is in text; `None` if it has not the one value that its type asks for.
    fn samples(self, family: &str, kind: Kind, report: &mut Report, samples: &mut Vec<Sample>) -> Option<()> {
        let [(field, value)] = self.values[..] else { return None };
        let expected = match kind {
            Kind::Gauge => 2,
            Kind::Counter => 3,
            Kind::Summary => 4,
            Kind::Untyped => 5,
            Kind::Histogram | Kind::GaugeHistogram => 7,
            Kind::Info | Kind::StateSet => return None,
        };
        if field != expected {
            return None;
        }
        let fields = wire::fields(value)?;
        if field == 7 {
            native::check(family, &fields, report)?;
        }
        let mut push = |ending: &str, bound: Option<(&str, f64)>, value: f64| {
            let mut labels = self.labels.clone();
            labels.extend(bound.map(|(name, bound)| (name.to_owned(), number::canonical(bound))));
            let name = format!("{family}{ending}");
            let text = format!("{name}{labels:?}");
            samples.push(Sample { line: report.line, text, name, labels, value: Some(value), has_exemplar: false });
        };
        match field {
            2 | 3 | 5 => push("", None, double(last(&fields, 1))?),
            4 => {
                for quantile in repeated(&fields, 3) {
                    let quantile = wire::fields(delimited(quantile)?)?;
                    push("", Some(("quantile", double(last(&quantile, 1))?)), double(last(&quantile, 2))?);
                }
                push("_sum", None, double(last(&fields, 2))?);
                push("_count", None, count(last(&fields, 1))?);
            }
            _ => {
                let all = count(last(&fields, 1))?;
                let mut bound = f64::NEG_INFINITY;
                for bucket in repeated(&fields, 3) {
                    let bucket = wire::fields(delimited(bucket)?)?;
                    bound = double(last(&bucket, 2))?;
                    push("_bucket", Some(("le", bound)), count(last(&bucket, 1))?);
                }
                // It may be left out, as it is the count.
                if bound != f64::INFINITY {
                    push("_bucket", Some(("le", f64::INFINITY)), all);
                }
                let [sum, count] = if kind == Kind::GaugeHistogram { ["_gsum", "_gcount"] } else { ["_sum", "_count"] };
                push(sum, None, double(last(&fields, 2))?);
                push(count, None, all);
            }
        }
        let created = if field == 7 { last(&fields, 15) } else { last(&fields, field) };
        match created.filter(|_| matches!(field, 3 | 4 | 7)) {
            Some(timestamp) => check_timestamp(delimited(timestamp)?),
            None => Some(()),
        }
    }
}

/// Seconds and nanoseconds below a second.
fn check_timestamp(message: &[u8]) -> Option<()> {
    let fields = wire::fields(message)?;
    let nanoseconds = last(&fields, 2).map_or(Some(0), unsigned)?;
    (nanoseconds < 1_000_000_000).then_some(())
}

fn text(value: Value<'_>, report: &mut Report) -> Option<String> {
    let bytes = delimited(value)?;
    if std::str::from_utf8(bytes).is_err() {
        report.here(Rule::Utf8, "a text is not UTF-8");
    }
    Some(String::from_utf8_lossy(bytes).into_owned())
}

fn count(value: Option<Value<'_>>) -> Option<f64> {
    value.map_or(Some(0), unsigned).map(|count| count as f64)
}
