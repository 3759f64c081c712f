//! The collectors, as one table for each system.

#[cfg(target_os = "linux")]
mod linux;
mod loadavg;
#[cfg(target_os = "macos")]
mod macos;
mod textfile;
mod time;

use exporter_toolkit::Collector;

use crate::config::Config;

#[cfg(target_os = "linux")]
pub(crate) use linux::COLLECTORS;
#[cfg(target_os = "macos")]
pub(crate) use macos::COLLECTORS;

/// One collector as this program declares it.
pub(crate) struct Entry {
    /// `collector.NAME`: the flag that switches it.
    pub(crate) flag: &'static str,
    /// Whether it runs unless it is switched off.
    pub(crate) default: bool,
    /// Whether it is ours alone, and node_exporter has none of that name.
    pub(crate) ours: bool,
    /// What it shows, and where that comes from.
    pub(crate) help: &'static str,
    pub(crate) build: fn(&Config) -> Box<dyn Collector>,
}

impl Entry {
    /// The collector's name, as node_exporter has it unless it is ours alone.
    pub(crate) fn name(&self) -> &'static str {
        self.flag.trim_start_matches("collector.")
    }
}

macro_rules! entry {
    ($flag:literal, $help:literal, $build:expr) => {
        entry!($flag, default: true, ours: false, $help, $build)
    };
    ($flag:literal, off, $help:literal, $build:expr) => {
        entry!($flag, default: false, ours: false, $help, $build)
    };
    ($flag:literal, ours, $help:literal, $build:expr) => {
        entry!($flag, default: true, ours: true, $help, $build)
    };
    ($flag:literal, default: $default:literal, ours: $ours:literal, $help:literal, $build:expr) => {
        Entry {
            flag: concat!("collector.", $flag),
            default: $default,
            ours: $ours,
            help: $help,
            build: |config| Box::new($build(config)),
        }
    };
}

use entry;
