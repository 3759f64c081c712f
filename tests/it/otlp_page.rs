//! What the bridge's page shows over time: new totals once as 0, values that go, totals that never do, and what is beyond
//! the caps.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use testkit::http::{self, PROMETHEUS, RawResponse};
use testkit::otlp::claude::{self, SERIES, Sample};
use testkit::otlp::{
    Buckets, Data, Exponential, Metric, Number, Point, Request, ResourceMetrics, ScopeMetrics, Summary, Temporality,
    texts,
};
use testkit::process::Signal;
use testkit::{Validator, page};

use crate::bridge::{AS_COLLECTOR, Bridge};

fn started(flags: &[&str]) -> (Bridge, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("there is a folder for temporary files");
    (Bridge::start(&folder.path().join("ledger.db"), flags), folder)
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("1970 is over");
    u64::try_from(since.as_nanos()).expect("it is not 2554 yet")
}

fn post(otlp: SocketAddr, request: &Request) -> RawResponse {
    let body = request.json(testkit::otlp::Integers::Strings);
    let answer = http::post(otlp, "/v1/metrics", &[("Content-Type", "application/json")], &body);
    answer.expect("the bridge answers")
}

/// Posts what is taken whole.
fn send(bridge: &Bridge, request: &Request) {
    let answer = post(bridge.otlp, request);
    assert_eq!((answer.status, answer.text().as_str()), (200, "{}"));
}

/// A request of session `number` in which each of the 17 series grows by 1 of its units.
fn session(number: u32) -> Request {
    let (start, time) = (now() - 1_000_000, now());
    let sample = |series| Sample { series, amount: 1_000_000_000, start, time };
    claude::request(number, Temporality::Delta, &(0..SERIES).map(sample).collect::<Vec<_>>())
}

/// A request of one metric.
fn metric(name: &str, data: Data) -> Request {
    let metric = Metric { name: name.to_owned(), description: "Made up.".to_owned(), unit: String::new(), data };
    let scope = ScopeMetrics { name: "made.up".to_owned(), metrics: vec![metric], ..ScopeMetrics::default() };
    let attributes = texts(&[("service.name", "app")]);
    Request { resources: vec![ResourceMetrics { attributes, scopes: vec![scope], ..ResourceMetrics::default() }] }
}

fn point<V>(value: V) -> Point<V> {
    Point { attributes: Vec::new(), start: now() - 1_000_000, time: now(), flags: 0, value }
}

fn gauge(value: f64) -> Request {
    metric("queue.length", Data::Gauge(vec![point(Number::Double(value))]))
}

fn counter(attributes: &[(&str, &str)], value: i64) -> Request {
    let point = Point { attributes: texts(attributes), ..point(Number::Int(value)) };
    metric("jobs", Data::Sum { points: vec![point], temporality: Temporality::Delta, monotonic: true })
}

/// The series of a page, as the client with this name sees them.
fn seen_by(agent: &str, bridge: &Bridge) -> BTreeMap<String, f64> {
    let mut headers = PROMETHEUS.to_vec();
    headers.retain(|(name, _)| !name.eq_ignore_ascii_case("user-agent"));
    headers.push(("User-Agent", agent));
    page::series(&http::get(bridge.page.address(), "/metrics", &headers).expect("the bridge answers").body)
}

fn sum(series: &BTreeMap<String, f64>, name: &str) -> f64 {
    let of_name = |key: &str| key.split('{').next() == Some(name);
    series.iter().filter(|(key, _)| of_name(key)).map(|(_, value)| value).sum()
}

#[test]
fn a_new_total_is_shown_once_as_0_to_each_scraper() {
    let (bridge, _folder) = started(&[]);
    send(&bridge, &session(1));
    let count = |agent| sum(&seen_by(agent, &bridge), "claude_code_session_count_total");
    assert_eq!([count("a"), count("a"), count("a")], [0.0, 1e9, 1e9]);
    assert_eq!([count("b"), count("b")], [0.0, 1e9], "another scraper");
    send(&bridge, &session(2));
    assert_eq!(count("a"), 2e9, "what grows is shown as it is");
    send(&bridge, &counter(&[("queue", "new")], 5));
    send(&bridge, &gauge(7.0));
    let series = seen_by("a", &bridge);
    assert_eq!((sum(&series, "jobs_total"), sum(&series, "queue_length")), (0.0, 7.0), "a gauge is no total");
    assert_eq!(sum(&seen_by("a", &bridge), "jobs_total"), 5.0);
}

