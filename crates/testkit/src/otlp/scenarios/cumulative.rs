//! Cumulative streams: the totals of processes, told apart by nothing but the moment at which they began to count.

use super::{SERIES, Sample, Script, Temporality::Cumulative};

/// A process that counts.
struct Counter {
    start: u64,
    totals: [u64; SERIES],
}

impl Counter {
    fn new(start: u64) -> Counter {
        Counter { start, totals: [0; SERIES] }
    }

    /// Counts for an interval, also towards the truth, and says what it exports then.
    fn next(&mut self, script: &mut Script, time: u64) -> Vec<Sample> {
        let added = script.samples(self.start, time);
        script.count(&added);
        for (total, sample) in self.totals.iter_mut().zip(&added) {
            *total += sample.amount;
        }
        self.exported(time)
    }

    fn exported(&self, time: u64) -> Vec<Sample> {
        let totals = self.totals.iter().enumerate();
        totals.map(|(series, amount)| Sample { series, amount: *amount, start: self.start, time }).collect()
    }
}

/// The process ends and another begins at 0, with a start of its own: its first total may be above or below the last one.
pub(super) fn a_restart_with_a_new_start(script: &mut Script) {
    script.scenario.name = "a restart with a new start";
    for life in 0..3 {
        let first = 5 * life;
        let mut counter = Counter::new(script.minute(first) + 1_000_000);
        for minute in first + 1..=first + 5 {
            let samples = counter.next(script, script.minute(minute));
            script.send(Cumulative, &samples, script.minute(minute));
        }
    }
}

/// A session that was resumed while it still runs: two processes whose labels are equal, and whose totals are so too in the
/// end, by turns.
pub(super) fn two_processes_with_equal_labels(script: &mut Script) {
    script.scenario.name = "two processes with equal labels";
    let mut first = Counter::new(script.minute(0));
    let mut second = Counter::new(script.minute(2) + 7_000_000);
    for minute in 1..=8 {
        let samples = first.next(script, script.minute(minute));
        script.send(Cumulative, &samples, script.minute(minute));
        if minute > 3 {
            let samples = second.next(script, script.minute(minute) + 30_000_000_000);
            script.send(Cumulative, &samples, script.minute(minute) + 30_000_000_000);
        }
    }
    // The third one ends where the first one did: a receiver that looks at values alone takes it for the first one.
    let third = Counter { start: script.minute(9), totals: first.totals };
    let samples = third.exported(script.minute(10));
    script.count(&samples);
    script.send(Cumulative, &samples, script.minute(10));
}

/// A process that is idle tells its totals again and again, and an old export comes late.
pub(super) fn a_stale_value_that_is_sent_again(script: &mut Script) {
    script.scenario.name = "a stale value that is sent again";
    let mut counter = Counter::new(script.minute(0));
    for minute in 1..=9 {
        let time = script.minute(minute);
        let samples = if minute % 3 == 0 { counter.exported(time) } else { counter.next(script, time) };
        script.send(Cumulative, &samples, time);
        if minute == 6 {
            script.send_again(1, time);
        }
    }
}

/// Totals that fall below what was told before, though the start is the same: nothing was taken back, so that nothing counts
/// until they are above it again.
pub(super) fn a_decrease_with_an_equal_start(script: &mut Script) {
    script.scenario.name = "a decrease with an equal start";
    let mut counter = Counter::new(script.minute(0));
    for minute in 1..=8 {
        let time = script.minute(minute);
        let mut samples = counter.next(script, time);
        if minute == 4 || minute == 5 {
            samples.iter_mut().for_each(|sample| sample.amount /= 1 + minute);
        }
        script.send(Cumulative, &samples, time);
    }
}
