//! A Redis server that does what a test says, over TCP, a Unix socket or TLS, and a client for real ones.
//!
//! ```no_run
//! # use testkit::redis::{Answer, FakeRedis, Manner, error, text};
//! let redis = FakeRedis::start();
//! redis.answer("INFO", text("redis_version:7.0.15\r\n"));
//! redis.answer("CONFIG GET", error("NOPERM this user has no permissions to run the 'config|get' command"));
//! redis.answer("SLOWLOG", Answer::Silence);
//! // … a client at redis.url() …
//! assert_eq!(redis.commands(), ["INFO all", "CONFIG GET maxmemory"]);
//! redis.behave(Manner::Refuse(error("ERR max number of clients reached")));
//! ```

#[cfg(target_os = "linux")]
mod black_hole;
mod client;
pub mod loaded;
mod reply;
mod serve;
mod socket;
mod state;

use std::net::{SocketAddr, TcpListener};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustls::ServerConfig;
use tempfile::TempDir;

#[cfg(target_os = "linux")]
pub use black_hole::BlackHole;
pub use client::{Client, Value};
pub use reply::{array, error, integer, nil, status, text};

use socket::{Listener, Socket};
use state::Shared;

/// An answer that depends on a command's words.
pub type Words = dyn Fn(&[String]) -> Vec<u8> + Send + Sync;

/// What a command is answered with.
#[derive(Clone)]
pub enum Answer {
    /// These bytes, which [`text`], [`error`] and the others make.
    Bytes(Vec<u8>),
    /// What comes of the command's words.
    Of(Arc<Words>),
    /// Nothing, and nothing more on this connection.
    Silence,
    /// The end of the connection, after the answers to what came before.
    End,
}

impl From<Vec<u8>> for Answer {
    fn from(bytes: Vec<u8>) -> Self {
        Answer::Bytes(bytes)
    }
}

impl<F: Fn(&[String]) -> Vec<u8> + Send + Sync + 'static> From<F> for Answer {
    fn from(answer: F) -> Self {
        Answer::Of(Arc::new(answer))
    }
}

/// How the server treats its clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Manner {
    /// It answers each command.
    Answer,
    /// It reads, and says nothing more once a connection has had so many bytes.
    FallSilent(usize),
    /// It answers byte by byte, with a pause before each.
    Drip(Duration),
    /// It answers whatever comes first with these bytes, and says no more.
    Say(Vec<u8>),
    /// The same, and closes the connection.
    SayAndClose(Vec<u8>),
    /// It says this to who connects, and closes the connection.
    Refuse(Vec<u8>),
    /// It closes a connection behind so many round trips.
    CloseAfter(usize),
    /// It resets the connection when something comes.
    Reset,
}

/// A server on a thread. Whatever it is told it does from the next round trip on; dropping it closes every connection.
///
/// Until told otherwise it is a Redis 7.0.15 that knows INFO, PING, AUTH and CLIENT SETNAME.
pub struct FakeRedis {
    place: Place,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

enum Place {
    Tcp(SocketAddr),
    Tls(SocketAddr),
    Unix(TempDir),
}

impl FakeRedis {
    /// One on a free port of 127.0.0.1.
    ///
    /// # Panics
    /// If there is no port.
    pub fn start() -> FakeRedis {
        FakeRedis::start_at("127.0.0.1:0".parse().expect("it is an address"))
    }

    /// One at an address, where there may have been another before.
    ///
    /// # Panics
    /// If it is taken.
    pub fn start_at(address: SocketAddr) -> FakeRedis {
        let (listener, address) = tcp(address);
        FakeRedis::run(Place::Tcp(address), Listener::Tcp(listener), None)
    }

    /// One on a free port of 127.0.0.1 that speaks TLS.
    ///
    /// # Panics
    /// If there is no port.
    pub fn start_with_tls(config: Arc<ServerConfig>) -> FakeRedis {
        let (listener, address) = tcp("127.0.0.1:0".parse().expect("it is an address"));
        FakeRedis::run(Place::Tls(address), Listener::Tcp(listener), Some(config))
    }

