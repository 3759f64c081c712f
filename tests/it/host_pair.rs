//! The host exporter and node_exporter with the same flags, on this machine or on the files of another.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use testkit::process::{Process, binary, free_address};
use testkit::tree;

use crate::tools::{Tools, repository};

/// Where the machines are described.
const MACHINES: &str = "crates/linux-procfs/fixtures";

/// What does not come from the files of a machine but from the running kernel, or is given with the flags.
const NOT_OF_FILES: [&str; 6] = ["selinux", "tcpstat", "textfile", "time", "timex", "uname"];

/// Options that are off by default, so that every family is compared.
const OPTIONS: [&str; 3] = ["--collector.cpu.info", "--collector.netstat.fields=.", "--collector.stat.softirq"];

/// Without netlink, which knows nothing of another machine's files, the peer reads them.
const PEER_READS_FILES: [&str; 2] = ["--no-collector.arp.netlink", "--no-collector.netdev.netlink"];

/// Both programs, running.
pub(crate) struct Pair {
    /// The machine that they tell of.
    pub(crate) machine: String,
    pub(crate) ours: Process,
    pub(crate) peer: Process,
    /// The machine's files, if it is not this one.
    _folder: Option<TempDir>,
}

impl Pair {
    /// On this machine, with every collector of ours and these flags.
    pub(crate) fn here(tools: &Tools, flags: &[String]) -> Pair {
        let flags: Vec<String> = only(&collectors()).chain(flags.iter().cloned()).collect();
        let (ours, peer) = start(tools, &flags, &[]);
        Pair { machine: "here".to_owned(), ours, peer, _folder: None }
    }

    /// On each machine whose files are described, with every collector that reads such files.
    pub(crate) fn on_machines(tools: &Tools) -> Vec<Pair> {
        let machines = fs::read_dir(repository().join(MACHINES)).expect("the machines are there");
        let paths = machines.map(|machine| machine.expect("the folder is readable").path());
        paths.map(|path| Pair::on(tools, &path)).collect()
    }

    fn on(tools: &Tools, machine: &Path) -> Pair {
        let folder = tempfile::tempdir().expect("there is a folder for temporary files");
        tree::unpack_machine(machine, folder.path()).expect("the machine is well described");
        let mut collectors = collectors();
        collectors.retain(|name| !NOT_OF_FILES.contains(&name.as_str()));
        let paths = [("procfs", "proc"), ("sysfs", "sys"), ("rootfs", "rootfs"), ("udev.data", "udev")]
            .map(|(flag, path)| format!("--path.{flag}={}", folder.path().join(path).display()));
        let flags: Vec<String> = only(&collectors).chain(OPTIONS.map(str::to_owned)).chain(paths).collect();
        let (ours, peer) = start(tools, &flags, &PEER_READS_FILES);
        let machine = machine.file_name().expect("a machine has a name").to_string_lossy().into_owned();
        Pair { machine, ours, peer, _folder: Some(folder) }
    }
}

/// Starts ours and the peer with the same flags, the peer with some more.
fn start(tools: &Tools, flags: &[String], peers: &[&str]) -> (Process, Process) {
    let args: Vec<&str> = flags.iter().map(String::as_str).collect();
    let ours = Process::start("host-exporter", &args).expect("the exporter starts");
    let address = free_address().expect("loopback has a free port");
    let mut command = tools.command("node_exporter");
    command.arg(format!("--web.listen-address={address}")).args(&args).args(peers);
    (ours, Process::spawn(command, address, "/metrics").expect("node_exporter starts"))
}

/// Every collector of ours, as its help names them, also those that are off by default.
pub(crate) fn collectors() -> Vec<String> {
    let output = Command::new(binary("host-exporter").expect("it is built")).arg("--help").output();
    let help = String::from_utf8(output.expect("it starts").stdout).expect("help is text");
    let flags = help.split_whitespace().filter_map(|word| word.strip_prefix("--collector."));
    let names = flags.map(|flag| flag.split('[').next().unwrap_or(flag));
    names.filter(|name| !name.contains('.') && *name != "disable-defaults").map(str::to_owned).collect()
}

/// The flags that switch on these collectors alone.
fn only(collectors: &[String]) -> impl Iterator<Item = String> {
    let switches = collectors.iter().map(|name| format!("--collector.{name}"));
    std::iter::once("--collector.disable-defaults".to_owned()).chain(switches)
}
