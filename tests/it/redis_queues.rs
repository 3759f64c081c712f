//! Task queues of live frameworks: what the exporter shows of them is what each library's own API counts.

use std::env;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use exposition::parse::{Family, Metric, MetricValue, parse_text};
use serde_json::Value;
use tempfile::TempDir;
use testkit::Validator;
use testkit::http::{PROMETHEUS, scrape};
use testkit::process::{self, Process, free_address};

use crate::tools::{find_program, repository, skip};

const SUITE: &str = "redis_queues";

/// How long a framework may take for what it is told.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server with the frameworks that write into it.
struct Lab {
    server: Process,
    _folder: TempDir,
    /// Where `tests/tools/queues/install` has put the frameworks.
    frameworks: PathBuf,
}

/// Samples of a page.
struct Page(Vec<Family>);

impl Lab {
    /// `None` where the framework is missing, which is in that folder, or what runs it, and the suite is skipped.
    fn start(folder: &str, interpreter: &str) -> Option<Lab> {
        let frameworks = env::var_os("PILOTLIGHT_QUEUES").map(PathBuf::from);
        let frameworks = frameworks.filter(|frameworks| frameworks.join(folder).is_dir());
        let (Some(frameworks), Some(redis), Some(_)) =
            (frameworks, find_program("redis-server"), find_program(interpreter))
        else {
            let packages = if interpreter == "node" { "npm" } else { "pip" };
            skip(SUITE, &format!("redis-server, {interpreter}, and what {packages} installs"));
            return None;
        };
        let address = free_address().expect("loopback has a free port");
        let place = tempfile::tempdir().expect("there is a folder for temporary files");
        let mut command = Command::new(redis);
        command
            .args(["--port", &address.port().to_string(), "--bind", "127.0.0.1", "--save", "", "--dir"])
            .arg(place.path());
        let server = Process::listen(command, address).expect("the server starts");
        Some(Lab { server, _folder: place, frameworks })
    }

    fn port(&self) -> String {
        self.server.address().port().to_string()
    }

    /// A command in the folder of the scripts.
    fn command(&self, interpreter: &str, database: u32) -> Command {
        let mut command = Command::new(interpreter);
        command
            .current_dir(repository().join("tests/it/redis_queues"))
            .env("PYTHONPATH", self.frameworks.join("python"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("REDIS_PORT", self.port())
            .env("REDIS_DATABASE", database.to_string());
        command
    }

    fn exporter(&self, flags: &[&str]) -> Process {
        let address = format!("--redis.addr=redis://127.0.0.1:{}", self.port());
        Process::start("redis-exporter", &[&[address.as_str()], flags].concat()).expect("redis-exporter starts")
    }
}

/// What a script said in its last line.
fn said(command: Command) -> Value {
    let ended = process::run(command, PATIENCE).expect("the script ends");
    let last = ended.stdout.lines().last().unwrap_or_default();
    serde_json::from_str(last).unwrap_or_else(|err| panic!("{err}: {}\n{}", ended.stdout, ended.stderr))
}

fn page(exporter: SocketAddr) -> Page {
    let response = scrape(exporter, PROMETHEUS, &Validator::default(), None).expect("a good page");
    Page(parse_text(&response.body).expect("the validator has read it"))
}

impl Page {
    /// The value of the one sample that has these labels and no others, `instance_role` and empty ones aside.
    fn value(&self, metric: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let family = self.0.iter().find(|family| family.name == metric)?;
        let has = |metric: &&Metric| {
            metric.labels.iter().filter(|(_, value)| !value.is_empty()).count() == labels.len()
                && labels.iter().all(|(name, value)| label(metric, name) == *value)
        };
        family.metrics.iter().find(has).map(number)
    }

    fn jobs(&self, framework: &str, queue: &str, state: &str) -> Option<f64> {
        let labels = [("framework", framework), ("state", state), ("queue", queue)];
        self.value("redis_queue_jobs", if queue.is_empty() { &labels[..2] } else { &labels })
    }

    /// The age of the oldest job has to be what follows from when it was given to the queue.
    fn has_age(&self, framework: &str, queue: &str, since: f64) {
        let labels = [("framework", framework), ("queue", queue), ("state", "waiting")];
        let age = self.value("redis_queue_oldest_job_age_seconds", &labels).expect("there is an oldest job");
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970").as_secs_f64();
        assert!((now - since - age).abs() < 2.0, "{framework} {queue}: {age}, and it came {} ago", now - since);
    }
}

/// Fails if a state that the library counts is not shown with the same number, or more is shown than that.
fn agrees(page: &Page, framework: &str, queue: &str, counts: &Value) {
    let counts = counts.as_object().expect("counts by state");
    for (state, count) in counts {
        assert_eq!(page.jobs(framework, queue, state), count.as_f64(), "{framework} {queue}: {state} of {counts:?}");
    }
    let family = page.0.iter().find(|family| family.name == "redis_queue_jobs").expect("it is there");
    let of_queue = |metric: &&Metric| label(metric, "framework") == framework && label(metric, "queue") == queue;
    for metric in family.metrics.iter().filter(of_queue) {
        let state = label(metric, "state");
        assert!(
            counts.contains_key(state) || number(metric) == 0.0,
            "{framework} {queue}: {state} is not in {counts:?}"
        );
    }
}

/// The value of a label; empty without one.
fn label<'m>(metric: &'m Metric, name: &str) -> &'m str {
    metric.labels.iter().find(|(is, _)| is == name).map_or("", |(_, value)| value)
}

