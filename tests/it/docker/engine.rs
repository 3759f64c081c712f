//! A Docker engine of a suite's own. Its mounts, network and control groups are its own too (`machine/engine` says how): nothing else
//! here notices, several run at the same time, and whatever happens to a test, nothing is left of them.

use std::env;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixStream;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use serde_json::Value;
use testkit::process::{self, Process};

use crate::tools::{Tools, find_program, repository, skip};

/// The image that every engine has: busybox by each of its names, and /tmp.
pub(crate) const IMAGE: &str = "box:1";

/// What an engine needs of this machine, besides root.
const PROGRAMS: [&str; 7] = ["busybox", "containerd", "docker", "dockerd", "iptables", "nsenter", "runc"];

/// The same for people.
const NEEDS: &str = "root, and what ./test --install installs: docker.io, iptables and busybox-static";

/// How long the engine or a container may take for a step.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often a state is looked at while waiting for it.
const POLL: Duration = Duration::from_millis(20);

/// An engine and its machine. Ends with all of its containers when dropped.
pub(crate) struct Engine {
    /// `None` while it is stopped.
    daemon: Option<Process>,
    machine: Machine,
}

/// What the script keeps until it is dropped.
struct Machine {
    script: Child,
    /// The number of a process in it.
    process: String,
    group: String,
    /// Of the engine's files.
    folder: PathBuf,
}

impl Engine {
    /// An engine that runs, and has [`IMAGE`]. `None`, and a line that says so, where there can't be one.
    pub(crate) fn boot(suite: &str) -> Option<Engine> {
        if !can_boot() {
            skip(suite, NEEDS);
            return None;
        }
        let mut script =
            Command::new(script()).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it is there");
        let mut line = String::new();
        BufReader::new(script.stdout.take().expect("it is piped")).read_line(&mut line).expect("it is text");
        let mut words = line.split_whitespace().map(str::to_owned);
        let mut word = || words.next().expect("the script says why there is no machine");
        let machine = Machine { script, process: word(), group: word(), folder: word().into() };
        let mut engine = Engine { daemon: None, machine };
        engine.start();
        engine.import();
        Some(engine)
    }

    /// Starts the engine, after [`Engine::stop`] or [`Engine::kill`].
    pub(crate) fn start(&mut self) {
        let mut command = self.command("dockerd");
        for (option, name) in [("--data-root", "data"), ("--exec-root", "run"), ("--pidfile", "pid")] {
            command.arg(option).arg(self.machine.folder.join(name));
        }
        command.arg("--host").arg(self.host());
        let socket = self.socket();
        let started = self.within(|| Process::until(command, &socket.display().to_string(), || answers(&socket)));
        self.daemon = Some(started.expect("the engine starts"));
    }

    /// Ends the engine as a system does that shuts down: it ends its containers, and knows what it has done.
    pub(crate) fn stop(&mut self) {
        let mut daemon = self.daemon.take().expect("the engine runs");
        daemon.terminate().expect("the engine runs");
        daemon.wait(PATIENCE).expect("the engine ends");
    }

    /// Ends the engine alone. Containers run on until it is started again.
    pub(crate) fn kill(&mut self) {
        drop(self.daemon.take().expect("the engine runs"));
        // Its containerd ends with it. Where process 1 is slow to notice, the next engine would wait for that one to answer.
        fs::remove_file(self.machine.folder.join("run/containerd/containerd.pid")).expect("containerd has written it");
    }

    /// Where its API is: a file that every process of this machine can reach.
    pub(crate) fn socket(&self) -> PathBuf {
        self.machine.folder.join("docker.sock")
    }

    /// The same as clients want to be told: `unix://…`.
    pub(crate) fn host(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    /// What a command of docker prints.
    ///
    /// # Panics
    /// With its complaint if it fails.
    pub(crate) fn docker(&self, arguments: &[&str]) -> String {
        let (folder, path) = (&self.machine.folder, env::var_os("PATH").unwrap_or_default());
        let mut command = Command::new("docker");
        // Nothing that a user has configured: another engine, a proxy, another builder.
        command.args(arguments).env_clear().env("PATH", path).env("HOME", folder).env("DOCKER_CONFIG", self.config());
        command.env("DOCKER_HOST", self.host()).env("DOCKER_BUILDKIT", "0");
        let ended = process::run(command, PATIENCE).unwrap_or_else(|err| panic!("docker {arguments:?}: {err}"));
        assert!(ended.status.success(), "docker {arguments:?}: {}", ended.stderr);
        ended.stdout
    }

    /// Makes `docker compose` a command of [`Engine::docker`].
    pub(crate) fn add_compose(&self, tools: &Tools) {
        let plugins = self.config().join("cli-plugins");
        fs::create_dir_all(&plugins).expect("the folder is ours");
        symlink(tools.command("docker-compose").get_program(), plugins.join("docker-compose"))
            .expect("the folder is ours");
    }

    /// Starts a container of [`IMAGE`] and says its id; `options` are those of `docker run`.
    pub(crate) fn run(&self, name: &str, options: &[&str], command: &[&str]) -> String {
        // As process 1, sh and sleep don't heed the signal by which they are asked to end.
        let arguments = [&["run", "--detach", "--stop-timeout=1", "--name", name], options, &[IMAGE], command].concat();
        self.docker(&arguments).trim().to_owned()
    }

    /// What the engine knows of a container.
    pub(crate) fn inspect(&self, container: &str) -> Value {
        let text = self.docker(&["inspect", "--type=container", "--format={{json .}}", container]);
        serde_json::from_str(&text).expect("docker prints JSON")
    }

    /// What has happened to containers until now, as far as the engine remembers: the name and the action of each event, in turn.
    pub(crate) fn events(&self) -> Vec<(String, String)> {
        let filter = "--filter=type=container";
        let text = self.docker(&["events", "--since=0", "--until=0s", filter, "--format={{json .}}"]);
        let events = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("docker prints JSON"));
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        events.map(|event| (text(&event["Actor"]["Attributes"]["name"]), text(&event["Action"]))).collect()
    }

