//! Redis and Valkey metrics for Prometheus, with the names and labels of redis_exporter.
//!
//! ```text
//! client: one connection, one pipeline, one deadline ──▶ INFO and parts ──▶ page: samples ──▶ exporter-toolkit
//! ```

mod address;
mod args;
mod call;
mod client;
mod collector;
mod discovery;
mod endpoints;
mod failure;
#[cfg(fuzzing)]
pub mod fuzzing;
mod info;
mod keys;
mod login;
mod own;
mod page;
mod parts;
mod passwords;
mod queues;
mod resp;
mod server;
mod service;
mod settings;
mod targets;

use clap::Command;
use exporter_toolkit::{Identity, ScrapeDescs};
use exposition::{Desc, Kind};

use crate::args::NAME;

pub use args::{LISTEN_ADDRESS, command_line};
pub use service::{service, service_where_found};

static SUCCESS: Desc = Desc {
    name: "redis_exporter_collector_success",
    help: "Whether the collector read what it is for.",
    kind: Kind::Gauge,
    labels: &["collector"],
};
static DURATION: Desc = Desc {
    name: "redis_exporter_collector_duration_seconds",
    help: "Seconds that the collector took.",
    kind: Kind::Gauge,
    labels: &["collector"],
};

/// The program's command line, besides what every exporter shares.
#[must_use]
pub fn command() -> Command {
    args::command().about("Redis and Valkey metrics for Prometheus, as redis_exporter has them.")
}

/// What sets this exporter apart.
fn identity() -> Identity {
    Identity {
        name: NAME,
        summary: "Redis and Valkey, as redis_exporter has them.",
        scrape: ScrapeDescs { success: &SUCCESS, duration: &DURATION },
        peer_build_info: None,
    }
}
