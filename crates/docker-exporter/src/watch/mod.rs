//! Following the engine: its events as they come, a list of everything from time to time, and a look at whatever changed.
//!
//! ```text
//! places ──▶ engine ──▶ events ──────────────▶ Inventory::apply     ─┐
//!               └─────▶ list, inspections ───▶ Inventory::inspected ─┴▶ what collectors read
//! ```

mod follow;
mod state;
mod stats;

use std::sync::Arc;
use std::time::{Duration, Instant};

use exporter_toolkit::{Shutdown, lock, now_nanos};

use crate::container::Container;
use crate::engine::{EngineError, Finder};
use crate::own::Own;
use crate::watch::follow::Follower;

pub(crate) use state::{Met, Shared};
pub(crate) use stats::{Asker, desk};

/// What is followed, and how.
pub(crate) struct Watch {
    pub(crate) finder: Finder,
    pub(crate) shared: Shared,
    pub(crate) own: Own,
    /// Between two lists of everything.
    pub(crate) interval: Duration,
    /// How long what was removed is remembered.
    pub(crate) linger: Duration,
    /// Whether a label of containers is of use to anybody.
    pub(crate) keep_label: Box<dyn Fn(&str) -> bool + Send + Sync>,
}

/// For one request.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);
/// Between two attempts to find an engine; doubled with each that fails.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// The longest after a stream that has just ended: each new one costs a look at everything.
const LONGEST_GAP: Duration = Duration::from_secs(2);

impl Watch {
    /// Follows whichever engine there is until the shutdown.
    pub(crate) async fn run(self: Arc<Self>, mut shutdown: Shutdown) {
        let mut follower = Follower::new(Arc::clone(&self));
        let mut pause = FIRST_PAUSE;
        loop {
            let begun = Instant::now();
            let error = tokio::select! {
                error = follower.follow() => error,
                () = shutdown.requested() => return,
            };
            // A stream that a proxy cuts now and then is opened again at once.
            let longest = if error.is_some() { LONGEST_PAUSE } else { LONGEST_GAP };
            self.lost(error);
            pause = if begun.elapsed() > LONGEST_PAUSE { FIRST_PAUSE } else { longest.min(pause * 2) };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = shutdown.requested() => return,
            }
        }
    }

    /// The engine is not there, or not any more; said once until that changes.
    fn lost(&self, error: Option<EngineError>) {
        self.own.connected.set(0);
        let mut known = lock(&self.shared.known);
        // The end of a stream is no failure: whether the engine is there the next attempt tells.
        let Some(error) = error else { return };
        let why = error.to_string();
        if known.trouble.as_deref() != Some(why.as_str()) {
            tracing::warn!(error = why, "the Docker engine can't be followed");
        }
        known.trouble = Some(why);
        known.met = None;
        known.engine.up = false;
        known.lost_nanos.get_or_insert_with(now_nanos);
        drop(known);
        self.shared.tried();
    }

    /// The engine is there, and has told of its containers.
    fn met(&self, met: Met) {
        let mut known = lock(&self.shared.known);
        if known.trouble.take().is_some() || known.met.is_none() {
            let version = met.engine.version();
            tracing::info!(
                engine = %met.engine.endpoint(),
                version = version.version,
                api = %met.engine.api(),
                "following the Docker engine"
            );
        }
        known.lost_nanos = None;
        known.engine = met.state();
        known.met = Some(met);
    }

    /// A container with those labels alone that are of use.
    fn kept(&self, mut container: Container) -> Container {
        container.labels.retain(|(name, _)| (self.keep_label)(name));
        container
    }
}
