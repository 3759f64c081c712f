//! A Redis of the bench's own, without a file.

use std::net::SocketAddr;
use std::process::Command;

use tempfile::TempDir;
use testkit::process::{Process, Signal, free_address};
use testkit::redis::Client;

use crate::Failure;

/// A server on loopback; ends when dropped.
pub(crate) struct Server {
    process: Process,
    pub(crate) address: SocketAddr,
    client: Client,
    _folder: TempDir,
}

impl Server {
    /// Starts an empty one. Fails without Debian's redis-server.
    pub(crate) fn start() -> Result<Server, Failure> {
        let (address, folder) = (free_address()?, tempfile::tempdir()?);
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--port", &address.port().to_string(), "--save", ""]);
        command.arg("--dir").arg(folder.path());
        let process = Process::listen(command, address)?;
        Ok(Server { process, address, client: Client::connect(address)?, _folder: folder })
    }

    /// Sends its process a signal. Fails when it has ended.
    pub(crate) fn signal(&mut self, signal: Signal) -> Result<(), Failure> {
        Ok(self.process.signal(signal)?)
    }

    /// Has it run the commands; what it says to them does not matter, but that it says something. Fails when it does not.
    pub(crate) fn run(&mut self, commands: &[Vec<String>]) -> Result<(), Failure> {
        self.client.ask_all(commands)?;
        Ok(())
    }

    /// A number that INFO says.
    pub(crate) fn number(&mut self, field: &str) -> Result<f64, Failure> {
        let text = self.client.ask("INFO all")?;
        let value =
            text.text().lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':')?.trim().parse().ok());
        value.ok_or_else(|| format!("INFO says no number {field}").into())
    }
}
