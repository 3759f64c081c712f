//! Watchdogs: what restarts the machine when nobody asks for it any more.

use exporter_toolkit::{Collector, Outcome, Watch};
use exposition::{Desc, Families, Kind};
use linux_procfs::{Folder, ReadError, Roots, Watchdog, read_watchdog};

use super::found;
use crate::config::Config;
use crate::devices::read_each;

/// One file of a watchdog that holds a number.
struct Value {
    desc: Desc,
    value: fn(&Watchdog) -> Option<i64>,
}

macro_rules! value {
    ($name:literal, $field:ident, $what:literal) => {
        Value {
            desc: Desc {
                name: concat!("node_watchdog_", $name),
                help: concat!($what, " (/sys/class/watchdog/NAME/", stringify!($field), ")."),
                kind: Kind::Gauge,
                labels: &["name"],
            },
            value: |watchdog| watchdog.$field,
        }
    };
}

static VALUES: [Value; 7] = [
    value!("access_cs0", access_cs0, "Whether the machine started from its second flash memory"),
    value!("bootstatus", bootstatus, "Why the machine was restarted last, WDIOF_*"),
    value!("fw_version", fw_version, "Version of the watchdog's firmware"),
    value!("nowayout", nowayout, "Whether the watchdog can't be stopped"),
    value!("pretimeout_seconds", pretimeout, "Seconds before its time is up at which it gives notice"),
    value!("timeleft_seconds", timeleft, "Seconds until it restarts the machine"),
    value!("timeout_seconds", timeout, "Seconds without a sign of life after which it restarts the machine"),
];

static INFO: Desc = Desc {
    name: "node_watchdog_info",
    help: "Always 1; what of the watchdog is no number (/sys/class/watchdog/NAME).",
    kind: Kind::Gauge,
    labels: &["identity", "name", "options", "pretimeout_governor", "state", "status"],
};

pub(crate) struct Watchdogs {
    roots: Roots,
    watchdogs: Vec<Watchdog>,
}

impl Watchdogs {
    pub(crate) fn new(config: &Config) -> Self {
        Watchdogs { roots: config.linux.roots.clone(), watchdogs: Vec::new() }
    }

    fn read_all(&mut self, watch: &Watch<'_>) -> Result<(), ReadError> {
        self.watchdogs.clear();
        let class = Folder::open(self.roots.sys("class/watchdog"))?;
        read_each(watch, class.names()?, &mut self.watchdogs, |name| read_watchdog(&class, name))
    }
}

impl Collector for Watchdogs {
    fn read(&mut self, watch: &Watch<'_>) -> Outcome {
        found(self.read_all(watch))
    }

    fn samples(&self, out: &mut Families) {
        self.watchdogs.iter().for_each(|watchdog| samples(watchdog, out));
    }
}

fn samples(watchdog: &Watchdog, out: &mut Families) {
    for Value { desc, value } in &VALUES {
        if let Some(value) = value(watchdog) {
            out.add(desc, &[&watchdog.name], value as f64);
        }
    }
    let Watchdog { name, identity, options, pretimeout_governor, state, status, .. } = watchdog;
    out.add(&INFO, &[identity, name, options, pretimeout_governor, state, status], 1_u32);
}
