//! Redis and Valkey metrics for Prometheus, with the names and labels of redis_exporter.
//!
//! ```text
//! client: one connection, one pipeline, one deadline ──▶ INFO and parts ──▶ page: samples ──▶ exporter-toolkit
//! ```

mod address;
mod args;
mod client;
mod collector;
mod failure;
mod info;
mod keys;
mod page;
mod parts;
mod resp;
mod server;
mod settings;

use std::sync::Arc;
use std::time::Duration;

use clap::{ArgMatches, Args as _, Command, FromArgMatches as _};
use exporter_toolkit::{Built, CollectorSpec, Exporter, Identity, ScrapeDescs};
use exposition::{Desc, Kind};

use crate::args::{NAME, RedisArgs};
use crate::client::{Target, Tls, TlsFiles};
use crate::collector::Redis;
use crate::settings::Settings;

pub use args::LISTEN_ADDRESS;

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
    RedisArgs::augment_args(Command::new(NAME))
        .about("Redis and Valkey metrics for Prometheus, as redis_exporter has them.")
}

/// The exporter that the command line asks for. `own_metrics` adds those about the exporter itself.
///
/// # Errors
/// When the address is none of a server, or a file is bad.
pub fn service(matches: &mut ArgMatches, own_metrics: bool) -> Built {
    let args = RedisArgs::from_arg_matches_mut(matches)?;
    let (url, _) = args.url()?;
    let tls = if url.address.tls { Some(Arc::new(Tls::new(&TlsFiles::default())?)) } else { None };
    let target = Arc::new(Target {
        address: url.address,
        user: url.user,
        password: url.password.map(Arc::new),
        tls,
        connect_timeout: Duration::from_secs(15),
    });
    Ok(exporter(target, Arc::new(Settings::default()), own_metrics).into())
}

/// The exporter of one server.
fn exporter(target: Arc<Target>, settings: Arc<Settings>, own_metrics: bool) -> Exporter {
    let identity = Identity {
        name: NAME,
        summary: "Redis and Valkey, as redis_exporter has them.",
        scrape: ScrapeDescs { success: &SUCCESS, duration: &DURATION },
        peer_build_info: None,
    };
    let collector = CollectorSpec {
        name: "redis",
        build: Box::new(move || Box::new(Redis::new(Arc::clone(&target), Arc::clone(&settings)))),
    };
    Exporter::new(identity, vec![collector], own_metrics)
}
