//! The program as a person starts it, and its page.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::{Command, Output};
use std::time::Duration;

use testkit::http::{self, RawResponse};
use testkit::page;
use testkit::process::{Process, binary, free_address};

/// No test waits for it.
const PATIENCE: Duration = Duration::from_secs(30);

/// A page by its series.
pub(crate) type Page = BTreeMap<String, f64>;

/// The program, without anything of its user's that leads to a server.
pub(crate) struct Program {
    process: Process,
}

impl Program {
    /// With these flags.
    pub(crate) fn start(flags: &[&str]) -> Program {
        Program::start_with(flags, &[])
    }

    /// As [`Program::start`], with these variables too.
    pub(crate) fn start_with(flags: &[&str], variables: &[(&str, &str)]) -> Program {
        let address = free_address().unwrap();
        let mut command = command();
        command.arg(format!("--web.listen-address={address}")).args(flags).envs(variables.iter().copied());
        Program { process: Process::spawn(command, address, "/health").unwrap() }
    }

    /// As [`Program::start`], where requests are answered to nobody who is not known, or not in plain HTTP.
    pub(crate) fn start_guarded(flags: &[&str]) -> Program {
        let address = free_address().unwrap();
        let mut command = command();
        command.arg(format!("--web.listen-address={address}")).args(flags);
        Program { process: Process::listen(command, address).unwrap() }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.process.address()
    }

    pub(crate) fn get(&self, path: &str) -> RawResponse {
        http::get(self.address(), path, &[]).unwrap()
    }

    /// Its page, or that of a target.
    pub(crate) fn page(&self, path: &str) -> Page {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{}", answer.text());
        page::series(&answer.body)
    }

    /// Whether the server is up, by a page; and of which class its failure is if it is not.
    pub(crate) fn up(&self, path: &str) -> Result<(), String> {
        let page = self.page(path);
        let error = page.iter().find_map(|(series, value)| {
            let class = series.strip_prefix("redis_exporter_last_scrape_error{err=\"")?.strip_suffix("\"}")?;
            (*value == 1.0).then(|| class.to_owned())
        });
        match (page.get("redis_up"), error) {
            (Some(1.0), None) => Ok(()),
            (Some(0.0), Some(class)) => Err(class),
            (up, error) => panic!("redis_up is {up:?}, and the error {error:?}"),
        }
    }

    /// Ends it; all that it has logged.
    pub(crate) fn log(mut self) -> String {
        self.process.terminate().unwrap();
        let status = self.process.wait(PATIENCE).unwrap();
        assert!(status.success(), "{status}: {}", self.process.stderr());
        self.process.stderr()
    }
}

/// The program, alone.
pub(crate) fn command() -> Command {
    let mut command = Command::new(binary("redis-exporter").unwrap());
    for (variable, _) in std::env::vars_os() {
        if variable.to_str().is_some_and(|name| name.starts_with("REDIS_")) {
            command.env_remove(variable);
        }
    }
    command
}

/// What becomes of it with flags that it does not start with.
pub(crate) fn ends(flags: &[&str], variables: &[(&str, &str)]) -> (Output, String) {
    let output = command().args(flags).envs(variables.iter().copied()).output().unwrap();
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    (output, text)
}
