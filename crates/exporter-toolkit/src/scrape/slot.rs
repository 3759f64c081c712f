//! One collector of an exporter: how to build it, the instance in use, and how it last ended.

use std::mem::discriminant;
use std::sync::{Arc, Mutex};

use crate::chain::chain;
use crate::collector::{Collector, CollectorSpec, Outcome};
use crate::lock::lock;

type Instance = Arc<Mutex<Box<dyn Collector>>>;

pub(crate) struct Slot {
    spec: CollectorSpec,
    /// Locked while it reads; an instance whose lock is taken hangs.
    instance: Mutex<Instance>,
    last: Mutex<Option<CollectorState>>,
}

/// How a collector's last reading ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CollectorState {
    /// It has read what there is.
    Works,
    /// This machine has no such thing.
    NoData,
    /// It failed, with this error.
    Failed(String),
}

impl Slot {
    pub(crate) fn new(spec: CollectorSpec) -> Self {
        let instance = Mutex::new(Arc::new(Mutex::new((spec.build)())));
        Slot { spec, instance, last: Mutex::new(None) }
    }

    pub(crate) fn name(&self) -> &'static str {
        self.spec.name
    }

    pub(crate) fn instance(&self) -> Instance {
        lock(&self.instance).clone()
    }

    /// Puts a new instance in the place of one that hangs or has panicked.
    pub(crate) fn rebuild(&self) {
        *lock(&self.instance) = Arc::new(Mutex::new((self.spec.build)()));
    }

    /// How its last reading ended, if there has been one.
    pub(crate) fn state(&self) -> Option<CollectorState> {
        lock(&self.last).clone()
    }

    /// Remembers the state; whether it is of another kind than the last one.
    pub(crate) fn changes_to(&self, state: &CollectorState) -> bool {
        let last = lock(&self.last).replace(state.clone());
        last.is_none_or(|last| discriminant(&last) != discriminant(state))
    }
}

impl From<&Outcome> for CollectorState {
    fn from(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Ok => CollectorState::Works,
            Outcome::NoData => CollectorState::NoData,
            Outcome::Failed(error) => CollectorState::Failed(chain(&**error)),
        }
    }
}
