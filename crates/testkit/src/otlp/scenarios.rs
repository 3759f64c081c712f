//! Streams as senders really make them, with the exact totals that they amount to.
//!
//! Delta streams follow the JavaScript SDK: the interval of a series that was silent begins with its first record, not
//! where the one before ended. A scenario is the same for the same seed and beginning.

use std::collections::BTreeMap;

use super::claude::{self, SERIES, Sample, Total};
use super::{Integers, Temporality};

mod cumulative;
mod delta;

/// Nanoseconds from one export to the next.
const INTERVAL: u64 = 60_000_000_000;

/// A stream of requests to one receiver, and what it amounts to.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The situation.
    pub name: &'static str,
    /// In the order in which they arrive.
    pub steps: Vec<Step>,
    /// Every series that a page must have then, by its identity; nothing is lost and nothing counted twice.
    pub truth: BTreeMap<String, Total>,
}

/// One request.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What is posted to `/v1/metrics`.
    pub body: Vec<u8>,
    /// Its Content-Type.
    pub content_type: &'static str,
    /// When it arrives, in nanoseconds since 1970: for receivers whose clock can be set, others get it at once.
    pub at: u64,
    /// The status of its answer: 200 if it counts, 400 if it can't be read.
    pub status: u16,
}

/// The Content-Type of the protobuf encoding.
pub const PROTOBUF: &str = "application/x-protobuf";
/// The Content-Type of the JSON encoding.
pub const JSON: &str = "application/json";

/// Every scenario, for this seed, beginning at this time in nanoseconds since 1970. Each has sessions of its own, so that one
/// receiver may take them all.
pub fn all(seed: u64, beginning: u64) -> Vec<Scenario> {
    let scenarios: [fn(&mut Script); 12] = [
        delta::aligned_intervals,
        delta::idle_gaps,
        delta::a_batch_that_is_sent_again,
        delta::batches_out_of_order,
        delta::a_late_batch,
        delta::two_processes_of_one_session,
        delta::overlapping_windows,
        delta::a_broken_body_between_good_ones,
        cumulative::a_restart_with_a_new_start,
        cumulative::two_processes_with_equal_labels,
        cumulative::a_stale_value_that_is_sent_again,
        cumulative::a_decrease_with_an_equal_start,
    ];
    let numbers = (1..).step_by(16);
    scenarios
        .into_iter()
        .zip(numbers)
        .map(|(write, session)| Script::written(seed, session, beginning, write))
        .collect()
}

/// A scenario while it is written.
struct Script {
    random: Random,
    /// The number of its session.
    session: u32,
    /// When it begins.
    beginning: u64,
    scenario: Scenario,
}

impl Script {
    fn written(seed: u64, session: u32, beginning: u64, write: fn(&mut Script)) -> Scenario {
        let random = Random(seed ^ (u64::from(session) << 32));
        let scenario = Scenario { name: "", steps: Vec::new(), truth: BTreeMap::new() };
        let mut script = Script { random, session, beginning, scenario };
        write(&mut script);
        script.scenario
    }

    /// The end of an interval, from 1 on; 0 is the beginning.
    fn minute(&self, number: u64) -> u64 {
        self.beginning + number * INTERVAL
    }

    /// A moment within the interval that ends with the minute, in whole milliseconds like those of the SDK.
    fn within(&mut self, minute: u64) -> u64 {
        self.minute(minute) - (1 + self.random.below(59_000)) * 1_000_000
    }

    /// What a series may count in an interval.
    fn amount(&mut self, series: usize) -> u64 {
        let (_, digits) = claude::exposed(self.session, series);
        // Dollars as finely as prices of a token are.
        if digits == 9 { (1 + self.random.below(90_000_000)) * 10 } else { 1 + self.random.below(2_000_000) }
    }

    /// An amount for each series, for one interval.
    fn samples(&mut self, start: u64, time: u64) -> Vec<Sample> {
        (0..SERIES).map(|series| Sample { series, amount: self.amount(series), start, time }).collect()
    }

    /// Sends these samples, in one of the encodings by turns, at their time. They are not part of the truth by that.
    fn send(&mut self, temporality: Temporality, samples: &[Sample], at: u64) {
        let request = claude::request(self.session, temporality, samples);
        let (body, content_type) = match self.scenario.steps.len() % 3 {
            0 => (request.protobuf(), PROTOBUF),
            1 => (request.json(Integers::Strings), JSON),
            _ => (request.json(Integers::Numbers), JSON),
        };
        self.scenario.steps.push(Step { body, content_type, at, status: 200 });
    }

    /// Sends a request that has been sent before, byte for byte.
    fn send_again(&mut self, step: usize, at: u64) {
        let again = Step { at, ..self.scenario.steps[step].clone() };
        self.scenario.steps.push(again);
    }

    /// Adds amounts to the truth.
    fn count(&mut self, samples: &[Sample]) {
        for sample in samples {
            let (series, digits) = claude::exposed(self.session, sample.series);
            self.scenario.truth.entry(series).or_insert(Total { amount: 0, digits }).amount += sample.amount;
        }
    }
}

/// A seeded generator (SplitMix64): the same numbers everywhere, good enough for made-up amounts.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`, which is not 0.
    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// True so often in a hundred.
    fn is_in(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_twice_and_another_one() {
        let [first, second, other] = [7, 7, 8].map(|seed| all(seed, INTERVAL));
        let steps = |scenarios: &[Scenario]| scenarios.iter().flat_map(|one| one.steps.clone()).collect::<Vec<_>>();
        assert!(steps(&first) == steps(&second), "the same seed makes the same stream");
        assert!(steps(&first) != steps(&other), "another seed makes another one");
    }

    #[test]
    fn scenarios_on_one_receiver() {
        let scenarios = all(1, INTERVAL);
        let series: usize = scenarios.iter().map(|scenario| scenario.truth.len()).sum();
        let truth: BTreeMap<_, _> = scenarios.into_iter().flat_map(|scenario| scenario.truth).collect();
        assert_eq!(truth.len(), series, "no two scenarios share a series");
        assert_eq!(series, 12 * SERIES);
    }
}
