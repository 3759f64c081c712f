//! Accept and Accept-Encoding headers, a line each: always one of our answers, which nothing of the header gets into.

#![no_main]

use exposition::{Format, Preference, accepts_gzip, negotiate};
use libfuzzer_sys::fuzz_target;

const CONTENT_TYPES: [&str; 9] = [
    "text/plain; version=0.0.4; charset=utf-8",
    "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8",
    "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores",
    "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=dots",
    "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=values",
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping=allow-utf-8",
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping=underscores",
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping=dots",
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping=values",
];

fuzz_target!(|headers: &str| {
    let (accept, encoding) = headers.split_once('\n').unwrap_or((headers, ""));
    let lower = accept.to_ascii_lowercase();
    for preference in [Preference::Text, Preference::OpenMetrics] {
        let format = negotiate(Some(accept), preference);
        assert!(CONTENT_TYPES.contains(&format.content_type()), "{format:?}");
        let is_asked = match format {
            Format::Text => true,
            Format::OpenMetrics(_) => lower.contains("application/openmetrics-text"),
            Format::Protobuf(_) => lower.contains("application/vnd.google.protobuf"),
        };
        assert!(is_asked, "{format:?} unasked");
        assert_eq!(format, negotiate(Some(accept), preference), "another time");
        assert_eq!(format, negotiate(Some(&format!("image/png;q=0.1,{accept}, */*;q=0.01")), preference), "{accept:?}");
    }
    // Text is what both sides have unless something is said for the other.
    assert!(
        negotiate(Some(accept), Preference::Text) == Format::Text
            || negotiate(Some(accept), Preference::OpenMetrics) != Format::Text
    );

    let gzip = accepts_gzip(Some(encoding));
    assert!(!gzip || encoding.to_ascii_lowercase().contains("gzip"), "{encoding:?}");
    assert_eq!(gzip, accepts_gzip(Some(&format!("identity;q=0.5,{encoding}"))), "{encoding:?}");
});
