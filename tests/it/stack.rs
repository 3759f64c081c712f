//! Prometheus and Alertmanager over one host exporter and one bridge, with the shipped configuration in a folder of their own, at a
//! pace for tests.

use std::fmt::Write;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;
use testkit::http;
use testkit::process::{Process, free_address};

use crate::bridge::Bridge;
use crate::prometheus;
use crate::rules::yaml_files;
use crate::tools::{Tools, repository};

/// The tools that a stack runs.
pub(crate) const TOOLS: &[&str] = &["prometheus", "alertmanager"];
/// How long a test may wait for what it wants to see, all in all.
const PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(100);

/// A job beside the shipped one that scrapes the same exporter.
const OPENMETRICS_JOB: &str = "
  - job_name: openmetrics
    scrape_protocols: [OpenMetricsText1.0.0]
    static_configs:
      - targets: [\"127.0.0.1:9100\"]
";

/// Shipped jobs whose exporters are not part of the stack.
const OTHER_JOBS: [&str; 2] = [
    "
  - job_name: docker
    static_configs:
      - targets: [\"127.0.0.1:9487\"]
",
    "
  - job_name: redis
    static_configs:
      - targets: [\"127.0.0.1:9121\"]
",
];

/// Running servers; they end with it.
pub(crate) struct Stack {
    pub(crate) exporter: Process,
    bridge: Bridge,
    prometheus: Process,
    alertmanager: Process,
    deadline: Instant,
    // Dropped after the servers that write into it.
    folder: TempDir,
}

impl Stack {
    /// Starts the host exporter and the bridge, a Prometheus that scrapes them every second as the jobs `host` (stock),
    /// `openmetrics` and `otel-collector`, and an [`alertmanager`].
    pub(crate) fn start(tools: &Tools, webhook: &str) -> Stack {
        let folder = tempfile::tempdir().expect("there is a folder for temporary files");
        let alertmanager = alertmanager(tools, folder.path(), webhook);
        let exporter = Process::start("host-exporter", &[]).expect("the exporter starts");
        let bridge = Bridge::start(&folder.path().join("ledger.db"), &[]);

        let address = free_address().expect("loopback has a free port");
        let config = shipped("prometheus/prometheus.yml");
        let config = OTHER_JOBS.iter().fold(config, |config, job| replaced(&config, job, "")) + OPENMETRICS_JOB;
        let config = replaced(&config, "127.0.0.1:9090", &address.to_string());
        let config = replaced(&config, "127.0.0.1:9093", &alertmanager.address().to_string());
        let config = replaced(&config, "127.0.0.1:9100", &exporter.address().to_string());
        let config = replaced(&config, "127.0.0.1:8889", &bridge.page.address().to_string());
        let config = replaced(&config, "scrape_interval: 15s", "scrape_interval: 1s");
        let config = replaced(&config, "evaluation_interval: 15s", "evaluation_interval: 1s");
        write(&folder.path().join("prometheus/prometheus.yml"), &config);
        for file in yaml_files("prometheus/rules") {
            write(&folder.path().join(&file), &shipped(&file));
        }
        let args = [
            "--config.file=prometheus/prometheus.yml",
            "--storage.tsdb.path=prometheus/data",
            "--config.auto-reload",
            "--config.auto-reload-interval=1s",
        ];
        let prometheus = start(tools.command("prometheus"), address, folder.path(), &args);
        Stack { exporter, bridge, prometheus, alertmanager, deadline: Instant::now() + PATIENCE, folder }
    }

    /// Writes a rule file beside the shipped ones; Prometheus loads it within two seconds.
    pub(crate) fn write_rules(&self, name: &str, content: &str) {
        // Not seen half written: it gets the ending that Prometheus looks for when it is complete.
        let path = self.folder.path().join("prometheus/rules").join(name);
        write(&path.with_extension("new"), content);
        fs::rename(path.with_extension("new"), &path).expect("the folder is ours");
    }

    /// The labels and value of each series that an instant query gives.
    pub(crate) fn query(&self, promql: &str) -> Vec<(Value, f64)> {
        prometheus::query(&self.prometheus, promql)
    }

    /// What Prometheus answers on `/api/v1/…`.
    pub(crate) fn api(&self, path: &str) -> Value {
        prometheus::api(&self.prometheus, path)
    }

    /// Whether Alertmanager has an active alert of this name and severity, inhibited or not.
    pub(crate) fn alerted(&self, name: &str, severity: &str) -> bool {
        let path = format!("/api/v2/alerts?filter=alertname%3D{name}&filter=severity%3D{severity}");
        let answer = http::get(self.alertmanager.address(), &path, &[]).expect("Alertmanager answers");
        let alerts: Value = serde_json::from_slice(&answer.body).expect("Alertmanager answers in JSON");
        !alerts.as_array().expect("Alertmanager lists its alerts").is_empty()
    }

    /// Asks until there is an answer.
    ///
    /// # Panics
    /// A minute after the start of the servers, with what they said last.
    pub(crate) fn wait_for<T>(&self, what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
        loop {
            if let Some(answer) = ask() {
                return answer;
            }
            assert!(Instant::now() < self.deadline, "no {what} {PATIENCE:?} after the start{}", self.last_words());
            thread::sleep(POLL);
        }
    }

    /// The lines in which a server complains.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let logs = [&self.prometheus, &self.alertmanager].map(Process::stderr);
        let lines = logs.iter().flat_map(|log| log.lines());
        lines.filter(|line| line.contains("level=WARN") || line.contains("level=ERROR")).map(str::to_owned).collect()
    }

    fn last_words(&self) -> String {
        let mut words = String::new();
        for (name, server) in [
            ("host-exporter", &self.exporter),
            ("otlp-bridge", &self.bridge.page),
            ("prometheus", &self.prometheus),
            ("alertmanager", &self.alertmanager),
        ] {
            let log = server.stderr();
            let lines: Vec<&str> = log.lines().collect();
            let last = lines.get(lines.len().saturating_sub(15)..).unwrap_or_default().join("\n  ");
            write!(words, "\n{name}:\n  {last}").expect("a string takes everything");
        }
        words
    }
}

/// Starts an Alertmanager that notifies `webhook` within a second or two.
pub(crate) fn alertmanager(tools: &Tools, folder: &Path, webhook: &str) -> Process {
    let mut config = shipped("alertmanager/alertmanager.yml");
    // A second is enough for a critical alert to come with the warning that it inhibits.
    for shipped in ["group_wait: 30s", "group_wait: 10s", "group_interval: 5m", "group_interval: 1m"] {
        let (key, _) = shipped.split_once(' ').expect("a key and a value");
        config = replaced(&config, shipped, &format!("{key} 1s"));
    }
    write(&folder.join("alertmanager/alertmanager.yml"), &config);
    write(&folder.join("alertmanager/webhook-url"), webhook);
    let args = [
        "--config.file=alertmanager/alertmanager.yml",
        "--storage.path=alertmanager/data",
        "--cluster.listen-address=",
    ];
    start(tools.command("alertmanager"), free_address().expect("loopback has a free port"), folder, &args)
}

fn start(mut command: Command, address: SocketAddr, folder: &Path, args: &[&str]) -> Process {
    command.arg(format!("--web.listen-address={address}")).args(args).current_dir(folder);
    Process::spawn(command, address, "/-/ready").unwrap_or_else(|err| panic!("{err}"))
}

/// A file of the repository.
pub(crate) fn shipped(path: &str) -> String {
    fs::read_to_string(repository().join(path)).unwrap_or_else(|err| panic!("{path}: {err}"))
}

/// The text with every `from` as `to`.
///
/// # Panics
/// If there is none: the suite no longer knows the file.
pub(crate) fn replaced(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "no {from:?} in\n{text}");
    text.replace(from, to)
}

fn write(path: &Path, content: &str) {
    fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("the folder is ours");
    fs::write(path, content).expect("the folder is ours");
}
