//! How collectors fare: their success and duration on the page, a log line when that changes.

use std::time::Duration;

use exposition::{Desc, Families};
use prometheus::IntCounterVec;

use crate::collector::Outcome;
use crate::scrape::slot::{CollectorState, Slot};

/// The families in which an exporter tells how its collectors fared.
#[derive(Debug, Clone, Copy)]
pub struct ScrapeDescs {
    /// 1 or 0 by `collector`.
    pub success: &'static Desc,
    /// Seconds by `collector`.
    pub duration: &'static Desc,
}

pub(crate) struct Health {
    descs: ScrapeDescs,
    panics: IntCounterVec,
}

impl Health {
    pub(crate) fn new(descs: ScrapeDescs, panics: IntCounterVec) -> Self {
        Health { descs, panics }
    }

    /// Stages success and duration, and logs once per change of state.
    pub(crate) fn collected(&self, slot: &Slot, took: Duration, outcome: &Outcome, page: &mut Families) {
        let collector = slot.name();
        page.add(self.descs.duration, &[collector], took.as_secs_f64());
        page.add(self.descs.success, &[collector], matches!(outcome, Outcome::Ok));
        let state = CollectorState::from(outcome);
        if slot.changes_to(&state) {
            match state {
                CollectorState::Works => tracing::debug!(collector, "collector works"),
                CollectorState::NoData => tracing::debug!(collector, "collector has no data on this machine"),
                CollectorState::Failed(error) => tracing::warn!(collector, error, "collector failed"),
            }
        }
    }

    pub(crate) fn panicked(&self, slot: &Slot) {
        self.panics.with_label_values(&[slot.name()]).inc();
    }
}
