//! Programs under test: found, started on a free loopback port, waited for, and ended.

use std::io::{self, Read};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use std::{env, fmt};

pub use rustix::process::Signal;
use rustix::process::{Pid, kill_process};

use crate::http;
pub use crate::port::free_address;

/// How long a program may take until it is ready.
const START_LIMIT: Duration = Duration::from_secs(60);
/// How often a state is looked at while waiting for it.
const POLL: Duration = Duration::from_millis(10);
/// What is kept of each output; the rest is read and dropped.
const MAX_OUTPUT: usize = 1 << 20;
/// Of a program that is not asked for anything at an address.
const NO_ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// A running program that serves HTTP; killed when dropped.
pub struct Process {
    child: Child,
    address: SocketAddr,
    stdout: Output,
    stderr: Output,
}

impl Process {
    /// Starts a program of the workspace with `--web.listen-address` of a free loopback port and `args`,
    /// and waits until it is ready.
    ///
    /// Fails if the program is not built in the profile of the running test, ends,
    /// or does not answer `/-/ready` with 200 within 20 seconds.
    pub fn start(name: &str, args: &[&str]) -> Result<Process, StartError> {
        let address = free_address().map_err(|err| StartError::Io(name.to_owned(), err))?;
        let mut command = Command::new(binary(name)?);
        command.arg(format!("--web.listen-address={address}")).args(args);
        Process::spawn(command, address, "/-/ready")
    }

    /// Starts any command that will serve HTTP at `address`, and waits until it answers `ready`, a path, with 200.
    /// Fails as [`Process::start`].
    pub fn spawn(command: Command, address: SocketAddr, ready: &str) -> Result<Process, StartError> {
        let answers = || {
            let answer = http::get_within(Duration::from_secs(1), address, ready, &[]);
            answer.is_ok_and(|response| response.status == 200)
        };
        Process::wait_for(command, address, &format!("http://{address}{ready}"), answers)
    }

    /// Starts any command that will serve at `place` something else than HTTP over TCP, and waits until it says that it is ready.
    /// It has no [address](Process::address). Fails as [`Process::start`].
    pub fn until(command: Command, place: &str, is_ready: impl Fn() -> bool) -> Result<Process, StartError> {
        Process::wait_for(command, NO_ADDRESS, place, is_ready)
    }

    /// Starts any command that will listen at `address`, and waits until it does: for servers that answer not everybody.
    /// Fails as [`Process::start`].
    pub fn listen(command: Command, address: SocketAddr) -> Result<Process, StartError> {
        Process::wait_for(command, address, &address.to_string(), || TcpStream::connect(address).is_ok())
    }

