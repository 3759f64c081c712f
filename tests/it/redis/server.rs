//! A server of a suite's own: on a free port, in a folder of its own, ended with the test.

use std::env;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use testkit::process::{self, Process, free_address};
use testkit::redis::{Client, Value};

use crate::tools::{find_program, skip};

/// How long a server may take for a step.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often a state is looked at while waiting for it.
const POLL: Duration = Duration::from_millis(10);

/// The servers that suites run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Make {
    /// The system's own.
    Redis,
    /// 6.2, without much of what 7.0 has.
    Redis6,
    /// 8 or later.
    Valkey,
}

/// A running server; killed when dropped.
pub(crate) struct Server {
    process: Process,
    folder: TempDir,
    address: SocketAddr,
}

impl Make {
    /// Where the program is; `None`, and a line that says so, where there is none.
    pub(crate) fn find(self, suite: &str) -> Option<PathBuf> {
        let fetched = |name| {
            let servers = PathBuf::from(env::var_os("PILOTLIGHT_SERVERS")?);
            Some(servers.join(name)).filter(|program| program.is_file())
        };
        let (program, needs) = match self {
            Make::Redis => {
                let both = find_program("redis-server").filter(|_| find_program("redis-cli").is_some());
                (both, "redis-server and redis-cli, which ./test --install installs")
            }
            Make::Redis6 => (fetched("redis-server-6.2"), "redis-server-6.2"),
            Make::Valkey => (fetched("valkey-server"), "valkey-server"),
        };
        if program.is_none() {
            skip(suite, needs);
        }
        program
    }
}

impl Server {
    /// The system's Redis with these options, or `None` where there is none.
    pub(crate) fn redis(options: &[&str]) -> Option<Server> {
        Make::Redis.find("redis").map(|program| Server::start(&program, options))
    }

    /// Starts a server, and waits until it answers.
    pub(crate) fn start(program: &Path, options: &[&str]) -> Server {
        let address = free_address().expect("loopback has a free port");
        Server::start_in(tempfile::tempdir().expect("there is a folder for temporary files"), program, address, options)
    }

    /// The same, at an address and with the files of a server that has ended.
    pub(crate) fn start_in(folder: TempDir, program: &Path, address: SocketAddr, options: &[&str]) -> Server {
        let mut command = Command::new(program);
        let port = if options.contains(&"--tls-port") { 0 } else { address.port() };
        command.args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--daemonize", "no", "--save", ""]);
        command.arg("--dir").arg(folder.path());
        command.args(options.iter().map(|option| option.replace("PORT", &address.port().to_string())));
        let process = Process::listen(command, address).expect("the server starts");
        Server { process, folder, address }
    }

    /// A sentinel with this configuration.
    pub(crate) fn sentinel(program: &Path, configuration: &str) -> Server {
        let address = free_address().expect("loopback has a free port");
        let folder = tempfile::tempdir().expect("there is a folder for temporary files");
        let file = folder.path().join("sentinel.conf");
        let configuration = format!("bind 127.0.0.1\nport {}\n{configuration}\n", address.port());
        std::fs::write(&file, configuration).expect("the folder is ours");
        let mut command = Command::new(program);
        command.arg(&file).arg("--sentinel").current_dir(folder.path());
        let process = Process::listen(command, address).expect("the sentinel starts");
        Server { process, folder, address }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Host and port as two words, as commands want them.
    pub(crate) fn words(&self) -> String {
        format!("{} {}", self.address.ip(), self.address.port())
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://{}", self.address)
    }

    pub(crate) fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    pub(crate) fn client(&self) -> Client {
        Client::connect(self.address).expect("the server listens")
    }

    /// The reply to a command, which is not refused.
    pub(crate) fn ask(&self, command: &str) -> Value {
        match self.client().ask(command) {
            Ok(Value::Error(error)) => panic!("{command}: {error}"),
            answer => answer.unwrap_or_else(|err| panic!("{command}: {err}")),
        }
    }

    /// What redis-cli shows of its INFO.
    pub(crate) fn info(&self) -> Info {
        let mut command = Command::new("redis-cli");
        command.args(["-h", "127.0.0.1", "-p", &self.address.port().to_string(), "INFO", "everything"]);
        Info(process::run(command, PATIENCE).expect("redis-cli ends").stdout)
    }

    /// Ends it at once, without a word to anybody; its address and its files, for another one.
    pub(crate) fn kill(self) -> (TempDir, SocketAddr) {
        let Server { process, folder, address } = self;
        drop(process);
        (folder, address)
    }
}

/// INFO as redis-cli shows it.
pub(crate) struct Info(String);

impl Info {
    /// The value of a field; empty if there is none.
    pub(crate) fn get(&self, field: &str) -> &str {
        let value = self.0.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
        value.unwrap_or_default().trim_end()
    }

    /// What is behind `name=` in the value of a field.
    pub(crate) fn part(&self, field: &str, name: &str) -> f64 {
        let part = self.get(field).split(',').find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
        part.and_then(|part| part.parse().ok()).unwrap_or_else(|| panic!("no {name} in {field}: {}", self.0))
    }

    /// The number that is the value of a field.
    pub(crate) fn number(&self, field: &str) -> f64 {
        self.get(field).parse().unwrap_or_else(|_| panic!("no number in {field}: {}", self.0))
    }
}

/// Waits until it is so.
pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "never: {what}");
        thread::sleep(POLL);
    }
}
