//! The host exporter and node_exporter side by side: on this machine, and on the files of others.

use std::fs;

use tempfile::TempDir;
use testkit::Validator;

use crate::host_pair::Pair;
use crate::parity::Parity;
use crate::tools::Tools;

#[test]
fn the_host_exporter_is_node_exporter() {
    let Some(tools) = Tools::find("parity_host", &["node_exporter"]) else { return };
    let mut parity = Parity::new("parity/host.toml");
    let textfiles = textfiles();
    let here = Pair::here(&tools, &[format!("--collector.textfile.directory={}", textfiles.path().display())]);
    let validator = Validator { varying_labels: &["backup_age_seconds", "backup_untyped"], ..Validator::default() };
    parity.compare(&here, &validator, 25);
    for machine in Pair::on_machines(&tools).into_iter().chain(Pair::of_nobody(&tools)) {
        // The space on its file systems is this machine's, which others use meanwhile.
        parity.compare(&machine, &Validator::default(), 12);
    }
    parity.finish();
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