    /// One on a socket in a folder of its own.
    ///
    /// # Panics
    /// If there is no place for it.
    pub fn start_on_socket() -> FakeRedis {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let listener = UnixListener::bind(folder.path().join("redis.sock")).expect("the folder is empty");
        FakeRedis::run(Place::Unix(folder), Listener::Unix(listener), None)
    }

    fn run(place: Place, listener: Listener, tls: Option<Arc<ServerConfig>>) -> FakeRedis {
        let shared = Arc::new(Shared::default());
        let thread = thread::spawn({
            let shared = Arc::clone(&shared);
            move || serve::accept(&listener, tls.as_ref(), &shared)
        });
        FakeRedis { place, shared, thread: Some(thread) }
    }

    /// Where it listens.
    ///
    /// # Panics
    /// If that is a Unix socket.
    pub fn address(&self) -> SocketAddr {
        match &self.place {
            Place::Tcp(address) | Place::Tls(address) => *address,
            Place::Unix(_) => panic!("it listens on a socket"),
        }
    }

    /// Its address as people write it: `redis://127.0.0.1:26379`, `rediss://localhost:26379`, `unix:///tmp/x/redis.sock`.
    pub fn url(&self) -> String {
        match &self.place {
            Place::Tcp(address) => format!("redis://{address}"),
            Place::Tls(address) => format!("rediss://localhost:{}", address.port()),
            Place::Unix(_) => format!("unix://{}", self.socket().display()),
        }
    }

    /// Answers commands that begin with these words, or all if there are none, in this way until told otherwise.
    pub fn answer(&self, command: &str, answer: impl Into<Answer>) {
        let words = command.split_whitespace().map(str::to_owned).collect();
        let answer = answer.into();
        self.shared.change(|state| state.answers.push((words, answer)));
    }

    /// Treats clients like this, until told otherwise.
    pub fn behave(&self, manner: Manner) {
        self.shared.change(|state| state.manner = manner);
    }

    /// Answers nobody but this user, who logs in with this password; user and password are the words behind AUTH.
    pub fn ask_for(&self, login: &[&str]) {
        let login = login.iter().map(|word| (*word).to_owned()).collect();
        self.shared.change(|state| state.login = Some(login));
    }

    /// Ends every connection that is open.
    pub fn disconnect(&self) {
        self.shared.change(|state| state.open.values().for_each(Socket::close));
    }

    /// Every command so far, its words with a blank in between.
    pub fn commands(&self) -> Vec<String> {
        self.shared.read(|state| state.commands.clone())
    }

    /// How often something came that it could answer: commands that came together are one.
    pub fn round_trips(&self) -> usize {
        self.shared.read(|state| state.round_trips)
    }

    /// How many connections are open.
    pub fn connections(&self) -> usize {
        self.shared.read(|state| state.open.len())
    }

    /// How many connections there have been.
    pub fn accepted(&self) -> usize {
        self.shared.read(|state| state.accepted)
    }

    fn socket(&self) -> PathBuf {
        match &self.place {
            Place::Unix(folder) => folder.path().join("redis.sock"),
            Place::Tcp(_) | Place::Tls(_) => PathBuf::new(),
        }
    }
}

fn tcp(address: SocketAddr) -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind(address).expect("loopback has this port");
    let address = listener.local_addr().expect("it listens");
    (listener, address)
}

impl Drop for FakeRedis {
    fn drop(&mut self) {
        self.shared.change(|state| state.stopped = true);
        self.disconnect();
        // It waits for a client.
        match &self.place {
            Place::Tcp(address) | Place::Tls(address) => drop(std::net::TcpStream::connect(address)),
            Place::Unix(_) => drop(std::os::unix::net::UnixStream::connect(self.socket())),
        }
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || thread::panicking(), "the server's thread panicked");
        }
    }
}

#[cfg(test)]
mod tests;
