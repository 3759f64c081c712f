//! Masters that a sentinel watches.

use std::collections::HashSet;

use exposition::{Desc, Kind};

use crate::info::Info;
use crate::page::Out;

static STATUS: Desc = Desc {
    name: "redis_sentinel_master_status",
    help: "1 if the sentinel takes the master for well (status of master*).",
    kind: Kind::Gauge,
    labels: &["master_address", "master_name", "master_status"],
};
static REPLICAS: Desc = Desc {
    name: "redis_sentinel_master_slaves",
    help: "Replicas of the master (slaves of master*).",
    kind: Kind::Gauge,
    labels: &["master_address", "master_name"],
};
static SENTINELS: Desc = Desc {
    name: "redis_sentinel_master_sentinels",
    help: "Sentinels that watch the master (sentinels of master*).",
    kind: Kind::Gauge,
    labels: &["master_address", "master_name"],
};

/// More masters than this have no series.
const MOST: usize = 1024;

pub(super) fn samples(info: &Info, out: &mut Out<'_>) {
    let mut shown = HashSet::new();
    for master in info.watched().filter(|master| shown.insert((master.name, master.address))).take(MOST) {
        let labels = [master.address, master.name];
        out.add(&STATUS, &[master.address, master.name, master.status], master.status == "ok");
        out.add(&REPLICAS, &labels, master.replicas);
        out.add(&SENTINELS, &labels, master.sentinels);
    }
}
