//! The program as a person starts it, and its page.

use std::collections::BTreeMap;
use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::ops::{Deref, DerefMut};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::engine::{FakeEngine, id};
use testkit::http::{self, PROMETHEUS, RawResponse};
use testkit::process::{Process, binary, free_address};
use testkit::{Validator, page};

/// No test waits for it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// The program, alone with its engine: its user's folder is empty.
pub(crate) struct Docker {
    process: Process,
    _home: TempDir,
    previous: Mutex<Option<RawResponse>>,
}

/// A page that Prometheus takes whole.
pub(crate) struct Page(BTreeMap<String, f64>);

impl Docker {
    /// Follows that engine, which is also asked for what containers use; every total is shown at once.
    pub(crate) fn start(engine: &FakeEngine, flags: &[&str]) -> Docker {
        Docker::start_at(&engine.host(), flags)
    }

    /// As [`Docker::start`], at an address where an engine may be.
    pub(crate) fn start_at(host: &str, flags: &[&str]) -> Docker {
        let host = format!("--docker.host={host}");
        Docker::run(&[&[host.as_str(), "--usage=stats", "--new-total-zero=0s"], flags].concat(), |_| {})
    }

    /// With these flags alone, in a command that is changed before it runs.
    pub(crate) fn run(flags: &[&str], change: impl FnOnce(&mut Command)) -> Docker {
        Docker::run_program(&binary("docker-exporter").unwrap(), flags, change)
    }

    /// Another copy of the program.
    pub(crate) fn run_program(program: &Path, flags: &[&str], change: impl FnOnce(&mut Command)) -> Docker {
        let (home, address) = (tempfile::tempdir().unwrap(), free_address().unwrap());
        let mut command = alone(program, home.path());
        command.arg(format!("--web.listen-address={address}")).args(flags);
        change(&mut command);
        let process = Process::spawn(command, address, "/-/ready").unwrap();
        Docker { process, _home: home, previous: Mutex::new(None) }
    }

    /// What it shows now; no total is smaller than on the page before.
    pub(crate) fn page(&self) -> Page {
        let mut previous = self.previous.lock().unwrap_or_else(PoisonError::into_inner);
        let response = scrape(&self.process, PROMETHEUS, previous.as_ref());
        let page = Page(page::series(&response.body));
        assert_eq!(page.sum("pilotlight_refused_metrics_total"), 0.0);
        *previous = Some(response);
        page
    }

    /// What it shows to one who waits for so many seconds alone.
    pub(crate) fn page_within(&self, seconds: &str) -> Page {
        let headers = [("X-Prometheus-Scrape-Timeout-Seconds", seconds)];
        Page(page::series(&scrape(&self.process, &headers, None).body))
    }

