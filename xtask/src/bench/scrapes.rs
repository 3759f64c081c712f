//! The measured scrapes: both programs in one run, in turn.

use std::time::{Duration, Instant};

use testkit::usage::{Memory, Processor};

use super::cgroup::Cgroup;
use super::client::Client;
use super::exporter::Exporter;
use crate::Failure;

/// What a program's scrapes took.
pub(crate) struct Scrapes {
    /// Processor time of one scrape, the mean of all: what the program did meanwhile in the background is in it.
    pub(crate) processor: Duration,
    /// The time that the client waited, by scrape.
    pub(crate) latencies: Vec<Duration>,
    /// The size of a body as it was sent, in bytes.
    pub(crate) wire: usize,
    /// Memory after the last scrape.
    pub(crate) memory: Memory,
    /// Bytes that its control group is charged then, if it has one.
    pub(crate) cgroup: Option<u64>,
}

/// Scrapes of each program before the measured ones, in which buffers grow and caches fill.
const WARM_UP: u32 = 50;

/// Scrapes of one program before it is the other's turn: few, so that what else the machine does hits both.
const BATCH: u32 = 25;

/// Scrapes both `exporters` so often, over one kept connection each. Fails when a scrape does.
pub(crate) fn interleaved(exporters: &[Exporter; 2], encoding: &str, scrapes: u32) -> Result<[Scrapes; 2], Failure> {
    let [ours, peer] = exporters;
    let mut sides = [Side::connect(ours, encoding)?, Side::connect(peer, encoding)?];
    in_turn(&mut sides, WARM_UP)?;
    for side in &mut sides {
        side.latencies.clear();
        side.before = Processor::of(side.exporter.id())?;
    }
    in_turn(&mut sides, scrapes)?;
    let [ours, peer] = sides;
    Ok([ours.result()?, peer.result()?])
}

/// The value that so many `percent` of the values do not exceed; zero when there are none.
pub(crate) fn percentile(values: &[Duration], percent: usize) -> Duration {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

/// One program while it is measured.
struct Side<'a> {
    exporter: &'a Exporter,
    client: Client,
    before: Processor,
    latencies: Vec<Duration>,
}

impl<'a> Side<'a> {
    fn connect(exporter: &'a Exporter, encoding: &str) -> Result<Self, Failure> {
        let client = Client::connect(exporter.address, encoding)?;
        Ok(Self { exporter, client, before: Processor::of(exporter.id())?, latencies: Vec::new() })
    }

    fn scrape(&mut self, times: u32) -> Result<(), Failure> {
        for _ in 0..times {
            let asked = Instant::now();
            self.client.get().map_err(|err| format!("scrape of {}: {err}", self.exporter.program.display()))?;
            self.latencies.push(asked.elapsed());
        }
        Ok(())
    }

    fn result(self) -> Result<Scrapes, Failure> {
        let id = self.exporter.id();
        let used = Processor::of(id)?.since(&self.before);
        let count = u32::try_from(self.latencies.len())?.max(1);
        let wire = self.client.body.len();
        let cgroup = self.exporter.cgroup.as_ref().and_then(Cgroup::memory);
        Ok(Scrapes { processor: used / count, latencies: self.latencies, wire, memory: Memory::of(id)?, cgroup })
    }
}

/// Scrapes each side so often, batch by batch; who begins alternates, so that neither always follows the other.
fn in_turn([ours, peer]: &mut [Side<'_>; 2], scrapes: u32) -> Result<(), Failure> {
    let mut order = [ours, peer];
    let mut left = scrapes;
    while left > 0 {
        let batch = left.min(BATCH);
        for side in &mut order {
            side.scrape(batch)?;
        }
        order.reverse();
        left -= batch;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_of_unsorted_latencies() {
        let latencies: Vec<Duration> = (1..=200).rev().map(Duration::from_millis).collect();
        let found = [50, 90, 99, 100].map(|percent| percentile(&latencies, percent));
        assert_eq!(found, [100, 180, 198, 200].map(Duration::from_millis));
        assert_eq!(percentile(&latencies[..1], 50), Duration::from_millis(200));
        assert_eq!(percentile(&[], 50), Duration::ZERO);
    }
}
