//! Pages in protobuf, as a real Prometheus reads them: exact counters, native histograms, start timestamps, and families
//! in more than one message.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use exposition::{
    Cursor, ExponentialBuckets, ExponentialValue, Families, Format, Gzip, HistogramValue, Kind, Number, Preference,
    Store, SummaryValue, Value, accepts_gzip, negotiate,
};
use tempfile::TempDir;
use testkit::Validator;
use testkit::http::{PROMETHEUS, PROTOBUF, scrape};
use testkit::process::{Process, free_address};

use crate::prometheus::{api, query, wait_until};
use crate::tools::Tools;

/// So small that nearly every series is a message of its own.
const PIECE: usize = 100;

/// Series of every kind, begun when they are made.
fn store() -> Store {
    let mut store = Store::default();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
    let created = u64::try_from(now.as_nanos()).expect("it is before 2554");
    let mut add = |name: &str, kind: Kind, labels: &[(&str, &str)], value: Value| {
        let family = store.family(name, "Help.", kind).expect("the name is good");
        store.add(family, labels, created, value).expect("the series is good");
    };
    for number in 0..50_u32 {
        let units = i64::from(number) * 1_000_000;
        let labels = [("session", number.to_string()), ("text", "a\"b\\c\nü".to_owned())];
        let labels = labels.each_ref().map(|(name, value)| (*name, value.as_str()));
        add("cost_USD_total", Kind::Counter, &labels, Number::Decimal { units, nanos: 123_456_789 }.into());
    }
    let buckets = |offset, counts: &[u64]| ExponentialBuckets { offset, counts: counts.into() };
    // 10 values between 1 and 2, of which 4 below the root of 2; scale 9 is finer than Prometheus has.
    let fine: Vec<u64> = (0..512).map(|index| if index % 64 == 0 { 1 } else { 0 }).collect();
    let mut exponential = |labels: &[(&str, &str)], scale, positive, negative| {
        let value = ExponentialValue::new(scale, 0.0, 2, positive, negative, 42.5).expect("the histogram is good");
        add("latency_seconds", Kind::Histogram, labels, value.into());
    };
    exponential(&[("of", "both")], 1, buckets(0, &[4, 0, 0, 0, 0, 6]), buckets(3, &[5]));
    exponential(&[("of", "fine")], 9, buckets(0, &fine), buckets(0, &[]));
    exponential(&[("of", "coarse")], -6, buckets(0, &[3]), buckets(0, &[]));
    let classic = HistogramValue::new(&[0.5, 1.0], &[1, 2, 3], 9.25).expect("the histogram is good");
    add("latency_seconds", Kind::Histogram, &[("of", "classic")], classic.into());
    let summary = SummaryValue::new(&[(0.5, 1.0), (0.99, 2.0)], 7.5, 3).expect("the summary is good");
    add("pause_seconds", Kind::Summary, &[], summary.into());
    add("budget_ratio", Kind::Gauge, &[], Number::Decimal { units: -1, nanos: 500_000_000 }.into());
    store
}

/// Serves pages of a store after a staged family, in the format that is asked for.
fn serve(store: Store) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let address = listener.local_addr().expect("it listens");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A client that goes away has its own words for it.
            answer(stream, &store).ok();
        }
    });
    address
}

fn answer(mut stream: TcpStream, store: &Store) -> io::Result<()> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.extend_from_slice(&byte);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let header = |name: &str| {
        let mut headers = head.lines().filter_map(|line| line.split_once(": "));
        headers.find(|(header, _)| header.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    };
    let format = negotiate(header("accept"), Preference::Text);
    let is_compressed = accepts_gzip(header("accept-encoding"));
    let mut page = page(store, format);
    if is_compressed {
        page = compressed(&page);
    }
    let coding = if is_compressed { "Content-Encoding: gzip\r\n" } else { "" };
    let (kind, length) = (format.content_type(), page.len());
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: {kind}\r\n{coding}Content-Length: {length}\r\n\r\n"
    )?;
    stream.write_all(&page)
}

