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
    /// The collectors that ours alone has.
    pub(crate) alone: Vec<String>,
    /// The machine's files, if it is not this one.
    _folder: Option<TempDir>,
}

impl Pair {
    /// On this machine, with every collector of ours and these flags.
    pub(crate) fn here(tools: &Tools, flags: &[String]) -> Pair {
        Pair::start(tools, "here", &collectors(), flags, &[])
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
        let flags: Vec<String> = OPTIONS.map(str::to_owned).into_iter().chain(paths).collect();
        let machine = machine.file_name().expect("a machine has a name").to_string_lossy();
        let pair = Pair::start(tools, &machine, &collectors, &flags, &PEER_READS_FILES);
        Pair { _folder: Some(folder), ..pair }
    }

    /// Starts both with the same flags, and the peer with some more, but without the collectors that it does not have.
    fn start(tools: &Tools, machine: &str, collectors: &[String], flags: &[String], peers: &[&str]) -> Pair {
        let known = collectors_of(tools.command("node_exporter"));
        let (both, alone): (Vec<String>, Vec<String>) =
            collectors.iter().cloned().partition(|name| known.contains(name));
        let args: Vec<String> = only(collectors).chain(flags.iter().cloned()).collect();
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let ours = Process::start("host-exporter", &args).expect("the exporter starts");
        let address = free_address().expect("loopback has a free port");
        let mut command = tools.command("node_exporter");
        command.arg(format!("--web.listen-address={address}")).args(only(&both)).args(flags).args(peers);
        let peer = Process::spawn(command, address, "/metrics").expect("node_exporter starts");
        Pair { machine: machine.to_owned(), ours, peer, alone, _folder: None }
    }
}

/// Every collector of ours, also those that are off by default.
fn collectors() -> Vec<String> {
    collectors_of(Command::new(binary("host-exporter").expect("it is built")))
}

/// The collectors that the help of a program names: `--collector.NAME`, or `--[no-]collector.NAME`.
fn collectors_of(mut program: Command) -> Vec<String> {
    let output = program.arg("--help").output().expect("it starts");
    let help = String::from_utf8(output.stdout).expect("help is text");
    let flags = help.split_whitespace().filter_map(|word| word.strip_prefix("--"));
    let names = flags.filter_map(|flag| flag.trim_start_matches("[no-]").strip_prefix("collector."));
    let names = names.map(|name| name.split(['[', '=']).next().unwrap_or(name));
    names.filter(|name| !name.contains('.') && *name != "disable-defaults").map(str::to_owned).collect()
}

/// The flags that switch on these collectors alone.
fn only(collectors: &[String]) -> impl Iterator<Item = String> {
    let switches = collectors.iter().map(|name| format!("--collector.{name}"));
    std::iter::once("--collector.disable-defaults".to_owned()).chain(switches)
}
