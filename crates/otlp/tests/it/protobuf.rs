//! The wire format, byte by byte.

use otlp::{Data, DecodeError, Encoding, Limits, LogRecord, Metric, Number, Value};

use crate::wire::block;

/// The bytes as field `path[n]` of field `path[n - 1]` … of field `path[0]`.
pub(crate) fn within(path: &[u32], bytes: &[u8]) -> Vec<u8> {
    path.iter().rev().fold(bytes.to_vec(), |inner, number| {
        let mut outer = Vec::new();
        block(*number, &inner, &mut outer);
        outer
    })
}

fn metrics(bytes: &[u8]) -> Result<Vec<otlp::ResourceMetrics<'_>>, DecodeError> {
    otlp::metrics(bytes, Encoding::Protobuf, &Limits::default())
}

fn logs(bytes: &[u8]) -> Result<Vec<otlp::ResourceLogs<'_>>, DecodeError> {
    otlp::logs(bytes, Encoding::Protobuf, &Limits::default())
}

/// The metric that these bytes are.
fn metric(bytes: &[u8]) -> Metric<'static> {
    let request = within(&[1, 2, 2], bytes);
    let metric =
        metrics(&request).unwrap_or_else(|error| panic!("{error}")).remove(0).scopes.remove(0).metrics.remove(0);
    // Nothing in it is longer than the test.
    Metric { name: metric.name.into_owned().into(), data: points(metric.data), ..Metric::default() }
}

fn points(data: Data<'_>) -> Data<'static> {
    let strip = |point: otlp::NumberPoint<'_>| otlp::NumberPoint {
        start: point.start,
        time: point.time,
        value: point.value,
        no_recorded_value: point.no_recorded_value,
        ..otlp::NumberPoint::default()
    };
    match data {
        Data::Gauge(points) => Data::Gauge(points.into_iter().map(strip).collect()),
        Data::Sum { temporality, monotonic, points } => {
            Data::Sum { temporality, monotonic, points: points.into_iter().map(strip).collect() }
        }
        _ => Data::Missing,
    }
}

/// The body of the one record whose bytes these are.
fn body(bytes: &[u8]) -> Result<Value<'static>, DecodeError> {
    let request = within(&[1, 2, 2], bytes);
    let LogRecord { body, .. } = logs(&request)?.remove(0).scopes.remove(0).records.remove(0);
    Ok(match body {
        Value::String(text) => Value::String(text.into_owned().into()),
        Value::Int(value) => Value::Int(value),
        Value::Bool(value) => Value::Bool(value),
        Value::Array(values) => Value::String(Value::Array(values).text().into_owned().into()),
        Value::Map(entries) => Value::String(Value::Map(entries).text().into_owned().into()),
        _ => Value::Empty,
    })
}

#[test]
fn an_empty_request() {
    assert_eq!(metrics(b""), Ok(vec![]));
    assert_eq!(logs(b""), Ok(vec![]));
    assert_eq!(otlp::traces(b"", Encoding::Protobuf, &Limits::default()), Ok(vec![]));
}

#[test]
fn the_last_of_equal_fields_counts() {
    assert_eq!(metric(b"\x0a\x01a\x0a\x01b").name, "b");
    assert_eq!(body(b"\x2a\x07\x0a\x01a\x18\x05\x0a\x00"), Ok(Value::String("".into())));
}

#[test]
fn of_a_gauge_and_a_sum_the_last_counts() {
    let sum = Data::Sum {
        temporality: otlp::Temporality::Delta,
        monotonic: true,
        points: vec![otlp::NumberPoint::default(), otlp::NumberPoint::default()],
    };
    // A gauge; a sum that is delta; the rest of the sum.
    assert_eq!(metric(b"\x2a\x02\x0a\x00\x3a\x04\x0a\x00\x10\x01\x3a\x04\x18\x01\x0a\x00").data, sum);
    assert_eq!(metric(b"\x3a\x04\x0a\x00\x10\x01\x2a\x00").data, Data::Gauge(vec![]));
}

#[test]
fn pieces_of_a_value_add_up() {
    // An array of 1, and one of 2.
    let one = b"\x2a\x08\x2a\x06\x0a\x04\x18\x01\x18\x02";
    assert_eq!(body(one), Ok(Value::String("[2]".into())));
    let two = [&b"\x2a\x06\x2a\x04\x0a\x02\x18\x01"[..], b"\x2a\x06\x2a\x04\x0a\x02\x18\x02"].concat();
    assert_eq!(body(&two), Ok(Value::String("[1,2]".into())));
    // Something else in between.
    let three = [&two[..], b"\x2a\x02\x10\x01", b"\x2a\x06\x2a\x04\x0a\x02\x18\x02"].concat();
    assert_eq!(body(&three), Ok(Value::String("[2]".into())));
}

#[test]
fn numbers_one_by_one_packed_and_both() {
    let request = within(
        &[1, 2, 2, 10, 1, 8],
        b"\x08\x03\x10\x01\x12\x03\x02\x80\x01\x12\x00\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
    );
    let request = metrics(&request).unwrap();
    let Data::ExponentialHistogram { points, .. } = &request[0].scopes[0].metrics[0].data else {
        panic!("{request:?}")
    };
    assert_eq!(points[0].positive, otlp::Buckets { offset: -2, counts: vec![1, 2, 128, u64::MAX] });
}

