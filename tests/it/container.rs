//! The settings of the image where there is no engine: `machine/contain` makes the same of namespaces.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use testkit::http;
use testkit::process::{Process, binary, free_address};

use crate::machine::is_ready;
use crate::same_page::differences;
use crate::tools::{repository, skip};

/// Programs of the image that are run by themselves.
pub(crate) const PROGRAMS: [&str; 4] = ["host-exporter", "docker-exporter", "redis-exporter", "otlp-bridge"];

/// The user of the image.
const NOBODY: u32 = 65_534;

/// What the script and the program say.
const LOG: &str = "log";

/// How long a container may take for a step; stopping has its own bound.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long a program may take to end.
const END: Duration = Duration::from_secs(5);

#[test]
fn the_page_from_a_container_without_any_right() {
    let Some(container) = Container::start("host-exporter") else { return };
    let plain = Plain::start(&container.program);
    assert_eq!(differences(container.address, plain.address()), Vec::<String>::new());
    container.assert_has_no_right();
}

#[test]
fn the_bridge_from_a_container_without_any_right() {
    let Some(container) = Container::start("otlp-bridge") else { return };
    let otlp = container.variable("OTLP_BRIDGE_OTLP_HTTP_ADDRESS").parse().expect("it is an address");
    let export = fs::read(repository().join("tests/fixtures/otlp/claude-code/delta.metrics.pb")).expect("it is there");
    let answer = http::post(otlp, "/v1/metrics", &[("Content-Type", "application/x-protobuf")], &export);
    assert_eq!(answer.expect("it answers").status, 200);
    let page = http::get(container.address, "/metrics", &[]).expect("it answers").text();
    assert!(page.contains("\nclaude_code_session_cost_usd{"), "{page}");
    container.assert_has_no_right();
}

#[test]
fn process_1_ends_at_the_first_signal() {
    for program in PROGRAMS {
        let Some(mut container) = Container::start(program) else { return };
        container.signal(Signal::TERM);
        let (status, took) = container.wait();
        assert_eq!(status, Some(0), "{program}");
        assert!(took < END, "{program}: {took:?}");
    }
}

#[test]
fn process_1_ends_at_the_second_signal_without_waiting() {
    for program in PROGRAMS {
        let Some(mut container) = Container::start(program) else { return };
        // Both are there before it can act on either. Of two alike the kernel would keep one.
        for signal in [Signal::STOP, Signal::TERM, Signal::INT, Signal::CONT] {
            container.signal(signal);
        }
        let (status, took) = container.wait();
        assert_eq!(status, Some(1), "{program}");
        assert!(took < Duration::from_secs(2), "{program}: {took:?}");
    }
}

/// A program as process 1 with the settings of its container; ends when dropped.
struct Container {
    script: Child,
    /// Its process 1, by the numbers of this machine.
    init: u32,
    /// Of its page.
    address: SocketAddr,
    program: PathBuf,
    /// What the image says.
    settings: String,
    /// What the image sets for it, with addresses of its own.
    variables: Vec<(String, String)>,
    /// Where its root is for itself; for others what it said is there.
    root: TempDir,
}

