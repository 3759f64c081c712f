//! A Redis of the bench's own, without a file.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;
use testkit::process::{Process, Signal, free_address};

use crate::Failure;

/// How long a server may take for anything.
const PATIENCE: Duration = Duration::from_secs(60);
/// Commands that are sent before their answers are read.
const TOGETHER: usize = 500;

/// A server on loopback; ends when dropped.
pub(super) struct Server {
    process: Process,
    pub(super) address: SocketAddr,
    connection: BufReader<TcpStream>,
    _folder: TempDir,
}

impl Server {
    /// Starts an empty one. Fails without Debian's redis-server.
    pub(super) fn start() -> Result<Server, Failure> {
        let (address, folder) = (free_address()?, tempfile::tempdir()?);
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--port", &address.port().to_string(), "--save", ""]);
        command.arg("--dir").arg(folder.path());
        let process = Process::listen(command, address)?;
        let connection = TcpStream::connect(address)?;
        connection.set_read_timeout(Some(PATIENCE))?;
        Ok(Server { process, address, connection: BufReader::new(connection), _folder: folder })
    }

    /// Sends its process a signal. Fails when it has ended.
    pub(super) fn signal(&mut self, signal: Signal) -> Result<(), Failure> {
        Ok(self.process.signal(signal)?)
    }

    /// Has it run the commands; what it says to them does not matter, but that it says something. Fails when it does not.
    pub(super) fn run(&mut self, commands: &[Vec<String>]) -> Result<(), Failure> {
        for some in commands.chunks(TOGETHER) {
            let mut bytes = Vec::new();
            for command in some {
                write!(bytes, "*{}\r\n", command.len())?;
                for word in command {
                    write!(bytes, "${}\r\n{word}\r\n", word.len())?;
                }
            }
            self.connection.get_mut().write_all(&bytes)?;
            for _ in some {
                self.reply()?;
            }
        }
        Ok(())
    }

    /// A number that INFO says.
    pub(super) fn number(&mut self, field: &str) -> Result<f64, Failure> {
        write!(self.connection.get_mut(), "*2\r\n$4\r\nINFO\r\n$3\r\nall\r\n")?;
        let text = self.reply()?;
        let value = text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':')?.trim().parse().ok());
        value.ok_or_else(|| format!("INFO says no number {field}").into())
    }

    /// The text of a reply; of an array what its last element says.
    fn reply(&mut self) -> Result<String, Failure> {
        let mut left = 1_usize;
        let mut text = String::new();
        while left > 0 {
            left -= 1;
            let mut line = String::new();
            self.connection.read_line(&mut line)?;
            let (kind, rest) = line.trim_end().split_at_checked(1).ok_or("Redis has closed the connection")?;
            match kind {
                "*" => left += rest.parse().unwrap_or(0),
                "$" => {
                    let mut bytes = vec![0; rest.parse::<usize>().map_or(0, |length| length + 2)];
                    self.connection.read_exact(&mut bytes)?;
                    text = String::from_utf8_lossy(&bytes).into_owned();
                }
                _ => rest.clone_into(&mut text),
            }
        }
        Ok(text)
    }
}
