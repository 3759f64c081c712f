//! A request that Claude Code has sent, as one of a new interval each time.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::Failure;

/// A delta request with all that a short session counts, from the workspace's root.
const BODY: &str = "tests/fixtures/otlp/claude-code/delta.metrics.pb";

/// Nanoseconds.
pub(super) const MINUTE: u64 = 60_000_000_000;

/// The fields of a point's start and time: numbers 2 and 3, eight bytes.
const TIMES: [u8; 2] = [0x11, 0x19];

/// The request, with the places of its times.
pub(super) struct Exports {
    body: Vec<u8>,
    places: Vec<usize>,
}

impl Exports {
    /// Reads the request. Fails when it isn't there or has no time.
    pub(super) fn read() -> Result<Exports, Failure> {
        let body = fs::read(BODY).map_err(|err| format!("{BODY}: {err}; run this from the workspace's root"))?;
        let places = places(&body);
        if places.is_empty() {
            Err(format!("{BODY} has no point with a time").into())
        } else {
            Ok(Exports { body, places })
        }
    }

    /// The request of interval `number` before now: no two are the same, as a request that was sent before counts for nothing.
    /// Fails when the clock is before 1970.
    pub(super) fn body(&self, number: usize) -> Result<Vec<u8>, Failure> {
        let mut body = self.body.clone();
        let time = (now()? - MINUTE + number as u64).to_le_bytes();
        for place in &self.places {
            body.splice(*place..*place + time.len(), time);
        }
        Ok(body)
    }
}

/// Where the times are: after their tag, and of this century.
fn places(body: &[u8]) -> Vec<usize> {
    let is_time = |window: &&[u8]| {
        let number = window.get(1..).and_then(|bytes| <[u8; 8]>::try_from(bytes).ok()).map(u64::from_le_bytes);
        window.first().is_some_and(|tag| TIMES.contains(tag))
            && number.is_some_and(|time| (1_500_000_000..2_500_000_000).contains(&(time / 1_000_000_000)))
    };
    (0..body.len()).filter(|at| body.get(*at..at + 9).as_ref().is_some_and(is_time)).map(|at| at + 1).collect()
}

/// Nanoseconds since 1970. Fails when the clock is before that.
pub(super) fn now() -> Result<u64, Failure> {
    Ok(u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_among_other_numbers() {
        let time = 1_767_225_600_000_000_000_u64.to_le_bytes();
        let body = [&[0x11][..], &time, &[0x19], &time, &[0x21], &time, &[0x19], &7_u64.to_le_bytes()].concat();
        assert_eq!(places(&body), [1, 10]);
    }
}
