//! Many clients at once, with and without TLS.

use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use testkit::raw::Raw;
use testkit::tls::Client;
use testkit::usage::Memory;

use super::{megabytes, milliseconds};
use crate::Failure;
use crate::bench::exporter::Exporter;

/// Scrapes that are sent at once.
const SCRAPES: usize = 500;
/// More than ours takes at a time.
const CONNECTIONS: usize = 600;
const LIMIT: Duration = Duration::from_secs(30);
/// A client of the bench needs next to nothing.
const STACK: usize = 128 << 10;

const REQUEST: &[u8] = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// The status of an answer and how long it took.
type Answered = (u16, Duration);

/// Scrapes in the clear, all at once.
pub(super) fn plain(exporter: &Exporter) -> Result<Vec<(&'static str, String)>, Failure> {
    let barrier = Arc::new(Barrier::new(SCRAPES));
    let mut threads = Vec::with_capacity(SCRAPES);
    for _ in 0..SCRAPES {
        let (barrier, mut client) = (Arc::clone(&barrier), Raw::connect(exporter.address)?);
        let work = move || -> Answered {
            barrier.wait();
            let asked = Instant::now();
            // An answer that is none is counted by its status, which is 0 then.
            client.send(REQUEST).ok();
            (client.answer(LIMIT).status().unwrap_or_default(), asked.elapsed())
        };
        threads.push(thread::Builder::new().stack_size(STACK).spawn(work)?);
    }
    let answers: Vec<Answered> = threads.into_iter().filter_map(|thread| thread.join().ok()).collect();
    let of = |status: u16| answers.iter().filter(move |(other, _)| *other == status).map(|(_, took)| *took);
    let memory = Memory::of(exporter.id())?;
    Ok(vec![
        ("500 scrapes at once: served, status 200", of(200).count().to_string()),
        ("refused, status 503", of(503).count().to_string()),
        ("neither", answers.iter().filter(|(status, _)| ![200, 503].contains(status)).count().to_string()),
        ("slowest 200, ms", milliseconds(of(200).max().unwrap_or_default())),
        ("slowest 503, ms", milliseconds(of(503).max().unwrap_or_default())),
        ("resident after them, MB", megabytes(memory.resident)),
        ("resident at its peak, MB", megabytes(memory.peak)),
    ])
}

/// Connections of TLS that say nothing once they are agreed on.
pub(super) fn over_tls(exporter: &Exporter, client: &Client) -> Result<Vec<(&'static str, String)>, Failure> {
    let begin = Instant::now();
    let mut connections = Vec::with_capacity(CONNECTIONS);
    for _ in 0..CONNECTIONS {
        connections.extend(client.connect(exporter.address));
    }
    let took = begin.elapsed();
    let memory = Memory::of(exporter.id())?;
    let mut closed = CONNECTIONS - connections.len();
    for connection in &connections {
        connection.sock.set_nonblocking(true)?;
        // Tickets for the next handshake may wait to be read; the end stands behind them.
        let mut bytes = [0; 64 << 10];
        closed += usize::from(match connection.sock.peek(&mut bytes) {
            Ok(0) => true,
            Ok(_) => has_ended(connection),
            Err(error) => error.kind() != std::io::ErrorKind::WouldBlock,
        });
    }
    Ok(vec![
        ("600 connections with TLS: closed", closed.to_string()),
        ("handshakes a second", format!("{:.0}", CONNECTIONS as f64 / took.as_secs_f64())),
        ("resident with them, MB", megabytes(memory.resident)),
        ("resident at its peak, MB", megabytes(memory.peak)),
    ])
}

/// Whether the other side has closed the connection, behind whatever it has sent.
fn has_ended(connection: &testkit::tls::Connection) -> bool {
    use std::io::Read as _;
    let mut bytes = [0; 16 << 10];
    loop {
        match (&connection.sock).read(&mut bytes) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(error) => return error.kind() != std::io::ErrorKind::WouldBlock,
        }
    }
}
