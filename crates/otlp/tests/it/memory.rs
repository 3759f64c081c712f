//! A decoded request takes the memory that the limits say and no more, however its bytes are chosen.

use otlp::{Encoding, Limits};

use crate::captures::fixtures;
use crate::protobuf::within;

/// What a request of so many bytes may take: the tree, and half as much for moments.
fn bound(length: usize) -> u64 {
    let tree = (65_536 + 16 * length).min(Limits::default().memory);
    (tree + tree / 2) as u64
}

fn check(name: &str, bytes: &[u8], encoding: Encoding) {
    let limits = Limits::default();
    let within_bound = |read: &dyn Fn()| {
        let measured = allocation_counter::measure(read);
        assert!(measured.bytes_max <= bound(bytes.len()), "{name}: {measured:?} for {} bytes", bytes.len());
        assert_eq!(measured.bytes_current, 0, "{name}");
    };
    within_bound(&|| drop(otlp::metrics(bytes, encoding, &limits)));
    within_bound(&|| drop(otlp::logs(bytes, encoding, &limits)));
    within_bound(&|| drop(otlp::traces(bytes, encoding, &limits)));
}

#[test]
fn real_requests() {
    for (name, bytes) in fixtures("") {
        let encoding = if name.ends_with(".json") { Encoding::Json } else { Encoding::Protobuf };
        check(&name, &bytes, encoding);
    }
}

// Elements of two bytes each, wherever a list is: resources, scopes, metrics, points of every type, exemplars,
// quantiles, events, links, attributes, values; and text of bytes each of which becomes three.
#[test]
fn tiny_elements_in_protobuf() {
    for count in [10, 1_000, 30_000, 300_000] {
        for (path, element) in [
            (&[][..], 1),
            (&[1], 2),
            (&[1, 2], 2),
            (&[1, 2, 2, 5], 1),
            (&[1, 2, 2, 7], 1),
            (&[1, 2, 2, 9], 1),
            (&[1, 2, 2, 10], 1),
            (&[1, 2, 2, 11], 1),
            (&[1, 2, 2, 5, 1], 5),
            (&[1, 2, 2, 9, 1], 8),
            (&[1, 2, 2, 11, 1], 6),
            (&[1, 2, 2], 11),
            (&[1, 2, 2], 13),
            (&[1, 1], 1),
            (&[1, 1, 1, 2, 5], 1),
            (&[1, 1, 1, 2, 6], 1),
        ] {
            let request = within(path, &[element << 3 | 2, 0].repeat(count));
            check(&format!("{count} of {element} in {path:?}"), &request, Encoding::Protobuf);
        }
        for path in [&[1, 2, 2, 1][..], &[1, 2, 2, 5, 1], &[1, 3], &[1, 2, 2, 10, 1, 8, 2], &[1, 2, 2, 9, 1, 6]] {
            check(&format!("{count} bytes in {path:?}"), &within(path, &b"\x0f\xff".repeat(count)), Encoding::Protobuf);
        }
        // Lists that grow by one again and again.
        check(&format!("{count} gauges"), &within(&[1, 2, 2], &b"\x2a\x02\x0a\x00".repeat(count)), Encoding::Protobuf);
    }
}

// From 4 MiB on no request may take more, however long it is.
#[test]
fn a_long_request() {
    let values = within(&[1, 1, 1, 2, 5], &[10, 0].repeat(3_000_000));
    check("values", &values, Encoding::Protobuf);
    let points = within(&[1, 2, 2, 9], &within(&[1], &[8; 100]).repeat(60_000));
    check("points", &points, Encoding::Protobuf);
}

#[test]
fn tiny_elements_in_json() {
    for count in [10, 1_000, 30_000, 300_000] {
        for (path, element) in [
            ("resourceMetrics[", "{}"),
            ("resourceMetrics[ scopeMetrics[", "{}"),
            ("resourceMetrics[ scopeMetrics[ metrics[", "{}"),
            ("resourceMetrics[ scopeMetrics[ metrics[ gauge dataPoints[", "{}"),
            ("resourceMetrics[ scopeMetrics[ metrics[ exponentialHistogram dataPoints[", "{}"),
            ("resourceMetrics[ scopeMetrics[ metrics[ exponentialHistogram dataPoints[ positive bucketCounts[", "0"),
            ("resourceMetrics[ resource attributes[", "{}"),
            ("resourceMetrics[ resource attributes[ value arrayValue values[", "{}"),
            ("resourceLogs[ scopeLogs[ logRecords[", "{}"),
            ("resourceSpans[ scopeSpans[ spans[ links[", "{}"),
            ("resourceSpans[ scopeSpans[ spans[", "null"),
            ("resourceSpans[", r#"{"schemaUrl":"\n"}"#),
        ] {
            check(&format!("{count} of {path}"), &in_json(path, element, count), Encoding::Json);
        }
        for text in [&b"\xff"[..], b"\\n\xff", br"\\"] {
            let request = [br#"{"resourceLogs":[{"schemaUrl":""#, &*text.repeat(count), br#""}]}"#].concat();
            check(&format!("{count} bytes of text"), &request, Encoding::Json);
        }
    }
}

/// So many elements in a list: the fields on the way to it, those that are lists themselves with a bracket.
fn in_json(path: &str, element: &str, count: usize) -> Vec<u8> {
    let list = vec![element; count].join(",");
    let fields = path.split(' ').rev();
    let request = fields.fold(list, |inner, field| match field.strip_suffix('[') {
        Some(name) => format!("{{\"{name}\":[{inner}]}}"),
        None => format!("{{\"{field}\":{inner}}}"),
    });
    request.into_bytes()
}

#[test]
fn text_without_escapes_is_borrowed() {
    let (_, request) = fixtures("otlp_claude_delta_1.pb").remove(0);
    let mut attributes = 0;
    let measured = allocation_counter::measure(|| {
        let read = otlp::metrics(&request, Encoding::Protobuf, &Limits::default()).unwrap();
        attributes = read.iter().map(|resource| resource.resource.attributes.len()).sum::<usize>();
    });
    // One allocation for each list.
    assert!(measured.count_total < 80, "{measured:?}");
    assert_eq!(attributes, 10);
}
