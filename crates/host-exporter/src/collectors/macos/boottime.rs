//! When the machine was started.

use exporter_toolkit::{Collector, Outcome, Watch};
use exposition::{Desc, Families, Kind};
use macos_sys::decode::BootTime;

use crate::config::Config;

static BOOT_TIME: Desc = Desc {
    name: "node_boot_time_seconds",
    help: "Boot time in seconds since 1970 (kern.boottime).",
    kind: Kind::Gauge,
    labels: &[],
};

const MICROSECONDS: f64 = 1e6;

pub(crate) struct Boot {
    time: Option<BootTime>,
}

impl Boot {
    pub(crate) fn new(_: &Config) -> Self {
        Boot { time: None }
    }
}

impl Collector for Boot {
    fn read(&mut self, _: &Watch<'_>) -> Outcome {
        let read = macos_sys::boot_time();
        self.time = read.as_ref().ok().copied();
        read.map(drop).into()
    }

    fn samples(&self, out: &mut Families) {
        if let Some(time) = &self.time {
            out.add(&BOOT_TIME, &[], time.seconds as f64 + f64::from(time.microseconds) / MICROSECONDS);
        }
    }
}
