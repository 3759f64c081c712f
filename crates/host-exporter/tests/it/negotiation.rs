//! Headers of a scrape that say nonsense: there is always a page, of one of our formats, and nothing of them in the answer.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use testkit::http::{RawResponse, get};
use testkit::{Validator, page};

use crate::tree::{Host, Tree};

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores";
const PROTOBUF: &str = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping=underscores";
const UTF8: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8";

/// In every hostile header; in no answer.
const MARK: &str = "kn0wnMark";

fn start() -> Host {
    Tree::fixture("vps").start_here(&[])
}

/// A page that the validator has nothing against and that says nothing of the request.
fn page_for(host: &Host, headers: &[(&str, &str)]) -> RawResponse {
    let response = get(host.address(), "/metrics", headers).unwrap();
    let shown = headers.iter().map(|(name, value)| format!("{name}: {value:.80}")).collect::<Vec<_>>();
    let defects = Validator::default().check(&response.raw, None);
    assert!(defects.is_empty(), "{shown:?}: {defects:?}");
    assert!(!String::from_utf8_lossy(&response.raw).contains(MARK), "{shown:?}");
    assert!(!response.text().contains(MARK), "{shown:?}");
    response
}

#[test]
fn every_accept_header_gets_a_page_of_a_known_type() {
    let host = start();
    let openmetrics = "application/openmetrics-text";
    let long = |text: &str| text.repeat((8 << 10) / text.len());
    let unknown = long("application/kn0wnMark;q=0.5, ");
    let parameters = long(";kn0wnMark=1");
    for (accept, content_type) in [
        ("", TEXT),
        (" ", TEXT),
        ("*/*", TEXT),
        (",,,;;;===", TEXT),
        ("kn0wnMark", TEXT),
        ("text/html", TEXT),
        ("text/plain;q=0", TEXT),
        ("application/openmetrics-text;q=0", TEXT),
        ("application/openmetrics-text;q=0.000", TEXT),
        ("application/openmetrics-text;q=2", OPENMETRICS),
        ("application/openmetrics-text;q=-1", TEXT),
        ("application/openmetrics-text;q=NaN", TEXT),
        ("application/openmetrics-text;q=kn0wnMark", TEXT),
        ("application/openmetrics-text;q=1e308", OPENMETRICS),
        ("application/openmetrics-text;q=", TEXT),
        ("application/openmetrics-text;version=1.0.0", OPENMETRICS),
        ("application/openmetrics-text;version=2.0.0", TEXT),
        ("application/openmetrics-text;version=kn0wnMark", TEXT),
        ("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8", UTF8),
        ("application/openmetrics-text;version=1.0.0;escaping=kn0wnMark", OPENMETRICS),
        ("application/openmetrics-text;version=1.0.0;escaping=\"kn0wnMark", OPENMETRICS),
        ("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;escaping=kn0wnMark", OPENMETRICS),
        ("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited", PROTOBUF),
        (
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;escaping=kn0wnMark",
            PROTOBUF,
        ),
        ("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=kn0wnMark", TEXT),
        ("application/vnd.google.protobuf", TEXT),
        ("APPLICATION/OPENMETRICS-TEXT", OPENMETRICS),
        ("application/openmetrics-text\tkn0wnMark", TEXT),
        (&unknown, TEXT),
        (&format!("{unknown}{openmetrics}"), OPENMETRICS),
        (&format!("{openmetrics}{parameters}"), OPENMETRICS),
    ] {
        let response = page_for(&host, &[("Accept", accept)]);
        assert_eq!(response.header("content-type"), Some(content_type), "{accept:.80}");
    }
    // Bytes beyond ASCII, and a header that comes twice.
    page_for(&host, &[("Accept", "text/plain\u{fffd};kn0wnMark=\u{202e}")]);
    page_for(&host, &[("Accept", "application/kn0wnMark"), ("Accept", openmetrics)]);
}

#[test]
fn every_accept_encoding_gets_gzip_or_nothing() {
    let host = start();
    let long = "kn0wnMark, ".repeat(700);
    for (encoding, expected) in [
        ("", None),
        ("gzip", Some("gzip")),
        ("gzip;q=0", None),
        ("gzip;q=2", Some("gzip")),
        ("gzip;q=kn0wnMark", None),
        ("zstd", None),
        ("zstd, br, deflate", None),
        ("zstd, gzip;q=0.1", Some("gzip")),
        ("identity;q=0", None),
        ("*;q=0", None),
        ("kn0wnMark", None),
        (&long, None),
    ] {
        let response = page_for(&host, &[("Accept-Encoding", encoding)]);
        assert_eq!(response.header("content-encoding"), expected, "{encoding:.80}");
    }
}

#[test]
fn every_timeout_gets_a_page_that_tells_of_every_collector() {
    let host = start();
    let collectors = |response: &RawResponse| -> BTreeSet<String> {
        let series = page::series(&response.body).into_keys();
        series.filter(|name| name.starts_with("node_scrape_collector_success{")).collect()
    };
    let all = collectors(&page_for(&host, &[]));
    assert!(all.len() > 40, "{all:?}");
    let long = "9".repeat(8 << 10);
    for timeout in [
        "0",
        "-1",
        "-0",
        "NaN",
        "inf",
        "-inf",
        "1e308",
        "1e-308",
        "abc kn0wnMark",
        "",
        "0.05",
        "0.000000001",
        "0x1p4",
        &long,
    ] {
        let begin = Instant::now();
        let response = page_for(&host, &[("X-Prometheus-Scrape-Timeout-Seconds", timeout)]);
        assert_eq!(collectors(&response), all, "{timeout:.80}");
        // Nothing hangs on this machine: no absurd patience is made use of.
        assert!(begin.elapsed() < Duration::from_secs(9), "{timeout:.80}: {:?}", begin.elapsed());
    }
}
