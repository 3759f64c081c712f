//! Whatever the headers of a request say, it gets a page in one of our formats.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use testkit::Validator;
use testkit::http::scrape;

use crate::served::{Served, steady};

const MARK: &str = "<script>alert(1)</script>";

/// Pieces of all the headers below.
const PIECES: [&str; 32] = [
    "text/plain",
    "application/openmetrics-text",
    "Application/OpenMetrics-Text",
    "application/vnd.google.protobuf",
    "*/*",
    "gzip",
    "identity",
    "zstd",
    "version",
    "0.0.1",
    "1.0.0",
    "2.0.0",
    "escaping",
    "allow-utf-8",
    "values",
    "q",
    "0",
    "-1",
    "2",
    "0.05",
    "1e308",
    "NaN",
    "inf",
    ";",
    ";q=0",
    "=",
    ",",
    "\"",
    " ",
    "\t",
    "é",
    MARK,
];

#[test]
fn any_accept_encoding_and_timeout() {
    let served = Served::start(vec![steady("a")]);
    let short = prop::collection::vec(prop::sample::select(&PIECES[..]), 0..20).prop_map(|pieces| pieces.concat());
    // More than one of 8 kB is refused before it is read.
    let long = prop::sample::select(&PIECES[..]).prop_map(|piece| piece.repeat(8_192 / piece.len()));
    let accept = prop_oneof![9 => short.clone(), 1 => long];
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(300) });
    let checked = runner.run(&(accept, short.clone(), short), |(accept, encoding, timeout)| {
        let headers = [
            ("Accept", accept.as_str()),
            ("Accept-Encoding", encoding.as_str()),
            ("X-Prometheus-Scrape-Timeout-Seconds", timeout.as_str()),
        ];
        // The validator knows our Content-Types alone, and wants the page to be what they say.
        let page = scrape(served.address, &headers, &Validator::default(), None);
        let page = page.map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert!(page.headers.iter().all(|(_, value)| !value.contains("script")), "{:?}", page.headers);
        prop_assert!(!page.text().contains("script"));
        Ok(())
    });
    checked.unwrap();
}
