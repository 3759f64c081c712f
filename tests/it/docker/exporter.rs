//! docker-exporter on an engine of a suite, scraped as Prometheus does it: a page that Prometheus would not take whole, or a counter
//! that falls, fails the test.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::net::SocketAddr;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use testkit::http::{self, PROMETHEUS, RawResponse};
use testkit::process::{Process, binary, free_address};
use testkit::{Validator, page};

use super::engine::Engine;
use super::truth::{Counts, Truth};

/// How long the exporter may take to show what has happened.
const PATIENCE: Duration = Duration::from_secs(30);

/// Between two scrapes while something is waited for.
const PAUSE: Duration = Duration::from_millis(200);

/// By then the exporter has taken its second look: what is counted twice shows.
const SETTLED: Duration = Duration::from_millis(1500);

/// A running exporter; killed when dropped.
pub(crate) struct Exporter {
    process: Process,
    last: RefCell<Option<RawResponse>>,
}

impl Exporter {
    /// One beside the engine, which it asks by its socket. It shows a new total at once.
    pub(crate) fn start(engine: &Engine, flags: &[&str]) -> Exporter {
        let host = engine.host();
        Exporter::start_at(engine, &host, flags)
    }

    /// The same, with the engine at another address.
    pub(crate) fn start_at(engine: &Engine, host: &str, flags: &[&str]) -> Exporter {
        let mut command = engine.command(binary("docker-exporter").expect("it is built"));
        command.arg(format!("--docker.host={host}")).arg("--new-total-zero=0s").args(flags);
        Exporter::spawn(command)
    }

    /// Any command of an exporter that lacks nothing but where to listen.
    pub(crate) fn spawn(mut command: Command) -> Exporter {
        let address = free_address().expect("loopback has a free port");
        command.arg(format!("--web.listen-address={address}"));
        let process = Process::spawn(command, address, "/-/ready").expect("the exporter starts");
        Exporter { process, last: RefCell::default() }
    }

    /// One that has met the engine: what happens from now on is counted.
    pub(crate) fn attentive(engine: &Engine, flags: &[&str]) -> Exporter {
        let exporter = Exporter::start(engine, flags);
        exporter.listens();
        exporter
    }

    /// Waits until it follows the engine.
    pub(crate) fn listens(&self) {
        self.shows("that it follows the engine", &[Some(1.0), Some(1.0)], |page| {
            ["docker_up", "docker_exporter_event_stream_connected"].map(|metric| page.one(metric, &[]))
        });
    }

    /// A scrape.
    pub(crate) fn page(&self) -> Page {
        let mut last = self.last.borrow_mut();
        let response = scrape(self.process.address(), last.as_ref());
        let page = Page::of(&response);
        *last = Some(response);
        page
    }

    /// Scrapes until the page tells what is expected.
    ///
    /// # Panics
    /// When it does not, with what it tells.
    pub(crate) fn shows<T: Debug + PartialEq>(&self, what: &str, expected: &T, of: impl Fn(&Page) -> T) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let shown = of(&self.page());
            if shown == *expected {
                return;
            }
            assert!(
                Instant::now() < deadline,
                "{what}: {expected:?} is expected, shown is {shown:?}\n{}",
                self.process.stderr()
            );
            thread::sleep(PAUSE);
        }
    }

    /// Scrapes until the page counts what is expected, and then whether it still does after the exporter has looked again.
    pub(crate) fn counts<T: Debug + PartialEq>(&self, what: &str, expected: &T, of: impl Fn(&Page) -> T) {
        self.shows(what, expected, &of);
        thread::sleep(SETTLED);
        assert_eq!(of(&self.page()), *expected, "{what}, a moment later");
    }

    /// Waits until the page counts what the engine has told, and until it does after the exporter has looked again. What that is.
    pub(crate) fn agrees(&self, truth: &Truth) -> Counts {
        let difference = |page: &Page| {
            let (told, shown) = (truth.counts(), page.counts());
            (told != shown).then_some((told, shown))
        };
        self.shows("what the engine has told", &None, difference);
        thread::sleep(SETTLED);
        self.shows("what the engine has told, a moment later", &None, difference);
        truth.counts()
    }

    pub(crate) fn process(&self) -> &Process {
        &self.process
    }
}