#[test]
fn a_scraper_that_goes_away_before_the_end_has_seen_nothing() {
    let (bridge, _folder) = started(&["--session-label=keep", "--compat=otelcol", "--max-series=200000"]);
    for first in (0..1_500).step_by(300) {
        let sessions = (first..first + 300).flat_map(|number| session(number).resources);
        send(&bridge, &Request { resources: sessions.collect() });
    }
    // Some 12 megabytes, of which the system's buffers hold a part.
    let address = bridge.page.address();
    let mut socket = std::net::TcpStream::connect(address).expect("it listens");
    std::io::Write::write_all(&mut socket, b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nUser-Agent: a\r\n\r\n")
        .expect("it reads");
    let mut start = [0; 100];
    std::io::Read::read_exact(&mut socket, &mut start).expect("it answers");
    drop(socket);
    thread::sleep(Duration::from_millis(200));
    let count = || sum(&seen_by("a", &bridge), "claude_code_session_count_total");
    assert_eq!([count(), count()], [0.0, 1_500e9]);
}

#[test]
fn totals_are_shown_as_they_are_where_that_is_asked() {
    let (bridge, _folder) = started(&["--no-zero-injection"]);
    send(&bridge, &session(1));
    assert_eq!(sum(&seen_by("a", &bridge), "claude_code_session_count_total"), 1e9);
}

#[test]
fn totals_outlive_the_program_and_a_restart_makes_nothing_new() {
    let (mut bridge, folder) = started(&[]);
    send(&bridge, &session(1));
    let before = claude_series(&bridge);
    bridge.page.signal(Signal::KILL).expect("it runs");
    bridge.page.wait(Duration::from_secs(5)).expect("it ends");
    let bridge = Bridge::start(&folder.path().join("ledger.db"), &[]);
    let after: BTreeMap<_, _> = seen_by("a", &bridge);
    assert!(before.iter().all(|(key, value)| after.get(key) == Some(value)), "{before:?}\n{after:?}");
}

#[test]
fn a_bridge_that_is_asked_to_stop_leaves_one_file_with_all_of_it() {
    let (mut bridge, folder) = started(&[]);
    send(&bridge, &session(1));
    assert!(folder.path().join("ledger.db-wal").exists());
    bridge.page.terminate().expect("it runs");
    assert!(bridge.page.wait(Duration::from_secs(10)).expect("it ends").success());
    assert!(!folder.path().join("ledger.db-wal").exists());
}

/// On a second look, without what tells of times.
fn claude_series(bridge: &Bridge) -> BTreeMap<String, f64> {
    seen_by("x", bridge);
    let mut series = seen_by("x", bridge);
    series.retain(|key, _| key.starts_with("claude_code_") && !key.contains("last_seen"));
    assert!(series.len() > 17, "{series:?}");
    series
}

#[test]
fn a_gauge_goes_when_nothing_more_is_heard_of_it_and_a_total_stays() {
    let (bridge, _folder) = started(&["--metric-expiration=1s"]);
    send(&bridge, &gauge(3.0));
    send(&bridge, &counter(&[], 5));
    assert!(has(&bridge, "queue_length") && has(&bridge, "jobs_total"));
    let deadline = Instant::now() + Duration::from_secs(10);
    while has(&bridge, "queue_length") {
        assert!(Instant::now() < deadline, "it is there after ten times its time");
        thread::sleep(Duration::from_millis(50));
    }
    assert!(has(&bridge, "jobs_total"));
    send(&bridge, &gauge(4.0));
    assert_eq!(sum(&seen_by("a", &bridge), "queue_length"), 4.0);
}

fn has(bridge: &Bridge, name: &str) -> bool {
    seen_by("a", bridge).keys().any(|key| key.split('{').next() == Some(name))
}

#[test]
fn what_is_beyond_the_cap_is_counted_together() {
    let (bridge, _folder) = started(&["--session-label=keep", "--compat=otelcol", "--max-series=40"]);
    for number in 0..20 {
        send(&bridge, &session(number));
    }
    seen_by("a", &bridge);
    let series = seen_by("a", &bridge);
    assert_eq!(sum(&series, "claude_code_session_count_total"), 20e9, "every one of them is counted");
    let overflow: f64 =
        series.iter().filter(|(key, _)| key.contains("otel_metric_overflow=\"true\"")).map(|(_, v)| v).sum();
    assert!(overflow > 100.0, "{overflow}");
    let shown = series.keys().filter(|key| key.starts_with("claude_code_") && key.contains("otel_scope_name")).count();
    assert!(shown <= 40, "{shown}");
    assert!(series["pilotlight_otlp_anomalous_points_total{reason=\"capped\"}"] > 200.0);
    assert_eq!(series["pilotlight_otlp_series_limit"], 40.0);
}

#[test]
fn names_beyond_the_cap_are_refused_and_told() {
    let (bridge, _folder) = started(&["--max-families=5"]);
    let named = |number| {
        let point = point(Number::Int(1));
        metric(
            &format!("m{number}"),
            Data::Sum { points: vec![point], temporality: Temporality::Delta, monotonic: true },
        )
    };
    (0..5).for_each(|number| send(&bridge, &named(number)));
    let answer = post(bridge.otlp, &named(5));
    assert_eq!(answer.status, 200);
    assert!(answer.text().contains("--max-families"), "{}", answer.text());
    send(&bridge, &named(0));
}

#[test]
fn points_that_are_not_taken_are_told_of_and_the_others_are() {
    let (bridge, _folder) = started(&[]);
    let sum_of = |points, temporality, monotonic| metric("jobs", Data::Sum { points, temporality, monotonic });
    for (request, reason) in [
        (sum_of(vec![point(Number::Int(1))], Temporality::Unspecified, true), "temporality"),
        (sum_of(vec![point(Number::Int(1))], Temporality::Delta, false), "temporality"),
        (sum_of(vec![point(Number::Int(-1))], Temporality::Delta, true), "negative"),
        (sum_of(vec![point(Number::Double(f64::NAN))], Temporality::Delta, true), "value"),
        (sum_of(vec![point(Number::Double(1e300))], Temporality::Cumulative, true), "value"),
        (metric("…", Data::Gauge(vec![point(Number::Int(1))])), "name"),
        // The bridge's own word on what agents spend, which nobody can put into its mouth.
        (metric("pilotlight.agent.source.tokens", Data::Gauge(vec![point(Number::Int(1))])), "reserved"),
    ] {
        let answer = post(bridge.otlp, &request);
        let text = answer.text();
        assert_eq!(answer.status, 200, "{text}");
        assert!(text.contains("\"rejectedDataPoints\":\"1\"") && text.contains(reason), "{reason}: {text}");
    }
    send(&bridge, &counter(&[], 2));
    let conflict = post(bridge.otlp, &metric("jobs_total", Data::Gauge(vec![point(Number::Int(1))])));
    assert!(conflict.text().contains("type"), "{}", conflict.text());
    let half = sum_of(vec![point(Number::Int(3)), point(Number::Double(f64::INFINITY))], Temporality::Delta, true);
    assert!(post(bridge.otlp, &half).text().contains("\"1\""));
    seen_by("a", &bridge);
    let series = seen_by("a", &bridge);
    assert_eq!(sum(&series, "jobs_total"), 5.0);
    assert_eq!(series["pilotlight_otlp_rejected_points_total{reason=\"temporality\"}"], 2.0);
}

#[test]
fn every_kind_of_metric_in_every_format() {
    let (bridge, _folder) = started(&["--no-zero-injection"]);
    let exponential = Exponential {
        count: 6,
        sum: Some(21.0),
        scale: 1,
        zero_count: 1,
        positive: Buckets { offset: 0, counts: vec![2, 3] },
        negative: Buckets::default(),
    };
    let points = vec![point(exponential)];
    send(&bridge, &metric("wait", Data::Exponential { points, temporality: Temporality::Delta }));
    let quantiles = vec![(0.5, 1.5), (0.99, 7.0)];
    send(&bridge, &metric("size", Data::Summary(vec![point(Summary { count: 3, sum: 9.0, quantiles })])));
    let histogram = |temporality| {
        let value = testkit::otlp::Histogram {
            count: 4,
            sum: Some(3.5),
            min: None,
            max: None,
            buckets: vec![1, 2, 1],
            bounds: vec![0.5, 1.0],
        };
        metric("took", Data::Histogram { points: vec![point(value)], temporality })
    };
    send(&bridge, &histogram(Temporality::Delta));
    send(&bridge, &histogram(Temporality::Delta));
    send(&bridge, &gauge(-2.5));
    send(&bridge, &counter(&[("le", "a")], 1));
    for headers in [PROMETHEUS, http::PROTOBUF, &[("Accept", "application/openmetrics-text; version=1.0.0")][..]] {
        http::scrape(bridge.page.address(), headers, &Validator::default(), None)
            .expect("nothing that Prometheus rejects");
    }
    let series = seen_by("a", &bridge);
    assert_eq!([sum(&series, "took_count"), sum(&series, "took_sum")], [8.0, 7.0]);
    assert_eq!(
        [sum(&series, "wait_count"), sum(&series, "size_count"), sum(&series, "queue_length")],
        [6.0, 3.0, -2.5]
    );
}

#[test]
fn a_resource_with_an_instance_has_its_target_info() {
    let mut request = counter(&[], 1);
    request.resources[0].attributes = texts(&[
        ("service.namespace", "shop"),
        ("service.name", "cart"),
        ("service.instance.id", "a-1"),
        ("service.version", "1.2"),
        ("process.command_args", "--password=canary"),
    ]);
    let shown = |flags: &[&str]| {
        let (bridge, _folder) = started(flags);
        send(&bridge, &request);
        seen_by("a", &bridge).into_keys().find(|key| key.starts_with("target_info")).expect("it is there")
    };
    assert_eq!(shown(&[]), r#"target_info{instance="a-1",job="shop/cart",service_version="1.2"}"#);
    assert!(shown(&AS_COLLECTOR).contains("process_command_args=\"--password=canary\""));
}

/// Another process has the ledger, and it stays whose it is.
#[test]
fn two_programs_on_one_ledger() {
    let (bridge, folder) = started(&[]);
    send(&bridge, &session(1));
    let ledger = folder.path().join("ledger.db");
    let output = refused(&ledger);
    assert!(output.contains("ledger.db") && output.contains(&bridge.page.id().to_string()), "{output}");
    send(&bridge, &session(1));
}

#[test]
fn files_that_are_no_ledger_stay_as_they_are() {
    let folder = tempfile::tempdir().expect("there is a folder for temporary files");
    let path = folder.path().join("notes.txt");
    std::fs::write(&path, "my notes, which are no database at all; ".repeat(200)).expect("the folder is ours");
    let before = std::fs::read(&path).expect("it is there");
    let output = refused(&path);
    assert!(output.contains("notes.txt"), "{output}");
    assert_eq!(std::fs::read(&path).expect("it is there"), before);
}

/// What a bridge says that can't start on this ledger.
fn refused(ledger: &Path) -> String {
    let binary = testkit::process::binary("otlp-bridge").expect("the bridge is built");
    let mut command = std::process::Command::new(binary);
    command.arg(format!("--ledger.file={}", ledger.display()));
    command.args([
        "--web.listen-address=127.0.0.1:0",
        "--otlp.http-address=127.0.0.1:0",
        "--otlp.grpc-address=127.0.0.1:0",
    ]);
    let ended = testkit::process::run(command, Duration::from_secs(10)).expect("it ends");
    assert_eq!(ended.status.code(), Some(1), "{}", ended.stderr);
    ended.stderr
}
