//! An exporter whose collectors are closures, served on a free port until it is dropped.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use exporter_toolkit::{
    Address, Collector, CollectorSpec, Exporter, Identity, Listen, Listener, Outcome, ScrapeDescs, Security, Service,
    Shutdown, Stop, Watch, Web, serve,
};
use exposition::{Desc, Families, Kind};
use testkit::http::{RawResponse, get};
use testkit::page;

static SUCCESS: Desc =
    Desc { name: "x_scrape_collector_success", help: "Success.", kind: Kind::Gauge, labels: &["collector"] };
static DURATION: Desc =
    Desc { name: "x_scrape_collector_duration_seconds", help: "Duration.", kind: Kind::Gauge, labels: &["collector"] };
static BUILD: Desc = Desc {
    name: "x_exporter_build_info",
    help: "Build.",
    kind: Kind::Gauge,
    labels: &["branch", "goarch", "goos", "goversion", "revision", "tags", "version"],
};
static READINGS: Desc =
    Desc { name: "x_readings_total", help: "Readings.", kind: Kind::Counter, labels: &["collector", "thing"] };

pub(crate) type Read = dyn Fn(&Watch<'_>, &mut Vec<String>) -> Outcome + Send + Sync;

/// A collector that reads as its closure does, and shows which things it has got.
struct Closure {
    name: &'static str,
    read: Arc<Read>,
    things: Vec<String>,
}

impl Collector for Closure {
    fn read(&mut self, watch: &Watch<'_>) -> Outcome {
        self.things.clear();
        (self.read)(watch, &mut self.things)
    }

    fn samples(&self, out: &mut Families) {
        for thing in &self.things {
            assert!(thing != "unshapable", "a panic of the test's own");
            out.add(&READINGS, &[self.name, thing], 1_u32);
        }
    }
}

/// `read` pushes the things that it got.
pub(crate) fn collector(
    name: &'static str,
    read: impl Fn(&Watch<'_>, &mut Vec<String>) -> Outcome + Send + Sync + 'static,
) -> CollectorSpec {
    let read: Arc<Read> = Arc::new(read);
    CollectorSpec { name, build: Box::new(move || Box::new(Closure { name, read: Arc::clone(&read), things: vec![] })) }
}

/// A collector that always gets one thing.
pub(crate) fn steady(name: &'static str) -> CollectorSpec {
    collector(name, |_, things| {
        things.push("steady".to_owned());
        Outcome::Ok
    })
}

pub(crate) fn exporter(collectors: Vec<CollectorSpec>) -> Exporter {
    let identity = Identity {
        name: "x-exporter",
        summary: "Nothing but tests.",
        scrape: ScrapeDescs { success: &SUCCESS, duration: &DURATION },
        peer_build_info: Some(&BUILD),
    };
    Exporter::new(identity, collectors, true)
}

/// A free port of this machine.
pub(crate) fn loopback() -> Listen {
    Listen { addresses: vec!["127.0.0.1:0".to_owned()], ..Listen::default() }
}

pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    /// Where each of the service's ports is.
    pub(crate) ports: Vec<SocketAddr>,
    stop: Stop,
    thread: Option<JoinHandle<()>>,
}

impl Served {
    pub(crate) fn start(collectors: Vec<CollectorSpec>) -> Self {
        Self::with(collectors, Web::default())
    }

    pub(crate) fn with(collectors: Vec<CollectorSpec>, web: Web) -> Self {
        Self::guarded(collectors, web, Security::open(None, None).unwrap())
    }

    pub(crate) fn guarded(collectors: Vec<CollectorSpec>, web: Web, security: Security) -> Self {
        Self::service(exporter(collectors).into(), web, security)
    }

    pub(crate) fn service(service: Service, web: Web, security: Security) -> Self {
        let (stop, shutdown) = Shutdown::new();
        let (tell, told) = mpsc::channel();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let sockets = service.bind(&loopback()).await.unwrap();
                let tcp = |listeners: &Vec<Listener>| {
                    let Address::Tcp(address) = listeners[0].address().unwrap() else { panic!("it is a TCP address") };
                    address
                };
                tell.send((tcp(&sockets.page), sockets.ports.iter().map(tcp).collect())).unwrap();
                serve(&service, web, security, sockets, shutdown).await;
            });
        });
        let (address, ports) = told.recv().unwrap();
        Served { address, ports, stop, thread: Some(thread) }
    }

    pub(crate) fn get(&self, path: &str, headers: &[(&str, &str)]) -> RawResponse {
        get(self.address, path, headers).unwrap()
    }

    /// The series of a scrape that may take `seconds`.
    pub(crate) fn scrape(&self, seconds: &str) -> BTreeMap<String, f64> {
        let response = self.get("/metrics", &[("X-Prometheus-Scrape-Timeout-Seconds", seconds)]);
        assert_eq!(response.status, 200, "{}", response.text());
        page::series(&response.body)
    }

    /// Scrapes until the series has the value, for at most twenty seconds: a busy machine is slow.
    pub(crate) fn settles(&self, series: &str, value: f64) {
        let begin = Instant::now();
        while self.scrape("10").get(series) != Some(&value) {
            assert!(begin.elapsed() < Duration::from_secs(20), "{series} does not become {value}");
        }
    }

    pub(crate) fn request_stop(&self) {
        self.stop.request();
    }

    /// Whether serving ends by itself, in a panic; waits for at most twenty seconds.
    pub(crate) fn dies(&mut self) -> bool {
        let begin = Instant::now();
        let Some(thread) = self.thread.take() else { return false };
        while !thread.is_finished() && begin.elapsed() < Duration::from_secs(20) {
            thread::sleep(Duration::from_millis(10));
        }
        self.request_stop();
        thread.join().is_err()
    }

    /// Requests the stop and waits until everything is served.
    pub(crate) fn stop(&mut self) {
        self.request_stop();
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop();
    }
}

pub(crate) fn success(collector: &str) -> String {
    format!("x_scrape_collector_success{{collector=\"{collector}\"}}")
}

pub(crate) fn reading(collector: &str, thing: &str) -> String {
    format!("x_readings_total{{collector=\"{collector}\",thing=\"{thing}\"}}")
}

/// Something that hangs until it is released, as a dead mount does.
#[derive(Clone, Default)]
pub(crate) struct Dead(Arc<Mutex<()>>);

impl Dead {
    /// Returns when nobody holds the gate shut.
    pub(crate) fn touch(&self) {
        drop(self.0.lock());
    }

    /// Runs `with` while every touch hangs.
    pub(crate) fn during<T>(&self, with: impl FnOnce() -> T) -> T {
        let _shut = self.0.lock().unwrap();
        with()
    }
}
