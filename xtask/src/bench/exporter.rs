//! A program under measurement, from its start to its end.

use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::cgroup::Cgroup;
use super::client::Client;
use crate::Failure;

/// A running exporter on a loopback port; it ends when this is dropped.
pub(crate) struct Exporter {
    child: Child,
    /// Its file.
    pub(crate) program: PathBuf,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// The time from its start to the last byte of its first page.
    pub(crate) first_page_after: Duration,
    /// What counts its memory as a container's limit does, where that was asked for and can be had. Dropped last.
    pub(crate) cgroup: Option<Cgroup>,
}

impl Exporter {
    /// Starts `program` with these flags, in the group if there is one, and waits for its first page. Fails when it can't be
    /// started, ends, or has served no page within ten seconds.
    pub(crate) fn start(program: &Path, flags: &[String], cgroup: Option<Cgroup>) -> Result<Self, Failure> {
        Self::wait_for(program, flags, cgroup, |exporter| exporter.page().is_ok())
    }

    /// As [`Exporter::start`], but waits until it takes connections alone: not everybody may see a page.
    pub(crate) fn listen(program: &Path, flags: &[String]) -> Result<Self, Failure> {
        Self::wait_for(program, flags, None, |exporter| TcpStream::connect(exporter.address).is_ok())
    }

    /// As [`Exporter::start`], for a command that says a line, and becomes `program` at the end of its input: its start is
    /// counted from there.
    pub(crate) fn start_held(mut command: Command, program: &Path, address: SocketAddr) -> Result<Self, Failure> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|err| format!("cannot start {}: {err}", program.display()))?;
        let stdout = child.stdout.take();
        let input = child.stdin.take();
        let held = Self { child, program: program.to_owned(), address, first_page_after: Duration::ZERO, cgroup: None };
        stdout.map_or(Ok(0), |stdout| BufReader::new(stdout).read_line(&mut String::new()))?;
        drop(input);
        held.ready(Instant::now(), &command, |exporter| exporter.page().is_ok())
    }

    fn wait_for(
        program: &Path,
        flags: &[String],
        cgroup: Option<Cgroup>,
        is_ready: impl Fn(&Self) -> bool,
    ) -> Result<Self, Failure> {
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let mut command = cgroup.as_ref().map_or_else(|| Command::new(program), |cgroup| cgroup.command(program));
        command.arg(format!("--web.listen-address={address}")).args(flags);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());

        let started = Instant::now();
        let child = command.spawn().map_err(|err| format!("cannot start {}: {err}", program.display()))?;
        let exporter = Self { child, program: program.to_owned(), address, first_page_after: Duration::ZERO, cgroup };
        exporter.ready(started, &command, is_ready)
    }

    fn ready(mut self, started: Instant, command: &Command, is_ready: impl Fn(&Self) -> bool) -> Result<Self, Failure> {
        while !is_ready(&self) {
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("ended at its start ({status}): {command:?}").into());
            }
            if started.elapsed() > Duration::from_secs(10) {
                return Err(format!("is not ready within 10 seconds: {command:?}").into());
            }
            // Short beside any start, and long enough to leave the processor to the program.
            thread::sleep(Duration::from_micros(100));
        }
        self.first_page_after = started.elapsed();
        Ok(self)
    }

    /// The process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// One page, not compressed, over a connection of its own. Fails when it isn't served whole with status 200.
    pub(crate) fn page(&self) -> Result<String, Failure> {
        let mut client = Client::connect(self.address, "identity")?;
        client.get()?;
        Ok(String::from_utf8(client.body)?)
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        // Both fail only when the process is gone already, which is what is wanted.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
