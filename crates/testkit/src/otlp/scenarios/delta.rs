//! Delta streams: every amount is its own, whatever the interval that it comes with.

use super::{SERIES, Sample, Script, Temporality::Delta};

/// Each interval begins where the one before ended: what receivers are mostly tested with.
pub(super) fn aligned_intervals(script: &mut Script) {
    script.scenario.name = "aligned intervals";
    for minute in 1..=10 {
        let samples = script.samples(script.minute(minute - 1), script.minute(minute));
        script.count(&samples);
        script.send(Delta, &samples, script.minute(minute));
    }
}

/// Every series is silent now and then, for up to some minutes; then its interval begins with its first record.
pub(super) fn idle_gaps(script: &mut Script) {
    script.scenario.name = "idle gaps, after which the interval begins with the first record";
    let mut was_active = [false; SERIES];
    for minute in 1..=20 {
        let mut samples = Vec::new();
        for (series, was_active) in was_active.iter_mut().enumerate() {
            // The first and the last minute are never silent, so that every series has a gap to lose something in.
            let is_active = script.random.is_in(40) || minute == 1 || minute == 20;
            if is_active {
                let start = if *was_active { script.minute(minute - 1) } else { script.within(minute) };
                samples.push(Sample { series, amount: script.amount(series), start, time: script.minute(minute) });
            }
            *was_active = is_active;
        }
        script.count(&samples);
        script.send(Delta, &samples, script.minute(minute));
    }
}

/// The answer was lost, and the sender sends the same bytes again: at once, and once more after another batch.
pub(super) fn a_batch_that_is_sent_again(script: &mut Script) {
    script.scenario.name = "a batch that is sent again";
    for minute in 1..=6 {
        let samples = script.samples(script.minute(minute - 1), script.minute(minute));
        script.count(&samples);
        script.send(Delta, &samples, script.minute(minute));
        let sent = script.scenario.steps.len() - 1;
        if minute % 2 == 0 {
            script.send_again(sent, script.minute(minute) + 5_000_000_000);
        }
        if minute % 3 == 0 {
            script.send_again(sent - 1, script.minute(minute) + 9_000_000_000);
        }
    }
}

/// A sender with retries in parallel: of each three batches the last arrives first.
pub(super) fn batches_out_of_order(script: &mut Script) {
    script.scenario.name = "batches out of order";
    for three in 0..4 {
        for place in [3, 1, 2] {
            let minute = 3 * three + place;
            let samples = script.samples(script.minute(minute - 1), script.minute(minute));
            script.count(&samples);
            script.send(Delta, &samples, script.minute(3 * three + 3));
        }
    }
}

/// A laptop slept before its first export arrived: it comes after all the others.
pub(super) fn a_late_batch(script: &mut Script) {
    script.scenario.name = "a late batch";
    for minute in [2, 3, 4, 5, 1] {
        let samples = script.samples(script.minute(minute - 1), script.minute(minute));
        script.count(&samples);
        script.send(Delta, &samples, script.minute(5 + minute / 5));
    }
}

/// A session that was resumed while it still runs: two processes with the same labels, each with intervals of its own.
pub(super) fn two_processes_of_one_session(script: &mut Script) {
    script.scenario.name = "two processes of one session";
    const OFFSET: u64 = 23_456_000_000;
    for minute in 1..=8 {
        for offset in [0, OFFSET] {
            let samples = script.samples(script.minute(minute - 1) + offset, script.minute(minute) + offset);
            script.count(&samples);
            script.send(Delta, &samples, script.minute(minute) + offset);
        }
    }
}

/// Intervals that begin before the one before has ended: clocks that were set back, processes without a host's name. In the
/// end two amounts of one interval in one batch.
pub(super) fn overlapping_windows(script: &mut Script) {
    script.scenario.name = "overlapping windows";
    for minute in 1..=6 {
        let start = script.within(minute) - super::INTERVAL;
        let samples = script.samples(start.max(script.beginning), script.minute(minute));
        script.count(&samples);
        script.send(Delta, &samples, script.minute(minute));
    }
    let mut samples = script.samples(script.minute(6), script.minute(7));
    samples.extend(script.samples(script.minute(6), script.minute(7)));
    script.count(&samples);
    script.send(Delta, &samples, script.minute(7));
}

/// A body that was cut off counts for nothing, not even its first points.
pub(super) fn a_broken_body_between_good_ones(script: &mut Script) {
    script.scenario.name = "a broken body between good ones";
    for minute in 1..=6 {
        let samples = script.samples(script.minute(minute - 1), script.minute(minute));
        script.send(Delta, &samples, script.minute(minute));
        if minute % 2 == 1 {
            script.count(&samples);
        } else if let Some(step) = script.scenario.steps.last_mut() {
            step.body.truncate(step.body.len() - 200);
            step.status = 400;
        }
    }
}
