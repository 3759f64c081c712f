//! Where a server listens: TCP addresses, Unix sockets, or what systemd has opened for it.

use std::fmt;
use std::fs::{self, Permissions};
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _, chown};
use std::os::unix::net::{UnixListener as StdUnixListener, UnixStream as StdUnixStream};
use std::path::{Path, PathBuf};

use listenfd::ListenFd;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketType, bind as bind_socket, listen, socket};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream, lookup_host};
use tokio_util::either::Either;

/// What a listen address of a Unix socket begins with.
pub(crate) const UNIX: &str = "unix:";
/// Connections that the kernel holds until they are accepted.
const BACKLOG: i32 = 1024;

/// The flag that moves the page to another address.
pub(crate) const PAGE_FLAG: &str = "--web.listen-address";

/// What to listen on.
#[derive(Debug, Clone)]
pub struct Listen {
    /// `host:port`, `[::1]:port`, `:port` for all interfaces, or `unix:/path`. A name that stands for several addresses
    /// (`localhost`) is listened on at each that this machine has.
    pub addresses: Vec<String>,
    /// Take the sockets that systemd has opened, and no others.
    pub systemd: bool,
    /// Who may connect to Unix sockets that are made here.
    pub access: Access,
    /// The flag that the addresses come from, which an error names.
    pub flag: &'static str,
}

impl Default for Listen {
    fn default() -> Self {
        Listen { addresses: Vec::new(), systemd: false, access: Access::default(), flag: PAGE_FLAG }
    }
}

/// Mode and owner of a Unix socket: who may write to it may connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    /// Permission bits.
    pub mode: u32,
    /// Numbers of user and group; absent is the process's own.
    pub user: Option<u32>,
    /// See `user`.
    pub group: Option<u32>,
}

impl Default for Access {
    fn default() -> Self {
        Access { mode: 0o660, user: None, group: None }
    }
}

/// A socket that connections are accepted from. A Unix socket that was made here is removed with it.
#[derive(Debug)]
pub struct Listener(Kind);

#[derive(Debug)]
enum Kind {
    Tcp(TcpListener),
    Unix { listener: UnixListener, path: PathBuf, ours: bool },
}

/// A client's socket, of whatever kind its listener is.
pub(crate) type Socket = Either<TcpStream, UnixStream>;

/// Who is at the other end of it, for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peer {
    Tcp(SocketAddr),
    /// A program of this machine, which the socket's mode has let in; no browser is one.
    Unix,
}

impl Peer {
    /// Its address without the port, which is another for each connection.
    pub(crate) fn host(&self) -> String {
        match self {
            Peer::Tcp(address) => address.ip().to_string(),
            Peer::Unix => self.to_string(),
        }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Peer::Tcp(address) => address.fmt(f),
            Peer::Unix => f.write_str("unix"),
        }
    }
}

/// Where a listener can be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// Over TCP.
    Tcp(SocketAddr),
    /// At the path of a socket.
    Unix(PathBuf),
}

impl Address {
    /// Whether other machines may reach it.
    #[must_use]
    pub fn is_public(&self) -> bool {
        matches!(self, Address::Tcp(address) if !address.ip().to_canonical().is_loopback())
    }

    /// What a client like curl needs to get a page: its URL, and the path of a socket.
    #[must_use]
    pub fn url(&self, scheme: &str, path: &str) -> String {
        match self {
            Address::Tcp(address) => format!("{scheme}://{address}{path}"),
            Address::Unix(socket) => format!("--unix-socket {} {scheme}://localhost{path}", socket.display()),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Tcp(address) => address.fmt(f),
            Address::Unix(path) => write!(f, "{UNIX}{}", path.display()),
        }
    }
}

/// A listener that could not be had.
#[derive(Debug)]
pub struct BindError {
    address: String,
    error: io::Error,
    flag: &'static str,
}

impl BindError {
    /// The flag that chooses another address.
    #[must_use]
    pub fn flag(&self) -> &'static str {
        self.flag
    }
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let BindError { address, error, flag } = self;
        let unix = address.starts_with(UNIX);
        let (remedy, flag) = match error.kind() {
            _ if address == SYSTEMD => ("start it by its .socket unit, or without --web.systemd-socket", ""),
            io::ErrorKind::AddrInUse => ("stop the program that has it, or choose another with ", *flag),
            io::ErrorKind::PermissionDenied if unix => ("choose a folder that this user may write to", ""),
            io::ErrorKind::PermissionDenied => ("choose a port above 1023 with ", *flag),
            _ => ("choose another with ", *flag),
        };
        write!(f, "can't listen on {address}: {error}; {remedy}{flag}")
    }
}

