//! OTLP in, Prometheus out: the names and labels of the OpenTelemetry Collector's prometheus exporter, over totals that are
//! exact and outlive the program.
//!
//! ```text
//! receive ──▶ queue ──▶ bookkeeper: otlp, naming, policy, labels ──▶ ledger: commit ──▶ published ──▶ page
//! ```
//!
//! HTTP runs on the exporter's thread, everything from decoding to commit on the ledger's. What a sender is told is durable,
//! and the page shows what is committed and nothing else.

mod agents;
mod args;
mod births;
mod bookkeeper;
mod differences;
mod labels;
mod naming;
mod number;
mod own;
mod page;
mod policy;
mod published;
mod queue;
pub mod receive;
mod sessions;
mod tally;

use std::error::Error;
use std::sync::{Arc, Mutex};

use clap::{ArgMatches, Args as _, Command, FromArgMatches as _};
use exporter_toolkit::{
    Access, Built, Collector, CollectorSpec, Exporter, Identity, Listen, Outcome, Port, ScrapeDescs, Security, Service,
    Watch, lock, now_nanos,
};
use exposition::{Desc, Families, Kind};
use ledger::Ledger;

use crate::args::BridgeArgs;
use crate::bookkeeper::{Bookkeeper, Caps};
use crate::own::Own;
use crate::page::Page;
use crate::policy::Policy;
use crate::published::Published;
use crate::queue::Queue;
use crate::receive::{Limits, Receiver};

/// Where its page is served unless told otherwise: the Collector's usual port, on this machine alone.
pub const LISTEN_ADDRESS: &str = "127.0.0.1:8889";

/// The name of the port where senders look for OTLP over HTTP.
pub const HTTP: &str = "http";

static SUCCESS: Desc = Desc {
    name: "pilotlight_scrape_collector_success",
    help: "Whether the collector read what it is for.",
    kind: Kind::Gauge,
    labels: &["collector"],
};
static DURATION: Desc = Desc {
    name: "pilotlight_scrape_collector_duration_seconds",
    help: "Seconds that the collector took.",
    kind: Kind::Gauge,
    labels: &["collector"],
};

/// The program's command line, besides what every exporter shares.
#[must_use]
pub fn command() -> Command {
    BridgeArgs::augment_args(Command::new("otlp-bridge"))
        .about("OTLP to Prometheus, as the OpenTelemetry Collector does it, with totals that are exact and never lost.")
}

/// The bridge that the command line asks for: its page, and the ports on which it is sent telemetry. `own_metrics` adds
/// those about the bridge itself.
///
/// # Errors
/// When the ledger can't be opened, or a file that guards a port is bad; the text says what to do.
pub fn service(matches: &mut ArgMatches, own_metrics: bool) -> Built {
    let args = BridgeArgs::from_arg_matches_mut(matches)?;
    let published: Arc<Mutex<Published>> = Arc::default();
    let collected = Arc::clone(&published);
    let sessions = CollectorSpec {
        name: "agents",
        build: Box::new(move || Box::new(Agents { published: Arc::clone(&collected) })),
    };
    let identity = Identity {
        name: "otlp-bridge",
        summary: "Telemetry of coding agents and anything else that speaks OTLP, as the OpenTelemetry Collector shows it.",
        scrape: ScrapeDescs { success: &SUCCESS, duration: &DURATION },
        peer_build_info: None,
    };
    let exporter = Exporter::new(identity, vec![sessions], own_metrics);
    let own = Arc::new(Own::new(exporter.registry()));
    let policy = Policy {
        session: args.session_label,
        personal: args.personal_labels,
        compat: args.compat,
        resource_labels: args.resource_labels.clone(),
    };
    let caps = Caps { series: args.max_series, families: args.max_families, expiration: args.expiration };
    let ledger = Ledger::open(&args.ledger, now_nanos())?;
    let bookkeeper = Bookkeeper::new(ledger, policy, caps, &published, Arc::clone(&own))?;
    let queue = Queue::start(bookkeeper, own)?;
    let exporter = exporter.with_streamed(Arc::new(Page::new(published, args.zero_injection)));
    Ok(Service { ports: ports(&args, queue)?, ..Service::from(exporter) })
}

/// The ports on which telemetry comes. Either takes both protocols: what sets them apart is where senders look for them.
fn ports(args: &BridgeArgs, queue: Queue) -> Result<Vec<Port>, Box<dyn Error>> {
    let limits = Limits { http: args.max_body, grpc: args.max_body };
    let receiver = Arc::new(Receiver::new(Arc::new(queue), limits));
    let (config, token) = (args.otlp_config_file.as_deref(), args.otlp_bearer_token_file.as_deref());
    let guarded = config.is_some() || token.is_some();
    let security = guarded.then(|| Security::open(config, token)).transpose()?.map(Arc::new);
    let port = |name, flag, addresses: &[String]| {
        let listen = Listen { addresses: addresses.to_owned(), systemd: false, access: Access::default(), flag };
        let application = Arc::clone(&receiver);
        Port { security: security.clone(), ..Port::new(name, listen, application) }
    };
    Ok(vec![
        port("grpc", "--otlp.grpc-address", &args.grpc_addresses),
        port(HTTP, "--otlp.http-address", &args.http_addresses),
    ])
}

/// The last sessions, and how agents' metrics and events compare.
struct Agents {
    published: Arc<Mutex<Published>>,
}

impl Collector for Agents {
    fn read(&mut self, _: &Watch<'_>) -> Outcome {
        Outcome::Ok
    }

    fn samples(&self, out: &mut Families) {
        let published = lock(&self.published);
        published.sessions.samples(out);
        published.differences.samples(out);
    }
}