fn page(store: &Store, format: Format) -> Vec<u8> {
    let (mut staged, mut out) = (Families::default(), Vec::new());
    let up = staged.family("build_info", "Version.", Kind::Gauge).expect("the name is good");
    staged.sample(up, &[("version", "1")], 1.0);
    format.encode_open(&mut staged, &mut out);
    let mut cursor = Cursor::new(format, None).after(&staged);
    while store.write(&mut cursor, &mut out, PIECE) {}
    format.end(&mut out);
    out
}

fn compressed(page: &[u8]) -> Vec<u8> {
    let (mut gzip, mut out) = (Gzip::new(), Vec::new());
    page.chunks(PIECE).for_each(|piece| gzip.write(piece, &mut out));
    gzip.finish(&mut out);
    out
}

/// One that scrapes the target in protobuf, and in text as a job beside it, and takes start timestamps for samples of 0.
fn start_prometheus(tools: &Tools, folder: &TempDir, target: SocketAddr) -> Process {
    let address = free_address().expect("loopback has a free port");
    let target = format!("    static_configs: [{{targets: [\"{target}\"]}}]\n");
    let config = [
        "global:\n  scrape_interval: 1s\nscrape_configs:\n",
        "  - job_name: protobuf\n    scrape_protocols: [PrometheusProto]\n    scrape_native_histograms: true\n",
        &target,
        "  - job_name: classic\n    scrape_protocols: [PrometheusProto]\n",
        &target,
        "  - job_name: text\n    scrape_protocols: [PrometheusText0.0.4]\n",
        &target,
        "  - job_name: self\n    static_configs: [{targets: [\"",
        &format!("{address}\"]}}]\n"),
    ];
    let path = folder.path().join("prometheus.yml");
    fs::write(&path, config.concat()).expect("the folder is ours");
    let mut command = tools.command("prometheus");
    command
        .arg(format!("--config.file={}", path.display()))
        .arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()))
        .arg("--enable-feature=created-timestamp-zero-ingestion")
        .arg(format!("--web.listen-address={address}"));
    Process::spawn(command, address, "/-/ready").expect("Prometheus starts")
}

/// Names, labels but the job, and values of a job's series.
fn stored(server: &Process, job: &str, names: &str) -> BTreeSet<String> {
    let series = query(server, &format!("{{__name__=~\"{names}\", job=\"{job}\"}}"));
    let line = |(mut labels, value): (serde_json::Value, f64)| {
        labels["job"].take();
        format!("{labels} {value}")
    };
    series.into_iter().map(line).collect()
}

/// What complains and what is dropped.
#[track_caller]
fn assert_content(server: &Process) {
    let dropped = query(server, "{__name__=~\"prometheus_target_scrapes_sample_.*_total\"} > 0");
    assert!(dropped.is_empty(), "{dropped:?}");
    let log = server.stderr();
    assert!(!log.contains("level=WARN") && !log.contains("level=ERROR"), "{log}");
}

#[test]
fn prometheus_stores_what_a_store_has() {
    let Some(tools) = Tools::find("protobuf", &["prometheus"]) else { return };
    let target = serve(store());
    let validator = Validator::default();
    let first = scrape(target, PROTOBUF, &validator, None).expect("the page is good");
    scrape(target, PROTOBUF, &validator, Some(&first)).expect("so is the next one");
    assert!(first.header("content-type").is_some_and(|kind| kind.starts_with("application/vnd.google.protobuf;")));
    scrape(target, PROMETHEUS, &validator, None).expect("so is the one in text");

    let folder = tempfile::tempdir().expect("there is a folder for temporary files");
    let server = start_prometheus(&tools, &folder, target);
    for job in ["protobuf", "classic", "text"] {
        wait_until(&server, "a good scrape", || {
            query(&server, &format!("up{{job=\"{job}\"}}")).iter().any(|(_, value)| *value == 1.0)
        });
    }
    counters_and_classic_series(&server);
    native_histograms(&server);
    start_timestamps(&server);
    assert_content(&server);
}

