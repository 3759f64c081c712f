//! The clock: the time, the zone, and what the kernel tells the time by.

use exporter_toolkit::{Collector, Outcome, Watch};
use exposition::{Desc, Families, Kind};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::config::Config;

static SECONDS: Desc = Desc {
    name: "node_time_seconds",
    help: "System time in seconds since 1970 (clock_gettime).",
    kind: Kind::Gauge,
    labels: &[],
};
static ZONE_OFFSET: Desc = Desc {
    name: "node_time_zone_offset_seconds",
    help: "Seconds by which local time is ahead of UTC (TZ, /etc/localtime).",
    kind: Kind::Gauge,
    labels: &["time_zone"],
};

/// What a clock says.
#[derive(Debug, Clone, PartialEq)]
struct Reading {
    seconds: f64,
    /// Abbreviation of the zone in force, and its offset in seconds.
    zone: (String, i32),
}

pub(crate) struct Clock {
    zone: TimeZone,
    reading: Option<Reading>,
    #[cfg(target_os = "linux")]
    sources: sources::Sources,
}

impl Clock {
    pub(crate) fn new(#[cfg_attr(not(target_os = "linux"), expect(unused_variables))] config: &Config) -> Self {
        Clock {
            zone: TimeZone::try_system().unwrap_or(TimeZone::UTC),
            reading: None,
            #[cfg(target_os = "linux")]
            sources: sources::Sources::new(config),
        }
    }
}

impl Collector for Clock {
    fn read(&mut self, _: &Watch<'_>) -> Outcome {
        self.reading = Some(read(Timestamp::now(), &self.zone));
        #[cfg(target_os = "linux")]
        return self.sources.read();
        #[cfg(not(target_os = "linux"))]
        Outcome::Ok
    }

    fn samples(&self, out: &mut Families) {
        if let Some(Reading { seconds, zone: (name, offset) }) = &self.reading {
            out.add(&SECONDS, &[], *seconds);
            out.add(&ZONE_OFFSET, &[name], f64::from(*offset));
        }
        #[cfg(target_os = "linux")]
        self.sources.samples(out);
    }
}

fn read(now: Timestamp, zone: &TimeZone) -> Reading {
    let info = zone.to_offset_info(now);
    let seconds = now.as_second() as f64 + f64::from(now.subsec_nanosecond()) / 1e9;
    Reading { seconds, zone: (info.abbreviation().to_owned(), info.offset().seconds()) }
}

#[cfg(target_os = "linux")]
mod sources {
    use exporter_toolkit::Outcome;
    use exposition::{Desc, Families, Kind};
    use linux_procfs::{ClockSource, ClockSources};

    use crate::config::Config;

    static AVAILABLE: Desc = Desc {
        name: "node_time_clocksource_available_info",
        help: "Always 1; clocks that the kernel could use (/sys/devices/system/clocksource, available_clocksource).",
        kind: Kind::Gauge,
        labels: &["clocksource", "device"],
    };
    static CURRENT: Desc = Desc {
        name: "node_time_clocksource_current_info",
        help: "Always 1; the clock that the kernel uses (/sys/devices/system/clocksource, current_clocksource).",
        kind: Kind::Gauge,
        labels: &["clocksource", "device"],
    };

    pub(super) struct Sources {
        found: Result<ClockSources, String>,
        sources: Vec<ClockSource>,
    }

    impl Sources {
        pub(super) fn new(config: &Config) -> Self {
            let found = ClockSources::find(&config.linux.roots, &config.linux.descriptors);
            Sources { found: found.map_err(|error| error.to_string()), sources: Vec::new() }
        }

        pub(super) fn read(&mut self) -> Outcome {
            self.sources.clear();
            match &mut self.found {
                Ok(found) => found.read().map(|sources| self.sources = sources).into(),
                Err(error) => Outcome::Failed(error.clone().into()),
            }
        }

        pub(super) fn samples(&self, out: &mut Families) {
            for (device, source) in self.sources.iter().enumerate() {
                let device = device.to_string();
                for clock in &source.available {
                    out.add(&AVAILABLE, &[clock, &device], 1_u32);
                }
                out.add(&CURRENT, &[&source.current, &device], 1_u32);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summer_afternoon_and_utc() {
        let now: Timestamp = "2026-07-01T12:00:00.5Z".parse().unwrap();
        let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        let seconds = 1_782_907_200.5;
        assert_eq!(read(now, &zone), Reading { seconds, zone: ("CEST".to_owned(), 7200) });
        assert_eq!(read(now, &TimeZone::UTC), Reading { seconds, zone: ("UTC".to_owned(), 0) });
    }
}
