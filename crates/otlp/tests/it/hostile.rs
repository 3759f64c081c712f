//! Requests that mean harm: none panics, overflows the stack or takes long, and each has a refusal or a plain result.

use otlp::{Data, DecodeError, Encoding, Limits, Number};

use crate::protobuf::within;

fn metrics(bytes: &[u8]) -> Result<Vec<otlp::ResourceMetrics<'_>>, DecodeError> {
    otlp::metrics(bytes, Encoding::Protobuf, &Limits::default())
}

fn is_too_many<T: std::fmt::Debug>(read: &Result<T, DecodeError>, expected: &str) -> bool {
    matches!(read, Err(DecodeError::TooMany { what, .. }) if what.contains(expected))
}

/// An array in an array …, as the body of a record.
fn nested_in_protobuf(depth: usize) -> Vec<u8> {
    let body = (0..depth).fold(Vec::new(), |inner, _| within(&[5, 1], &inner));
    within(&[1, 2, 2, 5], &body)
}

fn nested_in_json(depth: usize) -> Vec<u8> {
    let (open, close) = (r#"{"arrayValue":{"values":["#.repeat(depth), "]}}".repeat(depth));
    format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"body":{open}{close}}}]}}]}}]}}"#).into_bytes()
}

#[test]
fn values_nested_a_thousand_deep() {
    for depth in [33, 1_000, 10_000] {
        for limits in [Limits::default(), Limits { depth: usize::MAX, ..Limits::default() }] {
            let (protobuf, json) = (nested_in_protobuf(depth), nested_in_json(depth));
            let protobuf = otlp::logs(&protobuf, Encoding::Protobuf, &limits);
            let json = otlp::logs(&json, Encoding::Json, &limits);
            let is_refused = depth > 128 || limits.depth == 32;
            assert_eq!(is_too_many(&protobuf, "in one another"), is_refused, "{depth}");
            assert_eq!(is_too_many(&json, "in one another"), is_refused, "{depth}");
        }
    }
}

#[test]
fn unknown_fields_nested_deeply() {
    for depth in [64, 65, 128, 129, 100_000] {
        let groups = [b"\x13".repeat(depth), b"\x14".repeat(depth)].concat();
        assert_eq!(metrics(&groups).is_ok(), depth <= 64, "{depth}");
        let text = format!(r#"{{"x":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
        assert_eq!(otlp::metrics(text.as_bytes(), Encoding::Json, &Limits::default()).is_ok(), depth <= 128, "{depth}");
        let text = format!(r#"{{"x":{}1{}}}"#, r#"{"a":"#.repeat(depth), "}".repeat(depth));
        assert_eq!(otlp::metrics(text.as_bytes(), Encoding::Json, &Limits::default()).is_ok(), depth <= 128, "{depth}");
    }
}

#[test]
fn numbers_that_are_none() {
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let point = [&b"\x21"[..], &value.to_le_bytes()].concat();
        let request = within(&[1, 2, 2, 5, 1], &point);
        let request = metrics(&request).unwrap();
        let Data::Gauge(points) = &request[0].scopes[0].metrics[0].data else { panic!("{request:?}") };
        let Number::Double(read) = points[0].value else { panic!("{request:?}") };
        assert_eq!(read.to_bits(), value.to_bits());
    }
}

#[test]
fn a_million_buckets() {
    let path = [1, 2, 2, 9, 1, 6];
    assert!(is_too_many(&metrics(&within(&path, &[0; 8_000_000])), "buckets"));
    let one_by_one = b"\x31\0\0\0\0\0\0\0\0".repeat(1_000_000);
    assert!(is_too_many(&metrics(&within(&path[..5], &one_by_one)), "buckets"));
    let point = format!(r#"{{"bucketCounts":[{}0]}}"#, "0,".repeat(1_000_000));
    let metric = format!(r#"{{"histogram":{{"dataPoints":[{point}]}}}}"#);
    let text = format!(r#"{{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[{metric}]}}]}}]}}"#);
    assert!(is_too_many(&otlp::metrics(text.as_bytes(), Encoding::Json, &Limits::default()), "buckets"));
}

#[test]
fn a_length_that_promises_gigabytes() {
    // A packed list, a string, a message.
    for path in [&[1, 2, 2, 10, 1, 8][..], &[1, 2, 2], &[1]] {
        let mut bytes = within(path, b"\x12\xff\xff\xff\xff\x0f");
        assert!(matches!(metrics(&bytes), Err(DecodeError::Malformed { what: "a length beyond the end", .. })));
        bytes.pop();
        assert!(matches!(metrics(&bytes), Err(DecodeError::Malformed { .. })));
    }
}

#[test]
fn a_million_attributes() {
    // Of one point, of many, and in one value.
    let one = b"\x3a\x02\x0a\x00".repeat(1_000_000);
    assert!(is_too_many(&metrics(&within(&[1, 2, 2, 5, 1], &one)), "attributes of one"));
    let point = within(&[1], &b"\x3a\x04\x0a\x02aa".repeat(200));
    let gauge = point.repeat(6_000);
    assert!(is_too_many(&metrics(&within(&[1, 2, 2, 5], &gauge)), "attributes in a request"));
    let values = b"\x0a\x02\x10\x01".repeat(1_000_001);
    assert!(is_too_many(&metrics(&within(&[1, 1, 1, 2, 5], &values)), "attributes in a request"));

    let values = r#"{"key":"a"},"#.repeat(1_000_000);
    let text = format!(r#"{{"resourceMetrics":[{{"resource":{{"attributes":[{values}{{}}]}}}}]}}"#);
    assert!(is_too_many(&otlp::metrics(text.as_bytes(), Encoding::Json, &Limits::default()), "attributes of one"));
}

#[test]
fn attributes_that_come_twice_are_all_kept() {
    let request = within(&[1, 1], b"\x0a\x03\x0a\x01a\x0a\x03\x0a\x01a");
    let keys: Vec<_> =
        metrics(&request).unwrap()[0].resource.attributes.iter().map(|a| a.key.clone().into_owned()).collect();
    assert_eq!(keys, ["a", "a"]);
}

// A list that comes in pieces must not be moved for each of them.
#[test]
fn a_hundred_thousand_pieces_of_one_list() {
    let pieces = within(&[5, 1], b"\x11\x01\0\0\0\0\0\0\0").repeat(90_000);
    let request = within(&[1, 2, 2], &pieces);
    let request = metrics(&request).unwrap();
    let Data::Gauge(points) = &request[0].scopes[0].metrics[0].data else { panic!("{request:?}") };
    assert_eq!(points.len(), 90_000);
}

// Lists that alternate must not be counted again for each element.
#[test]
fn two_lists_in_turns() {
    let span = [within(&[11], b"\x09\x01\0\0\0\0\0\0\0"), within(&[13], b"\x12\x08abcdefgh")].concat().repeat(40_000);
    let request = within(&[1, 2, 2], &span);
    let spans = otlp::traces(&request, Encoding::Protobuf, &Limits::default()).unwrap();
    let span = &spans[0].scopes[0].spans[0];
    assert_eq!((span.events.len(), span.links.len()), (40_000, 40_000));
}
