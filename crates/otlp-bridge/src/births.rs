//! How many series had been born when: what a scraper has not seen yet is told by their number, as clocks step and births
//! don't.

use std::time::{Duration, Instant};

/// Who is not known is taken for one that last came so long ago.
const UNKNOWN: Duration = Duration::from_secs(300);
/// Births within so long are one entry.
const GRAIN: Duration = Duration::from_secs(1);

/// Births of the last five minutes.
#[derive(Debug)]
pub(crate) struct Births {
    /// From when on there were how many.
    counts: Vec<(Instant, u64)>,
}

impl Births {
    /// What was there at the start is nothing new to anybody.
    pub(crate) fn new(births: u64, now: Instant) -> Self {
        Births { counts: vec![(now, births)] }
    }

    /// There are `births` from now on.
    pub(crate) fn note(&mut self, births: u64, now: Instant) {
        // The start is never written over; the older of two other times that are near stays for both.
        match self.counts.as_mut_slice() {
            [_, .., (time, count)] if now.saturating_duration_since(*time) < GRAIN => *count = births,
            _ => self.counts.push((now, births)),
        }
        self.forget(now);
    }

    /// How many there were five minutes ago, or at the start if that is later.
    pub(crate) fn unknown(&mut self, now: Instant) -> u64 {
        self.forget(now);
        self.counts.first().map_or(0, |(_, births)| *births)
    }

    fn forget(&mut self, now: Instant) {
        while self.counts.get(1).is_some_and(|(time, _)| now.saturating_duration_since(*time) >= UNKNOWN) {
            self.counts.remove(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_minutes_ago_or_at_the_start() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut births = Births::new(10, start);
        births.note(12, at(60));
        births.note(15, at(200));
        assert_eq!(births.unknown(at(200)), 10);
        assert_eq!(births.unknown(at(359)), 10);
        assert_eq!(births.unknown(at(360)), 12);
        assert_eq!(births.unknown(at(500)), 15);
        assert_eq!(births.unknown(at(50_000)), 15);
    }

    #[test]
    fn a_flood_of_births_takes_little_room() {
        let start = Instant::now();
        let mut births = Births::new(0, start);
        for number in 1..100_000 {
            births.note(number, start + Duration::from_millis(number * 10));
        }
        assert!(births.counts.len() <= 302, "{}", births.counts.len());
        // Those of the last second that began five minutes before the last of them.
        assert_eq!(births.unknown(start + Duration::from_secs(999)), 70_000);
    }
}
