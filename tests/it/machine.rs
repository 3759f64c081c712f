//! A machine within this one whose process 1 is the real systemd, for suites of units: `machine/boot` says how.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use testkit::http;
use testkit::process::binary;

use crate::tools::{repository, skip};

/// How long systemd may take to boot, and a unit to answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the script says.
const LOG: &str = "log";

/// What the units name of a usual boot; nothing is behind it here.
const TARGETS: [&str; 7] = ["basic", "default", "multi-user", "shutdown", "sockets", "sysinit", "umount"];

/// What of this machine's /etc the machine needs, if it is there.
const OF_THIS_MACHINE: [&str; 4] = ["ld.so.cache", "localtime", "nsswitch.conf", "os-release"];

/// A booted machine; ends when dropped.
pub(crate) struct Machine {
    script: Child,
    /// Its process 1, by this machine's numbers.
    init: String,
    // Dropped after what is mounted from it.
    folder: TempDir,
}

impl Machine {
    /// With our programs, units and users installed as the README says. `None`, and a line that says so, where a machine can't
    /// be booted.
    pub(crate) fn boot(suite: &str) -> Option<Machine> {
        if !can_boot() {
            skip(suite, "root, systemd 247 or newer and util-linux");
            return None;
        }
        let folder = install();
        let mut script = Command::new(repository().join("tests/machine/boot"))
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(folder.path().join(LOG)).expect("the folder is ours"))
            .spawn()
            .expect("the script is there");
        let mut init = String::new();
        BufReader::new(script.stdout.take().expect("it is piped")).read_line(&mut init).expect("it is a number");
        let machine = Machine { script, init: init.trim().to_owned(), folder };
        assert!(!machine.init.is_empty(), "no machine: {}", machine.log());
        machine.wait_for("systemd is up", || machine.systemctl(&["show", "--property=Version"]).is_ok());
        Some(machine)
    }

    /// What the script that booted it says.
    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join(LOG)).expect("it is text")
    }

    /// A file below its /etc, which can be written from here.
    pub(crate) fn etc(&self, file: &str) -> PathBuf {
        self.folder.path().join("etc").join(file)
    }

    /// A file as its processes see it.
    pub(crate) fn path(&self, file: &str) -> PathBuf {
        Path::new("/proc").join(&self.init).join("root").join(file.trim_start_matches('/'))
    }

    /// A program of the machine.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["--target", &self.init, "--mount", "--pid", "--uts", "--ipc", "--cgroup", "--", program]);
        command
    }

    /// What systemctl answers, or the error that it prints.
    pub(crate) fn systemctl(&self, arguments: &[&str]) -> Result<String, String> {
        let output = self.command("systemctl").args(arguments).output().expect("nsenter is there");
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }

    /// A property of a unit.
    pub(crate) fn property(&self, unit: &str, name: &str) -> String {
        let answer = self.systemctl(&["show", "--value", "--property", name, unit]).expect("systemd runs");
        answer.trim().to_owned()
    }

    /// Adds a unit under that name: `text` with other directives at its end, which listens there in the place of the
    /// address that its file of variables names.
    pub(crate) fn add(&self, name: &str, text: &str, address: SocketAddr, directives: &str) {
        let text = format!(
            "{text}\n[Service]\nEnvironmentFile=\nEnvironment=HOST_EXPORTER_WEB_LISTEN_ADDRESS={address}\n{directives}\n"
        );
        fs::write(self.etc("systemd/system").join(name), text).expect("the folder is ours");
    }

    /// Starts units together and waits until each answers there.
    pub(crate) fn start(&self, units: &[(String, SocketAddr)]) {
        let mut arguments = vec!["start"];
        arguments.extend(units.iter().map(|(name, _)| name.as_str()));
        self.systemctl(&["daemon-reload"]).expect("the units are well written");
        self.systemctl(&arguments).unwrap_or_else(|error| panic!("{units:?} do not start: {error}"));
        for (name, address) in units {
            self.wait_for(name, || is_ready(*address));
        }
    }

    /// Waits until it is so.
    pub(crate) fn wait_for(&self, what: &str, is_so: impl Fn() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_so() {
            let status = || self.systemctl(&["status", "--all", "--no-pager", "*.service"]);
            assert!(Instant::now() < deadline, "never: {what}\n{}", status().unwrap_or_else(|error| error));
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // The script ends the machine and cleans up.
        drop(self.script.stdin.take());
        drop(self.script.wait());
    }
}

/// Whether something answers there.
pub(crate) fn is_ready(address: SocketAddr) -> bool {
    http::get(address, "/-/ready", &[]).is_ok_and(|answer| answer.status == 200)
}

/// The text of a file in `deploy/systemd`.
pub(crate) fn unit(file: &str) -> String {
    let path = repository().join("deploy/systemd").join(file);
    fs::read_to_string(&path).unwrap_or_else(|err| panic!("{}: {err}", path.display()))
}

fn can_boot() -> bool {
    let has_systemd = Path::new("/lib/systemd/systemd").exists();
    let namespaces = Command::new("unshare").args(["--mount", "--pid", "--fork", "true"]).output();
    has_systemd && rustix::process::geteuid().is_root() && namespaces.is_ok_and(|output| output.status.success())
}

/// The folders that become /etc and /usr/local/bin.
fn install() -> TempDir {
    let folder = tempfile::tempdir().expect("there is a folder for temporary files");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("the folder is ours");
    let etc = folder.path().join("etc");
    let (units, users) = (etc.join("systemd/system"), etc.join("sysusers.d"));
    for path in [&units.join("host-exporter.service.d"), &users, &etc.join("default"), &folder.path().join("bin")] {
        fs::create_dir_all(path).expect("the folder is ours");
    }
    for program in ["host-exporter", "docker-exporter", "redis-exporter", "otlp-bridge", "pilotlight"] {
        let (from, to) = (binary(program).expect("it is built"), folder.path().join("bin").join(program));
        fs::hard_link(&from, &to).or_else(|_| fs::copy(&from, &to).map(drop)).expect("there is room for a copy");
        fs::write(users.join(format!("{program}.conf")), unit(&format!("sysusers.d/{program}.conf")))
            .expect("it is ours");
        let service = format!("{program}.service");
        fs::write(units.join(&service), unit(&service)).expect("the folder is ours");
    }
    for target in TARGETS {
        let text = "[Unit]\nDefaultDependencies=no\n";
        fs::write(units.join(format!("{target}.target")), text).expect("the folder is ours");
    }
    for file in OF_THIS_MACHINE {
        // What is not there is not missed.
        fs::copy(Path::new("/etc").join(file), etc.join(file)).ok();
    }
    // Otherwise systemd mounts one.
    fs::write(etc.join("machine-id"), "0123456789abcdef0123456789abcdef\n").expect("the folder is ours");
    File::create(etc.join("fstab")).expect("the folder is ours");
    let made = Command::new("systemd-sysusers").arg(format!("--root={}", folder.path().display())).output();
    let made = made.expect("systemd is installed");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    folder
}
