//! The program as a person starts it, and its page.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use testkit::http::{self, RawResponse};
use testkit::process::{Process, binary, free_address};
use testkit::redis::FakeRedis;
use testkit::{Validator, page};

/// No test waits for it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// What a busy machine may take beyond the time that a scrape has.
const BUSY: Duration = Duration::from_secs(1);

/// The program with one server.
pub(crate) struct Exporter(Process);

/// A page, and how long it took.
#[derive(Debug)]
pub(crate) struct Page {
    series: BTreeMap<String, f64>,
    pub(crate) took: Duration,
}

impl Exporter {
    /// Of that server, with these flags.
    pub(crate) fn start(redis: &FakeRedis, flags: &[&str]) -> Exporter {
        Exporter::of(&redis.url(), flags)
    }

    /// Of a server at an address as people write it.
    pub(crate) fn of(url: &str, flags: &[&str]) -> Exporter {
        Exporter::run(&[&[format!("--redis.addr={url}").as_str()], flags].concat(), &[])
    }

    /// With these flags and variables alone.
    pub(crate) fn run(flags: &[&str], variables: &[(&str, &str)]) -> Exporter {
        let address = free_address().unwrap();
        let mut command = command();
        command.arg(format!("--web.listen-address={address}")).args(flags).envs(variables.iter().copied());
        Exporter(Process::spawn(command, address, "/-/ready").unwrap())
    }

    /// With these flags, by which it answers nobody who is not known, or not in plain HTTP.
    pub(crate) fn guarded(flags: &[&str]) -> Exporter {
        let address = free_address().unwrap();
        let mut command = command();
        command.arg(format!("--web.listen-address={address}")).args(flags);
        Exporter(Process::listen(command, address).unwrap())
    }

    /// A page for one who waits for 10 seconds.
    pub(crate) fn page(&self) -> Page {
        self.page_within(10.0)
    }

    /// A page for one who waits for so many seconds, which comes in that time.
    pub(crate) fn page_within(&self, seconds: f64) -> Page {
        scrape(self.0.address(), "/metrics", seconds)
    }

    /// A page of another server, for one who waits for 2 seconds.
    pub(crate) fn page_of(&self, target: &str) -> Page {
        scrape(self.0.address(), &format!("/scrape?target={target}"), 2.0)
    }

    /// What it answers at a path.
    pub(crate) fn get(&self, path: &str) -> RawResponse {
        http::get(self.address(), path, &[]).unwrap()
    }

    /// The series of a page at a path.
    pub(crate) fn series(&self, path: &str) -> BTreeMap<String, f64> {
        scrape(self.address(), path, 10.0).series
    }

    /// Whether the server of a page is up; the class of what failed if it is not.
    pub(crate) fn up(&self, path: &str) -> Result<(), String> {
        let page = scrape(self.address(), path, 10.0);
        if page.is_up() { Ok(()) } else { Err(page.error().to_owned()) }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.0.address()
    }

    /// Of its process, whose files and threads Linux shows.
    #[cfg(target_os = "linux")]
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> String {
        self.0.stderr()
    }

    /// Ends it; how often it has logged that a scrape failed.
    pub(crate) fn warnings(self) -> usize {
        self.end().lines().filter(|line| line.contains("level=WARN") && line.contains("collector=redis")).count()
    }

    /// Ends it as the system does; all that it has logged.
    pub(crate) fn end(mut self) -> String {
        self.0.terminate().unwrap();
        let status = self.0.wait(PATIENCE).unwrap();
        assert!(status.success(), "{status}: {}", self.0.stderr());
        self.0.stderr()
    }
}

/// The program without what its user has set for the peer.
pub(crate) fn command() -> Command {
    let mut command = Command::new(binary("redis-exporter").unwrap());
    command.env_clear();
    command
}

/// What becomes of it with flags and variables that it does not start with.
pub(crate) fn ends(flags: &[&str], variables: &[(&str, &str)]) -> (Output, String) {
    let output = command().args(flags).envs(variables.iter().copied()).output().unwrap();
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    (output, text)
}

/// A page without defects that comes in time.
pub(crate) fn scrape(address: SocketAddr, path: &str, seconds: f64) -> Page {
    let begin = Instant::now();
    let timeout = seconds.to_string();
    let response = http::get(address, path, &[("X-Prometheus-Scrape-Timeout-Seconds", timeout.as_str())]).unwrap();
    let took = begin.elapsed();
    assert_eq!(response.status, 200);
    assert!(took < Duration::from_secs_f64(seconds) + BUSY, "{took:?}");
    let defects = VALIDATOR.check(&response.raw, None);
    assert!(defects.is_empty(), "{defects:?}");
    Page { series: page::series(&response.body), took }
}

/// Some names and labels are the peer's.
const VALIDATOR: Validator<'_> = Validator {
    without_total: WITHOUT_TOTAL,
    percentiles: &["redis_latency_percentiles_usec"],
    varying_labels: &[],
    may_fall: &[],
};

const WITHOUT_TOTAL: &[&str] = &[
    "redis_dump_payload_sanitizations",
    "redis_io_threaded_reads_processed",
    "redis_io_threaded_writes_processed",
    "redis_total_error_replies",
    "redis_total_reads_processed",
    "redis_total_writes_processed",
    "redis_unexpected_error_replies",
];

impl Page {
    /// The value of a series.
    pub(crate) fn get(&self, series: &str) -> Option<f64> {
        self.series.get(series).copied()
    }

    pub(crate) fn is_up(&self) -> bool {
        self.get("redis_up").unwrap() == 1.0
    }

    /// The class of what made the scrape fail; empty if nothing did.
    pub(crate) fn error(&self) -> &str {
        let classes: Vec<_> = self.labels("redis_exporter_last_scrape_error{err=\"").collect();
        let [(class, failed)] = classes.as_slice() else {
            // A label without text is none.
            assert_eq!((classes.len(), self.get("redis_exporter_last_scrape_error")), (0, Some(0.0)));
            return "";
        };
        assert_eq!(*failed, 1.0);
        class
    }

    /// Whether the scrape failed with this class of error and shows nothing of a server.
    #[track_caller]
    pub(crate) fn is_down(&self, class: &str) {
        assert_eq!((self.is_up(), self.error()), (false, class));
        assert_eq!(self.get("redis_exporter_collector_success{collector=\"redis\"}"), Some(0.0));
        let own = ["redis_exporter_", "redis_target_scrape_"];
        let of_server = |name: &&String| name.starts_with("redis_") && !own.iter().any(|start| name.starts_with(start));
        assert_eq!(self.series.keys().filter(of_server).collect::<Vec<_>>(), ["redis_up"]);
    }

    /// Whether the scrape went well.
    #[track_caller]
    pub(crate) fn is_good(&self) {
        assert_eq!((self.is_up(), self.error()), (true, ""));
    }

    /// What follows this start of a series up to a quotation mark, and the value.
    pub(crate) fn labels<'p>(&'p self, start: &'p str) -> impl Iterator<Item = (&'p str, f64)> {
        let series = self.series.iter().filter_map(move |(series, value)| Some((series.strip_prefix(start)?, *value)));
        series.map(|(rest, value)| (rest.split('"').next().unwrap_or(rest), value))
    }

    /// How many series there are.
    pub(crate) fn len(&self) -> usize {
        self.series.len()
    }

    /// The whole page, as text.
    pub(crate) fn text(&self) -> String {
        self.series.iter().map(|(series, value)| format!("{series} {value}\n")).collect()
    }
}
