//! `--healthcheck`: for images that hold nothing but the program.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpStream, ToSocketAddrs};
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::time::Duration;

use crate::web::listener::UNIX;

/// For the answer's first bytes.
const PATIENCE: Duration = Duration::from_secs(5);
const REQUEST: &[u8] = b"GET /-/healthy HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// Asks whoever listens at the first of an exporter's listen addresses whether it answers.
///
/// # Errors
/// When nobody does, or what answers is in trouble.
pub fn check_health(addresses: &[String]) -> io::Result<()> {
    ask(addresses.first().ok_or_else(|| io::Error::other("there is no listen address"))?)
}

/// Status 0 if an exporter answers, 1 if not.
pub(crate) fn run(addresses: &[String]) -> ExitCode {
    match check_health(addresses) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, address = addresses.first(), "not healthy");
            ExitCode::FAILURE
        }
    }
}

fn ask(address: &str) -> io::Result<()> {
    if let Some(path) = address.strip_prefix(UNIX) {
        let stream = UnixStream::connect(path)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        return alive(stream);
    }
    let full = if address.starts_with(':') { format!("[::]{address}") } else { address.to_owned() };
    let mut socket = full.to_socket_addrs()?.next().ok_or(io::ErrorKind::AddrNotAvailable)?;
    // Where all interfaces are listened on, this machine is reached by its loopback.
    match socket.ip() {
        IpAddr::V4(any) if any.is_unspecified() => socket.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(any) if any.is_unspecified() => socket.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    let connected = TcpStream::connect_timeout(&socket, PATIENCE);
    let stream = match connected {
        Err(_) if socket.ip() == Ipv6Addr::LOCALHOST => {
            socket.set_ip(Ipv4Addr::LOCALHOST.into());
            TcpStream::connect_timeout(&socket, PATIENCE)?
        }
        connected => connected?,
    };
    stream.set_read_timeout(Some(PATIENCE))?;
    alive(stream)
}

/// Whether whoever is at the other end speaks HTTP and has no trouble of its own. That it asks for a password or for TLS
/// shows as well that it is there.
fn alive(mut stream: impl Read + Write) -> io::Result<()> {
    stream.write_all(REQUEST)?;
    let mut line = [0; 12];
    stream.read_exact(&mut line)?;
    let status = line.strip_prefix(b"HTTP/1.").and_then(|rest| rest.get(2));
    match status {
        Some(b'2'..=b'4') => Ok(()),
        _ => Err(io::Error::other(format!("it answers {:?}", String::from_utf8_lossy(&line)))),
    }
}