impl std::error::Error for BindError {}

/// What [`BindError`] calls the sockets of systemd.
const SYSTEMD: &str = "the sockets of systemd";

/// Listens on all of it.
///
/// # Errors
/// Any address that can't be listened on; none is kept then.
pub async fn bind(listen: &Listen) -> Result<Vec<Listener>, BindError> {
    if listen.systemd {
        return activated().map_err(|error| BindError { address: SYSTEMD.to_owned(), error, flag: listen.flag });
    }
    let mut listeners = Vec::new();
    for address in &listen.addresses {
        let failed = |error| BindError { address: address.clone(), error, flag: listen.flag };
        if let Some(path) = address.strip_prefix(UNIX) {
            listeners.push(Listener::unix(Path::new(path), listen.access).map_err(failed)?);
        } else {
            listeners.extend(tcp(address).await.map_err(failed)?);
        }
    }
    Ok(listeners)
}

async fn tcp(address: &str) -> io::Result<Vec<Listener>> {
    let Some(port) = address.strip_prefix(':') else {
        return named(address).await;
    };
    // All interfaces: of both protocols by one socket, or of the old one where the kernel has no other.
    let every = match TcpListener::bind(format!("[::]:{port}")).await {
        Err(error) if is_lacking(&error) => TcpListener::bind(format!("0.0.0.0:{port}")).await?,
        bound => bound?,
    };
    Ok(vec![Listener(Kind::Tcp(every))])
}

