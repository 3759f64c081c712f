//! The dashboards that people have for cAdvisor, over the Docker exporter and the host exporter: what their panels ask of a real
//! Prometheus has an answer.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use testkit::process::{Process, binary, free_address};

use super::engine::Engine;
use crate::prometheus;
use crate::tools::{Tools, repository};

/// What Grafana puts in their place: everything, and the shortest window that has two scrapes.
const VARIABLES: [(&str, &str); 4] = [("$container", ".*"), ("$host", ".*"), ("$interval", "1m"), ("$server:.*", ".*")];

/// Words that an expression without an answer has, and why there is none.
const UNANSWERED: [(&str, &str); 13] = [
    ("container_fs_usage_bytes", "ours does not walk through all files of a container"),
    ("aufs", "a file system that engines have not had for years"),
    ("node_boot_time", "node_boot_time_seconds since node_exporter 0.16"),
    ("node_cpu", "node_cpu_seconds_total since node_exporter 0.16"),
    ("node_disk_bytes_read", "node_disk_read_bytes_total since node_exporter 0.16"),
    ("node_disk_bytes_written", "node_disk_written_bytes_total since node_exporter 0.16"),
    ("node_memory_Active", "node_memory_Active_bytes since node_exporter 0.16"),
    ("node_memory_Buffers", "node_memory_Buffers_bytes since node_exporter 0.16"),
    ("node_memory_Inactive", "node_memory_Inactive_bytes since node_exporter 0.16"),
    ("node_memory_KernelStack", "node_memory_KernelStack_bytes since node_exporter 0.16"),
    ("node_memory_MemAvailable", "node_memory_MemAvailable_bytes since node_exporter 0.16"),
    ("node_memory_MemFree", "node_memory_MemFree_bytes since node_exporter 0.16"),
    ("node_memory_MemTotal", "node_memory_MemTotal_bytes since node_exporter 0.16"),
];

#[test]
fn every_panel_of_cadvisors_dashboards_has_data() {
    let Some(tools) = Tools::find("docker", &["prometheus"]) else { return };
    let Some(engine) = Engine::boot("docker") else { return };
    let front = ["--memory=64m", "--label=com.docker.compose.project=shop", "--label=com.docker.compose.service=web"];
    engine.run("shop-web-1", &front, &["sleep", "1000"]);
    engine.run("monitor", &["--label=org.label-schema.group=monitoring"], &["sleep", "1000"]);
    let address = free_address().expect("loopback has a free port");
    let mut command = engine.command(binary("docker-exporter").expect("it is built"));
    command.arg(format!("--web.listen-address={address}")).arg(format!("--docker.host={}", engine.host()));
    let docker = Process::spawn(command, address, "/-/ready").expect("it starts");
    let host = Process::start("host-exporter", &[]).expect("it starts");
    let folder = tempfile::tempdir().expect("there is a folder for temporary files");
    let server = prometheus(&tools, folder.path(), [("docker", &docker), ("node", &host)]);
    let scraped = r#"min(count_over_time(up[1h])) >= 3 and count(container_memory_rss{name!=""}) == 2"#;
    prometheus::wait_until(&server, scraped, || !prometheus::query(&server, scraped).is_empty());

    let list = fs::read_to_string(repository().join("tests/dashboards/docker.txt")).expect("the list is there");
    let expressions: BTreeSet<&str> =
        list.lines().filter(|line| !line.is_empty() && !line.starts_with(['#', '['])).collect();
    assert_eq!(expressions.len(), 98, "the panels and variables of six dashboards");
    let (mut wrong, mut needed) = (Vec::new(), BTreeSet::new());
    for expression in expressions {
        let excuses: Vec<&str> =
            UNANSWERED.iter().map(|(word, _)| *word).filter(|word| words(expression).any(|one| one == *word)).collect();
        if has_data(&server, expression) == excuses.is_empty() {
            needed.extend(excuses);
        } else {
            wrong.push(format!("{}: {expression}", if excuses.is_empty() { "no data" } else { "has data" }));
        }
    }
    let unneeded =
        UNANSWERED.iter().filter(|(word, _)| !needed.contains(word)).map(|(word, _)| format!("unused: {word}"));
    wrong.extend(unneeded);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Names and values in an expression.
fn words(expression: &str) -> impl Iterator<Item = &str> {
    expression.split(|c: char| c != '_' && c != ':' && !c.is_ascii_alphanumeric())
}

/// Whether some series has a number.
fn has_data(server: &Process, expression: &str) -> bool {
    let replace = |text: String, (variable, value): &(&str, &str)| text.replace(variable, value);
    let expression = VARIABLES.iter().fold(expression.to_owned(), replace);
    // One number has no series.
    let expression = if expression.starts_with("scalar(") { format!("vector({expression})") } else { expression };
    prometheus::query(server, &expression).iter().any(|(_, value)| value.is_finite())
}

/// Scrapes both every second.
fn prometheus(tools: &Tools, folder: &Path, targets: [(&str, &Process); 2]) -> Process {
    let jobs = targets.map(|(job, target)| {
        format!("  - job_name: {job}\n    static_configs:\n      - targets: [\"{}\"]\n", target.address())
    });
    let config = format!("global:\n  scrape_interval: 1s\nscrape_configs:\n{}", jobs.concat());
    fs::write(folder.join("prometheus.yml"), config).expect("the folder is ours");
    let address = free_address().expect("loopback has a free port");
    let mut command = tools.command("prometheus");
    command.current_dir(folder).args(["--config.file=prometheus.yml", "--storage.tsdb.path=data"]);
    command.arg(format!("--web.listen-address={address}"));
    Process::spawn(command, address, "/-/ready").expect("Prometheus starts")
}
