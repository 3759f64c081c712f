//! Node Exporter Full, the dashboard that everyone opens first: in a real Prometheus, what it selects is the same from the
//! host exporter as from node_exporter, on this machine and on the files of others.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::thread;
use std::time::Duration;

use serde_json::Value;
use testkit::process::{Process, free_address};

use crate::host_pair::Pair;
use crate::prometheus;
use crate::tools::{Tools, repository};

const SCRAPE_INTERVAL: Duration = Duration::from_secs(1);
/// How often a query is asked until both give the same.
const ATTEMPTS: usize = 15;

/// Some panels compute more: a join fails as a whole where one side has a label too many.
const COMPUTED: [&str; 3] = [
    "node_hwmon_temp_celsius * on(chip, exporter, machine) group_left(chip_name) node_hwmon_chip_names",
    "node_hwmon_fan_rpm * on(chip, exporter, machine) group_left(chip_name) node_hwmon_chip_names",
    "sum without(mode) (rate(node_cpu_seconds_total{mode!=\"idle\"}[1m]))",
];

#[test]
fn every_panel_has_the_series_that_node_exporter_gives_it() {
    let Some(tools) = Tools::find("dashboard_1860", &["node_exporter", "prometheus"]) else { return };
    let pairs: Vec<Pair> = Pair::on_machines(&tools).into_iter().chain([Pair::here(&tools, &[])]).collect();
    let folder = tempfile::tempdir().expect("there is a folder for temporary files");
    fs::write(folder.path().join("prometheus.yml"), config(&pairs)).expect("the folder is ours");
    let address = free_address().expect("loopback has a free port");
    let mut command = tools.command("prometheus");
    command.current_dir(folder.path()).args(["--config.file=prometheus.yml", "--storage.tsdb.path=data"]);
    command.arg(format!("--web.listen-address={address}"));
    let server = Process::spawn(command, address, "/-/ready").expect("Prometheus starts");
    // Twice, so that rates have something to go by.
    prometheus::wait_until(&server, "min(count_over_time(up[1h])) >= 2 and min(up) == 1", || {
        let samples = prometheus::query(&server, "count(count_over_time(up[1h]) >= 2 and up == 1)");
        samples.first().is_some_and(|(_, targets)| *targets == (2 * pairs.len()) as f64)
    });

    let list = fs::read_to_string(repository().join("tests/dashboards/1860.txt")).expect("the list is there");
    let selectors: Vec<&str> = list.lines().filter(|line| !line.starts_with('#')).collect();
    let names: BTreeSet<&str> = selectors.iter().filter_map(|selector| selector.split('{').next()).collect();
    assert_eq!(names.len(), 225, "224 names of the panels and one of the variables");

    let (mut answered, mut wrong) = (BTreeSet::new(), String::new());
    for query in selectors.iter().copied().chain(COMPUTED) {
        let mut missing = BTreeSet::new();
        // The two are not scraped at the same moment: what comes and goes on this machine is seen in one of them first.
        for _ in 0..ATTEMPTS {
            let [peer, ours] = ["peer", "ours"].map(|exporter| series(&server, query, exporter));
            if !peer.is_empty() {
                answered.insert(query.split('{').next().unwrap_or(query));
            }
            missing = &peer - &ours;
            if missing.is_empty() {
                break;
            }
            thread::sleep(SCRAPE_INTERVAL);
        }
        for missing in missing {
            writeln!(wrong, "missing: {query}: {missing}").expect("a string takes everything");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    // What no machine here has proves nothing.
    let unanswered: Vec<&str> = names.into_iter().filter(|name| !answered.contains(name)).collect();
    assert_eq!(unanswered, NOT_ON_ANY_MACHINE);
}

/// What no exporter answers: `node_kernel_hung_tasks`, which node_exporter calls `node_kernel_hung_tasks_total`, and
/// `node_network_up{operstate="up"}`, whose label it never had.
const NOT_ON_ANY_MACHINE: [&str; 2] = ["node_kernel_hung_tasks", "node_network_up"];

/// The series that a query gives from one of the two, without what tells the two apart.
fn series(server: &Process, query: &str, exporter: &str) -> BTreeSet<String> {
    let text = |labels: Value| {
        let Value::Object(mut labels) = labels else { return labels.to_string() };
        labels.retain(|label, _| !["instance", "job", "exporter"].contains(&label.as_str()));
        Value::Object(labels).to_string()
    };
    let results = prometheus::query(server, query).into_iter();
    results.filter(|(labels, _)| labels["exporter"] == exporter).map(|(labels, _)| text(labels)).collect()
}

/// One job for all, with the pairs as labels.
fn config(pairs: &[Pair]) -> String {
    let mut config =
        "global:\n  scrape_interval: 1s\nscrape_configs:\n  - job_name: host\n    static_configs:\n".to_owned();
    for Pair { machine, ours, peer, .. } in pairs {
        for (exporter, process) in [("ours", ours), ("peer", peer)] {
            let target = format!(
                "      - targets: [\"{}\"]\n        labels: {{ machine: {machine}, exporter: {exporter} }}\n",
                process.address()
            );
            config.push_str(&target);
        }
    }
    config
}
