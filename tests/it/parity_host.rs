//! The host exporter and node_exporter side by side: on this machine, and on the files of others.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use testkit::process::{Process, binary, free_address};
use testkit::{Validator, tree};

use crate::parity::Parity;
use crate::tools::{Tools, repository};

/// Where the machines are described.
const MACHINES: &str = "crates/linux-procfs/fixtures";

/// What does not come from the files of a machine but from the running kernel.
const OF_THE_KERNEL: [&str; 6] = ["selinux", "tcpstat", "textfile", "time", "timex", "uname"];

/// Without netlink, which knows nothing of another machine's files, the peer reads them.
const PEER_READS_FILES: [&str; 2] = ["--no-collector.arp.netlink", "--no-collector.netdev.netlink"];

#[test]
fn the_host_exporter_is_node_exporter() {
    let Some(tools) = Tools::find("parity_host", &["node_exporter"]) else { return };
    let mut parity = Parity::new("parity/host.toml");
    let collectors = collectors();

    let textfiles = textfiles();
    let mut flags = only(&collectors);
    flags.push(format!("--collector.textfile.directory={}", textfiles.path().display()));
    let validator = Validator { varying_labels: &["backup_age_seconds", "backup_untyped"], ..Validator::default() };
    compare(&mut parity, &tools, "here", &flags, &[], &validator, 25);

    let from_files: Vec<String> =
        collectors.into_iter().filter(|name| !OF_THE_KERNEL.contains(&name.as_str())).collect();
    let machines = fs::read_dir(repository().join(MACHINES)).expect("the machines are there");
    for machine in machines {
        let machine = machine.expect("the folder is readable").path();
        let folder = tempfile::tempdir().expect("there is a folder for temporary files");
        tree::unpack_machine(&machine, folder.path()).expect("the machine is well described");
        let mut flags = only(&from_files);
        flags.extend(["--collector.cpu.info".to_owned(), "--collector.stat.softirq".to_owned()]);
        flags.extend(paths(folder.path()));
        let place = machine.file_name().expect("a machine has a name").to_string_lossy();
        compare(&mut parity, &tools, &place, &flags, &PEER_READS_FILES, &Validator::default(), 3);
    }
    parity.finish();
}

/// Starts both with the same flags, the peer with some more, and compares them.
fn compare(
    parity: &mut Parity,
    tools: &Tools,
    place: &str,
    flags: &[String],
    peers: &[&str],
    validator: &Validator<'_>,
    rounds: usize,
) {
    let args: Vec<&str> = flags.iter().map(String::as_str).collect();
    let ours = Process::start("host-exporter", &args).expect("the exporter starts");
    let address = free_address().expect("loopback has a free port");
    let mut command = tools.command("node_exporter");
    command.arg(format!("--web.listen-address={address}")).args(&args).args(peers);
    let peer = Process::spawn(command, address, "/metrics").expect("node_exporter starts");
    parity.compare(place, peer.address(), ours.address(), validator, rounds);
}

/// Every collector of ours, as its help names them, also those that are off by default.
fn collectors() -> Vec<String> {
    let output = Command::new(binary("host-exporter").expect("it is built")).arg("--help").output();
    let help = String::from_utf8(output.expect("it starts").stdout).expect("help is text");
    let flags = help.split_whitespace().filter_map(|word| word.strip_prefix("--collector."));
    let names = flags.map(|flag| flag.split('[').next().unwrap_or(flag));
    names.filter(|name| !name.contains('.') && *name != "disable-defaults").map(str::to_owned).collect()
}

/// The flags that switch on these collectors alone.
fn only(collectors: &[String]) -> Vec<String> {
    let switches = collectors.iter().map(|name| format!("--collector.{name}"));
    std::iter::once("--collector.disable-defaults".to_owned()).chain(switches).collect()
}

/// The flags that make an exporter read the files of a machine in `folder`.
fn paths(folder: &Path) -> Vec<String> {
    let paths = [("procfs", "proc"), ("sysfs", "sys"), ("rootfs", "rootfs"), ("udev.data", "udev")];
    paths.map(|(flag, path)| format!("--path.{flag}={}", folder.join(path).display())).to_vec()
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
