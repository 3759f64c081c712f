//! Protobuf, delimited: messages of `io.prometheus.client.MetricFamily`, each after its length.
//!
//! Field numbers are those of `io/prometheus/client/metrics.proto` in prometheus/client_model; fields stand in whatever
//! order is easiest, which protobuf leaves open. It is the one format that has native histograms and start timestamps.

pub(crate) mod native;
mod wire;

use crate::desc::Kind;
use crate::families::{Families, Sample};
use crate::labels::pairs;
use crate::lines::Part;
use crate::number::Number;

pub(crate) use native::{Native, Span};
pub(crate) use wire::delimited;

/// Appends every family that has samples, by name.
pub(crate) fn encode(page: &mut Families, out: &mut Vec<u8>) {
    page.sort();
    for &index in &page.order {
        let family = &page.families[index as usize];
        delimited(out, |out| {
            begin(page.name(index), page.text(family.help), family.kind, out);
            let mut samples = page.chain(family);
            while let Some(first) = samples.next() {
                metric(family.kind, pairs(page.text(first.labels)), out, |out| {
                    whole(first, &mut samples, &page.natives, out);
                });
            }
        });
    }
}

/// Every part of a metric: one value, or lines of which the count is the last.
fn whole<'p>(first: &'p Sample, rest: &mut impl Iterator<Item = &'p Sample>, natives: &[Native], out: &mut Vec<u8>) {
    for sample in std::iter::once(first).chain(rest) {
        match sample.part {
            Part::Native(index) => natives[index as usize].write(out),
            kind => part(kind, sample.value, out),
        }
        if matches!(sample.part, Part::Value | Part::Count) {
            return;
        }
    }
}

/// What a family's message begins with: name, help and type.
pub(crate) fn begin(name: &str, help: &str, kind: Kind, out: &mut Vec<u8>) {
    wire::string(1, name, out);
    if !help.is_empty() {
        wire::string(2, help, out);
    }
    let number = match kind {
        Kind::Counter => 0,
        Kind::Gauge => 1,
        Kind::Summary => 2,
        Kind::Untyped => 3,
        Kind::Histogram => 4,
    };
    wire::unsigned(3, number, out);
}

/// A metric of a family's message; `labels` are rendered `name="value"` pairs, `write` appends the fields of its value.
pub(crate) fn metric<'l>(
    kind: Kind,
    labels: impl Iterator<Item = &'l str>,
    out: &mut Vec<u8>,
    write: impl FnOnce(&mut Vec<u8>),
) {
    wire::message(4, out, |out| {
        labels.for_each(|pair| wire::message(1, out, |out| label(pair, out)));
        let field = match kind {
            Kind::Gauge => 2,
            Kind::Counter => 3,
            Kind::Summary => 4,
            Kind::Untyped => 5,
            Kind::Histogram => 7,
        };
        wire::message(field, out, write);
    });
}

/// The fields of a label that was rendered for the text formats.
fn label(pair: &str, out: &mut Vec<u8>) {
    let (name, value) = pair.split_once('=').unwrap_or_default();
    let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or_default();
    wire::string(1, name, out);
    if !value.contains('\\') {
        return wire::string(2, value, out);
    }
    let mut plain = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(char) = chars.next() {
        plain.push(match char {
            '\\' => chars.next().map_or('\\', |escaped| if escaped == 'n' { '\n' } else { escaped }),
            char => char,
        });
    }
    wire::string(2, &plain, out);
}

/// A field of a metric's value. The bucket that has all observations is left out: it is the count.
pub(crate) fn part(part: Part, value: Number, out: &mut Vec<u8>) {
    match part {
        Part::Value => wire::double(1, value.as_f64(), out),
        Part::Bucket(f64::INFINITY) => {}
        Part::Bucket(bound) => wire::message(3, out, |out| {
            wire::unsigned(1, count(value), out);
            wire::double(2, bound + 0.0, out); // A bound of −0 is the bound of 0.
        }),
        Part::Quantile(quantile) => wire::message(3, out, |out| {
            wire::double(1, quantile + 0.0, out);
            wire::double(2, value.as_f64(), out);
        }),
        Part::Sum => wire::double(2, value.as_f64(), out),
        Part::Native(_) => {} // Its value is elsewhere.
        Part::Count => wire::unsigned(1, count(value), out),
    }
}

/// When a counter, histogram or summary began, in nanoseconds since 1970; nothing for other kinds.
pub(crate) fn created(kind: Kind, nanoseconds: u64, out: &mut Vec<u8>) {
    const SECOND: u64 = 1_000_000_000;
    let field = match kind {
        Kind::Counter => 3,
        Kind::Summary => 4,
        Kind::Histogram => 15,
        Kind::Gauge | Kind::Untyped => return,
    };
    wire::message(field, out, |out| {
        wire::unsigned(1, nanoseconds / SECOND, out);
        wire::unsigned(2, nanoseconds % SECOND, out);
    });
}

/// Counts are staged as integers.
fn count(value: Number) -> u64 {
    match value {
        Number::Integer(count) => count,
        Number::Float(_) | Number::Decimal { .. } => 0,
    }
}
