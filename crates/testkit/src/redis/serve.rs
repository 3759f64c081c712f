//! Connections: commands in, answers out, in the manner that the server is told.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::thread;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::socket::Listener;
use super::state::Shared;
use super::{Answer, Manner};

/// What is read at a time: more than a client sends in one go.
const CHUNK_BYTES: usize = 64 << 10;

/// Serves each connection on a thread of its own until the server is to stop.
pub(super) fn accept(listener: &Listener, tls: Option<&Arc<ServerConfig>>, shared: &Arc<Shared>) {
    let mut threads = Vec::new();
    while let Ok(socket) = listener.accept() {
        if shared.read(|state| state.stopped) {
            break;
        }
        let Ok(twin) = socket.try_clone() else { break };
        let number = shared.change(|state| {
            state.accepted += 1;
            state.open.insert(state.accepted, twin);
            state.accepted
        });
        let (shared, tls) = (Arc::clone(shared), tls.map(Arc::clone));
        threads.push(thread::spawn(move || {
            // However a client goes away is its own affair.
            drop(match tls {
                None => serve(socket, number, &shared),
                Some(config) => ServerConnection::new(config)
                    .map_err(io::Error::other)
                    .and_then(|connection| serve(StreamOwned::new(connection, socket), number, &shared)),
            });
        }));
    }
    for thread in threads {
        thread.join().expect("no connection's thread panics");
    }
}

/// Serves one connection. It ends when its last socket is dropped: by a reset, where something was not read.
fn serve(mut stream: impl Read + Write, number: usize, shared: &Shared) -> io::Result<()> {
    let ended = Conversation { stream: &mut stream, shared, came: Vec::new(), sent: 0, round_trips: 0 }.run();
    shared.change(|state| drop(state.open.remove(&number)));
    ended
}

struct Conversation<'c, S> {
    stream: &'c mut S,
    shared: &'c Shared,
    /// What has come and is not answered yet.
    came: Vec<u8>,
    /// Bytes that have been answered with.
    sent: usize,
    round_trips: usize,
}

impl<S: Read + Write> Conversation<'_, S> {
    fn run(&mut self) -> io::Result<()> {
        if let Manner::Refuse(words) = self.manner() {
            return self.stream.write_all(&words);
        }
        let mut logged_in = false;
        loop {
            let Some(commands) = self.commands()? else { return Ok(()) };
            self.round_trips += 1;
            let mut out = Vec::new();
            let mut is_last = None;
            self.shared.change(|state| {
                state.round_trips += 1;
                for words in &commands {
                    state.commands.push(words.join(" "));
                }
            });
            for words in commands {
                match self.shared.read(|state| state.answer(&words, &mut logged_in)) {
                    Answer::Bytes(bytes) => out.extend(bytes),
                    Answer::Of(answer) => out.extend(answer(&words)),
                    Answer::Silence => is_last = Some(false),
                    Answer::End => is_last = Some(true),
                }
                if is_last.is_some() {
                    break;
                }
            }
            let goes_on = self.say(&out)?;
            match is_last {
                Some(true) => return Ok(()),
                None if goes_on => {}
                None | Some(false) => return self.listen(),
            }
            if matches!(self.manner(), Manner::CloseAfter(most) if self.round_trips >= most) {
                return Ok(());
            }
        }
    }

    /// Says it in the manner of the moment; whether the conversation goes on.
    fn say(&mut self, answer: &[u8]) -> io::Result<bool> {
        match self.manner() {
            Manner::Answer | Manner::Reset | Manner::Refuse(_) | Manner::CloseAfter(_) => {
                self.stream.write_all(answer)?;
            }
            Manner::FallSilent(most) => {
                let part = answer.len().min(most.saturating_sub(self.sent));
                self.stream.write_all(answer.get(..part).unwrap_or_default())?;
                self.sent += part;
                return Ok(part == answer.len());
            }
            Manner::Drip(pause) => {
                for byte in answer {
                    self.shared.pause(pause);
                    self.stream.write_all(&[*byte])?;
                    self.stream.flush()?;
                }
            }
            Manner::Say(bytes) => {
                self.stream.write_all(&bytes)?;
                self.stream.flush()?;
                return Ok(false);
            }
            Manner::SayAndClose(bytes) => {
                self.stream.write_all(&bytes)?;
                self.stream.flush()?;
                return Err(io::ErrorKind::ConnectionAborted.into());
            }
        }
        self.sent += answer.len();
        self.stream.flush()?;
        Ok(true)
    }

    /// Says no more, until the client goes.
    fn listen(&mut self) -> io::Result<()> {
        let mut chunk = vec![0; CHUNK_BYTES];
        while self.stream.read(&mut chunk)? > 0 {}
        Ok(())
    }

    /// The commands that have come, once there is a whole one; none if the client has gone, or nothing more is to be read.
    fn commands(&mut self) -> io::Result<Option<Vec<Vec<String>>>> {
        let mut chunk = vec![0; CHUNK_BYTES];
        let mut first = [0];
        if self.stream.read(&mut first)? == 0 || self.manner() == Manner::Reset {
            return Ok(None);
        }
        self.came.extend(first);
        loop {
            let mut commands = Vec::new();
            let mut taken = 0;
            while let Some((words, length)) = command(self.came.get(taken..).unwrap_or_default()) {
                commands.push(words);
                taken += length;
            }
            self.came.drain(..taken);
            if !commands.is_empty() {
                return Ok(Some(commands));
            }
            let read = self.stream.read(&mut chunk)?;
            if read == 0 {
                return Ok(None);
            }
            self.came.extend(chunk.iter().take(read));
        }
    }

    fn manner(&self) -> Manner {
        self.shared.read(|state| state.manner.clone())
    }
}

/// The words of the first command, and its length; none if it is not all there.
fn command(bytes: &[u8]) -> Option<(Vec<String>, usize)> {
    let (count, mut at) = number(bytes, b'*')?;
    let mut words = Vec::new();
    for _ in 0..count {
        let (length, header) = number(bytes.get(at..)?, b'$')?;
        let start = at + header;
        words.push(String::from_utf8_lossy(bytes.get(start..start + length)?).into_owned());
        at = start + length + 2;
    }
    (at <= bytes.len()).then_some((words, at))
}

/// The number of a header line, and the line's length.
fn number(bytes: &[u8], kind: u8) -> Option<(usize, usize)> {
    let end = bytes.windows(2).position(|two| two == b"\r\n")?;
    let digits = bytes.get(..end)?.strip_prefix(&[kind])?;
    Some((std::str::from_utf8(digits).ok()?.parse().ok()?, end + 2))
}
