//! What the watch and the collectors share.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use exporter_toolkit::lock;

use crate::cgroup::{Driver, Habit, Product};
use crate::engine::model::Info;
use crate::engine::{Endpoint, Engine};
use crate::inventory::Inventory;
use crate::page::EngineState;

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
    /// Nanoseconds since 1970 when it was found not to answer; absent while it does.
    pub(crate) lost_nanos: Option<u64>,
    /// What is shown of it; of one that does not answer any more, what it was.
    pub(crate) engine: EngineState,
    /// What had no place on a page, with every page.
    pub(crate) dropped: Dropped,
    tried: bool,
}

/// Containers and names that there were too many of.
#[derive(Debug, Default)]
pub(crate) struct Dropped {
    pub(crate) containers: u64,
    pub(crate) names: u64,
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
        let (engine, dropped) = (EngineState::default(), Dropped::default());
        let known = Known { inventory, met: None, trouble: None, lost_nanos: None, engine, dropped, tried: false };
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

impl Met {
    /// What is shown of it.
    pub(super) fn state(&self) -> EngineState {
        let Info { cgroup_driver, cgroup_version, driver, cpus, mem_total } = self.info.clone();
        let known = |number: u64| Some(number).filter(|number| *number > 0);
        EngineState {
            up: true,
            version: self.engine.version().version.clone(),
            api_version: self.engine.version().api_version.clone(),
            cgroup_version,
            cgroup_driver,
            storage_driver: driver,
            cpus: known(cpus),
            memory_bytes: known(mem_total),
        }
    }

    /// Where it puts its containers. Of whose product it is, and who runs it, its socket's path tells.
    pub(super) fn habit(&self) -> Habit {
        let path = match self.engine.endpoint() {
            Endpoint::Unix(path) => path.to_string_lossy(),
            Endpoint::Tcp { .. } => "".into(),
        };
        let user = path.strip_prefix("/run/user/").and_then(|rest| rest.split('/').next()?.parse().ok());
        let product = if path.contains("/podman/") { Product::Podman } else { Product::Docker };
        Habit { product, driver: Driver::from_word(&self.info.cgroup_driver), user }
    }
}