    /// The first page of which that is true.
    pub(crate) fn until(&self, is_so: impl Fn(&Page) -> bool) -> Page {
        let begin = Instant::now();
        loop {
            let page = self.page();
            if is_so(&page) {
                return page;
            }
            assert!(begin.elapsed() < PATIENCE, "{}\n{}", page.series("").join("\n"), self.process.stderr());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Ends it; all that it has logged.
    pub(crate) fn log(mut self) -> String {
        self.process.terminate().unwrap();
        let status = self.process.wait(PATIENCE).unwrap();
        assert!(status.success(), "{status}: {}", self.process.stderr());
        self.process.stderr()
    }
}

impl Deref for Docker {
    type Target = Process;

    fn deref(&self) -> &Process {
        &self.process
    }
}

impl DerefMut for Docker {
    fn deref_mut(&mut self) -> &mut Process {
        &mut self.process
    }
}

/// The program without anything of its user's that leads to an engine.
pub(crate) fn alone(program: &Path, home: &Path) -> Command {
    let mut command = Command::new(program);
    command.env("HOME", home).env("XDG_RUNTIME_DIR", home);
    for variable in ["DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_TLS_VERIFY"] {
        command.env_remove(variable);
    }
    command
}

fn scrape(process: &Process, headers: &[(&str, &str)], previous: Option<&RawResponse>) -> RawResponse {
    let response = http::get(process.address(), "/metrics", headers).unwrap();
    let families: Vec<_> = page::types(&response.body).into_keys().collect();
    // A container has the labels that are set on it, and no others.
    let varying_labels: Vec<_> =
        families.iter().map(String::as_str).filter(|name| name.starts_with("container_")).collect();
    let validator = Validator {
        varying_labels: &varying_labels,
        without_total: &["container_memory_failcnt"],
        ..Validator::default()
    };
    let defects = validator.check(&response.raw, previous.map(|previous| previous.raw.as_slice()));
    assert!(defects.is_empty(), "{defects:?}");
    response
}

impl Page {
    /// The value of a series; absent if it is not there.
    pub(crate) fn get(&self, series: &str) -> Option<f64> {
        self.0.get(series).copied()
    }

    /// The series whose names start so, each with its value, sorted.
    pub(crate) fn series(&self, start: &str) -> Vec<String> {
        let series = self.0.iter().filter(|(series, _)| series.starts_with(start));
        series.map(|(series, value)| format!("{series} {value}")).collect()
    }

    /// Whether any series starts so.
    pub(crate) fn shows(&self, start: &str) -> bool {
        self.0.keys().any(|series| series.starts_with(start))
    }

    /// The names of the containers of a family's series, sorted.
    pub(crate) fn names(&self, family: &str) -> Vec<&str> {
        let start = format!("{family}{{");
        let series = self.0.keys().filter(|series| series.starts_with(&start));
        let mut names: Vec<_> =
            series.filter_map(|series| Some(series.split_once("name=\"")?.1.split_once('"')?.0)).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The sum of a family's series.
    pub(crate) fn sum(&self, family: &str) -> f64 {
        let start = format!("{family}{{");
        self.0.iter().filter(|(series, _)| series.starts_with(&start)).map(|(_, value)| value).sum()
    }

    /// The total of a name.
    pub(crate) fn total(&self, family: &str, name: &str) -> Option<f64> {
        self.get(&format!("{family}{{name=\"{name}\"}}"))
    }

    pub(crate) fn is_up(&self) -> bool {
        self.get("docker_up") == Some(1.0)
    }
}

/// Now, as an engine writes it.
pub(crate) fn now() -> String {
    jiff::Timestamp::try_from(SystemTime::now()).unwrap().to_string()
}

/// Waits for what another thread, or the program, is about to do.
pub(crate) fn until(done: impl Fn() -> bool) {
    let begin = Instant::now();
    while !done() {
        assert!(begin.elapsed() < PATIENCE, "it is not done");
        thread::sleep(Duration::from_millis(5));
    }
}

/// A proxy before an engine, over TCP, as long as the test lives.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    clients: Arc<Mutex<Vec<TcpStream>>>,
}

impl Proxy {
    pub(crate) fn before(engine: &FakeEngine) -> Proxy {
        let (listener, socket) = (TcpListener::bind("127.0.0.1:0").unwrap(), engine.socket());
        let proxy = Proxy { address: listener.local_addr().unwrap(), clients: Arc::default() };
        let clients = Arc::clone(&proxy.clients);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = UnixStream::connect(&socket) else { continue };
                clients.lock().unwrap().push(client.try_clone().unwrap());
                let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                // Either side may go away first.
                thread::spawn(move || {
                    drop(io::copy(&mut from, &mut to));
                    drop(to.shutdown(Shutdown::Both));
                });
                let (mut from, mut to) = (server, client);
                thread::spawn(move || {
                    drop(io::copy(&mut from, &mut to));
                    drop(to.shutdown(Shutdown::Both));
                });
            }
        });
        proxy
    }

    /// Ends every connection, wherever it is in an answer.
    pub(crate) fn cut(&self) {
        for client in self.clients.lock().unwrap().drain(..) {
            // It may have ended by itself.
            drop(client.shutdown(Shutdown::Both));
        }
    }
}

/// How many requests have been made of which this is a part.
pub(crate) fn asked(engine: &FakeEngine, part: &str) -> usize {
    engine.requests().iter().filter(|request| request.contains(part)).count()
}

/// A container that runs.
pub(crate) fn runs(number: u32, name: &str) -> Value {
    json!({"Id": id(number), "Name": format!("/{name}")})
}

/// An event of a container.
pub(crate) fn event(number: u32, name: &str, action: &str, exit_code: &str) -> Value {
    let attributes = json!({"name": name, "image": "box:1", "exitCode": exit_code});
    json!({"Action": action, "Actor": {"ID": id(number), "Attributes": attributes}})
}
