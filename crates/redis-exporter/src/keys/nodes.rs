//! Where keys are: on one server, or on the masters of a cluster.

use std::time::Instant;

use crate::keys::connection::{Connection, Trouble};

/// Servers that together have all keys.
pub(super) trait Nodes {
    fn count(&self) -> usize;

    /// Which of them has the key of this name.
    fn of(&self, name: &str) -> usize;

    /// A connection to one of them.
    fn node(&mut self, index: usize) -> Result<&mut dyn Connection, Trouble>;

    fn now(&self) -> Instant;
}

/// One server, which has them all.
pub(super) struct Alone<'c>(pub(super) &'c mut dyn Connection);

impl Nodes for Alone<'_> {
    fn count(&self) -> usize {
        1
    }

    fn of(&self, _: &str) -> usize {
        0
    }

    fn node(&mut self, _: usize) -> Result<&mut dyn Connection, Trouble> {
        Ok(self.0)
    }

    fn now(&self) -> Instant {
        self.0.now()
    }
}