/// A page that Prometheus takes whole, after the one before.
pub(crate) fn scrape(address: SocketAddr, previous: Option<&RawResponse>) -> RawResponse {
    let response = http::get(address, "/metrics", PROMETHEUS).expect("it answers");
    let types = page::types(&response.body);
    let families: Vec<&str> = types.keys().map(String::as_str).collect();
    // A container has the labels that are set on it, and no others. What the kernel counts begins anew with each run.
    let may_fall: Vec<&str> = families.iter().copied().filter(|family| is_of_kernel(family)).collect();
    let validator = Validator {
        varying_labels: &families,
        without_total: &["container_memory_failcnt"],
        may_fall: &may_fall,
        ..Validator::default()
    };
    let defects = validator.check(&response.raw, previous.map(|previous| previous.raw.as_slice()));
    assert!(defects.is_empty(), "{defects:?}");
    response
}

/// What a page says.
pub(crate) struct Page(BTreeMap<String, f64>);

impl Page {
    pub(crate) fn of(response: &RawResponse) -> Page {
        let page = Page(page::series(&response.body));
        let refused = page.series("pilotlight_refused_metrics_total", &[]);
        assert!(!refused.is_empty() && refused.iter().all(|(_, value)| *value == 0.0), "{refused:?}");
        page
    }

    /// The series of a family that have these labels.
    pub(crate) fn series(&self, metric: &str, labels: &[(&str, &str)]) -> Vec<(&str, f64)> {
        let all = self.0.iter().map(|(series, value)| (series.as_str(), *value));
        all.filter(|(series, _)| {
            is_of(series, metric) && labels.iter().all(|(name, value)| label(series, name) == *value)
        })
        .collect()
    }

    /// The value of the only series of a family that has these labels; `None` if there is none.
    pub(crate) fn one(&self, metric: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let series = self.series(metric, labels);
        assert!(series.len() < 2, "{series:?}");
        series.first().map(|(_, value)| *value)
    }

    /// The only value of a family for a container.
    pub(crate) fn named(&self, metric: &str, name: &str) -> Option<f64> {
        self.one(metric, &[("name", name)])
    }

    /// The values of a label among the series of a family that have these labels and are not 0, in order.
    pub(crate) fn labels(&self, metric: &str, labels: &[(&str, &str)], name: &str) -> Vec<String> {
        let series = self.series(metric, labels).into_iter().filter(|(_, value)| *value != 0.0);
        let mut values: Vec<String> = series.map(|(series, _)| label(series, name).to_owned()).collect();
        values.sort();
        values
    }

    /// In which state a container is.
    pub(crate) fn state(&self, name: &str) -> Vec<String> {
        self.labels("container_state", &[("name", name)], "state")
    }

    /// What is counted of containers, where it is not 0.
    pub(crate) fn counts(&self) -> Counts {
        let by = |metric: &str, names: &[&str]| {
            let series = self.series(metric, &[]).into_iter().filter(|(_, value)| *value != 0.0);
            let labels = |series: &str| names.iter().map(|name| label(series, name).to_owned()).collect::<Vec<_>>();
            series.map(|(series, value)| (labels(series).join(" "), value)).collect()
        };
        Counts {
            restarts: by("container_restarts_total", &["name"]),
            exits: by("container_exits_total", &["name", "code_class", "reason"]),
            oom_kills: by("container_oom_kills_total", &["name"]),
            health: by("container_health_transitions_total", &["name", "to"]),
            created: by("container_created_total", &["project"]),
            destroyed: by("container_destroyed_total", &["project"]),
        }
    }
}

fn is_of_kernel(family: &str) -> bool {
    let groups = ["cpu", "fs", "memory", "network", "pressure"];
    groups.iter().any(|group| family.starts_with(&format!("container_{group}_")))
}

fn is_of(series: &str, metric: &str) -> bool {
    series.strip_prefix(metric).is_some_and(|rest| rest.is_empty() || rest.starts_with('{'))
}

/// The value of a series' label, as it stands; empty if it has none.
pub(crate) fn label<'s>(series: &'s str, name: &str) -> &'s str {
    let starts = [format!("{{{name}=\""), format!(",{name}=\"")];
    let value = starts.iter().find_map(|start| series.split_once(start.as_str()));
    value.and_then(|(_, rest)| rest.split('"').next()).unwrap_or_default()
}