/// At every address that the name stands for; one that this machine lacks is passed over, as long as there is another.
async fn named(name: &str) -> io::Result<Vec<Listener>> {
    let mut addresses: Vec<SocketAddr> = Vec::new();
    for address in lookup_host(name).await? {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    let (mut listeners, mut lacking) = (Vec::new(), None);
    for address in addresses {
        match TcpListener::bind(address).await {
            Ok(listener) => listeners.push(Listener(Kind::Tcp(listener))),
            Err(error) if is_lacking(&error) => {
                tracing::debug!(%address, %error, "passed over: this machine lacks it");
                lacking = Some(error);
            }
            Err(error) => return Err(error),
        }
    }
    match lacking {
        Some(error) if listeners.is_empty() => Err(error),
        _ => Ok(listeners),
    }
}

/// Whether the machine has no such address, or no such protocol.
fn is_lacking(error: &io::Error) -> bool {
    let code = error.raw_os_error().map(rustix::io::Errno::from_raw_os_error);
    matches!(code, Some(rustix::io::Errno::AFNOSUPPORT | rustix::io::Errno::ADDRNOTAVAIL))
}

/// The sockets that systemd has opened for this process.
fn activated() -> io::Result<Vec<Listener>> {
    let mut sockets = ListenFd::from_env();
    let listeners: io::Result<Vec<_>> = (0..sockets.len()).map(|position| taken(&mut sockets, position)).collect();
    match listeners {
        Ok(none) if none.is_empty() => Err(io::Error::other("it has passed none to this process")),
        listeners => listeners,
    }
}

fn taken(sockets: &mut ListenFd, position: usize) -> io::Result<Listener> {
    // The one that it is not is refused, and stays.
    if let Ok(Some(tcp)) = sockets.take_tcp_listener(position) {
        tcp.set_nonblocking(true)?;
        return Ok(Listener(Kind::Tcp(TcpListener::from_std(tcp)?)));
    }
    let Ok(Some(unix)) = sockets.take_unix_listener(position) else {
        return Err(io::Error::other("one of them is no listening stream socket; use ListenStream= in the unit"));
    };
    let path = unix.local_addr()?.as_pathname().map(Path::to_owned).unwrap_or_default();
    unix.set_nonblocking(true)?;
    Ok(Listener(Kind::Unix { listener: UnixListener::from_std(unix)?, path, ours: false }))
}

impl Listener {
    /// A socket at `path`, in place of one that a program which is gone has left.
    fn unix(path: &Path, access: Access) -> io::Result<Self> {
        let stale = fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket())
            && StdUnixStream::connect(path).is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused);
        if stale {
            fs::remove_file(path)?;
        }
        let socket = socket(AddressFamily::UNIX, SocketType::STREAM, None)?;
        rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::CLOEXEC)?;
        bind_socket(&socket, &SocketAddrUnix::new(path)?)?;
        // Nobody can connect before it listens, and then its mode is right.
        let listening = chown(path, access.user, access.group)
            .and_then(|()| fs::set_permissions(path, Permissions::from_mode(access.mode)))
            .and_then(|()| Ok(listen(&socket, BACKLOG)?))
            .and_then(|()| {
                let listener = StdUnixListener::from(socket);
                listener.set_nonblocking(true)?;
                UnixListener::from_std(listener)
            });
        match listening {
            Ok(listener) => Ok(Listener(Kind::Unix { listener, path: path.to_owned(), ours: true })),
            Err(error) => {
                fs::remove_file(path).ok();
                Err(error)
            }
        }
    }

    /// Where it can be reached.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn address(&self) -> io::Result<Address> {
        match &self.0 {
            Kind::Tcp(listener) => listener.local_addr().map(Address::Tcp),
            Kind::Unix { path, .. } => Ok(Address::Unix(path.clone())),
        }
    }

    /// The next connection.
    pub(crate) async fn accept(&self) -> io::Result<(Socket, Peer)> {
        match &self.0 {
            Kind::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                // A page is written in one go; waiting for more to send would only delay its end.
                stream.set_nodelay(true).ok();
                Ok((Either::Left(stream), Peer::Tcp(peer)))
            }
            Kind::Unix { listener, .. } => Ok((Either::Right(listener.accept().await?.0), Peer::Unix)),
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Kind::Unix { path, ours: true, .. } = &self.0 {
            fs::remove_file(path).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(addresses: &[&str]) -> Listen {
        Listen { addresses: addresses.iter().map(|&address| address.to_owned()).collect(), ..Listen::default() }
    }

    #[tokio::test]
    async fn addresses_of_every_form() {
        for (address, public) in [("127.0.0.1:0", false), ("localhost:0", false), (":0", true), ("0.0.0.0:0", true)] {
            let listeners = bind(&at(&[address])).await.unwrap();
            assert!(!listeners.is_empty());
            for listener in listeners {
                assert_eq!(listener.address().unwrap().is_public(), public, "{address}");
            }
        }
    }

    #[tokio::test]
    async fn addresses_that_can_not_be_had_and_the_remedies() {
        let taken = bind(&at(&["127.0.0.1:0"])).await.unwrap();
        let Address::Tcp(taken) = taken[0].address().unwrap() else { panic!("it is a TCP address") };
        for (address, remedy) in [
            (taken.to_string().as_str(), "stop the program that has it"),
            ("nowhere", "choose another with --web.listen-address"),
            ("unix:/proc/x.sock", "can't listen on unix:/proc/x.sock"),
        ] {
            // Kept until the end of the loop.
            let _listener = TcpListener::bind(taken).await;
            let error = bind(&at(&[address])).await.unwrap_err().to_string();
            assert!(error.contains(remedy), "{error}");
        }
        // A port besides the page has a flag of its own; an address that is not this machine's is not passed over alone.
        for (address, remedy) in [
            (taken.to_string(), "stop the program that has it, or choose another with --x.address"),
            ("192.0.2.1:0".to_owned(), "choose another with --x.address"),
        ] {
            let _listener = TcpListener::bind(taken).await;
            let error = bind(&Listen { flag: "--x.address", ..at(&[&address]) }).await.unwrap_err();
            assert!(error.to_string().ends_with(remedy) && error.flag() == "--x.address", "{error}");
        }
        let systemd = Listen { systemd: true, ..Listen::default() };
        let error = bind(&systemd).await.unwrap_err().to_string();
        assert!(error.contains("passed none") && error.contains(".socket unit"), "{error}");
    }

    #[tokio::test]
    async fn a_unix_socket_has_its_mode_and_goes_with_its_listener() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.sock");
        let address = format!("unix:{}", path.display());
        let listen = Listen { access: Access { mode: 0o600, ..Access::default() }, ..at(&[&address]) };
        let listeners = bind(&listen).await.unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(listeners[0].address().unwrap().to_string(), address);

        let error = bind(&listen).await.unwrap_err().to_string();
        assert!(error.contains("stop the program that has it"), "{error}");
        drop(listeners);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn a_socket_that_was_left_behind_is_replaced_and_a_file_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.sock");
        let listen = at(&[&format!("unix:{}", path.display())]);
        drop(StdUnixListener::bind(&path).unwrap());
        assert!(path.exists());
        drop(bind(&listen).await.unwrap());

        fs::write(&path, "precious").unwrap();
        bind(&listen).await.unwrap_err();
        assert_eq!(fs::read(&path).unwrap(), b"precious");
    }
}
