//! The dashboards that people have for Claude Code, over the bridge: what their panels ask of a real Prometheus has an answer.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tempfile::TempDir;
use testkit::http;
use testkit::otlp::Temporality;
use testkit::otlp::claude::{self, SERIES, Sample};
use testkit::process::{Process, free_address};

use crate::bridge::{AS_COLLECTOR, Bridge};
use crate::prometheus;
use crate::tools::{Tools, repository};

/// What Grafana puts in their place: everything, an hour, and the shortest window that has two scrapes.
const VARIABLES: [(&str, &str); 5] =
    [("$organization", ".*"), ("$user", ".*"), ("$model", ".*"), ("$__range", "1h"), ("$__rate_interval", "1m")];

/// The job under which published configurations scrape the Collector.
const JOB: &str = r#"job="otel-collector""#;

#[test]
fn every_panel_has_data_from_the_collectors_page() {
    every_panel_has_data(&AS_COLLECTOR);
}

/// Panels by session or user then show all of them as one.
#[test]
fn every_panel_has_data_with_folded_sessions() {
    every_panel_has_data(&[]);
}

fn every_panel_has_data(flags: &[&str]) {
    let Some(tools) = Tools::find("claude_dashboards", &["prometheus"]) else { return };
    let folder = tempfile::tempdir().expect("there is a folder for temporary files");
    let bridge = Bridge::start(&folder.path().join("ledger.db"), flags);
    let (plain, honoring) = (prometheus(&tools, &bridge, false), prometheus(&tools, &bridge, true));
    // A rate needs two scrapes on each side of a change, and a change that is seen needs a series that was seen before.
    for round in 0..3 {
        post(&bridge, round);
        for (server, _) in [&plain, &honoring] {
            let scrapes = format!("min(count_over_time(claude_code_session_count_total[1h])) >= {}", 2 * (round + 1));
            prometheus::wait_until(server, &scrapes, || !prometheus::query(server, &scrapes).is_empty());
        }
    }

    let list = fs::read_to_string(repository().join("tests/dashboards/claude_code.txt")).expect("the list is there");
    let expressions: BTreeSet<String> =
        list.lines().filter(|line| !line.starts_with(['#', '['])).map(without_variables).collect();
    assert_eq!(expressions.len(), 52, "the panels of three dashboards");
    let mut wrong = String::new();
    for expression in &expressions {
        if !has_data(&plain.0, expression) {
            writeln!(wrong, "no data: {expression}").expect("a string takes everything");
        }
        // With honor_labels the exposed job stays, so that what selects the scrape's job finds nothing; the Collector's
        // page is no different.
        let honored = expression.replace(JOB, r#"job="claude-code""#);
        if !has_data(&honoring.0, &honored) {
            writeln!(wrong, "no data with honor_labels: {honored}").expect("a string takes everything");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");

    let jobs = |server: &Process, label: &str| {
        let query = format!("count by ({label}) (claude_code_cost_usage_USD_total)");
        let found = prometheus::query(server, &query);
        found.into_iter().map(|(labels, _)| labels[label].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!((jobs(&plain.0, "job"), jobs(&plain.0, "exported_job")), (own("otel-collector"), own("claude-code")));
    assert_eq!(jobs(&honoring.0, "job"), own("claude-code"));
}

fn own(text: &str) -> Vec<String> {
    vec![text.to_owned()]
}

/// Whether some series has a number, and where that says how much there was, more than nothing.
fn has_data(server: &Process, expression: &str) -> bool {
    let values = prometheus::query(server, expression);
    // Nobody has made a pull request here; these panels show 0 then.
    let least = if expression.contains("pull_request") { 0.0 } else { f64::MIN_POSITIVE };
    values.iter().any(|(_, value)| *value >= least)
}

fn without_variables(expression: &str) -> String {
    VARIABLES.iter().fold(expression.to_owned(), |text, (variable, value)| text.replace(variable, value))
}

/// A session's export of the minute that ends now.
fn post(bridge: &Bridge, round: u64) {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is right");
    let time = u64::try_from(since_1970.as_nanos()).expect("the clock is right");
    let minute = u64::try_from(Duration::from_secs(60).as_nanos()).expect("a minute is short");
    let sample = |series| Sample { series, amount: 1_000 + round, start: time - minute, time };
    let body = claude::request(1, Temporality::Delta, &(0..SERIES).map(sample).collect::<Vec<_>>()).protobuf();
    let headers = [("Content-Type", "application/x-protobuf")];
    let answer = http::post(bridge.otlp, "/v1/metrics", &headers, &body).expect("the bridge answers");
    assert_eq!(answer.status, 200, "{}", answer.text());
}

/// Scrapes the bridge every second.
fn prometheus(tools: &Tools, bridge: &Bridge, honor_labels: bool) -> (Process, TempDir) {
    let folder = tempfile::tempdir().expect("there is a folder for temporary files");
    let config = format!(
        "\
global:
  scrape_interval: 1s
scrape_configs:
  - job_name: otel-collector
    honor_labels: {honor_labels}
    static_configs:
      - targets: [\"{}\"]
",
        bridge.page.address()
    );
    fs::write(folder.path().join("prometheus.yml"), config).expect("the folder is ours");
    let address = free_address().expect("loopback has a free port");
    let mut command = tools.command("prometheus");
    command.current_dir(folder.path()).args(["--config.file=prometheus.yml", "--storage.tsdb.path=data"]);
    command.arg(format!("--web.listen-address={address}"));
    (Process::spawn(command, address, "/-/ready").expect("Prometheus starts"), folder)
}
