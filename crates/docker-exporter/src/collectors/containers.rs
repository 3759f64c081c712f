//! Which containers there are, what has become of them, and the engine.

use std::sync::Arc;
use std::time::{Duration, Instant};

use exporter_toolkit::{Collector, Outcome, Watch, lock, now_nanos};
use exposition::{Desc, Families, Kind};

use crate::collectors::{FIRST, Setting};
use crate::page;

static FOUND: Desc = Desc {
    name: "docker_exporter_reconciled_changes_total",
    help: "Changes of containers that no event told of: they were found by inspection.",
    kind: Kind::Counter,
    labels: &[],
};
static DROPPED: Desc = Desc {
    name: "docker_exporter_series_dropped_total",
    help: "Containers and names that have no series on a page because there are more than --max-containers, and containers for \
           which there is no room at all; counted with each page.",
    kind: Kind::Counter,
    labels: &["reason"],
};

pub(super) struct Containers {
    setting: Arc<Setting>,
}

impl Containers {
    pub(super) fn new(setting: Arc<Setting>) -> Self {
        Containers { setting }
    }
}

impl Collector for Containers {
    fn read(&mut self, watch: &Watch<'_>) -> Outcome {
        let shared = &self.setting.shared;
        shared.wait(FIRST.min(watch.time_left(Instant::now()) / 2));
        let known = lock(&shared.known);
        match (&known.trouble, &known.met) {
            (Some(trouble), _) => Outcome::Failed(trouble.clone().into()),
            (None, Some(_)) => Outcome::Ok,
            (None, None) => Outcome::Failed("the engine has not answered yet".into()),
        }
    }

    fn samples(&self, out: &mut Families) {
        let Setting { shared, shown, most, .. } = &*self.setting;
        let now = now_nanos();
        let known = &mut *lock(&shared.known);
        let inventory = &known.inventory;
        page::engine(&known.engine, out);
        if known.engine.up {
            page::containers_by_state(inventory.entries(), out);
        }
        page::turnover(inventory.turnover(), out);
        let entries = page::select(inventory.entries(), *most);
        // Of an engine that does not answer they were last seen when it last did, and are told of for as long as one that is gone.
        let seen = known.lost_nanos.unwrap_or(now);
        if Duration::from_nanos(now.saturating_sub(seen)) <= shown.linger {
            page::containers(entries.shown, &known.engine, seen, shown, out);
        }
        page::gone(inventory.removed(), now, shown, out);
        let names = page::totals(inventory.records(), *most, now, shown, out);
        out.add(&FOUND, &[], inventory.found());
        known.dropped.containers += u64::try_from(entries.left_out).unwrap_or(u64::MAX);
        known.dropped.names += u64::try_from(names).unwrap_or(u64::MAX);
        out.add(&DROPPED, &["max_containers"], known.dropped.containers);
        out.add(&DROPPED, &["max_names"], known.dropped.names);
        out.add(&DROPPED, &["no_room"], inventory.refused());
    }
}