/// They are the same in both formats; a histogram that is not native is so by its buckets.
fn counters_and_classic_series(server: &Process) {
    let names = "cost_USD_total|pause_.*|budget_ratio|build_info";
    let text = stored(server, "text", names);
    assert_eq!(text.len(), 50 + 4 + 1 + 1);
    assert_eq!(stored(server, "protobuf", names), text);
    let last = query(server, "cost_USD_total{job=\"protobuf\",session=\"49\"}");
    assert!(matches!(&last[..], [(_, 49_000_000.123_456_789)]), "{last:?}");
    let classic = |job: &str| stored(server, job, "latency_seconds_.*");
    // Whoever does not want native histograms gets all the buckets that text has.
    assert_eq!(classic("classic"), classic("text"));
    let mixed = classic("protobuf");
    assert!(mixed.len() > 5 && mixed.is_subset(&classic("text")), "{mixed:?}");
    assert!(mixed.iter().all(|series| series.contains("coarse") || series.contains("classic")), "{mixed:?}");
}

fn native_histograms(server: &Process) {
    let of = |promql: &str, of: &str| {
        let promql = promql.replace("{}", &format!("{{of=\"{of}\",job=\"protobuf\"}}"));
        let [(_, value)] = query(server, &promql)[..] else { panic!("{promql} has not one value") };
        value
    };
    assert_eq!(of("histogram_count(latency_seconds{})", "both"), 17.0);
    assert_eq!(of("histogram_sum(latency_seconds{})", "both"), 42.5);
    // Five below −2.8, two zeros, four between 1 and the root of 2.
    assert_eq!(of("histogram_fraction(-inf, -1, latency_seconds{}) * 17", "both"), 5.0);
    assert!((of("histogram_fraction(-inf, 1, latency_seconds{}) * 17", "both") - 7.0).abs() < 1e-9);
    assert!((of("histogram_fraction(1, 1.4142135623730951, latency_seconds{}) * 17", "both") - 4.0).abs() < 1e-9);
    assert_eq!(of("histogram_count(latency_seconds{})", "fine"), 10.0);
    assert!((of("histogram_fraction(1, 2, latency_seconds{}) * 10", "fine") - 8.0).abs() < 1e-9);
}

/// With its feature on, Prometheus puts a 0 where a series says it began, so that its first value counts as growth.
fn start_timestamps(server: &Process) {
    for series in
        ["cost_USD_total{session=\"7\",job=\"protobuf\"}", "latency_seconds_count{of=\"classic\",job=\"protobuf\"}"]
    {
        let encoded = series.replace('{', "%7B").replace('}', "%7D").replace('"', "%22").replace('=', "%3D");
        let answer = api(server, &format!("query?query={encoded}%5B10m%5D"));
        let first = answer["data"]["result"][0]["values"][0][1].as_str();
        assert_eq!(first, Some("0"), "{series}: {answer}");
        let text = api(server, &format!("query?query={}%5B10m%5D", encoded.replace("protobuf", "text")));
        assert_ne!(text["data"]["result"][0]["values"][0][1].as_str(), Some("0"), "{series}: {text}");
    }
}

/// What an exporter stages, too, is the same whatever the format.
#[test]
fn prometheus_stores_the_same_of_an_exporter_as_in_text() {
    let Some(tools) = Tools::find("protobuf", &["prometheus"]) else { return };
    let exporter = Process::start("host-exporter", &[]).expect("the exporter starts");
    let folder = tempfile::tempdir().expect("there is a folder for temporary files");
    let server = start_prometheus(&tools, &folder, exporter.address());
    let series = |job: &str| -> BTreeSet<String> {
        let series = query(&server, &format!("{{__name__=~\"node_.*|process_.*|promhttp_.*\", job=\"{job}\"}}"));
        let labels = series.into_iter().map(|(mut labels, _)| {
            labels["job"].take();
            labels.to_string()
        });
        labels.collect()
    };
    wait_until(&server, "the same series in protobuf as in text", || {
        let text = series("text");
        text.len() > 100 && series("protobuf") == text
    });
    assert_content(&server);
}
