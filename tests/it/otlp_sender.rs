//! A sender of OpenTelemetry's own, in Go: a Collector that passes on what it takes, by gRPC and by HTTP, with gzip.

use std::collections::BTreeMap;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use testkit::http::{self, PROMETHEUS};
use testkit::page;

use crate::bridge::{AS_COLLECTOR, Bridge};
use crate::otelcol::Collector;
use crate::tools::{Tools, repository};

#[test]
fn what_a_collector_passes_on() {
    let Some(tools) = Tools::find("otlp_sender", &["otelcol"]) else { return };
    let folder = tempfile::tempdir().expect("there is a folder for temporary files");
    let bridge = Bridge::start(&folder.path().join("ledger.db"), &AS_COLLECTOR);
    let sender = Collector::sender(&tools, bridge.grpc, bridge.otlp);
    let fixture = |name: &str| fs::read(repository().join("tests/fixtures/otlp").join(name)).expect("it is there");
    for number in 1..=3 {
        post(&sender, "metrics", &fixture(&format!("otlp_claude_delta_{number}.pb")));
    }
    post(&sender, "logs", &fixture("codex/exec.logs.pb"));

    let recorded = page::series(&fixture("otelcol_0.161.0_claude_metrics.txt"));
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let shown = shown(&bridge);
        let missing = recorded.iter().find(|(series, value)| shown.get(*series) != Some(value));
        let requests = |labels: &str| shown.get(&format!("pilotlight_otlp_requests_total{{{labels}}}")).copied();
        let grpc = requests(r#"encoding="protobuf",outcome="accepted",protocol="grpc",signal="metrics""#);
        let http = requests(r#"encoding="protobuf",outcome="accepted",protocol="http",signal="logs""#);
        if missing.is_none() && grpc == Some(3.0) && http == Some(1.0) {
            return;
        }
        assert!(Instant::now() < deadline, "{missing:?}, by gRPC {grpc:?}, by HTTP {http:?}");
        thread::sleep(Duration::from_millis(100));
    }
}

fn post(sender: &testkit::process::Process, signal: &str, body: &[u8]) {
    let headers = [("Content-Type", "application/x-protobuf")];
    let answer = http::post(sender.address(), &format!("/v1/{signal}"), &headers, body).expect("the Collector answers");
    assert_eq!(answer.status, 200, "{}", answer.text());
}

fn shown(bridge: &Bridge) -> BTreeMap<String, f64> {
    page::series(&http::get(bridge.page.address(), "/metrics", PROMETHEUS).expect("the bridge answers").body)
}
