//! What the watch and the collectors share.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use exporter_toolkit::lock;

use crate::engine::Engine;
use crate::engine::model::Info;
use crate::inventory::Inventory;

/// What is known, in one place that several look at.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) known: Arc<Mutex<Known>>,
    /// Told when an engine was asked for everything, or could not be.
    tried: Arc<Condvar>,
}

/// The engine and its containers.
pub(crate) struct Known {
    pub(crate) inventory: Inventory,
    /// The engine while it answers.
    pub(crate) met: Option<Met>,
    /// Why there is none.
    pub(crate) trouble: Option<String>,
    tried: bool,
}

/// An engine that answers, and what it is.
#[derive(Debug, Clone)]
pub(crate) struct Met {
    pub(crate) engine: Engine,
    /// Empty where a proxy does not let it be asked for.
    pub(crate) info: Info,
}

impl Shared {
    pub(crate) fn new(inventory: Inventory) -> Self {
        let known = Known { inventory, met: None, trouble: None, tried: false };
        Shared { known: Arc::new(Mutex::new(known)), tried: Arc::default() }
    }

    /// The first attempt is through, whatever came of it.
    pub(crate) fn tried(&self) {
        lock(&self.known).tried = true;
        self.tried.notify_all();
    }

    /// Waits until the first attempt is through, so that the first page is not an empty one; not for longer than that.
    pub(crate) fn wait(&self, longest: Duration) {
        let known = lock(&self.known);
        let waited = self.tried.wait_timeout_while(known, longest, |known| !known.tried);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }
}
