//! A connection on which nothing lasts longer than its deadline.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use exporter_toolkit::Watch;
use rustls::{ClientConnection, StreamOwned};

use crate::address::Place;
use crate::client::target::Target;
use crate::client::tls::Tls;
use crate::failure::{Class, Failure};

/// A connection to a server.
#[derive(Debug)]
pub(super) enum Stream {
    Plain(Timed),
    Tls(Box<StreamOwned<ClientConnection, Timed>>),
}

/// A socket with a deadline.
#[derive(Debug)]
pub(super) struct Timed {
    socket: Socket,
    until: Instant,
}

#[derive(Debug)]
enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Stream {
    /// Connects to the first address of the target that answers, and agrees on TLS where it is asked for.
    pub(super) fn connect(target: &Target, until: Instant, watch: &Watch<'_>) -> Result<Self, Failure> {
        let socket = match &target.address.place {
            Place::Unix(path) => Socket::Unix(unix(path, watch)?),
            Place::Tcp(host, port) => Socket::Tcp(tcp(host, *port, until, watch)?),
        };
        let timed = Timed { socket, until };
        match &target.tls {
            None => Ok(Stream::Plain(timed)),
            Some(tls) => agree(timed, tls, target).map(|stream| Stream::Tls(Box::new(stream))),
        }
    }

    /// What follows has to be through by then.
    pub(super) fn set_deadline(&mut self, until: Instant) {
        match self {
            Stream::Plain(timed) => timed.until = until,
            Stream::Tls(stream) => stream.sock.until = until,
        }
    }
}

/// Connects to a socket in the file system; that waits for as long as its server has a full queue and takes none from it.
fn unix(path: &Path, watch: &Watch<'_>) -> Result<UnixStream, Failure> {
    let named = |error: &dyn fmt::Display| format!("{}: {error}", path.display());
    match watch.guard("the connection", || UnixStream::connect(path)) {
        Ok(connected) => connected.map_err(|error| Failure::new(class(&error), named(&error))),
        Err(_) => Err(Failure::new(Class::Timeout, named(&"no connection in time"))),
    }
}

/// What kind of failure an error of the system is; its text comes with more than it says itself.
fn class(error: &io::Error) -> Class {
    Failure::from(io::Error::from(error.kind())).class
}

fn tcp(host: &str, port: u16, until: Instant, watch: &Watch<'_>) -> Result<TcpStream, Failure> {
    let addresses = resolve(host, port, watch)?;
    let mut failure = Failure::new(Class::Dns, format!("{host} has no address"));
    for (position, address) in addresses.iter().enumerate() {
        // One that does not answer leaves their share to the others.
        let others = u32::try_from(addresses.len() - position).unwrap_or(u32::MAX);
        let time = left(until).map_err(|error| Failure::new(Class::Timeout, error.to_string()))? / others;
        match TcpStream::connect_timeout(address, time.max(Duration::from_millis(1))) {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(error) => failure = Failure::new(class(&error), format!("{address}: {error}")),
        }
    }
    Err(failure)
}

/// The addresses of a name; the system may take as long as it wants to tell them.
fn resolve(host: &str, port: u16, watch: &Watch<'_>) -> Result<Vec<SocketAddr>, Failure> {
    if let Ok(ip) = host.parse() {
        return Ok(vec![SocketAddr::new(ip, port)]);
    }
    let thing = format!("the lookup of {host}");
    match watch.guard(&thing, || (host, port).to_socket_addrs()) {
        Ok(Ok(addresses)) => Ok(addresses.collect()),
        Ok(Err(error)) => Err(Failure::new(Class::Dns, format!("{host}: {error}"))),
        Err(_) => Err(Failure::new(Class::Dns, format!("{thing} takes too long"))),
    }
}

/// Speaks TLS over a connection, up to the end of the handshake.
fn agree(mut timed: Timed, tls: &Tls, target: &Target) -> Result<StreamOwned<ClientConnection, Timed>, Failure> {
    let wrong = |error: &dyn fmt::Display| Failure::new(Class::Tls, error.to_string());
    let mut connection = tls.begin(&target.address).map_err(|error| wrong(&error))?;
    while connection.is_handshaking() {
        match connection.complete_io(&mut timed) {
            Ok(_) => {}
            Err(error) if matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock) => {
                return Err(Failure::new(Class::Timeout, "the TLS handshake took too long"));
            }
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(wrong(
                    &"the server ended the TLS handshake: it may not speak TLS, or want a client's certificate",
                ));
            }
            Err(error) => return Err(wrong(&error)),
        }
    }
    Ok(StreamOwned::new(connection, timed))
}

/// What is left until the deadline; an error when nothing is.
fn left(until: Instant) -> io::Result<Duration> {
    let left = until.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(io::Error::new(io::ErrorKind::TimedOut, "no answer in time")) } else { Ok(left) }
}

impl Timed {
    /// Runs an operation on the socket, which waits no longer than the deadline.
    fn within(&mut self, operation: impl FnOnce(&mut Socket) -> io::Result<usize>) -> io::Result<usize> {
        let time = Some(left(self.until)?);
        match &self.socket {
            Socket::Tcp(stream) => stream.set_read_timeout(time).and_then(|()| stream.set_write_timeout(time))?,
            Socket::Unix(stream) => stream.set_read_timeout(time).and_then(|()| stream.set_write_timeout(time))?,
        }
        operation(&mut self.socket).map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock => io::Error::new(io::ErrorKind::TimedOut, "no answer in time"),
            _ => error,
        })
    }
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.within(|socket| match socket {
            Socket::Tcp(stream) => stream.read(buffer),
            Socket::Unix(stream) => stream.read(buffer),
        })
    }
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.within(|socket| match socket {
            Socket::Tcp(stream) => stream.write(bytes),
            Socket::Unix(stream) => stream.write(bytes),
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(timed) => timed.read(buffer),
            Stream::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(timed) => timed.write(bytes),
            Stream::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Stream::Plain(timed) => timed.flush(),
            Stream::Tls(stream) => stream.flush(),
        }
    }
}