    /// Waits until it is so.
    pub(crate) fn wait_for(&self, what: &str, is_so: impl Fn() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_so() {
            let log = || self.daemon.as_ref().map(Process::stderr).unwrap_or_default();
            assert!(Instant::now() < deadline, "never: {what}\n{}", log());
            thread::sleep(POLL);
        }
    }

    /// A program that sees what one sees that runs beside the engine: its mounts, and its control groups as `/docker/…`. Whoever does
    /// not run in there finds the same containers, in groups below one of the machine's. The network is the caller's.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(script());
        command.args(["run", &self.machine.process, &self.machine.group]).arg(program);
        command
    }

    /// Does something in the network of the engine, where its containers' ports are published. A program that is started there stays.
    pub(crate) fn within<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        let network = File::open(format!("/proc/{}/ns/net", self.machine.process)).expect("the machine is there");
        let inside = || {
            move_into_link_name_space(network.as_fd(), Some(LinkNameSpaceType::Network)).expect("this is root");
            work()
        };
        // A thread of its own: the caller's stays where it is.
        thread::scope(|scope| scope.spawn(inside).join()).unwrap_or_else(|panic| resume_unwind(panic))
    }

    fn config(&self) -> PathBuf {
        self.machine.folder.join("config")
    }

    /// Makes [`IMAGE`].
    fn import(&self) {
        let [root, archive] = ["image", "image.tar"].map(|name| self.machine.folder.join(name));
        let busybox = find_program("busybox").expect("the machine has it");
        for name in ["bin", "tmp"] {
            fs::create_dir_all(root.join(name)).expect("the folder is ours");
        }
        fs::set_permissions(root.join("tmp"), fs::Permissions::from_mode(0o1777)).expect("the folder is ours");
        fs::copy(&busybox, root.join("bin/busybox")).expect("there is room");
        let names = Command::new(busybox).arg("--list").output().expect("it is a program");
        for name in String::from_utf8_lossy(&names.stdout).lines().filter(|name| *name != "busybox") {
            symlink("busybox", root.join("bin").join(name)).expect("the folder is ours");
        }
        let packed = Command::new("tar").arg("-cf").arg(&archive).arg("-C").arg(&root).arg(".").status();
        assert!(packed.is_ok_and(|status| status.success()), "tar is installed");
        self.docker(&["import", &archive.display().to_string(), IMAGE]);
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // The script ends the machine and cleans up.
        drop(self.script.stdin.take());
        drop(self.script.wait());
    }
}

fn script() -> PathBuf {
    repository().join("tests/machine/engine")
}

fn can_boot() -> bool {
    // A dynamic one would miss its libraries in the image.
    let is_static =
        |program: PathBuf| !Command::new("ldd").arg(program).output().is_ok_and(|output| output.status.success());
    let namespaces = Command::new("unshare").args(["--mount", "--net", "--cgroup", "true"]).output();
    rustix::process::geteuid().is_root()
        && PROGRAMS.iter().all(|name| find_program(name).is_some())
        && find_program("busybox").is_some_and(is_static)
        && namespaces.is_ok_and(|output| output.status.success())
}

