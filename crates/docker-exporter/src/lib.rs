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

use std::error::Error;
use std::sync::Arc;

use clap::{ArgMatches, Args as _, Command, FromArgMatches as _};
use exporter_toolkit::{Built, Exporter, Identity, ScrapeDescs, Service, Work};
use exposition::{Desc, Kind};

use crate::args::{DockerArgs, NAME};
use crate::cgroup::Roots;
use crate::collectors::{Setting, Sight, collectors};
use crate::engine::{EngineError, Environment, Finder};
use crate::inventory::Inventory;
use crate::own::Own;
use crate::watch::{Shared, Watch, desk};

#[cfg(fuzzing)]
pub use engine::fuzzing;

pub use args::{LISTEN_ADDRESS, command_line};
pub use cadvisor::{CommandLine, in_our_words, without_effect};
pub use page::absent_sets;

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
    DockerArgs::augment_args(Command::new(NAME)).about(
        "Container metrics for Prometheus, as cAdvisor has them, and what becomes of containers between two scrapes.",
    )
}

/// The exporter that the command line asks for. `own_metrics` adds those about the exporter itself. An engine that is not there
/// is waited for.
///
/// # Errors
/// When the address that was given is none of an engine.
pub fn service(matches: &mut ArgMatches, own_metrics: bool) -> Built {
    let args = DockerArgs::from_arg_matches_mut(matches)?;
    let finder = finder(&args)?;
    Ok(build(&args, finder, own_metrics))
}

/// As [`service`], for a program that serves what there is.
///
/// # Errors
/// As that, and when there is no engine anywhere; the text says where it was looked for.
pub fn service_where_found(matches: &mut ArgMatches, own_metrics: bool) -> Built {
    let args = DockerArgs::from_arg_matches_mut(matches)?;
    let finder = finder(&args)?;
    let places = finder.find()?;
    if places.endpoints.is_empty() {
        return Err(EngineError::Nowhere(places.missing).into());
    }
    Ok(build(&args, finder, own_metrics))
}

/// What leads to the engine.
fn finder(args: &DockerArgs) -> Result<Finder, Box<dyn Error>> {
    let host = args.host.as_deref().filter(|host| !host.is_empty()).map(str::parse).transpose();
    let host = host.map_err(|error| EngineError::Address("--docker.host", error))?;
    let user = rustix::process::getuid().as_raw();
    Ok(Finder { host, environment: Environment::new(|name| std::env::var_os(name), user) })
}

fn build(args: &DockerArgs, finder: Finder, own_metrics: bool) -> Service {
    for (set, reason) in args.absent_sets() {
        tracing::warn!(set, reason, "there are no such metrics here");
    }
    let shared = Shared::new(Inventory::new(args.expected.iter().cloned()));
    let (asker, desk) = desk(shared.clone());
    let shown = args.shown();
    let labels = shown.labels.clone();
    let setting = Setting {
        shared: shared.clone(),
        asker,
        sight: Sight::new(args.usage),
        roots: Roots { procfs: args.procfs.clone(), sysfs: args.sysfs.clone(), cgroupfs: args.cgroupfs() },
        shown,
        most: args.max_containers,
        root: args.root,
        interfaces: args.interfaces(),
        devices: args.devices(),
    };
    let identity = Identity {
        name: NAME,
        summary: "Containers, as cAdvisor has them, and what becomes of them between two scrapes.",
        scrape: ScrapeDescs { success: &SUCCESS, duration: &DURATION },
        peer_build_info: None,
    };
    let exporter = Exporter::new(identity, collectors(setting), own_metrics);
    let watch = Arc::new(Watch {
        finder,
        shared,
        own: Own::new(exporter.registry()),
        interval: args.reconcile_interval,
        linger: args.linger,
        keep_label: Box::new(move |key| labels.shows(key) || inventory::is_of_use(key)),
    });
    let desk = Arc::new(desk);
    let follow: Work = Arc::new(move |shutdown| Box::pin(Arc::clone(&watch).run(shutdown)));
    let answer: Work = Arc::new(move |shutdown| Box::pin(Arc::clone(&desk).run(shutdown)));
    Service { work: vec![follow, answer], ..exporter.into() }
}
