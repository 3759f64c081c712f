//! One connection to a server, kept between scrapes, and what goes over it by a deadline.

mod stream;
mod target;
mod tls;

use std::collections::BTreeMap;
use std::io::{self, Read as _, Write as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

use exporter_toolkit::Watch;

use crate::client::stream::Stream;
use crate::failure::{Class, Failure};
use crate::resp::{Commands, Refused, Replies, Reply, Scanner, ServerError};

pub(crate) use target::{AUTH, Login, Target};
pub(crate) use tls::{TlsFiles, TlsSource};

/// So long a command that was refused is not sent again: someone may change the rule.
const REFUSED_FOR: Duration = Duration::from_secs(300);
/// Together the replies of one round trip may have this many bytes.
const MOST_BYTES: usize = 16 * 1024 * 1024;
/// A buffer of this size is kept.
const KEPT_BYTES: usize = 128 * 1024;
/// What is read at a time, at least.
const CHUNK_BYTES: usize = 16 * 1024;

/// A client of one server.
#[derive(Debug)]
pub(crate) struct Client {
    target: Arc<Target>,
    connection: Option<Stream>,
    /// When the scrape must be through.
    until: Instant,
    /// What the server has sent, from the first reply of this round trip on.
    buffer: Vec<u8>,
    /// What looks at it.
    scanner: Scanner,
    /// Commands that the server refuses, and since when they are kept.
    refused: Refused,
    refused_at: Instant,
    /// Whether each command was answered the last time.
    answered: BTreeMap<&'static str, bool>,
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
            scanner: Scanner::new(0, MOST_BYTES),
            refused: Refused::new(),
            refused_at: Instant::now(),
            answered: BTreeMap::new(),
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
        if self.refused_at.elapsed() > REFUSED_FOR {
            self.refused.clear();
            self.refused_at = Instant::now();
        }
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

    /// Every command that was ever to be sent, and whether the server answered it the last time.
    pub(crate) fn answered(&self) -> impl Iterator<Item = (&'static str, bool)> {
        self.answered.iter().map(|(command, answered)| (*command, *answered))
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
        // One that is sent several times is answered if each of them is.
        let mut all_answered = BTreeMap::new();
        for (command, reply) in Replies::new(commands, &self.buffer, self.scanner.extents()).outcomes() {
            let error = match reply {
                Some(Reply::Error(error)) if !error.is_answer() => Some(error),
                Some(Reply::Error(_) | Reply::Text(_) | Reply::Integer(_) | Reply::Nil | Reply::Array(_)) | None => {
                    None
                }
            };
            let all = all_answered.entry(command).or_insert(true);
            let first = std::mem::replace(all, *all && reply.is_some() && error.is_none());
            let Some(error) = error else { continue };
            if first && self.answered.get(command) != Some(&false) {
                // Who does not know AUTH repeats what stands behind it.
                let error = if command == AUTH { error.code().into() } else { error.text() };
                tracing::warn!(target = %self.target.address, command, %error, "the server refuses a command");
            }
            if error.is_refusal() {
                self.refused.insert(command);
            }
        }
        self.answered.extend(all_answered);
        Ok(Replies::new(commands, &self.buffer, self.scanner.extents()))
    }

    fn exchange(&mut self, commands: &Commands, until: Instant) -> Result<(), Failure> {
        let replies = commands.sent();
        self.buffer.clear();
        self.scanner = Scanner::new(replies, MOST_BYTES);
        if replies == 0 {
            return Ok(());
        }
        let stream = self.connection.as_mut().ok_or_else(|| Failure::new(Class::Io, "not connected"))?;
        stream.set_deadline(until);
        self.round_trips += 1;
        // A server that has had enough says why, and closes: what it said is read even so.
        let sent = stream.write_all(commands.bytes()).and_then(|()| stream.flush());
        loop {
            let come = self.buffer.len();
            self.buffer.resize((come + CHUNK_BYTES.max(come / 2)).min(MOST_BYTES + CHUNK_BYTES), 0);
            let read = stream.read(&mut self.buffer[come..]);
            self.buffer.truncate(come + *read.as_ref().unwrap_or(&0));
            match read {
                Ok(0) => return Err(self.closed(sent.err())),
                Ok(_) if self.scanner.complete(&self.buffer)? => return Ok(()),
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
        Some(Failure::of_server(ServerError(&line[..end])))
    }
}
