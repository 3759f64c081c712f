//! What both programs take while they are scraped, and while they are not.

use std::thread;
use std::time::{Duration, Instant};

use testkit::usage::Processor;

use super::client::Client;
use super::exporter::Exporter;
use super::page;
use super::scrapes::{self, Scrapes, percentile};
use super::table::{Bar, Row};
use crate::Failure;

/// As Prometheus is often told to.
const SCRAPE_INTERVAL: Duration = Duration::from_secs(15);

/// How the rows of one load are called, and their bars.
pub(super) struct Size {
    pub(super) resident: (&'static str, &'static [Bar]),
    pub(super) anonymous: &'static str,
    pub(super) peak: &'static str,
    pub(super) processor: (&'static str, &'static [Bar]),
    pub(super) p50: (&'static str, &'static [Bar]),
    pub(super) p99: (&'static str, &'static [Bar]),
    pub(super) series: &'static str,
    pub(super) page: &'static str,
}

/// Of both programs, ours first.
pub(super) struct Load {
    /// Series on each page.
    pub(super) series: [usize; 2],
    bytes: [usize; 2],
    scrapes: [Scrapes; 2],
}

impl Load {
    /// Scrapes both so often, as fast as they answer. Fails when a scrape does.
    pub(super) fn measure(programs: &[Exporter; 2], scrapes: u32) -> Result<Load, Failure> {
        let [ours, peer] = programs;
        let pages = [ours.page()?, peer.page()?];
        let scrapes = scrapes::interleaved(programs, "gzip", scrapes)?;
        Ok(Load {
            series: pages.each_ref().map(|text| page::series(text)),
            bytes: pages.each_ref().map(String::len),
            scrapes,
        })
    }

    /// The figures by the names of `size`.
    pub(super) fn rows(&self, size: &Size) -> Vec<Row> {
        let of = |value: fn(&Scrapes) -> f64| self.scrapes.each_ref().map(value);
        let ((resident, resident_bars), (processor, processor_bars)) = (size.resident, size.processor);
        let ((p50, p50_bars), (p99, p99_bars)) = (size.p50, size.p99);
        vec![
            row(resident, 2, resident_bars, of(|scrapes| megabytes(scrapes.memory.resident))),
            row(size.anonymous, 2, &[], of(|scrapes| megabytes(scrapes.memory.anonymous))),
            row(size.peak, 2, &[], of(|scrapes| megabytes(scrapes.memory.peak))),
            row(processor, 3, processor_bars, of(|scrapes| milliseconds(scrapes.processor))),
            row(p50, 3, p50_bars, of(|scrapes| milliseconds(percentile(&scrapes.latencies, 50)))),
            row(p99, 3, p99_bars, of(|scrapes| milliseconds(percentile(&scrapes.latencies, 99)))),
            row(size.series, 0, &[], self.series.map(|series| series as f64)),
            row(size.page, 1, &[], self.bytes.map(|bytes| bytes as f64 / 1e3)),
        ]
    }
}

/// Scrapes both at the usual interval, and says how much of a core each has taken, in percent. Fails when a scrape does.
pub(super) fn scraped(programs: &[Exporter; 2], time: Duration) -> Result<[f64; 2], Failure> {
    let mut clients = Vec::new();
    for program in programs {
        clients.push(Client::connect(program.address, "gzip")?);
    }
    measured(programs, || {
        let begun = Instant::now();
        while begun.elapsed() < time {
            let asked = Instant::now();
            for client in &mut clients {
                client.get()?;
            }
            thread::sleep(SCRAPE_INTERVAL.saturating_sub(asked.elapsed()));
        }
        Ok(())
    })
}

/// Leaves both alone, and says how much of a core each has taken, in percent. Fails when one has ended.
pub(super) fn unscraped(programs: &[Exporter; 2], time: Duration) -> Result<[f64; 2], Failure> {
    measured(programs, || {
        thread::sleep(time);
        Ok(())
    })
}

fn measured(programs: &[Exporter; 2], meanwhile: impl FnOnce() -> Result<(), Failure>) -> Result<[f64; 2], Failure> {
    let [ours, peer] = programs;
    let begun = Instant::now();
    let before = [Processor::of(ours.id())?, Processor::of(peer.id())?];
    meanwhile()?;
    let after = [Processor::of(ours.id())?, Processor::of(peer.id())?];
    let took = begun.elapsed().as_secs_f64();
    Ok([0, 1].map(|side| after[side].since(&before[side]).as_secs_f64() / took * 100.0))
}

pub(super) fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

pub(super) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// A row of both programs' values, ours first.
pub(super) fn row(name: &'static str, digits: usize, bars: &'static [Bar], [ours, peer]: [f64; 2]) -> Row {
    Row { name, ours, peer, digits, bars }
}
