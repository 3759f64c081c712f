//! Nothing that the bridge has acknowledged is lost or counted twice: not by the streams that senders really make, and not
//! when it is killed.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use testkit::http::{self, PROMETHEUS};
use testkit::otlp::Integers;
use testkit::otlp::Temporality::Delta;
use testkit::otlp::claude::{self, SERIES, Sample, Total};
use testkit::otlp::scenarios::{self, JSON, PROTOBUF};
use testkit::page;
use testkit::process::Signal;

use crate::bridge::{AS_COLLECTOR, Bridge};

/// Another seed is another stream with the same properties.
const SEED: u64 = 20_261_121;
/// How often the bridge is killed, and how long that may take.
const KILLS: u64 = 25;
const LEAST_KILLS: u64 = 20;
const PATIENCE: Duration = Duration::from_secs(30);
const MINUTE: u64 = 60_000_000_000;

#[test]
fn streams_as_senders_make_them() {
    let folder = tempfile::tempdir().expect("there is a folder for temporary files");
    let bridge = Bridge::start(&folder.path().join("ledger.db"), &AS_COLLECTOR);
    let mut wrong = Vec::new();
    for scenario in scenarios::all(SEED, half_an_hour_ago()) {
        for (number, step) in scenario.steps.iter().enumerate() {
            let headers = [("Content-Type", step.content_type)];
            let answer = http::post(bridge.otlp, "/v1/metrics", &headers, &step.body).expect("the bridge answers");
            let place = format!("{}, request {number}", scenario.name);
            assert_eq!(answer.status, step.status, "{place}: {}", answer.text());
        }
        let page = shown(bridge.page.address());
        for (series, total) in &scenario.truth {
            let found = page.get(series).and_then(|value| total.shown(*value));
            if found != Some(total.amount) {
                wrong.push(format!("{}: {series}: {found:?} instead of {}", scenario.name, total.amount));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What a sender may make of the same request.
#[test]
fn one_request_in_every_form() {
    let samples = every_series(half_an_hour_ago(), MINUTE);
    let request = claude::request(1, Delta, &samples);
    let (protobuf, strings, numbers) =
        (request.protobuf(), request.json(Integers::Strings), request.json(Integers::Numbers));
    let forms = [
        ("protobuf", PROTOBUF, protobuf.as_slice(), None),
        ("protobuf in chunks", PROTOBUF, &protobuf, Some(100)),
        ("JSON with strings", JSON, &strings, None),
        ("JSON with numbers", "application/json; charset=utf-8", &numbers, None),
        ("JSON in many chunks", JSON, &numbers, Some(7)),
    ];
    for (form, content_type, body, chunk) in forms {
        for gzip in [false, true] {
            let compressed = if gzip { http::gzipped(body) } else { body.to_vec() };
            let encoding = if gzip { "gzip" } else { "identity" };
            let headers = [("Content-Type", content_type), ("Content-Encoding", encoding)];
            let folder = tempfile::tempdir().expect("there is a folder for temporary files");
            let bridge = Bridge::start(&folder.path().join("ledger.db"), &AS_COLLECTOR);
            let answer = match chunk {
                Some(chunk) => http::post_chunked(bridge.otlp, "/v1/metrics", &headers, &compressed, chunk),
                None => http::post(bridge.otlp, "/v1/metrics", &headers, &compressed),
            };
            let answer = answer.expect("the bridge answers");
            assert_eq!(answer.status, 200, "{form}, {encoding}: {}", answer.text());
            let sent: Vec<_> = (0..SERIES).map(amount).map(Some).collect();
            assert_eq!(amounts(&shown(bridge.page.address()), 1), sent, "{form}, {encoding}");
        }
    }
}

/// The answer to a request that was being committed is lost with the process. Its sender sends it again, which must add it
/// if it was lost too, and must not if it wasn't.
#[test]
fn a_bridge_that_is_killed_again_and_again() {
    let folder = tempfile::tempdir().expect("there is a folder for temporary files");
    let ledger = folder.path().join("ledger.db");
    let mut senders = [Sender::new(1), Sender::new(2)];
    let mut seen = BTreeMap::new();
    let deadline = Instant::now() + PATIENCE;
    let mut kills = 0;
    while kills < KILLS && Instant::now() < deadline {
        let mut bridge = Bridge::start(&ledger, &AS_COLLECTOR);
        never_falls(&mut seen, bridge.page.address());
        let (page, otlp) = (bridge.page.address(), bridge.otlp);
        thread::scope(|scope| {
            senders.iter_mut().for_each(|sender| drop(scope.spawn(|| sender.send_until_refused(otlp))));
            // Steps that share no factor with the interval meet every part of a request.
            thread::sleep(Duration::from_micros(500 + kills * 7_919 % 30_000));
            never_falls(&mut seen, page);
            thread::sleep(Duration::from_micros(kills * 1_237 % 5_000));
            bridge.page.signal(Signal::KILL).expect("the bridge runs until it is killed");
        });
        kills += 1;
    }
    assert!(kills >= LEAST_KILLS, "{kills} kills in {PATIENCE:?}");

    let bridge = Bridge::start(&ledger, &AS_COLLECTOR);
    never_falls(&mut seen, bridge.page.address());
    for sender in &mut senders {
        sender.send(bridge.otlp).expect("nobody kills it now");
    }
    let page = shown(bridge.page.address());
    for Sender { session, acknowledged, .. } in senders {
        assert!(acknowledged > kills, "{acknowledged} requests in {kills} lives");
        let sent: Vec<_> = (0..SERIES).map(|series| Some(acknowledged * amount(series))).collect();
        assert_eq!(amounts(&page, session), sent, "after {acknowledged} requests");
    }
}

/// What a page shows of each series of a session.
fn amounts(page: &BTreeMap<String, f64>, session: u32) -> Vec<Option<u64>> {
    let exposed = (0..SERIES).map(|series| claude::exposed(session, series));
    exposed.map(|(series, digits)| Total { amount: 0, digits }.shown(*page.get(&series)?)).collect()
}

/// Scrapes, and holds that no series that was seen before is lower or gone.
fn never_falls(seen: &mut BTreeMap<String, f64>, page: SocketAddr) {
    let now = shown(page);
    for (series, before) in seen.iter() {
        let value = now.get(series);
        assert!(value.is_some_and(|value| value >= before), "{series} fell from {before} to {value:?}");
    }
    *seen = now;
}

/// The counters of the agent on the page, on a second look: a new series may be shown as 0 once.
fn shown(page: SocketAddr) -> BTreeMap<String, f64> {
    let scrape = || http::get(page, "/metrics", PROMETHEUS).expect("the bridge answers");
    scrape();
    let mut series = page::series(&scrape().body);
    series.retain(|name, _| name.starts_with("claude_code_"));
    series
}

/// A process of an agent, with a session of its own, that sends the same request until it is acknowledged.
struct Sender {
    session: u32,
    beginning: u64,
    /// How many requests were.
    acknowledged: u64,
}

impl Sender {
    fn new(session: u32) -> Sender {
        Sender { session, beginning: half_an_hour_ago(), acknowledged: 0 }
    }

    fn send_until_refused(&mut self, otlp: SocketAddr) {
        while self.send(otlp).is_some() {}
    }

    /// Sends the request that is next; `None` if there is no answer.
    fn send(&mut self, otlp: SocketAddr) -> Option<()> {
        // Short intervals, so that some thousands are not from the future.
        let samples = every_series(self.beginning + self.acknowledged * (MINUTE / 1_000), MINUTE / 1_000);
        let body = claude::request(self.session, Delta, &samples).protobuf();
        let answer = http::post(otlp, "/v1/metrics", &[("Content-Type", PROTOBUF)], &body).ok()?;
        assert_eq!(answer.status, 200, "{}", answer.text());
        self.acknowledged += 1;
        Some(())
    }
}

/// A sample of each series, of an interval of so many nanoseconds.
fn every_series(start: u64, length: u64) -> Vec<Sample> {
    let sample = |series| Sample { series, amount: amount(series), start, time: start + length };
    (0..SERIES).map(sample).collect()
}

/// What every request adds to a series: another amount for each, so that none can stand in for another.
fn amount(series: usize) -> u64 {
    (1..).step_by(1_009).nth(series).expect("the numbers don't end")
}

/// In nanoseconds since 1970: recent enough for a point to count for the day that it names.
fn half_an_hour_ago() -> u64 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is right");
    u64::try_from(since_1970.as_nanos()).expect("the clock is right") - 30 * MINUTE
}
