//! When a container was made, began to run, and was last seen to.

use std::time::Duration;

use exposition::{Desc, Kind};

use crate::container::Container;
use crate::inventory::Entry;
use crate::page::number::{seconds, whole_seconds};
use crate::page::row::{BASE, Row};

static LAST_SEEN: Desc = Desc {
    name: "container_last_seen",
    help: "When the container was last up, in seconds since 1970: now if it is. Stays for --last-seen-linger after its end.",
    kind: Kind::Gauge,
    labels: BASE,
};
static STARTED: Desc = Desc {
    name: "container_start_time_seconds",
    help: "When its present run began, or the last one, in seconds since 1970 (State.StartedAt).",
    kind: Kind::Gauge,
    labels: BASE,
};
static CREATED: Desc = Desc {
    name: "container_creation_time_seconds",
    help: "When the container was made, in seconds since 1970 (Created).",
    kind: Kind::Gauge,
    labels: BASE,
};

/// Shows when the container was up: alerts and dashboards take the age of that for its being down.
pub(crate) fn seen(entry: &Entry, now_nanos: u64, linger: Duration, row: &mut Row<'_, '_>) {
    let lingers = |last: &u64| Duration::from_nanos(now_nanos.saturating_sub(*last)) <= linger;
    let last = if entry.container.is_up() { Some(now_nanos) } else { entry.last_up_nanos.filter(lingers) };
    row.add_some(&LAST_SEEN, last.map(whole_seconds));
}

pub(crate) fn moments(container: &Container, row: &mut Row<'_, '_>) {
    row.add_some(&STARTED, container.started_nanos.map(seconds));
    row.add_some(&CREATED, container.created_nanos.map(seconds));
}

/// The machine is up since it was booted.
pub(crate) fn machine(boot_nanos: Option<u64>, now_nanos: u64, row: &mut Row<'_, '_>) {
    row.add(&LAST_SEEN, whole_seconds(now_nanos));
    row.add_some(&STARTED, boot_nanos.map(seconds));
    row.add_some(&CREATED, boot_nanos.map(seconds));
}
