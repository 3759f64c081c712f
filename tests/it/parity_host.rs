//! The host exporter and node_exporter side by side on this machine.

use std::fs;

use tempfile::TempDir;
use testkit::Validator;
use testkit::process::{Process, free_address};

use crate::parity;
use crate::tools::Tools;

/// The collectors that both run.
#[rustfmt::skip]
const COLLECTORS: [&str; 12] = [
    "cpu", "diskstats", "filesystem", "loadavg", "meminfo", "netdev",
    "pressure", "stat", "textfile", "time", "uname", "vmstat",
];

#[test]
fn the_host_exporter_is_node_exporter() {
    let Some(tools) = Tools::find("parity_host", &["node_exporter"]) else { return };
    let textfiles = textfiles();
    let mut args = vec!["--collector.disable-defaults".to_owned()];
    args.extend(COLLECTORS.map(|name| format!("--collector.{name}")));
    args.push(format!("--collector.textfile.directory={}", textfiles.path().display()));
    let args: Vec<&str> = args.iter().map(String::as_str).collect();

    let ours = Process::start("host-exporter", &args).expect("the exporter starts");
    let address = free_address().expect("loopback has a free port");
    let mut command = tools.command("node_exporter");
    command.arg(format!("--web.listen-address={address}")).args(&args);
    let peer = Process::spawn(command, address, "/metrics").expect("node_exporter starts");

    let validator = Validator { varying_labels: &["backup_age_seconds", "backup_untyped"], ..Validator::default() };
    parity::compare(peer.address(), ours.address(), &validator, "parity/host.toml");
}

/// A folder of textfiles: every type, labels that need escapes, a metric in two files, and files that are refused.
fn textfiles() -> TempDir {
    let folder = tempfile::tempdir().expect("there is a folder for temporary files");
    let write = |name: &str, content: &str| fs::write(folder.path().join(name), content).expect("the folder is ours");
    let every_type = r#"
# HELP backup_age_seconds Age of the last backup.
# TYPE backup_age_seconds gauge
backup_age_seconds{target="nas",note="a \"quoted\" back\\slash\nand a line"} 86400
backup_age_seconds{target=""} NaN
# TYPE backup_runs_total counter
backup_runs_total 9007199254740993
# TYPE backup_wait_seconds histogram
backup_wait_seconds_bucket{le="0.5"} 1
backup_wait_seconds_bucket{le="+Inf"} 2
backup_wait_seconds_sum 1e-7
backup_wait_seconds_count 2
# TYPE backup_size_bytes summary
backup_size_bytes{quantile="0.5"} 1e+21
backup_size_bytes_sum 3
backup_size_bytes_count 4
backup_untyped -Inf
"#;
    write("every_type.prom", every_type);
    write("second.prom", "backup_untyped{from=\"another file\"} 2\n");
    write("broken.prom", "backup_broken{\n");
    write("timestamp.prom", "backup_late 1 1700000000000\n");
    write("notes.txt", "backup_notes 1\n");
    folder
}
