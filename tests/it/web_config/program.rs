//! A program that is given a configuration file: does it start, and what does it answer?

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use testkit::process::free_address;

use super::client;

/// For a program to serve or to give up.
const START_LIMIT: Duration = Duration::from_secs(20);
/// For a program to end that has closed a connection without a word, or to prove that it will not.
const DOUBT: Duration = Duration::from_millis(500);
/// A request without TLS.
const PLAIN: &[u8] = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
const POLL: Duration = Duration::from_millis(10);

/// A program that serves; killed when dropped.
pub(crate) struct Serving {
    child: Child,
    pub(crate) address: SocketAddr,
}

/// Why a program does not serve.
pub(crate) struct Refusal {
    pub(crate) code: Option<i32>,
    pub(crate) stderr: String,
}

/// Starts a program with a configuration file and waits until it has dealt with one request without TLS, or has ended.
pub(crate) fn start(program: &Path, config: &Path) -> Result<Serving, Refusal> {
    let address = free_address().expect("loopback has a free port");
    let mut command = Command::new(program);
    command
        .arg(format!("--web.listen-address={address}"))
        .arg(format!("--web.config.file={}", config.display()))
        .args(["--collector.disable-defaults", "--collector.loadavg"]);
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
    let mut serving = Serving { child: child.expect("the program is there"), address };
    let deadline = Instant::now() + START_LIMIT;
    let hello = client::hello(config.parent().expect("the file is in a folder"));
    let mut closed = None;
    loop {
        if let Some(status) = serving.child.try_wait().expect("it is our child") {
            let mut stderr = Vec::new();
            let pipe = serving.child.stderr.as_mut().expect("it is piped");
            io::copy(pipe, &mut stderr).expect("the pipe is open");
            return Err(Refusal { code: status.code(), stderr: String::from_utf8_lossy(&stderr).into_owned() });
        }
        match closed {
            // It listens before it reads its configuration: only its answer, or its life, says that it serves.
            Some(since) if Instant::now() > since + DOUBT => break,
            Some(_) => {}
            None => match has_a_word(address, PLAIN) {
                Some(true) => break,
                // A server of TLS alone may have none for others.
                Some(false) if has_a_word(address, &hello) == Some(true) => break,
                Some(false) => closed = Some(Instant::now()),
                None => {}
            },
        }
        assert!(Instant::now() < deadline, "{} neither serves nor ends", program.display());
        thread::sleep(POLL);
    }
    serving.drain();
    Ok(serving)
}

/// Whether a server has anything to say to these bytes; none if nobody listens.
fn has_a_word(address: SocketAddr, bytes: &[u8]) -> Option<bool> {
    let mut stream = TcpStream::connect(address).ok()?;
    let mut ask = || -> io::Result<usize> {
        stream.set_read_timeout(Some(START_LIMIT))?;
        stream.write_all(bytes)?;
        stream.read(&mut [0; 64])
    };
    Some(ask().is_ok_and(|length| length > 0))
}

impl Serving {
    /// Reads the log on, so that the program never waits for us.
    fn drain(&mut self) {
        let mut pipe = self.child.stderr.take().expect("it is piped");
        thread::spawn(move || io::copy(&mut pipe, &mut io::sink()));
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Both fail only for a program that has ended.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