    fn wait_for(
        mut command: Command,
        address: SocketAddr,
        place: &str,
        is_ready: impl Fn() -> bool,
    ) -> Result<Process, StartError> {
        let name = command.get_program().to_string_lossy().into_owned();
        let failed = |err| StartError::Io(name.clone(), err);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(failed)?;
        let (stdout, stderr) = (Output::read(child.stdout.take()), Output::read(child.stderr.take()));
        let mut process = Process { child, address, stdout, stderr };
        let deadline = Instant::now() + START_LIMIT;
        loop {
            let is_ready = is_ready();
            // Asked after the answer, so that a stranger on the same port does not pass for a program that is gone.
            if let Some(status) = process.child.try_wait().map_err(failed)? {
                return Err(StartError::Exited(name, status, process.stderr.finish()));
            }
            if is_ready {
                return Ok(process);
            }
            if Instant::now() > deadline {
                return Err(StartError::NotReady(name, place.to_owned(), process.stderr()));
            }
            thread::sleep(POLL);
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it wrote to standard output so far, at most 1 MiB.
    pub fn stdout(&self) -> String {
        self.stdout.text()
    }

    /// What it wrote to standard error so far, at most 1 MiB.
    pub fn stderr(&self) -> String {
        self.stderr.text()
    }

    /// Sends SIGTERM. Fails if it has ended already.
    pub fn terminate(&mut self) -> io::Result<()> {
        self.signal(Signal::TERM)
    }

    /// Sends a signal. Fails if it has ended already.
    pub fn signal(&mut self, signal: Signal) -> io::Result<()> {
        if self.child.try_wait()?.is_some() {
            return Err(io::Error::new(io::ErrorKind::NotFound, "the program has ended already"));
        }
        let pid = i32::try_from(self.id()).ok().and_then(Pid::from_raw).ok_or(io::ErrorKind::InvalidInput)?;
        Ok(kill_process(pid, signal)?)
    }

    /// Waits for its end, and for its last output. Fails if it does not end within `limit`.
    pub fn wait(&mut self, limit: Duration) -> io::Result<ExitStatus> {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(status) = self.child.try_wait()? {
                self.stdout.finish();
                self.stderr.finish();
                return Ok(status);
            }
            if Instant::now() > deadline {
                return Err(io::Error::new(io::ErrorKind::TimedOut, format!("the program runs on after {limit:?}")));
            }
            thread::sleep(POLL);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only for a program that has ended.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// How a command ended, and what it wrote, at most 1 MiB of each.
#[expect(missing_docs, reason = "the fields say it")]
#[derive(Debug)]
pub struct Ended {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

/// Runs a command that should end by itself. Fails when it can't be started, or runs on after `limit`; then it is killed.
pub fn run(mut command: Command, limit: Duration) -> io::Result<Ended> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    let (stdout, stderr) = (Output::read(child.stdout.take()), Output::read(child.stderr.take()));
    let mut process = Process { child, address: NO_ADDRESS, stdout, stderr };
    let status = process.wait(limit)?;
    Ok(Ended { status, stdout: process.stdout(), stderr: process.stderr() })
}

/// The path of a program of the workspace, as built in the profile of the running test.
///
/// Fails if it is not there; whether it is up to date cannot be seen, so suites build first.
pub fn binary(name: &str) -> Result<PathBuf, StartError> {
    let exe = env::current_exe().map_err(|err| StartError::Io(name.to_owned(), err))?;
    // A test runs as target/<profile>/deps/<name>-<hash>.
    let folder = exe.ancestors().skip(1).find(|folder| !folder.ends_with("deps")).unwrap_or(&exe);
    let path = folder.join(format!("{name}{}", env::consts::EXE_SUFFIX));
    if path.is_file() { Ok(path) } else { Err(StartError::NotBuilt(name.to_owned(), path)) }
}

/// Why a program does not run. `Debug` is `Display`, so that `unwrap` in a test shows lines.
pub enum StartError {
    /// The program is not where Cargo puts it.
    NotBuilt(String, PathBuf),
    /// The program, or the port for it, cannot be had.
    Io(String, io::Error),
    /// The program ended before it was ready; with what it wrote to standard error.
    Exited(String, ExitStatus, String),
    /// The program runs but this URL or address does not say that it is ready; with what it wrote to standard error.
    NotReady(String, String, String),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StartError::NotBuilt(name, path) => {
                let release = if cfg!(debug_assertions) { "" } else { " --release" };
                write!(f, "{name} is not built: there is no {}; run `cargo build{release} -p {name}`", path.display())
            }
            StartError::Io(name, err) => write!(f, "cannot start {name}: {err}"),
            StartError::Exited(name, status, stderr) => {
                write!(f, "{name} ended with {status} before it was ready\n{stderr}")
            }
            StartError::NotReady(name, url, stderr) => {
                write!(f, "{name} is not ready at {url} after {START_LIMIT:?}\n{stderr}")
            }
        }
    }
}

impl fmt::Debug for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for StartError {}

/// One output of a program, read by a thread so that the program never waits for us.
struct Output {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

impl Output {
    fn read(pipe: Option<impl Read + Send + 'static>) -> Output {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&bytes);
        let reader = thread::spawn(move || {
            let Some(mut pipe) = pipe else { return };
            let mut chunk = [0; 4096];
            while let Ok(length @ 1..) = pipe.read(&mut chunk) {
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                let room = MAX_OUTPUT - kept.len();
                kept.extend(chunk.iter().take(length.min(room)));
            }
        });
        Output { bytes, reader }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }

    /// All there is after the program's end; a grandchild that keeps the pipe open is not waited for.
    fn finish(&self) -> String {
        let deadline = Instant::now() + Duration::from_secs(1);
        while !self.reader.is_finished() && Instant::now() < deadline {
            thread::sleep(POLL);
        }
        self.text()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::TcpListener;

    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    /// Says that it is ready in the place of the programs of these tests.
    fn ready() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut request = [0; 1024];
                let _length = stream.read(&mut request).unwrap();
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
            }
        });
        address
    }

    #[test]
    fn a_program_that_is_not_built() {
        let Err(err) = Process::start("no-such-exporter", &[]) else { panic!("it started") };
        let text = err.to_string();
        assert!(text.starts_with("no-such-exporter is not built: there is no /"), "{text}");
        assert!(text.ends_with("-p no-such-exporter`"), "{text}");
    }

    #[test]
    fn a_program_that_ends_at_once() {
        let Err(err) = Process::spawn(shell("echo unknown flag >&2; exit 2"), free_address().unwrap(), "/") else {
            panic!("it started")
        };
        assert_eq!(err.to_string(), "sh ended with exit status: 2 before it was ready\nunknown flag\n");
    }

    #[test]
    fn a_program_that_listens_and_does_not_answer() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        assert_eq!(Process::listen(shell("exec sleep 60"), address).unwrap().address(), address);
    }

    #[test]
    fn a_program_that_is_ready_when_its_file_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ready");
        let command = shell(&format!("touch '{}'; exec sleep 60", file.display()));
        let process = Process::until(command, "its file", || file.exists()).unwrap();
        assert_eq!(process.address().port(), 0);
    }

    #[test]
    fn a_program_that_drains_on_sigterm() {
        let script = "trap 'echo bye >&2; exit 7' TERM; echo hello; while :; do sleep 0.01; done";
        let mut process = Process::spawn(shell(script), ready(), "/").unwrap();
        while process.stdout() != "hello\n" {
            thread::sleep(POLL); // The trap is set by then.
        }
        process.terminate().unwrap();
        assert_eq!(process.wait(Duration::from_secs(10)).unwrap().code(), Some(7));
        assert_eq!(process.stderr(), "bye\n");
        assert_eq!(process.terminate().unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn a_command_that_ends_and_one_that_does_not() {
        let ended = run(shell("echo out; echo err >&2; exit 3"), START_LIMIT).unwrap();
        assert_eq!((ended.status.code(), &*ended.stdout, &*ended.stderr), (Some(3), "out\n", "err\n"));
        assert_eq!(run(shell("exec sleep 60"), POLL).unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn a_program_that_is_killed_with_its_handle() {
        let process = Process::spawn(shell("exec sleep 60"), ready(), "/").unwrap();
        let pid = Pid::from_raw(i32::try_from(process.id()).unwrap()).unwrap();
        assert!(rustix::process::test_kill_process(pid).is_ok());
        drop(process);
        assert!(rustix::process::test_kill_process(pid).is_err());
    }
}
