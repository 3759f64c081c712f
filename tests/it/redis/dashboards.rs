//! The dashboards and alerts that people have for redis_exporter, over ours: what they ask of a real Prometheus has an answer.

use std::fs;
use std::path::Path;

use testkit::process::{Process, free_address};

use super::exporter::Exporter;
use super::load::load;
use super::server::{Make, Server, wait_until};
use crate::prometheus;
use crate::tools::{Tools, repository};

/// What Grafana puts in their place: everything, and the shortest window that has two scrapes. A namespace is what Kubernetes has.
const VARIABLES: [(&str, &str); 4] =
    [("$__rate_interval", "1m"), ("$__interval", "1m"), ("$instance", ".*"), ("$namespace", ".*")];

#[test]
fn every_panel_and_every_alert_has_data() {
    let Some(tools) = Tools::find("redis", &["prometheus"]) else { return };
    let Some(program) = Make::Redis.find("redis") else { return };
    // Without a limit of memory, a panel divides by 0.
    let start = |options: &[&str]| Server::start(&program, &[&["--maxmemory", "500mb"], options].concat());
    let (master, replica) = (start(&["--repl-diskless-sync-delay", "0"]), start(&[]));
    let node = start(&["--cluster-enabled", "yes"]);
    replica.ask(&format!("REPLICAOF {}", master.words()));
    let exporters = [&master, &replica, &node].map(|server| Exporter::start(server, &[]));
    wait_until("the replica follows", || exporters[1].page().sum("redis_master_link_up") == 1.0);

    let folder = tempfile::tempdir().expect("there is a folder for temporary files");
    let server = prometheus(&tools, folder.path(), &exporters);
    // Commands between scrapes, so that rates are of something.
    let scraped = "min(count_over_time(redis_up[1h])) >= 3 and count(redis_up) == 3";
    prometheus::wait_until(&server, scraped, || {
        load(&master);
        !prometheus::query(&server, scraped).is_empty()
    });
    let mut unanswered = Vec::new();
    for (list, expressions) in [("763", 19), ("redis-mixin", 21)] {
        let file = repository().join(format!("tests/dashboards/{list}.txt"));
        let list = fs::read_to_string(file).expect("the list is there");
        let lines: Vec<&str> = list.lines().filter(|line| !line.is_empty() && !line.starts_with(['#', '['])).collect();
        assert_eq!(lines.len(), expressions);
        unanswered.extend(lines.into_iter().filter(|line| !has_data(&server, line)).map(str::to_owned));
    }
    assert!(unanswered.is_empty(), "{}", unanswered.join("\n"));
}

/// Whether some series has a number.
fn has_data(server: &Process, expression: &str) -> bool {
    let replace = |text: String, (variable, value): &(&str, &str)| text.replace(variable, value);
    let expression = VARIABLES.iter().fold(expression.to_owned(), replace);
    prometheus::query(server, &expression).iter().any(|(_, value)| value.is_finite())
}

/// Scrapes all every second.
fn prometheus(tools: &Tools, folder: &Path, exporters: &[Exporter]) -> Process {
    let targets: Vec<String> =
        exporters.iter().map(|exporter| format!("\"{}\"", exporter.process().address())).collect();
    let config = format!(
        "global:\n  scrape_interval: 1s\nscrape_configs:\n  - job_name: redis\n    static_configs:\n      - targets: [{}]\n",
        targets.join(", ")
    );
    fs::write(folder.join("prometheus.yml"), config).expect("the folder is ours");
    let address = free_address().expect("loopback has a free port");
    let mut command = tools.command("prometheus");
    command.current_dir(folder).args(["--config.file=prometheus.yml", "--storage.tsdb.path=data"]);
    command.arg(format!("--web.listen-address={address}"));
    Process::spawn(command, address, "/-/ready").expect("Prometheus starts")
}
