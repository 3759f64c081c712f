//! Host metrics for Prometheus, with the names, labels, types and flags of node_exporter.
//!
//! ```text
//! /proc, /sys, system calls ──▶ linux-procfs, macos-sys ──▶ collectors: read, then samples ──▶ exporter-toolkit
//! ```
//!
//! A collector is one file: its `Desc`s, its reading, and a pure mapping from what was read to samples.

mod absent;
mod args;
mod collectors;
mod config;
#[cfg(target_os = "linux")]
mod devices;
#[cfg(all(fuzzing, target_os = "linux"))]
pub mod fuzzing;
#[cfg(target_os = "linux")]
mod pattern;

use std::sync::Arc;

use clap::parser::ValueSource;
use clap::{ArgMatches, Args as _, Command, FromArgMatches as _};
use exporter_toolkit::args::switch;
use exporter_toolkit::{Built, CollectorSpec, Exporter, Identity, ScrapeDescs};
use exposition::{Desc, Kind};

use crate::args::CommonArgs;
#[cfg(target_os = "linux")]
use crate::args::LinuxArgs;
use crate::collectors::{COLLECTORS, Entry};
use crate::config::Config;
#[cfg(target_os = "linux")]
use crate::config::Linux;

/// Where it listens unless told otherwise: node_exporter's port, on this machine alone.
pub const LISTEN_ADDRESS: &str = "127.0.0.1:9100";

static SUCCESS: Desc = Desc {
    name: "node_scrape_collector_success",
    help: "Whether the collector read what it is for; 0 also where this machine has no such thing.",
    kind: Kind::Gauge,
    labels: &["collector"],
};
static DURATION: Desc = Desc {
    name: "node_scrape_collector_duration_seconds",
    help: "Seconds that the collector took.",
    kind: Kind::Gauge,
    labels: &["collector"],
};
static BUILD_INFO: Desc = Desc {
    name: "node_exporter_build_info",
    help: "Always 1; what this program, which stands in for node_exporter, was built from.",
    kind: Kind::Gauge,
    labels: &["branch", "goarch", "goos", "goversion", "revision", "tags", "version"],
};

const DISABLE_DEFAULTS: &str = "collector.disable-defaults";

/// A collector as the documentation tells of it.
#[derive(Debug, Clone, Copy)]
pub struct CollectorInfo {
    /// The value of the `collector` label and the end of its flag, as node_exporter has it unless it is ours alone.
    pub name: &'static str,
    /// Whether it runs unless it is switched off.
    pub default: bool,
    /// Whether it is ours alone, and node_exporter has none of that name.
    pub ours: bool,
    /// What it shows, and where that comes from: a sentence.
    pub help: &'static str,
}

/// The collectors of this system, in the order in which they run.
pub fn collectors() -> impl Iterator<Item = CollectorInfo> {
    COLLECTORS.iter().map(|entry| CollectorInfo {
        name: entry.name(),
        default: entry.default,
        ours: entry.ours,
        help: entry.help,
    })
}

/// The collectors of node_exporter that are not here, by name, and why not.
pub fn absent_collectors() -> impl Iterator<Item = (&'static str, &'static str)> {
    absent::collectors()
}

/// The program's command line, besides what every exporter shares.
#[must_use]
pub fn command() -> Command {
    let command = CommonArgs::augment_args(Command::new("host-exporter"));
    #[cfg(target_os = "linux")]
    let command = LinuxArgs::augment_args(command);
    // Adding arguments has brought their own description along.
    let command = command.about("Host metrics for Prometheus, as node_exporter has them.");
    let command = command.next_help_heading("Collectors");
    let command = absent::declare(command);
    let disable = switch(DISABLE_DEFAULTS, false).help("Switch off every collector that is not named by its own flag.");
    COLLECTORS.iter().fold(command.arg(disable), |command, collector| {
        let state = if collector.default { "on" } else { "off" };
        let help = format!("{} [default: {state}]", collector.help);
        command.arg(switch(collector.flag, collector.default).help(help))
    })
}

/// The exporter that the command line asks for. `own_metrics` adds those about the exporter itself.
///
/// # Errors
/// None: what this machine lacks is told on the page.
pub fn exporter(matches: &mut ArgMatches, own_metrics: bool) -> Built {
    let bare = matches.get_flag(DISABLE_DEFAULTS);
    let asked =
        |flag: &str| matches.get_flag(flag) && !(bare && matches.value_source(flag) == Some(ValueSource::DefaultValue));
    let running: Vec<&Entry> = COLLECTORS.iter().filter(|collector| asked(collector.flag)).collect();
    let config = Arc::new(Config {
        common: CommonArgs::from_arg_matches_mut(matches).expect("clap has checked the arguments"),
        #[cfg(target_os = "linux")]
        collectors: running.iter().map(|collector| collector.name()).collect(),
        #[cfg(target_os = "linux")]
        linux: Linux::new(LinuxArgs::from_arg_matches_mut(matches).expect("clap has checked the arguments")),
    });
    for (flag, reason) in absent::without_effect(matches) {
        tracing::warn!(flag = format!("--{flag}"), reason, "has no effect");
    }
    let collectors = running.into_iter().map(|collector| {
        let (config, build) = (Arc::clone(&config), collector.build);
        CollectorSpec { name: collector.name(), build: Box::new(move || build(&config)) }
    });
    let identity = Identity {
        name: "host-exporter",
        summary: "Host metrics, as node_exporter has them.",
        scrape: ScrapeDescs { success: &SUCCESS, duration: &DURATION },
        peer_build_info: Some(&BUILD_INFO),
    };
    Ok(Exporter::new(identity, collectors.collect(), own_metrics).into())
}
