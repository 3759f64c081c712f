//! Container metrics for Prometheus, with the names and labels of cAdvisor, and nothing lost between two scrapes.
//!
//! ```text
//! engine ──▶ watch: events, lists, inspections ──▶ inventory ─┐
//! cgroup files, /proc/PID/net/dev ──▶ cgroup ──▶ usage ───────┼──▶ collectors ──▶ page: samples ──▶ exporter-toolkit
//! engine's statistics, where those can't be seen ──▶ usage ───┘
//! ```
//!
//! The engine is followed all the time, so that nothing that happens to a container is lost; what containers use is read when
//! it is scraped.

mod args;
mod cadvisor;
mod cgroup;
mod collectors;
mod container;
mod engine;
mod inventory;
mod own;
mod page;
mod usage;
mod watch;

use std::sync::Arc;

use clap::{ArgMatches, Args as _, Command, FromArgMatches as _};
use exporter_toolkit::{Built, Exporter, Identity, ScrapeDescs, Service, Work};
use exposition::{Desc, Kind};

use crate::args::{DockerArgs, NAME};
use crate::cgroup::Roots;
use crate::collectors::{Setting, Sight, collectors};
use crate::container::PROJECT;
use crate::engine::{Endpoint, Environment, Finder};
use crate::inventory::Inventory;
use crate::own::Own;
use crate::watch::{Shared, Watch, desk};

pub use args::{LISTEN_ADDRESS, command_line};
pub use cadvisor::CommandLine;

static SUCCESS: Desc = Desc {
    name: "docker_exporter_collector_success",
    help: "Whether the collector read what it is for.",
    kind: Kind::Gauge,
    labels: &["collector"],
};
static DURATION: Desc = Desc {
    name: "docker_exporter_collector_duration_seconds",
    help: "Seconds that the collector took.",
    kind: Kind::Gauge,
    labels: &["collector"],
};

/// The program's command line, besides what every exporter shares.
#[must_use]
pub fn command() -> Command {
    DockerArgs::augment_args(Command::new(NAME))
        .about("Container metrics for Prometheus, as cAdvisor has them, and what becomes of containers between two scrapes.")
}

/// The exporter that the command line asks for. `own_metrics` adds those about the exporter itself. An engine that is not there
/// is waited for.
///
/// # Errors
/// When the address that was given is none of an engine.
pub fn service(matches: &mut ArgMatches, own_metrics: bool) -> Built {
    let args = DockerArgs::from_arg_matches_mut(matches)?;
    let host = args.host.as_deref().filter(|host| !host.is_empty()).map(Endpoint::parse).transpose()?;
    build(args, Finder { host, environment: environment() }, own_metrics)
}

/// As [`service`], where an engine can be found; for a program that serves what there is.
///
/// # Errors
/// As that, and when there is no engine anywhere; the text says where it was looked for.
pub fn service_where_found(matches: &mut ArgMatches, own_metrics: bool) -> Built {
    let args = DockerArgs::from_arg_matches_mut(matches)?;
    let host = args.host.as_deref().filter(|host| !host.is_empty()).map(Endpoint::parse).transpose()?;
    let finder = Finder { host, environment: environment() };
    finder.find()?.any()?;
    build(args, finder, own_metrics)
}

fn environment() -> Environment {
    Environment::new(|name| std::env::var_os(name), rustix::process::getuid().as_raw())
}
