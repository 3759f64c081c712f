//! The state of the kernel's clock.

use std::io::ErrorKind;

use exporter_toolkit::{Collector, Outcome, Watch};
use exposition::{Desc, Families, Kind};
use linux_procfs::{Timex, adjtimex};

use crate::config::Config;

/// A field of struct timex.
struct Field {
    desc: Desc,
    value: fn(&Timex) -> f64,
}

macro_rules! field {
    ($name:literal, $kind:ident, $help:literal, $field:literal, $value:expr) => {
        Field {
            desc: Desc {
                name: concat!("node_timex_", $name),
                help: concat!($help, " (adjtimex, ", $field, ")."),
                kind: Kind::$kind,
                labels: &[],
            },
            value: $value,
        }
    };
}

const MICROSECONDS: f64 = 1_000_000.0;
const NANOSECONDS: f64 = 1_000_000_000.0;
/// The kernel counts frequencies in 2^-16 parts per million.
const PER_UNIT: f64 = 1_000_000.0 * 65_536.0;

static FIELDS: [Field; 17] = [
    field!("sync_status", Gauge, "Whether the clock follows another one", "its result", |timex| {
        f64::from(u8::from(timex.is_synchronized))
    }),
    field!("offset_seconds", Gauge, "How far the clock is from the one that it follows", "offset", |timex| {
        seconds(timex, timex.offset)
    }),
    field!("frequency_adjustment_ratio", Gauge, "How fast the clock is made to run", "freq", |timex| {
        1.0 + timex.frequency as f64 / PER_UNIT
    }),
    field!("maxerror_seconds", Gauge, "How far off the clock is at most", "maxerror", |timex| {
        timex.most_error_us as f64 / MICROSECONDS
    }),
    field!("estimated_error_seconds", Gauge, "How far off the clock may be", "esterror", |timex| {
        timex.estimated_error_us as f64 / MICROSECONDS
    }),
    field!("status", Gauge, "Bits of the clock's state", "status", |timex| timex.status.into()),
    field!("loop_time_constant", Gauge, "How slowly the clock follows", "constant", |timex| timex.time_constant as f64),
    field!("tick_seconds", Gauge, "Seconds from one tick to the next", "tick", |timex| {
        timex.tick_us as f64 / MICROSECONDS
    }),
    field!("pps_frequency_hertz", Gauge, "Frequency of the pulse per second", "ppsfreq", |timex| {
        timex.pps_frequency as f64 / PER_UNIT
    }),
    field!("pps_jitter_seconds", Gauge, "Jitter of the pulse per second", "jitter", |timex| {
        seconds(timex, timex.pps_jitter)
    }),
    field!("pps_shift_seconds", Gauge, "Length of a calibration, as a power of two", "shift", |timex| {
        timex.pps_shift.into()
    }),
    field!("pps_stability_hertz", Gauge, "How much the pulse per second wanders", "stabil", |timex| {
        timex.pps_stability as f64 / PER_UNIT
    }),
    field!("pps_jitter_total", Counter, "How often the jitter was too large", "jitcnt", |timex| {
        timex.pps_jitter_exceeded as f64
    }),
    field!("pps_calibration_total", Counter, "Calibrations by the pulse per second", "calcnt", |timex| {
        timex.pps_calibrations as f64
    }),
    field!("pps_error_total", Counter, "Calibrations by the pulse per second that failed", "errcnt", |timex| {
        timex.pps_calibration_errors as f64
    }),
    field!("pps_stability_exceeded_total", Counter, "How often the pulse wandered too far", "stbcnt", |timex| {
        timex.pps_stability_exceeded as f64
    }),
    field!("tai_offset_seconds", Gauge, "Atomic time minus coordinated time", "tai", |timex| {
        timex.tai_offset_seconds.into()
    }),
];

/// The unit of some fields depends on a bit of the clock's state.
fn seconds(timex: &Timex, value: i64) -> f64 {
    value as f64 / if timex.is_nano { NANOSECONDS } else { MICROSECONDS }
}

pub(crate) struct ClockState {
    timex: Option<Timex>,
}

impl ClockState {
    pub(crate) fn new(_: &Config) -> Self {
        ClockState { timex: None }
    }
}

impl Collector for ClockState {
    /// Some sandboxes forbid the call.
    fn read(&mut self, _: &Watch<'_>) -> Outcome {
        self.timex = None;
        match adjtimex() {
            Ok(timex) => self.timex = Some(timex),
            Err(error) if error.kind() == ErrorKind::PermissionDenied => return Outcome::NoData,
            Err(error) => return Outcome::Failed(format!("adjtimex: {error}").into()),
        }
        Outcome::Ok
    }

    fn samples(&self, out: &mut Families) {
        self.timex.iter().for_each(|timex| samples(timex, out));
    }
}

fn samples(timex: &Timex, out: &mut Families) {
    for Field { desc, value } in &FIELDS {
        out.add(desc, &[], value(timex));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_that_depend_on_a_bit() {
        for (is_nano, offset) in [(true, -0.000_025), (false, -0.025)] {
            let timex = Timex { is_nano, offset: -25_000, pps_jitter: -25_000, ..Timex::default() };
            let values = ["node_timex_offset_seconds", "node_timex_pps_jitter_seconds"].map(|name| {
                let field = FIELDS.iter().find(|field| field.desc.name == name).unwrap();
                (field.value)(&timex)
            });
            assert_eq!(values, [offset, offset]);
        }
    }
}
