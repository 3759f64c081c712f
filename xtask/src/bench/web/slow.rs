//! Clients whose requests never end.

use std::thread;
use std::time::{Duration, Instant};

use testkit::raw::Raw;

use super::milliseconds;
use crate::Failure;
use crate::bench::client::Client;
use crate::bench::exporter::Exporter;

const CLIENTS: usize = 200;
/// After this a header should have been complete.
const PATIENCE: Duration = Duration::from_secs(6);
/// How long it goes on.
const RUN: Duration = Duration::from_secs(8);

/// Two hundred clients send a byte of a header each second; one scrapes meanwhile.
pub(super) fn measure(exporter: &Exporter) -> Result<Vec<(&'static str, String)>, Failure> {
    let mut clients = Vec::with_capacity(CLIENTS);
    let begin = Instant::now();
    for _ in 0..CLIENTS {
        let mut client = Raw::connect(exporter.address)?;
        client.send(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nX: ")?;
        clients.push(client);
    }
    let mut scraper = Client::connect(exporter.address, "gzip")?;
    let (mut slowest, mut left) = (Duration::ZERO, None);
    let mut second = 1;
    while begin.elapsed() < RUN {
        let asked = Instant::now();
        scraper.get()?;
        slowest = slowest.max(asked.elapsed());
        if begin.elapsed() > Duration::from_secs(second) {
            second += 1;
            // Who is closed takes no byte.
            clients.iter_mut().for_each(|client| drop(client.send(b"x")));
        }
        if left.is_none() && begin.elapsed() > PATIENCE {
            left = Some(alive(&mut clients));
        }
        thread::sleep(Duration::from_millis(50));
    }
    let left = left.unwrap_or_else(|| alive(&mut clients));
    Ok(vec![
        ("200 clients that dribble: alive after 6 s", left.to_string()),
        ("a scrape meanwhile, slowest of 8 s, ms", milliseconds(slowest)),
    ])
}

fn alive(clients: &mut [Raw]) -> usize {
    clients.iter_mut().map(|client| usize::from(!client.is_closed())).sum()
}
