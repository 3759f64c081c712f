//! redis-exporter on a server of a suite, scraped as Prometheus does it: a page that Prometheus would not take whole, or a counter
//! that falls, fails the test.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::process::Command;
use std::time::{Duration, Instant};

use testkit::http::{self, RawResponse};
use testkit::process::{Process, binary, free_address};
use testkit::{Validator, page};

use super::server::Server;

/// What a busy machine may take beyond the time that a scrape has.
const BUSY: Duration = Duration::from_secs(1);

/// Some names and labels are the peer's.
pub(crate) const VALIDATOR: Validator<'_> = Validator {
    without_total: &WITHOUT_TOTAL,
    percentiles: &["redis_latency_percentiles_usec"],
    varying_labels: &[],
    may_fall: &[],
};

const WITHOUT_TOTAL: [&str; 7] = [
    "redis_dump_payload_sanitizations",
    "redis_io_threaded_reads_processed",
    "redis_io_threaded_writes_processed",
    "redis_total_error_replies",
    "redis_total_reads_processed",
    "redis_total_writes_processed",
    "redis_unexpected_error_replies",
];

/// A running exporter; killed when dropped.
pub(crate) struct Exporter {
    process: Process,
    last: RefCell<Option<RawResponse>>,
}

impl Exporter {
    /// One of that server.
    pub(crate) fn start(server: &Server, flags: &[&str]) -> Exporter {
        Exporter::of(&server.url(), flags)
    }

    /// One of a server at an address as people write it.
    pub(crate) fn of(url: &str, flags: &[&str]) -> Exporter {
        let mut command = Command::new(binary("redis-exporter").expect("it is built"));
        command.arg(format!("--redis.addr={url}")).args(flags);
        Exporter::spawn(command)
    }

    /// Any command of an exporter that lacks nothing but where to listen.
    pub(crate) fn spawn(mut command: Command) -> Exporter {
        let address = free_address().expect("loopback has a free port");
        command.arg(format!("--web.listen-address={address}"));
        let process = Process::spawn(command, address, "/-/ready").expect("the exporter starts");
        Exporter { process, last: RefCell::default() }
    }

    /// A scrape.
    pub(crate) fn page(&self) -> Page {
        self.page_within(10.0)
    }

    /// A scrape by one who waits for so many seconds, which is through in that time.
    pub(crate) fn page_within(&self, seconds: f64) -> Page {
        let begin = Instant::now();
        let timeout = seconds.to_string();
        let headers = [("X-Prometheus-Scrape-Timeout-Seconds", timeout.as_str())];
        let response = http::get(self.process.address(), "/metrics", &headers).expect("it answers");
        assert!(begin.elapsed() < Duration::from_secs_f64(seconds) + BUSY, "{:?}", begin.elapsed());
        let mut last = self.last.borrow_mut();
        let defects = VALIDATOR.check(&response.raw, last.as_ref().map(|last| last.raw.as_slice()));
        assert!(defects.is_empty(), "{defects:?}");
        let page = Page(page::series(&response.body));
        *last = Some(response);
        page
    }

    /// The server is another one now: what it counts begins anew.
    pub(crate) fn forget(&self) {
        self.last.replace(None);
    }

    /// What it has logged.
    pub(crate) fn log(&self) -> String {
        self.process.stderr()
    }

    pub(crate) fn process(&self) -> &Process {
        &self.process
    }
}

/// What a page says.
pub(crate) struct Page(BTreeMap<String, f64>);

impl Page {
    /// The value of a series, given as `name{a="1",b="2"}`.
    pub(crate) fn get(&self, series: &str) -> Option<f64> {
        self.0.get(series).copied()
    }

    /// The series of a family.
    pub(crate) fn series<'p>(&'p self, family: &'p str) -> impl Iterator<Item = (&'p str, f64)> {
        let is_of = move |series: &str| {
            series.strip_prefix(family).is_some_and(|rest| rest.is_empty() || rest.starts_with('{'))
        };
        self.0.iter().filter(move |(series, _)| is_of(series)).map(|(series, value)| (series.as_str(), *value))
    }

    /// The values of a label among the series of a family, in order.
    pub(crate) fn labels<'p>(&'p self, family: &'p str, name: &str) -> Vec<&'p str> {
        let mut values: Vec<&str> = self.series(family).map(|(series, _)| label(series, name)).collect();
        values.sort_unstable();
        values.dedup();
        values
    }

    pub(crate) fn sum(&self, family: &str) -> f64 {
        self.series(family).map(|(_, value)| value).sum()
    }

    /// Whether any series begins so.
    pub(crate) fn shows(&self, start: &str) -> bool {
        self.0.keys().any(|series| series.starts_with(start))
    }

    /// The scrape went well.
    #[track_caller]
    pub(crate) fn is_good(&self) {
        assert_eq!((self.get("redis_up"), self.error()), (Some(1.0), ""));
    }

    /// The scrape failed with this class of error.
    #[track_caller]
    pub(crate) fn is_down(&self, class: &str) {
        assert_eq!((self.get("redis_up"), self.error()), (Some(0.0), class));
    }

    /// The class of what made the scrape fail; empty if nothing did.
    pub(crate) fn error(&self) -> &str {
        let family = "redis_exporter_last_scrape_error";
        self.series(family).next().map(|(series, _)| label(series, "err")).unwrap_or_default()
    }
}

/// The value of a series' label, as it stands; empty if it has none.
pub(crate) fn label<'s>(series: &'s str, name: &str) -> &'s str {
    let starts = [format!("{{{name}=\""), format!(",{name}=\"")];
    let value = starts.iter().find_map(|start| series.split_once(start.as_str()));
    value.and_then(|(_, rest)| rest.split('"').next()).unwrap_or_default()
}
