//! What a point changes in its account.

use ledger::{AccountId, Added, Amount, Exponential, Histogram, LedgerError, Reached, Total, Transaction};
use otlp::Temporality;

use crate::tally::Rejection;

/// The value of a point that is added up.
pub(super) enum Change {
    Amount(Amount),
    Histogram(Histogram),
    Exponential(Exponential),
}

/// What came of it.
pub(super) enum Effect {
    /// The total, or a histogram's sum, has grown by this.
    By(Amount),
    /// It is below what its stream had reached.
    Fell,
    Rejected(Rejection),
}

impl Change {
    /// Adds a difference, or what a cumulative stream, known by `stream`, has grown by.
    pub(super) fn apply(
        &self,
        tx: &mut Transaction<'_>,
        account: AccountId,
        temporality: Temporality,
        stream: impl FnOnce() -> [u8; 16],
    ) -> Result<Effect, LedgerError> {
        let before = sum_of(tx.total(account));
        let is_delta = temporality == Temporality::Delta;
        let reached = match self {
            Change::Amount(amount) if is_delta => tx.add(account, *amount).map(added),
            Change::Amount(amount) => tx.reach(account, stream(), *amount).map(plain),
            Change::Histogram(histogram) if is_delta => tx.add_histogram(account, histogram).map(added),
            Change::Histogram(histogram) => tx.reach_histogram(account, stream(), histogram),
            Change::Exponential(histogram) if is_delta => tx.add_exponential(account, histogram).map(added),
            Change::Exponential(histogram) => tx.reach_exponential(account, stream(), histogram),
        }?;
        Ok(match reached {
            Reached::Added(()) | Reached::Unchanged => {
                let after = sum_of(tx.total(account));
                Effect::By(after.zip(before).and_then(|(after, before)| after.checked_sub(before)).unwrap_or_default())
            }
            Reached::Fell => Effect::Fell,
            Reached::TooLarge => Effect::Rejected(Rejection::Range),
            Reached::Malformed => Effect::Rejected(Rejection::Buckets),
        })
    }
}

fn added(added: Added) -> Reached<()> {
    match added {
        Added::Yes => Reached::Added(()),
        Added::TooLarge => Reached::TooLarge,
        // What is below 0 was refused before.
        Added::Negative | Added::Malformed => Reached::Malformed,
    }
}

fn plain(reached: Reached) -> Reached<()> {
    match reached {
        Reached::Added(_) => Reached::Added(()),
        Reached::Unchanged => Reached::Unchanged,
        Reached::Fell => Reached::Fell,
        Reached::TooLarge => Reached::TooLarge,
        Reached::Malformed => Reached::Malformed,
    }
}

/// The total, or the sum of what was observed; `None` where some source did not tell it.
fn sum_of(total: &Total) -> Option<Amount> {
    match total {
        Total::Amount(amount) => Some(*amount),
        Total::Histogram(histogram) if histogram.count == 0 => Some(Amount::ZERO),
        Total::Exponential(histogram) if histogram.count == 0 => Some(Amount::ZERO),
        Total::Histogram(histogram) => histogram.sum,
        Total::Exponential(histogram) => histogram.sum,
    }
}
