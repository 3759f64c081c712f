//! The bridge and a live Collector side by side: the same requests, the same page.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;

use testkit::http::{self, PROMETHEUS};
use testkit::page;

use crate::bridge::{AS_COLLECTOR, Bridge};
use crate::otelcol::Collector;
use crate::parity::Parity;
use crate::tools::{Tools, repository};

mod cases;

/// What real clients have sent, each sequence to a pair of its own. Sequences that the Collector adds up wrongly are none of
/// parity's: the suites of exactness have them.
const SENT: [&[&str]; 15] = [
    &["otlp_claude_delta_1.pb", "otlp_claude_delta_2.pb", "otlp_claude_delta_3.pb"],
    &["otlp_claude_delta_1.json", "otlp_claude_delta_2.json", "otlp_claude_delta_3.json"],
    &["otlp_claude_cumulative_1.pb", "otlp_claude_cumulative_2.pb", "otlp_claude_cumulative_3.pb"],
    &["otlp_claude_cumulative_1.json", "otlp_claude_cumulative_2.json", "otlp_claude_cumulative_3.json"],
    &["claude-code/delta.metrics.pb"],
    &["claude-code/delta.metrics.json"],
    &["claude-code/cumulative.metrics.pb"],
    &["claude-code/with-traces.metrics.pb"],
    &["codex/exec.metrics.pb"],
    &["codex/exec.metrics.json"],
    &["codex/app-server-1.metrics.pb", "codex/app-server-2.metrics.pb", "codex/app-server-3.metrics.pb"],
    &["gemini/periodic-1.metrics.json", "gemini/periodic-2.metrics.json", "gemini/periodic-3.metrics.json"],
    &["gemini/grpc.metrics.pb"],
    &["gemini/delta.metrics.json"],
    &["gemini/router.metrics.json"],
];

/// When the made-up metrics begin; no rule looks at it.
const BEGINNING: u64 = 1_767_225_600_000_000_000;

const PROTOBUF: &str = "application/x-protobuf";
const JSON: &str = "application/json";

#[test]
fn the_bridge_is_the_collector() {
    let Some(tools) = Tools::find("otlp_parity", &["otelcol"]) else { return };
    let mut parity = Parity::new("parity/otlp.toml");
    for files in SENT {
        let requests = files.iter().map(|file| (content_type(file), fs::read(fixture(file)).expect("it is there")));
        compare(&mut parity, &tools, files[0], &requests.collect::<Vec<_>>());
    }
    for case in cases::all(BEGINNING) {
        let requests = case.requests.iter().map(|request| (PROTOBUF, request.protobuf()));
        compare(&mut parity, &tools, case.name, &requests.collect::<Vec<_>>());
    }
    parity.finish();
}

/// Where there is no Collector: against a page of its own that was kept.
#[test]
fn the_page_that_was_recorded_of_the_collector() {
    let folder = tempfile::tempdir().expect("there is a folder for temporary files");
    let recorded = fs::read(fixture("otelcol_0.161.0_claude_metrics.txt")).expect("it is there");
    for temporality in ["delta", "cumulative"] {
        let bridge = Bridge::start(&folder.path().join(temporality), &AS_COLLECTOR);
        for number in 1..=3 {
            let body = fs::read(fixture(&format!("otlp_claude_{temporality}_{number}.pb"))).expect("it is there");
            post(bridge.otlp, PROTOBUF, &body);
        }
        let page = second_page(bridge.page.address());
        let (types, recorded_types) = (page::types(page.as_bytes()), page::types(&recorded));
        for (family, kind) in &recorded_types {
            assert_eq!(types.get(family), Some(kind), "{temporality}: {family}");
        }
        let mut series = page::series(page.as_bytes());
        series.retain(|series, _| series.split('{').next().is_some_and(|name| recorded_types.contains_key(name)));
        assert_eq!(series, page::series(&recorded), "{temporality}");
    }
}

/// Sends the same requests to a new Collector and to a new bridge.
fn compare(parity: &mut Parity, tools: &Tools, name: &str, requests: &[(&str, Vec<u8>)]) {
    let folder = tempfile::tempdir().expect("there is a folder for temporary files");
    let collector = Collector::start(tools);
    let bridge = Bridge::start(&folder.path().join("ledger.db"), &AS_COLLECTOR);
    for (content_type, body) in requests {
        post(collector.otlp.address(), content_type, body);
        post(bridge.otlp, content_type, body);
    }
    let (theirs, ours) = (second_page(collector.page), second_page(bridge.page.address()));
    parity.compare_pages(name, theirs.as_bytes(), ours.as_bytes());
    for (metric, help) in page::helps(theirs.as_bytes()) {
        let own = page::helps(ours.as_bytes()).remove(&metric);
        if own.is_some_and(|own| own != help) {
            parity.differs(name, "help", &metric);
        }
    }
}

fn post(otlp: SocketAddr, content_type: &str, body: &[u8]) {
    let answer = http::post(otlp, "/v1/metrics", &[("Content-Type", content_type)], body).expect("it answers");
    assert_eq!(answer.status, 200, "{}", answer.text());
}

/// The page on a second look: a new series may be shown as 0 once.
fn second_page(address: SocketAddr) -> String {
    let scrape = || http::get(address, "/metrics", PROMETHEUS).expect("it answers");
    scrape();
    scrape().text()
}

fn content_type(file: &str) -> &'static str {
    if file.ends_with(".pb") { PROTOBUF } else { JSON }
}

fn fixture(file: &str) -> PathBuf {
    repository().join("tests/fixtures/otlp").join(file)
}
