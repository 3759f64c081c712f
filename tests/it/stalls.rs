//! What hangs costs its own series and nothing else: a real file system whose server is stopped by a signal.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::mount::{UnmountFlags, unmount};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use tempfile::TempDir;
use testkit::process::{Process, binary, free_address};
use testkit::{http, page, tree};

use crate::tools::skip;

/// A machine with one mount at /stall; what else its collectors need is there.
const MACHINE: &str = "\
=== proc/1/mountinfo
20 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
21 20 0:99 / /stall rw,relatime - fuse.sshfs server:/ rw
--- proc/loadavg: 0.1 0.2 0.3 1/80 70
/// rootfs/stall
/// sys/class
";

/// In a flag: where the machine's files are.
const FOLDER: &str = "{folder}";

/// Held while an exporter starts.
static STARTING: Mutex<()> = Mutex::new(());

/// How long the kernel and the exporter may take until a change is seen.
const PATIENCE: Duration = Duration::from_secs(30);

/// A mounted file system and its server, which ends with it.
pub(crate) struct Mount {
    folder: PathBuf,
    server: Child,
}

impl Mount {
    /// `None`, and a line that says so, where the test may not mount.
    fn at(folder: &Path) -> Option<Mount> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mount-server"));
        let mut server = command.arg(folder).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it is built");
        let mut line = String::new();
        BufReader::new(server.stdout.take().expect("it is piped")).read_line(&mut line).expect("it is text");
        if line == "mounted\n" {
            return Some(Mount { folder: folder.to_owned(), server });
        }
        server.wait().expect("it has ended");
        skip("stalls", "root and /dev/fuse");
        None
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.server.id()).ok().and_then(Pid::from_raw).expect("it runs");
        kill_process(pid, signal).expect("it runs");
        if signal == Signal::STOP {
            // Until then it may take one more request, which nothing but its answer would end.
            waitpid(Some(pid), WaitOptions::UNTRACED).expect("it is a child");
        }
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // These fail only where there is nothing left to end.
        drop(self.server.kill());
        drop(self.server.wait());
        unmount(&self.folder, UnmountFlags::DETACH).ok();
    }
}

/// The exporter on that machine.
pub(crate) struct Host {
    // Dropped first: a process that hangs in it can't be ended before.
    pub(crate) mount: Mount,
    process: Process,
    // Dropped after the mount in it.
    _folder: TempDir,
}

impl Host {
    /// With a file system mounted at this place of the machine, which shows what is there.
    pub(crate) fn start(place: &str, machine: &str, flags: &[&str]) -> Option<Host> {
        let folder = tempfile::tempdir().expect("there is a folder for temporary files");
        tree::unpack(machine, folder.path()).expect("the machine is well described");
        let mount = Mount::at(&folder.path().join(place))?;
        // A port is free until another exporter of these tests listens on it.
        let _starting = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
        let address = free_address().expect("loopback has a free port");
        let mut command = Command::new(binary("host-exporter").expect("it is built"));
        command.arg(format!("--web.listen-address={address}")).arg("--collector.disable-defaults");
        command.args(tree::flags(folder.path()));
        command.args(flags.iter().map(|flag| flag.replace(FOLDER, &folder.path().display().to_string())));
        let process = Process::spawn(command, address, "/-/ready").expect("the exporter starts");
        Some(Host { process, mount, _folder: folder })
    }

    /// A page asked for with this many seconds of time, and how long it took.
    pub(crate) fn page(&self, seconds: &str) -> (BTreeMap<String, f64>, Duration) {
        let started = Instant::now();
        let headers = [("X-Prometheus-Scrape-Timeout-Seconds", seconds)];
        let answer = http::get(self.process.address(), "/metrics", &headers);
        let answer = answer.unwrap_or_else(|error| panic!("no answer: {error}\n{}", self.process.stderr()));
        assert_eq!(answer.status, 200);
        (page::series(&answer.body), started.elapsed())
    }

    /// Scrapes until the page is so.
    pub(crate) fn wait_for(&self, what: &str, is_so: impl Fn(&BTreeMap<String, f64>) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let (series, _) = self.page("10");
            if is_so(&series) {
                return;
            }
            assert!(Instant::now() < deadline, "never {what}: {series:#?}\n{}", self.process.stderr());
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// How many threads the exporter has.
    pub(crate) fn threads(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/task", self.process.id())).expect("it runs").count()
    }
}

/// A series of the mount; an empty label is none.
fn of_stall(name: &str, error: &str) -> String {
    let error = if error.is_empty() { String::new() } else { format!("device_error=\"{error}\",") };
    format!("node_filesystem_{name}{{device=\"server:/\",{error}fstype=\"fuse.sshfs\",mountpoint=\"/stall\"}}")
}

const SIZE_OF_ROOT: &str = "node_filesystem_size_bytes{device=\"/dev/sda1\",fstype=\"ext4\",mountpoint=\"/\"}";

#[test]
fn a_mount_whose_server_is_stopped_costs_its_own_series() {
    let flags = ["--collector.filesystem", "--collector.loadavg"];
    let Some(host) = Host::start("rootfs/stall", MACHINE, &flags) else { return };
    let (series, _) = host.page("10");
    assert_eq!(series[&of_stall("size_bytes", "")], 4_096_000.0);

    host.mount.signal(Signal::STOP);
    let (series, took) = host.page("3");
    assert!(took < Duration::from_secs(3), "{took:?}");
    assert_eq!(series[&of_stall("device_error", "mountpoint timeout")], 1.0);
    assert!(series.contains_key(SIZE_OF_ROOT) && series["node_load1"] == 0.1, "{series:#?}");
    assert_eq!(series["node_scrape_collector_success{collector=\"filesystem\"}"], 1.0);

    // It is not touched again, so that no further scrape waits and no further thread hangs.
    let threads = host.threads();
    for _ in 0..3 {
        let (series, took) = host.page("10");
        assert!(took < Duration::from_secs(2), "{took:?}");
        assert_eq!(series[&of_stall("device_error", "mountpoint timeout")], 1.0);
    }
    assert_eq!(host.threads(), threads);

    host.mount.signal(Signal::CONT);
    host.wait_for("well again", |series| series.contains_key(&of_stall("size_bytes", "")));
    host.mount.signal(Signal::KILL);
    let gone = of_stall("device_error", "transport endpoint is not connected");
    host.wait_for("gone", |series| series.get(&gone) == Some(&1.0));
    let log = host.process.stderr();
    assert_eq!(log.matches("does not answer").count(), 1, "{log}");
}

#[test]
fn a_mount_that_hangs_from_the_start() {
    let Some(host) = Host::start("rootfs/stall", MACHINE, &["--collector.filesystem"]) else { return };
    host.mount.signal(Signal::STOP);
    let (series, took) = host.page("2");
    assert!(took < Duration::from_secs(2), "{took:?}");
    assert_eq!(series[&of_stall("device_error", "mountpoint timeout")], 1.0);
    assert_eq!(series[&of_stall("readonly", "mountpoint timeout")], 0.0);
    assert!(series.contains_key(SIZE_OF_ROOT), "{series:#?}");
}
