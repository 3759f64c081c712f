//! Where a request is entered.

use ledger::{Nanos, Transaction};

use crate::bookkeeper::books::{Books, Staged};

/// The books, and the transaction in which a request is taken.
pub(super) struct Entry<'b, 't, 'l> {
    pub(super) books: &'b mut Books,
    pub(super) tx: &'t mut Transaction<'l>,
    pub(super) staged: &'b mut Staged,
    pub(super) now: Nanos,
}