/// Whether an engine answers there.
fn answers(socket: &Path) -> bool {
    let ping = || -> io::Result<bool> {
        let mut stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        stream.write_all(b"GET /_ping HTTP/1.0\r\n\r\n")?;
        let mut status = [0; 12];
        stream.read_exact(&mut status)?;
        Ok(&status == b"HTTP/1.0 200")
    };
    ping().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;
    use crate::machine::is_ready;

    #[test]
    fn containers_that_fail_and_one_that_falls_ill() {
        let Some(engine) = Engine::boot("docker") else { return };
        engine.run("failing", &[], &["sh", "-c", "exit 3"]);
        // Of one that is killed as soon as it starts the engine does not always tell why.
        let eat = "sleep 0.5; exec dd if=/dev/zero of=/dev/null bs=64M";
        engine.run("hungry", &["--memory=16m"], &["sh", "-c", eat]);
        let check = ["--health-cmd=test ! -e /tmp/ill", "--health-interval=1s", "--health-retries=1"];
        engine.run("ill", &check, &["sleep", "1000"]);
        let tells =
            |container: &str, action: &str| engine.events().contains(&(container.to_owned(), action.to_owned()));
        engine.wait_for("it is healthy", || tells("ill", "health_status: healthy"));
        engine.docker(&["exec", "ill", "touch", "/tmp/ill"]);
        engine.wait_for("it is ill", || tells("ill", "health_status: unhealthy"));
        // In either order.
        engine.wait_for("it is killed", || tells("hungry", "oom") && tells("hungry", "die"));

        let events = engine.events();
        let of = |container: &str| -> Vec<&str> {
            let of = events.iter().filter(|(name, action)| name == container && !action.starts_with("exec_"));
            of.map(|(_, action)| action.as_str()).collect()
        };
        assert_eq!(of("failing"), ["create", "start", "die"]);
        assert_eq!(of("hungry").len(), 4);
        assert_eq!(of("ill"), ["create", "start", "health_status: healthy", "health_status: unhealthy"]);
        let codes = ["failing", "hungry"].map(|name| engine.inspect(name)["State"]["ExitCode"].take());
        assert_eq!(codes, [3, 137]);
    }

    #[test]
    fn a_published_port_of_what_compose_has_started() {
        let Some(tools) = Tools::find("docker", &["docker-compose"]) else { return };
        let Some(engine) = Engine::boot("docker") else { return };
        let folder = tempfile::tempdir().expect("there is a folder for temporary files");
        let file = folder.path().join("compose.yml");
        let server = "mkdir -p /tmp/-; echo ready > /tmp/-/ready; exec httpd -f -p 8080 -h /tmp";
        let services = serde_json::json!({ "services": {
            "server": { "image": IMAGE, "command": ["sh", "-c", server], "ports": ["127.0.0.1:8080:8080"] },
            "client": { "image": IMAGE, "command": ["wget", "-qO-", "http://server:8080/-/ready"], "depends_on": ["server"] },
        }});
        fs::write(&file, services.to_string()).expect("the folder is ours");
        engine.add_compose(&tools);
        engine.docker(&["compose", "--file", &file.display().to_string(), "--project-name", "pair", "up", "--detach"]);
        let port = SocketAddr::from(([127, 0, 0, 1], 8080));
        engine.wait_for("it answers", || engine.within(|| is_ready(port)));
        engine.wait_for("it has asked", || engine.docker(&["logs", "pair-client-1"]) == "ready\n");
        assert_eq!(engine.inspect("pair-server-1")["Config"]["Labels"]["com.docker.compose.service"], "server");
    }

    #[test]
    fn an_engine_that_is_gone() {
        let Some(engine) = Engine::boot("docker") else { return };
        engine.run("paused", &[], &["sleep", "1000"]);
        engine.docker(&["pause", "paused"]);
        let (folder, group) = (engine.machine.folder.clone(), engine.machine.group.clone());
        let groups = || {
            let output = Command::new("find").args(["/sys/fs/cgroup", "-maxdepth", "2", "-name", &group]).output();
            String::from_utf8(output.expect("find is installed").stdout).expect("it is text")
        };
        assert!(folder.exists());
        assert_ne!(groups(), "");
        drop(engine);
        assert!(!folder.exists());
        assert_eq!(groups(), "", "and so no process");
        let mounts = fs::read_to_string("/proc/self/mounts").expect("it is text");
        assert!(!mounts.contains(&folder.display().to_string()), "{mounts}");
    }

    #[test]
    fn an_engine_that_stops_and_one_that_is_killed() {
        let Some(mut engine) = Engine::boot("docker") else { return };
        engine.run("always", &["--restart=always"], &["sleep", "1000"]);
        engine.run("once", &[], &["sleep", "1000"]);
        engine.stop();
        assert!(!answers(&engine.socket()));
        engine.start();
        engine.wait_for("it is restarted", || engine.inspect("always")["State"]["Running"] == true);
        assert_eq!(engine.inspect("once")["State"]["ExitCode"], 137);

        let before = engine.inspect("always")["State"]["Pid"].clone();
        engine.kill();
        assert!(Path::new(&format!("/proc/{before}")).exists());
        engine.start();
        let restarted = || {
            let state = engine.inspect("always")["State"].take();
            state["Running"] == true && state["Pid"] != before
        };
        engine.wait_for("it is restarted", restarted);
    }
}
