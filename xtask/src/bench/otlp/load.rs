//! What both programs are given to do, by turns.

use std::thread;
use std::time::{Duration, Instant};

use testkit::otlp::Temporality::Delta;
use testkit::otlp::claude::{self, SERIES, Sample};
use testkit::otlp::scenarios::PROTOBUF;
use testkit::usage::Processor;

use super::exports::{Exports, MINUTE, now};
use super::server::Server;
use crate::Failure;
use crate::bench::client::Client;

/// Connections that send at the same time.
const CONNECTIONS: usize = 2;

/// What it took to take in the points of many sessions.
pub(super) struct Ingested {
    /// Processor time for each point, the mean.
    pub(super) processor: [Duration; 2],
    /// While they were sent.
    pub(super) points_a_second: [f64; 2],
}

/// Sends the exports of so many sessions, `rounds` of each, to one and the other. Fails when one is not accepted.
pub(super) fn ingest(servers: &[Server; 2], sessions: u32, rounds: u64) -> Result<Ingested, Failure> {
    let beginning = now()? - rounds * MINUTE;
    let [ours, peer] = servers;
    let before = [Processor::of(ours.id())?, Processor::of(peer.id())?];
    let mut elapsed = [Duration::ZERO; 2];
    for round in 0..rounds {
        let bodies: Vec<Vec<u8>> = (1..=sessions).map(|session| export(session, round, beginning)).collect();
        for (server, elapsed) in servers.iter().zip(&mut elapsed) {
            let began = Instant::now();
            send(server, &bodies)?;
            *elapsed += began.elapsed();
        }
    }
    // What the Collector does with its last batch is part of its work.
    thread::sleep(super::SETTLED);
    let after = [Processor::of(ours.id())?, Processor::of(peer.id())?];
    let points = f64::from(sessions) * rounds as f64 * SERIES as f64;
    let used = [after[0].since(&before[0]), after[1].since(&before[1])];
    Ok(Ingested {
        processor: used.map(|used| used.div_f64(points)),
        points_a_second: elapsed.map(|elapsed| points / elapsed.as_secs_f64()),
    })
}

/// What a session exports in a round: every series, as in a minute without a pause.
fn export(session: u32, round: u64, beginning: u64) -> Vec<u8> {
    let start = beginning + round * MINUTE;
    let sample = |series: usize| Sample { series, amount: 1_000 + round, start, time: start + MINUTE };
    claude::request(session, Delta, &(0..SERIES).map(sample).collect::<Vec<_>>()).protobuf()
}

fn send(server: &Server, bodies: &[Vec<u8>]) -> Result<(), Failure> {
    let address = server.otlp;
    let results: Vec<std::io::Result<()>> = thread::scope(|scope| {
        let parts = bodies.chunks(bodies.len().div_ceil(CONNECTIONS));
        let threads: Vec<_> = parts
            .map(|part| {
                scope.spawn(move || {
                    let mut client = Client::connect_to_post(address, "/v1/metrics", PROTOBUF)?;
                    part.iter().try_for_each(|body| client.post(body))
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| Err(std::io::ErrorKind::Other.into())))
            .collect()
    });
    results.into_iter().collect::<std::io::Result<()>>().map_err(|err| format!("export to {address}: {err}").into())
}

/// What a program's scrapes took.
pub(super) struct Scrapes {
    /// Of one, the mean.
    pub(super) processor: Duration,
    /// Of each, in their order.
    pub(super) latencies: Vec<Duration>,
}

/// Scrapes one and the other by turns, over one kept connection each: `rounds` times, ours so often each time. Fails when a
/// scrape does.
pub(super) fn scrape(
    servers: &[Server; 2],
    encoding: &str,
    rounds: u32,
    ours_each: u32,
) -> Result<[Scrapes; 2], Failure> {
    let [ours, peer] = servers;
    let mut clients = [Client::connect(ours.page, encoding)?, Client::connect(peer.page, encoding)?];
    // Buffers grow in the first one.
    for client in &mut clients {
        client.get()?;
    }
    let before = [Processor::of(ours.id())?, Processor::of(peer.id())?];
    let mut latencies = [Vec::new(), Vec::new()];
    for _ in 0..rounds {
        for ((client, latencies), times) in clients.iter_mut().zip(&mut latencies).zip([ours_each, 1]) {
            for _ in 0..times {
                let asked = Instant::now();
                client.get()?;
                latencies.push(asked.elapsed());
            }
        }
    }
    let used = [Processor::of(ours.id())?.since(&before[0]), Processor::of(peer.id())?.since(&before[1])];
    let [first, second] = latencies;
    let [ours, peer] = used;
    Ok([
        Scrapes { processor: ours / (rounds * ours_each), latencies: first },
        Scrapes { processor: peer / rounds, latencies: second },
    ])
}

/// Sends a real client's export so often to one and the other, each when the one before is acknowledged, and gives the times
/// until then. Fails when one is not accepted.
pub(super) fn export_times(
    servers: &[Server; 2],
    exports: &Exports,
    count: usize,
) -> Result<[Vec<Duration>; 2], Failure> {
    let mut latencies = [Vec::new(), Vec::new()];
    let [ours, peer] = servers;
    let mut clients = [ours, peer].map(|server| Client::connect_to_post(server.otlp, "/v1/metrics", PROTOBUF));
    for number in 0..count {
        let body = exports.body(number)?;
        for (client, latencies) in clients.iter_mut().zip(&mut latencies) {
            let client = client.as_mut().map_err(|err| format!("cannot connect: {err}"))?;
            let asked = Instant::now();
            client.post(&body)?;
            latencies.push(asked.elapsed());
        }
    }
    Ok(latencies)
}