impl Container {
    /// `None`, and a line that says so, where there may be no namespaces, or the static program is not built.
    fn start(name: &str) -> Option<Container> {
        let namespaces = Command::new("unshare").args(["--mount", "--pid", "--cgroup", "--fork", "true"]).output();
        if !rustix::process::geteuid().is_root() || !namespaces.is_ok_and(|output| output.status.success()) {
            skip("container", "root and util-linux");
            return None;
        }
        let program = static_program("container", name)?;
        let root = tempfile::tempdir().expect("there is a folder for temporary files");
        let settings = settings();
        let variables = variables(&settings, name);
        let page = |(name, _): &&(String, String)| name.ends_with("_WEB_LISTEN_ADDRESS");
        let (_, address) = variables.iter().find(page).expect("it has a page");
        let address = address.parse().expect("it is an address");
        let mut script = Command::new(repository().join("tests/machine/contain"))
            .arg(root.path())
            .arg(&program)
            .args(variables.iter().map(|(name, value)| format!("{name}={value}")))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(root.path().join(LOG)).expect("the folder is ours"))
            .spawn()
            .expect("the script is there");
        let mut init = String::new();
        BufReader::new(script.stdout.take().expect("it is piped")).read_line(&mut init).expect("it is a number");
        let init = init.trim().parse().unwrap_or_default();
        let mut container = Container { script, init, address, program, settings, variables, root };
        container.wait_for("it answers", |container| is_ready(container.address));
        Some(container)
    }

    fn variable(&self, name: &str) -> &str {
        let (_, value) = self.variables.iter().find(|(known, _)| known == name).expect("the image sets it");
        value
    }

    /// It is nobody, can do nothing that nobody can't, and is healthy.
    fn assert_has_no_right(&self) {
        let status = fs::read_to_string(format!("/proc/{}/status", self.init)).expect("it runs");
        let id = format!("\t{}\t1\n", self.init);
        for part in ["Uid:\t65534\t65534\t65534\t65534\n", "CapPrm:\t0000000000000000\n", "NoNewPrivs:\t1\n", &id] {
            assert!(status.contains(part), "{part} is not in {status}");
        }
        let health = self.healthcheck();
        assert!(health.status.success(), "{}", String::from_utf8_lossy(&health.stderr));
    }

    /// What the health check of the image says, in the container.
    fn healthcheck(&self) -> std::process::Output {
        let line = self.settings.lines().find(|line| line.starts_with("HEALTHCHECK")).expect("there is one");
        let (_, command) = line.split_once("CMD ").expect("it is a command");
        let command: Vec<String> = serde_json::from_str(command).expect("it is a list");
        let mut nsenter = Command::new("nsenter");
        nsenter.envs(self.variables.iter().cloned());
        nsenter.args(["--mount", "--pid", "--root", "--setuid", "65534", "--setgid", "65534"]);
        nsenter.args(["--target", &self.init.to_string(), "--"]).args(command).output().expect("nsenter is there")
    }

    fn signal(&self, signal: Signal) {
        let init = i32::try_from(self.init).ok().and_then(Pid::from_raw).expect("it runs");
        kill_process(init, signal).expect("it runs");
    }

    /// Its status, and how long it took to end.
    fn wait(&mut self) -> (Option<i32>, Duration) {
        let started = Instant::now();
        let own = PathBuf::from(format!("/proc/{}", self.init));
        self.wait_for("it ends", |_| !own.exists());
        let took = started.elapsed();
        (self.script.wait().expect("it is a child").code(), took)
    }

    fn wait_for(&mut self, what: &str, is_so: impl Fn(&Container) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_so(self) {
            if Instant::now() > deadline || self.init == 0 {
                let log = fs::read_to_string(self.root.path().join(LOG)).expect("it is text");
                panic!("never: {what}\n{log}");
            }
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        // The script ends the container and cleans up.
        drop(self.script.stdin.take());
        drop(self.script.wait());
    }
}

/// The same program by the same user, as a process like any other.
pub(crate) struct Plain(Process, #[expect(dead_code, reason = "holds the program")] TempDir);

impl Plain {
    pub(crate) fn start(program: &Path) -> Plain {
        let folder = tempfile::tempdir().expect("there is a folder for temporary files");
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("the folder is ours");
        let copy = folder.path().join("host-exporter");
        fs::hard_link(program, &copy)
            .or_else(|_| fs::copy(program, &copy).map(drop))
            .expect("there is room for a copy");
        let address = free_address().expect("loopback has a free port");
        let mut command = Command::new(copy);
        command.arg(format!("--web.listen-address={address}")).uid(NOBODY).gid(NOBODY);
        Plain(Process::spawn(command, address, "/-/ready").expect("the exporter starts"), folder)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.0.address()
    }
}

/// A program as it is put into images, in the profile of this test.
pub(crate) fn static_program(suite: &str, name: &str) -> Option<PathBuf> {
    let here = binary(name).expect("it is built");
    let profile = here.parent().expect("it is in a folder");
    let target = format!("{}-unknown-linux-musl", std::env::consts::ARCH);
    let of_target = |folder: &Path| folder.join(&target).join(profile.file_name().unwrap_or_default());
    let program = profile.parent().map(|folder| of_target(folder).join(name)).expect("it is in the target's");
    if program.is_file() {
        return Some(program);
    }
    skip(suite, &format!("{}, which ./test build makes", program.display()));
    None
}

/// What the Dockerfile says of the image, whatever its programs come from.
fn settings() -> String {
    let dockerfile = fs::read_to_string(repository().join("Dockerfile")).expect("it is text");
    let (_, rest) = dockerfile.split_once("\nFROM scratch AS settings\n").expect("there is such a stage");
    rest.split("\nFROM ").next().unwrap_or_default().replace("\\\n", " ")
}

/// What the image sets for a program; addresses that are free here in the place of its own.
fn variables(settings: &str, program: &str) -> Vec<(String, String)> {
    let line = settings.lines().find_map(|line| line.strip_prefix("ENV ")).expect("there are some");
    let own = program.to_uppercase().replace('-', "_") + "_";
    let pairs = line.split_whitespace().filter_map(|pair| pair.split_once('='));
    let pairs = pairs.filter(|(name, _)| name.starts_with(&own));
    let moved = |value: &str| match value.strip_prefix(':') {
        Some(_) => free_address().expect("loopback has a free port").to_string(),
        None => value.to_owned(),
    };
    pairs.map(|(name, value)| (name.to_owned(), moved(value))).collect()
}
