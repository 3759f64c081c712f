//! Protobuf pages that are wrong.

use super::Alone;
use crate::Rule;
use crate::messages::{PROTOBUF_TYPE, bytes, delimited, family, float, labels, native, signed, whole};
use crate::responses::typed;

pub(super) fn messages() -> Vec<Alone> {
    let page = |families: &[Vec<u8>]| typed(PROTOBUF_TYPE, families.concat());
    let one = |family: Vec<u8>| page(&[family]);
    let gauge = |labels: Vec<u8>| one(family("x", 1, &[[labels, bytes(2, float(1, 1.0))].concat()]));
    let counter = |value| one(family("x_total", 0, &[bytes(3, float(1, value))]));
    let up = family("up", 1, &[bytes(2, float(1, 1.0))]);
    let metric = || bytes(4, bytes(2, float(1, 1.0)));
    let labelled = |value| [labels(&[("a", value)]), bytes(2, float(1, 1.0))].concat();
    let created =
        |timestamp: Vec<u8>| one(family("x_total", 0, &[bytes(3, [float(1, 1.0), bytes(3, timestamp)].concat())]));
    vec![
        (Rule::ContentType, "a type without the message's name", typed("application/vnd.google.protobuf", &up)),
        (Rule::Empty, "no message", page(&[])),
        (Rule::Empty, "a family without metrics", one(family("x", 1, &[]))),
        (Rule::Malformed, "a message that breaks off", page(&[up.clone(), up[..up.len() - 1].to_vec()])),
        (Rule::Malformed, "a gauge that is a counter", page(&[up.clone(), family("x", 1, &[bytes(3, float(1, 1.0))])])),
        (Rule::Malformed, "a metric without a value", page(&[up.clone(), family("x", 1, &[vec![]])])),
        (Rule::Malformed, "a value that is an integer", page(&[up.clone(), family("x", 1, &[bytes(2, whole(1, 1))])])),
        (Rule::Malformed, "a start with a billion nanoseconds", created(whole(2, 1_000_000_000))),
        (Rule::Utf8, "a label value", gauge(labels_of(b"a", b"\xff"))),
        (Rule::TypeMissing, "a family without a type", {
            one(delimited([bytes(1, "x_total"), bytes(2, "x"), bytes(4, bytes(3, float(1, 1.0)))].concat()))
        }),
        (Rule::TypeWord, "a type that there is not", page(&[up.clone(), family("x", 6, &[])])),
        (Rule::HelpMissing, "a family without help", one(delimited([bytes(1, "x"), whole(3, 1), metric()].concat()))),
        (Rule::MetadataTwice, "a second message with another help", {
            let second = [bytes(1, "up"), bytes(2, "Up."), whole(3, 1), bytes(4, labelled("2"))].concat();
            page(&[family("up", 1, &[labelled("1")]), delimited(second)])
        }),
        (Rule::FamilySplit, "a family that goes on after another", {
            page(&[family("x", 1, &[labelled("1")]), up.clone(), family("x", 1, &[labelled("2")])])
        }),
        (Rule::MetricName, "a dash", one(family("x-y", 1, &[bytes(2, float(1, 1.0))]))),
        (Rule::LabelName, "a dash", gauge(labels(&[("a-b", "1")]))),
        (Rule::LabelName, "__name__", gauge(labels(&[("__name__", "y")]))),
        (Rule::DuplicateLabel, "twice with another value", gauge(labels(&[("a", "1"), ("a", "2")]))),
        (Rule::DuplicateSeries, "in two messages", page(&[up.clone(), up.clone()])),
        (Rule::CounterTotal, "a counter", one(family("x", 0, &[bytes(3, float(1, 1.0))]))),
        (Rule::CounterValue, "below 0", counter(-1.0)),
        (Rule::CounterValue, "NaN", counter(f64::NAN)),
        (Rule::Timestamp, "a gauge", one(family("x", 1, &[[bytes(2, float(1, 1.0)), whole(6, 1)].concat()]))),
    ]
}

pub(super) fn histograms() -> Vec<Alone> {
    let histogram = |fields: &[Vec<u8>]| typed(PROTOBUF_TYPE, family("t", 4, &[bytes(7, fields.concat())]));
    let bucket = |bound, count| bytes(3, [whole(1, count), float(2, bound)].concat());
    let quantile = |quantile| bytes(3, [float(1, quantile), float(2, 1.0)].concat());
    let summary = |quantiles: Vec<u8>| typed(PROTOBUF_TYPE, family("t", 2, &[bytes(4, quantiles)]));
    // The fields of a good native histogram, one of them another.
    let with = |at: usize, field: Vec<u8>| {
        let mut fields = native();
        fields[at] = field;
        histogram(&fields)
    };
    let span = |offset, length| bytes(12, [signed(1, offset), whole(2, length)].concat());
    vec![
        (Rule::BucketOrder, "falling bounds", histogram(&[whole(1, 1), bucket(2.0, 1), bucket(1.0, 1)])),
        (Rule::BucketBound, "NaN", histogram(&[whole(1, 1), bucket(f64::NAN, 1)])),
        (Rule::BucketCumulative, "falling counts", histogram(&[whole(1, 2), bucket(1.0, 2), bucket(2.0, 1)])),
        (Rule::BucketCumulative, "a count that is smaller", histogram(&[whole(1, 1), bucket(1.0, 2)])),
        (Rule::BucketCount, "+Inf that is not the count", histogram(&[whole(1, 2), bucket(f64::INFINITY, 1)])),
        (Rule::CounterValue, "a negative sum", histogram(&[whole(1, 1), float(2, -1.0)])),
        (Rule::Quantile, "above 1", summary(quantile(1.5))),
        (Rule::NativeSchema, "finer than there is", with(2, signed(5, 9))),
        (Rule::NativeSchema, "coarser than there is", with(2, signed(5, -5))),
        (Rule::NativeSpans, "a span that is too long", with(5, span(1, 4))),
        (Rule::NativeSpans, "no span", with(5, vec![])),
        (Rule::NativeSpans, "a span within the one before", with(5, [span(1, 1), span(-1, 2)].concat())),
        (Rule::NativeCount, "a count that is too large", with(0, whole(1, 5))),
        (Rule::NativeCount, "a bucket below 0", with(7, bytes(13, [3, 11]))),
        (Rule::NativeHidden, "a schema alone", histogram(&[signed(5, 3)])),
    ]
}

/// One label of any bytes.
fn labels_of(name: &[u8], value: &[u8]) -> Vec<u8> {
    bytes(1, [bytes(1, name), bytes(2, value)].concat())
}
