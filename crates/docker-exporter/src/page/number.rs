//! Numbers in the page's units, with all their digits.

use std::time::Duration;

use exposition::Number;

const NANOS: u64 = 1_000_000_000;

/// Seconds.
pub(crate) fn seconds(nanos: u64) -> Number {
    duration(Duration::from_nanos(nanos))
}

/// Seconds.
pub(crate) fn seconds_of_micros(micros: u64) -> Number {
    duration(Duration::from_micros(micros))
}

/// Seconds.
pub(crate) fn duration(duration: Duration) -> Number {
    Number::Decimal { units: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX), nanos: duration.subsec_nanos() }
}

/// Seconds without their fraction.
pub(crate) fn whole_seconds(nanos: u64) -> u64 {
    nanos / NANOS
}

/// A number that may be below 0.
pub(crate) fn signed(number: i64) -> Number {
    Number::Decimal { units: number, nanos: 0 }
}
