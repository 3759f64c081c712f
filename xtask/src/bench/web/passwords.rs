//! Passwords: right ones, which are checked once, and a flood of wrong ones.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use testkit::raw::Raw;
use testkit::usage::{Memory, Processor};

use super::{megabytes, milliseconds};
use crate::Failure;
use crate::bench::client::Client;
use crate::bench::exporter::Exporter;
use crate::bench::scrapes::percentile;

pub(super) const USER: &str = "prometheus";
pub(super) const PASSWORD: &str = "a password for the bench";
pub(super) const COST: u32 = 10;

/// A page that costs next to nothing, so that the password is what is measured.
const PATH: &str = "/metrics?collect[]=time";
const SCRAPES: usize = 500;
/// The flood: so many wrong passwords a second, each another one, for so long.
const RATE: u32 = 100;
const FLOOD: Duration = Duration::from_secs(10);

/// Scrapes with the right password, alone and in a flood of wrong ones.
pub(super) fn measure(exporter: &Exporter) -> Result<Vec<(&'static str, String)>, Failure> {
    let connect = || Client::connect_for(exporter.address, PATH, &authorization(PASSWORD));
    let mut client = connect()?;
    let mut scrape = || -> Result<Duration, Failure> {
        let asked = Instant::now();
        client.get()?;
        Ok(asked.elapsed())
    };
    let first = scrape()?;
    let cached = (0..SCRAPES).map(|_| scrape()).collect::<Result<Vec<_>, _>>()?;
    let before = Memory::of(exporter.id())?;

    let (used, begin, stop) = (Processor::of(exporter.id())?, Instant::now(), AtomicBool::new(false));
    let address = exporter.address;
    let (slowest, unanswered, statuses) = thread::scope(|scope| -> Result<_, Failure> {
        let flood = scope.spawn(|| flood(address, &stop));
        let (mut slowest, mut unanswered) = (Duration::ZERO, 0);
        while begin.elapsed() < FLOOD {
            let asked = Instant::now();
            if client.get().is_err() {
                unanswered += 1;
                client = connect()?;
            }
            slowest = slowest.max(asked.elapsed());
            thread::sleep(Duration::from_millis(20));
        }
        stop.store(true, Ordering::Relaxed);
        let statuses = flood.join().map_err(|_| "the flood has panicked")?;
        Ok((slowest, unanswered, statuses))
    })?;
    let cores = Processor::of(exporter.id())?.since(&used).as_secs_f64() / begin.elapsed().as_secs_f64();
    let memory = Memory::of(exporter.id())?;
    let count = |status: u16| statuses.get(&status).copied().unwrap_or_default().to_string();
    Ok(vec![
        ("basic auth at cost 10: first scrape, ms", milliseconds(first)),
        ("cached, p50, ms", milliseconds(percentile(&cached, 50))),
        ("cached, p99 of 500, ms", milliseconds(percentile(&cached, 99))),
        ("100 wrong passwords a second for 10 s: processors used", format!("{cores:.2}")),
        ("cached scrape meanwhile, slowest, ms", milliseconds(slowest)),
        ("cached scrapes that got no answer", unanswered.to_string()),
        ("wrong ones refused, status 401", count(401)),
        ("not checked, status 429", count(429)),
        ("not answered in a second", count(0)),
        ("resident grown by, MB", megabytes(memory.resident.saturating_sub(before.resident))),
    ])
}

/// How many of the wrong passwords got which status; 0 is none within a second.
fn flood(address: SocketAddr, stop: &AtomicBool) -> BTreeMap<u16, usize> {
    let begin = Instant::now();
    let (mut waiting, mut statuses, mut sent) = (Vec::new(), BTreeMap::new(), 0);
    while !stop.load(Ordering::Relaxed) {
        let headers = authorization(&format!("wrong password {sent}"));
        let request = format!("GET {PATH} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n");
        if let Ok(mut client) = Raw::connect(address)
            && client.send(request.as_bytes()).is_ok()
        {
            waiting.push((client, Instant::now()));
        }
        sent += 1;
        // Whoever was sent a second ago has an answer, or is counted as one without.
        while waiting.first().is_some_and(|(_, asked)| asked.elapsed() > Duration::from_secs(1)) {
            let (mut client, _) = waiting.remove(0);
            *statuses.entry(client.answer(Duration::from_millis(1)).status().unwrap_or_default()).or_default() += 1;
        }
        thread::sleep((Duration::from_secs(1) / RATE * sent).saturating_sub(begin.elapsed()));
    }
    for (mut client, _) in waiting {
        let status = client.answer(Duration::from_millis(100)).status().unwrap_or_default();
        *statuses.entry(status).or_default() += 1;
    }
    statuses
}

fn authorization(password: &str) -> String {
    format!("Authorization: Basic {}\r\n", STANDARD.encode(format!("{USER}:{password}")))
}
