//! The host exporter and node_exporter with the same flags, on this machine or on the files of another, as root or without
//! its rights.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
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

/// What the kernel shows to root alone.
const FOR_ROOT: [&str; 6] =
    ["board_serial", "chassis_serial", "cpuinfo_cur_freq", "energy_uj", "product_serial", "product_uuid"];

/// The user that may do nothing.
const NOBODY: u32 = 65_534;

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
        let programs = Programs::of(tools);
        let Started { ours, peer, alone } = programs.start(&programs.collectors(), flags, &[]);
        Pair { machine: "here".to_owned(), ours, peer, alone, _folder: None }
    }

    /// On each machine whose files are described, with every collector that reads such files.
    pub(crate) fn on_machines(tools: &Tools) -> Vec<Pair> {
        Pair::of_programs(&Programs::of(tools))
    }

    /// The same without root's rights: what the kernel shows to root alone can't be read.
    pub(crate) fn of_nobody(tools: &Tools) -> Vec<Pair> {
        let folder = open_folder();
        Pair::of_programs(&Programs::of_nobody(tools, folder.path()))
    }

    fn of_programs(programs: &Programs) -> Vec<Pair> {
        let machines = fs::read_dir(repository().join(MACHINES)).expect("the machines are there");
        let paths = machines.map(|machine| machine.expect("the folder is readable").path());
        paths.map(|path| Pair::on(programs, &path)).collect()
    }

    fn on(programs: &Programs, machine: &Path) -> Pair {
        let folder = open_folder();
        tree::unpack_machine(machine, folder.path()).expect("the machine is well described");
        if programs.of_nobody {
            hide(folder.path());
        }
        let mut collectors = programs.collectors();
        collectors.retain(|name| !NOT_OF_FILES.contains(&name.as_str()));
        let flags: Vec<String> = OPTIONS.map(str::to_owned).into_iter().chain(tree::flags(folder.path())).collect();
        let Started { ours, peer, alone } = programs.start(&collectors, &flags, &PEER_READS_FILES);
        let name = machine.file_name().expect("a machine has a name").to_string_lossy();
        let machine = if programs.of_nobody { format!("{name} without rights") } else { name.into_owned() };
        Pair { machine, ours, peer, alone, _folder: Some(folder) }
    }
}

/// Where both programs are, and whether they run without root's rights.
struct Programs {
    ours: PathBuf,
    peer: PathBuf,
    of_nobody: bool,
}

struct Started {
    ours: Process,
    peer: Process,
    alone: Vec<String>,
}

impl Programs {
    fn of(tools: &Tools) -> Programs {
        let ours = binary("host-exporter").expect("it is built");
        Programs { ours, peer: tools.command("node_exporter").get_program().into(), of_nobody: false }
    }

    /// Copies in a folder that everybody may enter.
    fn of_nobody(tools: &Tools, folder: &Path) -> Programs {
        let Programs { ours, peer, .. } = Programs::of(tools);
        let copy = |program: PathBuf| {
            let copy = folder.join(program.file_name().expect("a program has a name"));
            fs::copy(program, &copy).expect("there is room for a copy");
            copy
        };
        Programs { ours: copy(ours), peer: copy(peer), of_nobody: true }
    }

    /// Every collector of ours, also those that are off by default.
    fn collectors(&self) -> Vec<String> {
        collectors_of(&self.ours)
    }

    /// Starts both with the same flags, and the peer with some more, but without the collectors that it does not have.
    fn start(&self, collectors: &[String], flags: &[String], peers: &[&str]) -> Started {
        let known = collectors_of(&self.peer);
        let (both, alone): (Vec<String>, Vec<String>) =
            collectors.iter().cloned().partition(|name| known.contains(name));
        let start = |program: &Path, collectors: &[String], more: &[&str], ready| {
            let address = free_address().expect("loopback has a free port");
            let mut command = Command::new(program);
            command.arg(format!("--web.listen-address={address}")).args(only(collectors)).args(flags).args(more);
            if self.of_nobody && rustix::process::geteuid().is_root() {
                command.uid(NOBODY).gid(NOBODY);
            }
            Process::spawn(command, address, ready).expect("the exporter starts")
        };
        let ours = start(&self.ours, collectors, &[], "/-/ready");
        let peer = start(&self.peer, &both, peers, "/metrics");
        Started { ours, peer, alone }
    }
}

/// A folder that everybody may enter.
fn open_folder() -> TempDir {
    let folder = tempfile::tempdir().expect("there is a folder for temporary files");
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).expect("the folder is ours");
    folder
}

/// Takes what is root's from everybody.
fn hide(folder: &Path) {
    for entry in fs::read_dir(folder).expect("the folder is readable") {
        let entry = entry.expect("the folder is readable");
        let kind = entry.file_type().expect("the file is there");
        if kind.is_dir() {
            hide(&entry.path());
        } else if kind.is_file() && FOR_ROOT.iter().any(|name| entry.file_name() == *name) {
            fs::set_permissions(entry.path(), Permissions::from_mode(0o000)).expect("the file is ours");
        }
    }
}

/// The collectors that the help of a program names: `--collector.NAME`, or `--[no-]collector.NAME`.
fn collectors_of(program: &Path) -> Vec<String> {
    let output = Command::new(program).arg("--help").output().expect("it starts");
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