fn number(metric: &Metric) -> f64 {
    let MetricValue::Number(number) = metric.value else { panic!("{metric:?}") };
    number.as_f64()
}

fn bull(package: &str) {
    let Some(lab) = Lab::start("node_modules", "node") else { return };
    let mut command = lab.command("node", 0);
    command.arg("bullmq.mjs").arg(&lab.frameworks).args([package, &lab.port()]);
    let queues = said(command);
    let exporter = lab.exporter(&[]);
    let page = page(exporter.address());
    let framework = if package == "bull" { "bull" } else { "bullmq" };
    let queues = queues.as_array().expect("the queues");
    assert_eq!(queues.len(), if package == "bull" { 2 } else { 4 });
    for queue in queues {
        let name = queue["queue"].as_str().expect("its name");
        agrees(&page, framework, name, &queue["counts"]);
        let labels = [("framework", framework), ("queue", name)];
        let paused = queue["paused"].as_bool().map(|paused| f64::from(u8::from(paused)));
        assert_eq!(page.value("redis_queue_paused", &labels), paused, "{name}");
        if let Some(since) = queue["oldest"].as_f64() {
            page.has_age(framework, name, since);
        }
    }
    let (busy, paused) = (&queues[0]["counts"], &queues[1]["counts"]);
    assert_eq!(
        (&busy["completed"], &busy["failed"], &busy["active"], &busy["delayed"]),
        (&2.into(), &1.into(), &1.into(), &3.into())
    );
    assert!(paused["waiting"] == 2 || paused["paused"] == 2, "{paused}");
}

#[test]
fn queues_of_bullmq_6() {
    bull("bullmq");
}

#[test]
fn queues_of_bullmq_5() {
    bull("bullmq5");
}

#[test]
fn queues_of_bullmq_4() {
    bull("bullmq4");
}

#[test]
fn queues_of_bullmq_3() {
    bull("bullmq3");
}

#[test]
fn queues_of_bull() {
    bull("bull");
}

#[test]
fn queues_of_celery_in_another_database() {
    let Some(lab) = Lab::start("python", "python3") else { return };
    let app = |what: &str| {
        let mut command = lab.command("python3", 2);
        command.args(["celery_app.py", what]);
        command
    };
    let ended = process::run(app("fill"), PATIENCE).expect("the script ends");
    assert!(ended.status.success(), "{}", ended.stderr);
    let exporter = lab.exporter(&["--queue-database=2"]);
    let before = page(exporter.address());
    for (queue, waiting) in [("celery", 6.0), ("mail", 4.0), ("dated", 1.0)] {
        assert_eq!(before.jobs("celery", queue, "waiting"), Some(waiting), "{queue}");
    }
    let sent = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970").as_secs_f64() - 100.0;
    let labels = [("framework", "celery"), ("queue", "dated"), ("state", "waiting")];
    let age = before.value("redis_queue_oldest_job_age_seconds", &labels).expect("its message says when");
    assert!((100.0..160.0).contains(&age), "{age} since {sent}");
    let labels = [("framework", "celery"), ("queue", "mail"), ("state", "waiting")];
    assert_eq!(before.value("redis_queue_oldest_job_age_seconds", &labels), None, "nothing says when");

    let mut worker = lab.command("python3", 2);
    worker.args(["-m", "celery", "-A", "celery_app", "worker", "--pool=threads", "--concurrency=1", "--queues=celery"]);
    let is_there = || Some(1.0) <= page(exporter.address()).jobs("celery", "", "active");
    let _worker = Process::until(worker, "the first job that is taken", is_there).expect("the worker starts");
    let deadline = Instant::now() + PATIENCE;
    loop {
        let counted = said(app("count"));
        let shown = page(exporter.address());
        let waiting = counted["waiting"].as_object().expect("by queue");
        let same = waiting.iter().all(|(queue, count)| shown.jobs("celery", queue, "waiting") == count.as_f64())
            && shown.jobs("celery", "", "active") == counted["active"].as_f64();
        if same && counted["active"].as_f64() > Some(1.0) {
            break;
        }
        assert!(Instant::now() < deadline, "{counted}");
        thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn queues_of_rq() {
    let Some(lab) = Lab::start("python", "python3") else { return };
    let mut command = lab.command("python3", 0);
    command.arg("rq_app.py");
    let said = said(command);
    let exporter = lab.exporter(&[]);
    let page = page(exporter.address());
    agrees(&page, "rq", "mail", &said["counts"]);
    let states = ["waiting", "active", "completed", "failed", "deferred", "delayed", "canceled"];
    assert_eq!(states.map(|state| said["counts"][state].as_u64()), [2, 1, 2, 1, 1, 1, 1].map(Some));
    page.has_age("rq", "mail", said["oldest"].as_f64().expect("when it was given"));
    let labels = [("framework", "rq"), ("queue", "mail")];
    assert_eq!(page.value("redis_queue_workers", &labels), said["workers"].as_f64());
    assert_eq!(said["workers"], 1);
}
