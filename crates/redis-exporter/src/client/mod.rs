//! One connection to a server, kept between scrapes, and what goes over it by a deadline.

mod stream;
mod tls;

use std::io::{self, Read as _, Write as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

use exporter_toolkit::{Secret, Watch};

use crate::address::Address;
use crate::client::stream::Stream;
use crate::failure::{Class, Failure};
use crate::resp::{Commands, Refused, Replies, Scanner};

pub(crate) use tls::{Tls, TlsError, TlsFiles};

/// Together the replies of one round trip may have this many bytes.
const MOST_BYTES: usize = 16 * 1024 * 1024;
/// A buffer of this size is kept.
const KEPT_BYTES: usize = 128 * 1024;
/// What is read at a time, at least.
const CHUNK_BYTES: usize = 16 * 1024;

/// Which server, and how it is logged in to.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) address: Address,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<Arc<Secret>>,
    /// What TLS is spoken with, if the address asks for it.
    pub(crate) tls: Option<Arc<Tls>>,
    /// Longer than this no connection is waited for.
    pub(crate) connect_timeout: Duration,
}

impl Target {
    /// Adds what says who we are, if there is something to say.
    pub(crate) fn log_in(&self, commands: &mut Commands) {
        match (&self.user, &self.password) {
            (Some(user), Some(password)) => commands.add("AUTH", ["AUTH", user, password.expose()]),
            (None, Some(password)) => commands.add("AUTH", ["AUTH", password.expose()]),
            (_, None) => {}
        }
    }
}

/// A client of one server.
#[derive(Debug)]
pub(crate) struct Client {
    target: Arc<Target>,
    connection: Option<Stream>,
    /// When the scrape must be through.
    until: Instant,
    /// What the server has sent, from the first reply of this round trip on.
    buffer: Vec<u8>,
    /// Commands that the server refused on this connection.
    pub(crate) refused: Refused,
    /// Round trips and connections of all scrapes.
    pub(crate) round_trips: u64,
    pub(crate) connections: u64,
}

/// How a round trip failed.
#[derive(Debug)]
pub(crate) struct Lost {
    pub(crate) failure: Failure,
    /// Whether nothing at all came: a kept connection may have been closed meanwhile.
    pub(crate) nothing_came: bool,
}

impl Client {
    /// A client that has not connected yet.
    pub(crate) fn new(target: Arc<Target>) -> Self {
        Client {
            target,
            connection: None,
            until: Instant::now(),
            buffer: Vec::new(),
            refused: Refused::new(),
            round_trips: 0,
            connections: 0,
        }
    }

    pub(crate) fn target(&self) -> &Target {
        &self.target
    }

    /// What follows has to be through by then.
    pub(crate) fn begin(&mut self, until: Instant) {
        self.until = until;
        if self.buffer.capacity() > KEPT_BYTES {
            self.buffer = Vec::new();
        }
    }

    /// What is left of the scrape's time.
    pub(crate) fn time_left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.connection.is_some()
    }

    /// Lets the connection go, and what was known of it.
    pub(crate) fn disconnect(&mut self) {
        self.connection = None;
        self.refused.clear();
    }

    /// Connects, anew from the name on. Nobody is logged in yet.
    pub(crate) fn connect(&mut self, watch: &Watch<'_>) -> Result<(), Failure> {
        self.disconnect();
        let until = self.until.min(Instant::now() + self.target.connect_timeout);
        self.connection = Some(Stream::connect(&self.target, until, watch)?);
        self.connections += 1;
        Ok(())
    }

    /// Commands for [`Client::ask`], without those that the server refuses.
    pub(crate) fn commands(&self) -> Commands {
        Commands::without(&self.refused)
    }

    /// Sends the commands in one go, and waits for all replies. A command that the server refuses by a rule is not sent again on
    /// this connection. After a failure the connection is gone.
    pub(crate) fn ask(&mut self, commands: &Commands) -> Result<Replies<'_>, Failure> {
        self.ask_within(commands, self.until).map_err(|lost| lost.failure)
    }

    /// As [`Client::ask`], by another deadline than the scrape's.
    pub(crate) fn ask_within(&mut self, commands: &Commands, until: Instant) -> Result<Replies<'_>, Lost> {
        if let Err(failure) = self.exchange(commands, until) {
            let nothing_came = self.buffer.is_empty();
            self.disconnect();
            return Err(Lost { failure, nothing_came });
        }
        for (name, reply) in Replies::new(commands, &self.buffer).outcomes() {
            let Some(crate::resp::Reply::Error(error)) = reply else { continue };
            if error.is_refusal() && self.refused.insert(name) {
                tracing::debug!(target_address = %self.target.address, command = name, error = %error.text(), "refused");
            }
        }
        Ok(Replies::new(commands, &self.buffer))
    }

    fn exchange(&mut self, commands: &Commands, until: Instant) -> Result<(), Failure> {
        self.buffer.clear();
        let replies = commands.sent();
        if replies == 0 {
            return Ok(());
        }
        let stream = self.connection.as_mut().ok_or_else(|| Failure::new(Class::Io, "not connected"))?;
        stream.set_deadline(until);
        self.round_trips += 1;
        // A server that has had enough says why, and closes: what it said is read even so.
        let sent = stream.write_all(commands.bytes()).and_then(|()| stream.flush());
        let mut scanner = Scanner::new(replies, MOST_BYTES);
        loop {
            let come = self.buffer.len();
            self.buffer.resize(come.max(come + CHUNK_BYTES.max(come / 2)).min(MOST_BYTES + CHUNK_BYTES), 0);
            let read = stream.read(&mut self.buffer[come..]);
            self.buffer.truncate(come + *read.as_ref().unwrap_or(&0));
            match read {
                Ok(0) => return Err(self.closed(sent.err())),
                Ok(_) if scanner.complete(&self.buffer)? => return Ok(()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.broken(sent.err().unwrap_or(error))),
            }
        }
    }

    /// The connection ended before all replies had come; the last thing that the server said may be why.
    fn closed(&self, sent: Option<io::Error>) -> Failure {
        self.last_words().unwrap_or_else(|| match sent {
            Some(error) => error.into(),
            None => Failure::new(Class::Io, "the server closed the connection"),
        })
    }

    fn broken(&self, error: io::Error) -> Failure {
        self.last_words().unwrap_or_else(|| error.into())
    }

    /// An error that came instead of the first reply, such as that there are too many clients.
    fn last_words(&self) -> Option<Failure> {
        let line = self.buffer.strip_prefix(b"-")?;
        let end = line.iter().position(|byte| *byte == b'\r')?;
        Some(Failure::of_server(crate::resp::ServerError(&line[..end])))
    }
}
