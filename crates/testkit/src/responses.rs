//! HTTP responses as they go over the wire: good pages, and what to build bad ones from.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

/// The Content-Type of the text format.
pub const TEXT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";
/// The Content-Type of OpenMetrics.
pub const OPENMETRICS_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// All five types, every escape, and the numbers that encoders get wrong.
pub const TEXT_PAGE: &str = r#"# HELP build_info Version, as "x", with a \\ and a\nbreak.
# TYPE build_info gauge
build_info{branch="",path="C:\\tmp",quote="\"",text="two\nlines é"} 1
# HELP jobs_total Jobs.
# TYPE jobs_total counter
jobs_total{state="done"} 1.8446744073709552e+19
jobs_total{state="lost"} 0
# HELP load1 Load.
# TYPE load1 untyped
load1 NaN
# HELP temperature_celsius 
# TYPE temperature_celsius gauge
temperature_celsius{sensor="a"} -Inf
temperature_celsius{sensor="b"} -0.5
# HELP wait_seconds Wait.
# TYPE wait_seconds histogram
wait_seconds_bucket{queue="a",le="0.005"} 1
wait_seconds_bucket{queue="a",le="1"} 1
wait_seconds_bucket{queue="a",le="+Inf"} 2
wait_seconds_sum{queue="a"} 2.5
wait_seconds_count{queue="a"} 2
wait_seconds_bucket{queue="b",le="0.005"} 0
wait_seconds_bucket{queue="b",le="1"} 0
wait_seconds_bucket{queue="b",le="+Inf"} 0
wait_seconds_sum{queue="b"} 0
wait_seconds_count{queue="b"} 0
# HELP pause_seconds Pause.
# TYPE pause_seconds summary
pause_seconds{quantile="0"} 1e-05
pause_seconds{quantile="0.5"} NaN
pause_seconds{quantile="1"} 0.5
pause_seconds_sum 0.75
pause_seconds_count 3
"#;

/// The same families in OpenMetrics.
pub const OPENMETRICS_PAGE: &str = r#"# HELP build Version, as \"x\", with a \\ and a\nbreak.
# TYPE build info
build_info{branch="",path="C:\\tmp",quote="\"",text="two\nlines é"} 1
# HELP jobs Jobs.
# TYPE jobs counter
jobs_total{state="done"} 1.8446744073709552e+19 # {trace_id="a"} 1.0 1795226778.5
jobs_total{state="lost"} 0
# HELP load1 Load.
# TYPE load1 unknown
load1 NaN
# HELP temperature_celsius 
# TYPE temperature_celsius gauge
# UNIT temperature_celsius celsius
temperature_celsius{sensor="a"} -Inf
temperature_celsius{sensor="b"} -0.5
# HELP wait_seconds Wait.
# TYPE wait_seconds histogram
# UNIT wait_seconds seconds
wait_seconds_bucket{queue="a",le="0.005"} 1
wait_seconds_bucket{queue="a",le="1.0"} 1
wait_seconds_bucket{queue="a",le="+Inf"} 2 # {} 2.4
wait_seconds_sum{queue="a"} 2.5
wait_seconds_count{queue="a"} 2
# HELP pause_seconds Pause.
# TYPE pause_seconds summary
pause_seconds{quantile="0.0"} 1e-05
pause_seconds{quantile="1.0"} 0.5
pause_seconds_sum 0.75
pause_seconds_count 3
# HELP mood Mood.
# TYPE mood stateset
mood{mood="good"} 1
mood{mood="bad"} 0
# HELP size_bytes Sizes.
# TYPE size_bytes gaugehistogram
size_bytes_bucket{le="+Inf"} 4
size_bytes_gsum 12
size_bytes_gcount 4
# EOF
"#;

/// A good response with a text page.
pub fn text(body: impl AsRef<[u8]>) -> Vec<u8> {
    typed(TEXT_TYPE, body)
}

/// A good response with an OpenMetrics page.
pub fn openmetrics(body: impl AsRef<[u8]>) -> Vec<u8> {
    typed(OPENMETRICS_TYPE, body)
}

/// A response of a Content-Type, with its right length.
pub fn typed(content_type: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let length = body.as_ref().len();
    response(&format!("HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {length}"), body)
}

/// A response of a Content-Encoding, with a text page's type and the right length.
pub fn coded(coding: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let length = body.as_ref().len();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {TEXT_TYPE}\r\nContent-Encoding: {coding}\r\nContent-Length: {length}"
    );
    response(&head, body)
}

/// A response whose framing is the caller's.
pub fn framed(framing: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    response(&format!("HTTP/1.1 200 OK\r\nContent-Type: {TEXT_TYPE}\r\n{framing}"), body)
}

/// A head without its last line ends, and a body.
pub fn response(head: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    [head.as_bytes(), b"\r\n\r\n", body.as_ref()].concat()
}

/// Bytes as gzip.
pub fn gzip(body: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body.as_ref()).expect("a vector takes all");
    encoder.finish().expect("a vector takes all")
}