#[test]
fn integers_that_are_wider_than_their_type() {
    // A severity of −1 in ten bytes, and of 2^32 + 9.
    for (bytes, expected) in [
        (&b"\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"[..], -1),
        (b"\x10\x89\x80\x80\x80\x10", 9),
        (b"\x10\x89\x00", 9),
    ] {
        let request = within(&[1, 2, 2], bytes);
        assert_eq!(logs(&request).unwrap()[0].scopes[0].records[0].severity, expected);
    }
}

#[test]
fn flags_and_values_of_a_point() {
    let point = |bytes: &[u8]| {
        let Data::Gauge(mut points) = metric(&within(&[5, 1], bytes)).data else { panic!() };
        points.remove(0)
    };
    assert!(point(b"\x40\x03").no_recorded_value);
    assert!(!point(b"\x40\x02").no_recorded_value);
    assert_eq!(point(b"\x21\0\0\0\0\0\0\xf8\x7f\x31\xfe\xff\xff\xff\xff\xff\xff\xff").value, Number::Int(-2));
    assert_eq!(point(b"\x31\0\0\0\0\0\0\0\0").value, Number::Int(0));
    assert_eq!(point(b"\x19\x01\0\0\0\0\0\0\0").value, Number::Missing);
}

#[test]
fn ids_of_another_length_or_of_zeros_are_none() {
    for (bytes, expected) in [
        (&b"\x52\x08abcdefgh"[..], Some(*b"abcdefgh")),
        (b"\x52\x00", None),
        (b"\x52\x07abcdefg", None),
        (b"\x52\x08\0\0\0\0\0\0\0\0", None),
    ] {
        let request = within(&[1, 2, 2], bytes);
        assert_eq!(logs(&request).unwrap()[0].scopes[0].records[0].span_id, expected);
    }
}

#[test]
fn text_that_is_not_utf_8() {
    let value = body(b"\x2a\x09\x0a\x07a\xffb\xe2\x82c\xc0");
    assert_eq!(value, Ok(Value::String("a\u{fffd}b\u{fffd}c\u{fffd}".into())));
}

#[test]
fn an_unknown_group() {
    // Group 3 with groups, a string and numbers in it, then the body.
    let group = b"\x1b\x1b\x1c\x22\x01a\x2b\x09\x01\x02\x03\x04\x05\x06\x07\x08\x2c\x15\x01\x02\x03\x04\x1c";
    assert_eq!(
        body(&[&group[..], b"\x2a\x02\x10\x01"].concat()).unwrap_err(),
        DecodeError::Malformed { at: 7, what: "a field of another type than OTLP has" }
    );
    // The number 3 is the text of the severity; 20 is nobody's.
    let group = b"\xa3\x01\x1b\x1c\x22\x01a\x2b\x09\x01\x02\x03\x04\x05\x06\x07\x08\x2c\x15\x01\x02\x03\x04\xa4\x01";
    assert_eq!(body(&[&group[..], b"\x2a\x02\x10\x01"].concat()), Ok(Value::Bool(true)));
}

#[test]
fn what_is_malformed_and_where() {
    for (bytes, at, what) in [
        (&b"\x80"[..], 0, "a varint without an end"),
        (b"\x0a\x80", 1, "a varint without an end"),
        (b"\x0a\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", 1, "a varint without an end"),
        (b"\x0a\x80\x80\x80\x80\x80\x80\x80\x80\x80\x02", 1, "a varint without an end"),
        (b"\x0a\x05", 1, "a length beyond the end"),
        (b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 1, "a length beyond the end"),
        // A scope that ends behind its resource.
        (b"\x0a\x02\x12\x05\x00\x00\x00\x00\x00", 3, "a length beyond the end"),
        (b"\x02\x00", 0, "a field whose number or type does not exist"),
        (b"\x0e\x00", 0, "a field whose number or type does not exist"),
        (b"\x0f\x00", 0, "a field whose number or type does not exist"),
        (b"\x82\x80\x80\x80\x80\x01\x00", 0, "a field whose number or type does not exist"),
        (b"\x08\x01", 1, "a field of another type than OTLP has"),
        (b"\x0d\x01\x01\x01\x01", 1, "a field of another type than OTLP has"),
        (b"\x0b\x0c", 1, "a field of another type than OTLP has"),
        // A schema URL that is a number.
        (b"\x0a\x02\x18\x01", 3, "a field of another type than OTLP has"),
        // Fields 2 that nobody knows.
        (b"\x11\x01\x02", 1, "a number cut off"),
        (b"\x15\x01\x02", 1, "a number cut off"),
        (b"\x14", 1, "the end of a group that has not begun"),
        (b"\x13\x1c", 2, "the end of a group that has not begun"),
        (b"\x13", 1, "a varint without an end"),
    ] {
        assert_eq!(metrics(bytes), Err(DecodeError::Malformed { at, what }), "{bytes:x?}");
    }
}

#[test]
fn a_packed_list_that_ends_in_a_number() {
    // Nine bytes of bucket counts, and of bounds.
    for field in [6, 7] {
        let request = within(&[1, 2, 2, 9, 1, field], b"123456789");
        assert_eq!(metrics(&request), Err(DecodeError::Malformed { at: request.len() - 1, what: "a number cut off" }));
    }
}
