//! The server as a whole.

use exposition::{Desc, Kind};

use crate::info::Info;
use crate::page::Out;

static START: Desc = Desc {
    name: "redis_start_time_seconds",
    help: "When the server was started, in seconds since 1970 (uptime_in_seconds before server_time_usec).",
    kind: Kind::Gauge,
    labels: &[],
};
static TIME: Desc = Desc {
    name: "redis_server_time_seconds",
    help: "The server's clock when it answered, in seconds since 1970 (server_time_usec).",
    kind: Kind::Gauge,
    labels: &[],
};
static LATEST_FORK: Desc = Desc {
    name: "redis_latest_fork_seconds",
    help: "Seconds that the last fork took (latest_fork_usec).",
    kind: Kind::Gauge,
    labels: &[],
};
static INSTANCE: Desc = Desc {
    name: "redis_instance_info",
    help: "Always 1; what the server is and how it runs. Some of it is new after a restart (section Server).",
    kind: Kind::Gauge,
    labels: &[
        "master_replid",
        "maxmemory_policy",
        "os",
        "process_id",
        "redis_build_id",
        "redis_mode",
        "redis_version",
        "role",
        "run_id",
        "tcp_port",
    ],
};
static SERVER: Desc = Desc {
    name: "redis_server_info",
    help: "Always 1; who made the server, and its version (section Server).",
    kind: Kind::Gauge,
    labels: &["flavor", "version"],
};

const USEC_PER_SECOND: f64 = 1e6;

pub(super) fn samples(info: &Info, out: &mut Out<'_>) {
    let seconds = |field| {
        let usec: u64 = info.get(field)?.parse().ok()?;
        Some(usec as f64 / USEC_PER_SECOND)
    };
    out.add_some(&START, &[], info.start_seconds());
    out.add_some(&TIME, &[], seconds("server_time_usec"));
    out.add_some(&LATEST_FORK, &[], seconds("latest_fork_usec"));
    out.add(&SERVER, &[info.flavour().word(), info.server_version().unwrap_or_default()], 1_u32);
    instance(info, out);
}

fn instance(info: &Info, out: &mut Out<'_>) {
    let label = |field| info.get(field).unwrap_or_default();
    // Valkey says `redis_mode` only where it is told to pass for Redis.
    let mode = info.get("redis_mode").unwrap_or_else(|| label("server_mode"));
    let values = [
        label("master_replid"),
        label("maxmemory_policy"),
        label("os"),
        label("process_id"),
        label("redis_build_id"),
        mode,
        label("redis_version"),
        label("role"),
        label("run_id"),
        label("tcp_port"),
    ];
    let more = ["availability_zone", "valkey_release_stage", "valkey_version"];
    let known = |name| Some((name, info.get(name).filter(|value| !value.is_empty())?));
    let more: Vec<_> = more.into_iter().filter_map(known).collect();
    out.add_labelled(&INSTANCE, &more, &values, 1_u32);
}
