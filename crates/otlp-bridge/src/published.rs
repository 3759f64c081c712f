//! What is committed, and so may be shown: the ledger thread writes it, pages read it.

use std::time::Instant;

use exposition::Store;

use crate::births::Births;
use crate::differences::Differences;
use crate::sessions::Sessions;

/// The state that pages are made of.
pub(crate) struct Published {
    pub(crate) store: Store,
    pub(crate) births: Births,
    pub(crate) sessions: Sessions,
    pub(crate) differences: Differences,
}

impl Default for Published {
    fn default() -> Self {
        Published {
            store: Store::default(),
            births: Births::new(0, Instant::now()),
            sessions: Sessions::default(),
            differences: Differences::default(),
        }
    }
}
