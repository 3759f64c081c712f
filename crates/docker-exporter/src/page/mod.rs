//! What is known, as samples: pure functions from plain structs to families.
//!
//! ```text
//! Entry                       ──▶ containers ──▶ limits, moments, health, state
//! Entry, Usage, [Interface]   ──▶ usage, root ──▶ cpu, memory, disk, network, pids, pressure
//! Record                      ──▶ totals
//! EngineState                 ──▶ engine
//! ```
//!
//! cAdvisor's names have cAdvisor's meaning, types and labels; a name of ours never starts like one of its own that it lacks.

mod cpu;
mod disk;
mod engine;
mod groups;
mod health;
mod labels;
mod limits;
mod memory;
mod moments;
mod network;
mod number;
mod pids;
mod pressure;
mod row;
mod select;
mod state;
mod totals;
mod usage;

#[cfg(test)]
mod budget;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod golden;

use std::time::Duration;

use exposition::Families;

use crate::inventory::Entry;
use crate::page::row::Row;

pub(crate) use engine::{EngineState, containers_by_state, engine, scrape_error};
pub use groups::absent_sets;
pub(crate) use groups::{Groups, MetricSets};
pub(crate) use labels::{DEFAULT_LABELS, EVERY, ShownLabels};
pub(crate) use select::select;
pub(crate) use state::States;
pub(crate) use totals::{totals, turnover};
pub(crate) use usage::{Root, interfaces, root, usage};

/// What of all that is known is shown.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shown {
    pub(crate) groups: Groups,
    pub(crate) labels: ShownLabels,
    pub(crate) states: States,
    /// How long a container that is down counts as seen when it was last up.
    pub(crate) linger: Duration,
    /// How long a new total is shown as 0, so that every scraper sees where it began.
    pub(crate) young: Duration,
    /// Whether the bytes of devices are shown a second time, by operation, as cAdvisor does.
    pub(crate) blkio: bool,
}

/// Shows the containers that there are, but for what they use.
pub(crate) fn containers<'a>(
    entries: impl IntoIterator<Item = &'a Entry>,
    engine: &EngineState,
    now_nanos: u64,
    shown: &'a Shown,
    page: &mut Families,
) {
    let mut own = Vec::new();
    for entry in entries {
        let row = &mut Row::of(entry, shown, &mut own, page);
        let container = &*entry.container;
        moments::seen(entry, now_nanos, shown.linger, row);
        moments::moments(container, row);
        state::state(container, shown, row);
        if shown.groups.oom_event {
            memory::oom_events(entry.oom_kills.shown(now_nanos, shown.young), row);
        }
        if container.is_up() {
            limits::limits(&container.limits, engine.cgroup(), row);
            health::health(container, row);
        }
    }
}

/// Shows of containers that are gone when they were last seen, for as long as that is shown.
pub(crate) fn gone<'a>(
    entries: impl IntoIterator<Item = &'a Entry>,
    now_nanos: u64,
    shown: &'a Shown,
    page: &mut Families,
) {
    let mut own = Vec::new();
    for entry in entries {
        moments::seen(entry, now_nanos, shown.linger, &mut Row::of(entry, shown, &mut own, page));
    }
}
