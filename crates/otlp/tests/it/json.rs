//! The forms of JSON that senders have.

use otlp::{Data, DecodeError, Encoding, Limits, LogRecord, Number, NumberPoint, Temporality};

fn logs(text: &[u8]) -> Result<Vec<otlp::ResourceLogs<'_>>, DecodeError> {
    otlp::logs(text, Encoding::Json, &Limits::default())
}

/// What `check` says of the one record that this is.
fn record<T>(text: &str, check: impl FnOnce(&LogRecord<'_>) -> T) -> Result<T, DecodeError> {
    let request = format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{text}]}}]}}]}}"#);
    logs(request.as_bytes()).map(|logs| check(&logs[0].scopes[0].records[0]))
}

/// What `check` says of the one point of a gauge that this is.
fn point<T>(text: &str, check: impl FnOnce(&NumberPoint<'_>) -> T) -> Result<T, DecodeError> {
    let request = format!(
        r#"{{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[{{"gauge":{{"dataPoints":[{text}]}}}}]}}]}}]}}"#
    );
    let metrics = otlp::metrics(request.as_bytes(), Encoding::Json, &Limits::default())?;
    let Data::Gauge(points) = &metrics[0].scopes[0].metrics[0].data else { panic!("{metrics:?}") };
    Ok(check(&points[0]))
}

fn body(text: &str) -> Result<String, DecodeError> {
    record(&format!(r#"{{"body":{text}}}"#), |record| format!("{:?}", record.body))
}

fn is_malformed<T>(read: &Result<T, DecodeError>) -> bool {
    matches!(read, Err(DecodeError::Malformed { .. }))
}

#[test]
fn empty_requests() {
    for text in [&b"{}"[..], b" \t\r\n{ } \n", br#"{"resourceLogs":[]}"#, br#"{"resourceLogs":null}"#] {
        assert_eq!(logs(text), Ok(vec![]));
    }
    assert_eq!(logs(br#"{"resourceLogs":[{},null]}"#), Ok(vec![otlp::ResourceLogs::default(); 2]));
}

#[test]
fn integers_as_numbers_and_as_strings() {
    for text in ["1795231002795651603", "\"1795231002795651603\"", "1795231002795651603.0", "1795231002795651603e0"] {
        assert_eq!(point(&format!(r#"{{"timeUnixNano":{text}}}"#), |point| point.time), Ok(1_795_231_002_795_651_603));
    }
    for (text, expected) in [
        ("-9223372036854775808", i64::MIN),
        ("\"9223372036854775807\"", i64::MAX),
        ("1e3", 1000),
        ("\"1.0\"", 1),
        ("-0", 0),
    ] {
        let read = point(&format!(r#"{{"asInt":{text}}}"#), |point| point.value);
        assert_eq!(read, Ok(Number::Int(expected)), "{text}");
    }
}

#[test]
fn integers_that_are_none_or_do_not_fit() {
    for text in [
        "1.5",
        "\"\"",
        "\" 1\"",
        "\"0x1\"",
        "01",
        "9223372036854775808",
        "true",
        "{}",
        "[1]",
        "\"1",
        "1e99",
        "NaN",
        "-",
    ] {
        assert!(is_malformed(&point(&format!(r#"{{"asInt":{text}}}"#), |_| ())), "{text}");
    }
    assert!(is_malformed(&point(r#"{"timeUnixNano":-1}"#, |_| ())));
    assert!(is_malformed(&point(r#"{"timeUnixNano":18446744073709551616}"#, |_| ())));
    assert!(is_malformed(&point(r#"{"flags":4294967296}"#, |_| ())));
}

#[test]
fn doubles_in_every_form() {
    for (text, expected) in [
        ("1", "1.0"),
        ("-0.0", "-0.0"),
        ("1e-7", "1e-7"),
        ("\"2.5\"", "2.5"),
        ("\"NaN\"", "NaN"),
        ("\"Infinity\"", "inf"),
        ("\"-Infinity\"", "-inf"),
    ] {
        let read = point(&format!(r#"{{"asDouble":{text}}}"#), |point| format!("{:?}", point.value));
        assert_eq!(read, Ok(format!("Double({expected})")), "{text}");
    }
    for text in ["NaN", "Infinity", "\"nan\"", "\"inf\"", "\"+Infinity\"", "1e999", "\"\"", "1.", ".5", "+1"] {
        assert!(is_malformed(&point(&format!(r#"{{"asDouble":{text}}}"#), |_| ())), "{text}");
    }
}

#[test]
fn enumerations_as_numbers_and_as_names() {
    for (text, expected) in
        [("9", 9), ("\"SEVERITY_NUMBER_INFO\"", 9), ("\"SEVERITY_NUMBER_FATAL4\"", 24), ("99", 99), ("\"INFO\"", 0)]
    {
        assert_eq!(record(&format!(r#"{{"severityNumber":{text}}}"#), |record| record.severity), Ok(expected));
    }
    for (text, expected) in [
        ("1", Temporality::Delta),
        ("2", Temporality::Cumulative),
        ("7", Temporality::Unspecified),
        ("\"AGGREGATION_TEMPORALITY_DELTA\"", Temporality::Delta),
        ("\"AGGREGATION_TEMPORALITY_CUMULATIVE\"", Temporality::Cumulative),
    ] {
        let sum = format!(r#"{{"sum":{{"aggregationTemporality":{text}}}}}"#);
        let request = format!(r#"{{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[{sum}]}}]}}]}}"#);
        let metrics = otlp::metrics(request.as_bytes(), Encoding::Json, &Limits::default()).unwrap();
        let Data::Sum { temporality, .. } = metrics[0].scopes[0].metrics[0].data else { panic!("{metrics:?}") };
        assert_eq!(temporality, expected, "{text}");
    }
    let span = r#"{"kind":"SPAN_KIND_CLIENT","status":{"code":"STATUS_CODE_ERROR"}}"#;
    let request = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{span}]}}]}}]}}"#);
    let spans = otlp::traces(request.as_bytes(), Encoding::Json, &Limits::default()).unwrap();
    let span = &spans[0].scopes[0].spans[0];
    assert_eq!((span.kind, span.status_code), (3, 2));
}

#[test]
fn every_kind_of_value() {
    for (text, expected) in [
        ("{}", "Empty"),
        ("null", "Empty"),
        (r#"{"stringValue":null}"#, "Empty"),
        (r#"{"stringValue":""}"#, "String(\"\")"),
        (r#"{"boolValue":false}"#, "Bool(false)"),
        (r#"{"intValue":5}"#, "Int(5)"),
        (r#"{"intValue":"-5"}"#, "Int(-5)"),
        (r#"{"doubleValue":5}"#, "Double(5.0)"),
        (r#"{"bytesValue":"+/8="}"#, "Bytes([251, 255])"),
        (r#"{"bytesValue":"-_8"}"#, "Bytes([251, 255])"),
        (r#"{"bytesValue":"\/w=="}"#, "Bytes([255])"),
        (r#"{"arrayValue":{}}"#, "Array([])"),
        (r#"{"arrayValue":{"values":[{},null,{"intValue":1}]}}"#, "Array([Empty, Empty, Int(1)])"),
        (r#"{"kvlistValue":{"values":[{"key":"a"}]}}"#, "Map([Attribute { key: \"a\", value: Empty }])"),
        (r#"{"futureValue":{"a":[]}}"#, "Empty"),
    ] {
        assert_eq!(body(text).as_deref(), Ok(expected), "{text}");
    }
    for text in
        [r#"{"bytesValue":"a"}"#, r#"{"bytesValue":"a b="}"#, r#"{"boolValue":1}"#, r#"{"stringValue":1}"#, "[]"]
    {
        assert!(is_malformed(&body(text)), "{text}");
    }
}

#[test]
fn of_equal_keys_the_last_counts() {
    assert_eq!(body(r#"{"stringValue":"a","stringValue":"b"}"#).as_deref(), Ok("String(\"b\")"));
    assert_eq!(body(r#"{"stringValue":"a","intValue":1}"#).as_deref(), Ok("Int(1)"));
    assert_eq!(body(r#"{"arrayValue":{"values":[{}]},"arrayValue":{}}"#).as_deref(), Ok("Array([])"));
    assert_eq!(body(r#"{"stringValue":"a"},"body":{}"#).as_deref(), Ok("Empty"));
    let read = record(r#"{"attributes":[{"key":"a"},{}],"attributes":[{"key":"b"}]}"#, |record| {
        record.attributes.iter().map(|attribute| attribute.key.clone().into_owned()).collect::<Vec<_>>()
    });
    assert_eq!(read, Ok(vec!["b".to_owned()]));
}

#[test]
fn null_is_as_good_as_absent() {
    let text = r#"{"timeUnixNano":null,"severityNumber":null,"severityText":null,"body":null,"attributes":null,
        "flags":null,"traceId":null,"spanId":null,"eventName":null,"observedTimeUnixNano":null,
        "droppedAttributesCount":null}"#;
    assert_eq!(record(text, |record| *record == LogRecord::default()), Ok(true));
    assert_eq!(point(r#"{"asDouble":null}"#, |point| point.value), Ok(Number::Missing));
}

#[test]
fn ids_are_hexadecimal() {
    let id = |text: &str| record(&format!(r#"{{"spanId":"{text}"}}"#), |record| record.span_id);
    assert_eq!(id("00c0FFee01020304"), Ok(Some([0, 0xc0, 0xff, 0xee, 1, 2, 3, 4])));
    for none in ["", "00", "0000000000000000", "00c0ffee0102030405", "00c0ffee0102030"] {
        assert_eq!(id(none), Ok(None), "{none}");
    }
    assert!(is_malformed(&id("AMD/7gECAwQ=")));
    assert!(is_malformed(&id("é0c0ffee010203")));
}

#[test]
fn keys_are_in_lower_camel_case_alone() {
    let text = r#"{"time_unix_nano":"1","TimeUnixNano":"2","severity_text":5,"time\u0055nixNano":"3"}"#;
    assert_eq!(record(text, |record| (record.time, record.severity_text.clone().into_owned())), Ok((3, String::new())));
}

#[test]
fn unknown_fields_of_every_shape() {
    for unknown in [r#""a\"}]""#, "-1.5e+3", "true", "false", "null", "[]", "{}", r#"[{"a":[1,[2,{"b":{}}]]},"]"]"#] {
        let text = format!(r#"{{"x":{unknown},"timeUnixNano":"7"}}"#);
        assert_eq!(record(&text, |record| record.time), Ok(7), "{unknown}");
    }
    for broken in [
        "tru",
        "nul",
        "[1,]",
        "{\"a\"}",
        "{\"a\":1,}",
        "[1",
        "[}",
        "{]",
        "{a:1}",
        "'a'",
        "1 2",
        "",
        "\"\u{1}\"",
        "{1:2}",
    ] {
        let text = format!(r#"{{"x":{broken},"timeUnixNano":"7"}}"#);
        assert!(is_malformed(&record(&text, |_| ())), "{broken}");
    }
}

#[test]
fn escapes_and_text_that_is_not_utf_8() {
    let body = |text: &[u8]| {
        let request =
            [br#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":""#, text, br#""}}]}]}]}"#]
                .concat();
        logs(&request).map(|logs| logs[0].scopes[0].records[0].body.text().into_owned())
    };
    assert_eq!(body(br#"a\n\"\u00e9\ud83d\ude00\ud83d"#).as_deref(), Ok("a\n\"\u{e9}\u{1f600}\u{fffd}"));
    assert_eq!(body("é\u{1f600}\u{7f}".as_bytes()).as_deref(), Ok("é\u{1f600}\u{7f}"));
    assert_eq!(body(b"a\xffb\xe2\x82").as_deref(), Ok("a\u{fffd}b\u{fffd}"));
    assert_eq!(body(b"\\t\xff\\u0000").as_deref(), Ok("\t\u{fffd}\0"));
    for broken in [&br"\x"[..], br"\u12", br"\ud83d\u1", b"a\nb", b"\0", br"\"] {
        assert!(is_malformed(&body(broken)), "{broken:?}");
    }
}

#[test]
fn what_is_malformed_and_where() {
    for (text, at, what) in [
        (&b""[..], 0, "expected an object"),
        (b"  ", 2, "expected an object"),
        (b"[]", 0, "expected an object"),
        (b"null", 0, "expected an object"),
        (b"\xef\xbb\xbf{}", 0, "expected an object"),
        (b"{} {}", 3, "something behind the request"),
        (b"{}\0", 2, "something behind the request"),
        (b"{", 1, "expected a string"),
        (b"{,}", 1, "expected a string"),
        (br#"{"a" 1}"#, 5, "expected a colon"),
        (br#"{"a":1 "b":2}"#, 7, "expected a comma or the end of the object"),
        (br#"{"a":1,}"#, 7, "expected a string"),
        (br#"{"a":x}"#, 5, "expected a value that fits the field"),
        (br#"{"resourceLogs":{}}"#, 16, "expected an array"),
        (br#"{"resourceLogs":[1]}"#, 17, "expected an object"),
        (br#"{"resourceLogs":[{}{}]}"#, 19, "expected a comma or the end of the array"),
        (br#"{"resourceLogs":[{"schemaUrl":"\q"}]}"#, 31, "an escape that JSON has not"),
        (br#"{"resourceLogs":[{"schemaUrl":1}]}"#, 30, "expected a string"),
        (br#"{"resourceLogs":[{"schemaUrl":"a"#, 32, "a string without an end, or with a control character"),
    ] {
        assert_eq!(logs(text), Err(DecodeError::Malformed { at, what }), "{}", String::from_utf8_lossy(text));
    }
}
