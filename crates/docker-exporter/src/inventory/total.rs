//! A counter that begins where everybody can see it.

use std::time::Duration;

/// A total that begins at 0, and is shown so for a while: Prometheus takes the first value that it sees of a series for where
/// it began, so that `increase()` misses whatever a new series has counted before its first scrape.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Total {
    value: u64,
    /// Nanoseconds since 1970.
    born_nanos: u64,
}

impl Total {
    /// One that is new.
    pub(crate) fn born(now_nanos: u64) -> Self {
        Total { value: 0, born_nanos: now_nanos }
    }

    pub(crate) fn add(&mut self, count: u64) {
        self.value = self.value.saturating_add(count);
    }

    /// What it has come to.
    #[cfg(test)]
    pub(crate) fn value(self) -> u64 {
        self.value
    }

    /// What is shown of it: 0 until it is older than `young`.
    pub(crate) fn shown(self, now_nanos: u64, young: Duration) -> u64 {
        let age = Duration::from_nanos(now_nanos.saturating_sub(self.born_nanos));
        if age < young { 0 } else { self.value }
    }
}

#[cfg(test)]
impl From<u64> for Total {
    /// One that is old.
    fn from(value: u64) -> Self {
        Total { value, born_nanos: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_0_until_every_scraper_has_been_here() {
        let (minute, second) = (Duration::from_secs(60), 1_000_000_000);
        let mut total = Total::born(5 * second);
        total.add(3);
        assert_eq!(total.value(), 3);
        for (now, shown) in [(0, 0), (5, 0), (64, 0), (65, 3), (1_000, 3)] {
            assert_eq!(total.shown(now * second, minute), shown, "{now}");
        }
        assert_eq!(total.shown(5 * second, Duration::ZERO), 3);
    }
}
