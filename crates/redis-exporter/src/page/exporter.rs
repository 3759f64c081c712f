//! What the exporter tells of a scrape.

use exposition::{Desc, Kind, Summary};

use crate::page::Out;

static UP: Desc =
    Desc { name: "redis_up", help: "1 if the server answered INFO in time.", kind: Kind::Gauge, labels: &[] };
static LAST_ERROR: Desc = Desc {
    name: "redis_exporter_last_scrape_error",
    help: "1 with the class of what made the last scrape fail, 0 without a class if nothing did; the log has the whole text.",
    kind: Kind::Gauge,
    labels: &["err"],
};
static DURATION: Desc = Desc {
    name: "redis_exporter_last_scrape_duration_seconds",
    help: "Seconds that the last scrape took.",
    kind: Kind::Gauge,
    labels: &[],
};
static DURATIONS: Desc = Desc {
    name: "redis_exporter_scrape_duration_seconds",
    help: "Seconds that scrapes of this server took.",
    kind: Kind::Summary,
    labels: &[],
};
static CONNECT: Desc = Desc {
    name: "redis_exporter_last_scrape_connect_time_seconds",
    help: "Seconds that the connection in use took to come about, TLS included; it is kept between scrapes.",
    kind: Kind::Gauge,
    labels: &[],
};
static PING: Desc = Desc {
    name: "redis_exporter_last_scrape_ping_time_seconds",
    help: "Seconds that PING took.",
    kind: Kind::Gauge,
    labels: &[],
};
static SCRAPES: Desc =
    Desc { name: "redis_exporter_scrapes_total", help: "Scrapes of this server.", kind: Kind::Counter, labels: &[] };
static ROUND_TRIPS: Desc = Desc {
    name: "redis_exporter_round_trips_total",
    help: "Times that something was sent to the server and answered.",
    kind: Kind::Counter,
    labels: &[],
};
static CONNECTIONS: Desc = Desc {
    name: "redis_exporter_connections_opened_total",
    help: "Connections that were opened to the server.",
    kind: Kind::Counter,
    labels: &[],
};

static COMMANDS: Desc = Desc {
    name: "redis_exporter_command_success",
    help: "1 if the server answered the command when it was last asked, 0 if it refused it, which leaves its series out.",
    kind: Kind::Gauge,
    labels: &["command"],
};

/// How a scrape went.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Scrape {
    pub(crate) up: bool,
    /// The class of what made it fail.
    pub(crate) error: Option<&'static str>,
    pub(crate) seconds: f64,
    /// Of all scrapes.
    pub(crate) seconds_sum: f64,
    /// Of the connection in use.
    pub(crate) connect_seconds: Option<f64>,
    pub(crate) ping_seconds: Option<f64>,
    pub(crate) scrapes: u64,
    pub(crate) round_trips: u64,
    pub(crate) connections: u64,
    /// Whether the server answered each command.
    pub(crate) commands: Vec<(&'static str, bool)>,
}

/// Stages how the scrape went.
pub(crate) fn samples(scrape: &Scrape, out: &mut Out<'_>) {
    out.add(&UP, &[], scrape.up);
    out.add(&LAST_ERROR, &[scrape.error.unwrap_or_default()], scrape.error.is_some());
    out.add(&DURATION, &[], scrape.seconds);
    out.summary(&DURATIONS, &[], &Summary { quantiles: &[], sum: scrape.seconds_sum, count: scrape.scrapes });
    out.add_some(&CONNECT, &[], scrape.connect_seconds);
    out.add_some(&PING, &[], scrape.ping_seconds);
    out.add(&SCRAPES, &[], scrape.scrapes);
    out.add(&ROUND_TRIPS, &[], scrape.round_trips);
    out.add(&CONNECTIONS, &[], scrape.connections);
    for (command, answered) in &scrape.commands {
        out.add(&COMMANDS, &[command], *answered);
    }
}
