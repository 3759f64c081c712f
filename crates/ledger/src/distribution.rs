//! Histograms of both kinds in a transaction: one way to add, one way to reach.

use crate::Amount;
use crate::encode::State;
use crate::error::{Fault, LedgerError};
use crate::expiring::Key;
use crate::exponential::Exponential;
use crate::histogram::Histogram;
use crate::total::{AccountId, Added, Reached, Total};
use crate::transaction::{Transaction, wrong_kind};

/// A histogram of either kind, as far as adding up goes.
pub(crate) trait Distribution: State + Clone + Default + PartialEq {
    fn of(total: &Total) -> Option<&Self>;
    fn into_total(self) -> Total;
    fn is_sound(&self) -> bool;
    fn sum(&self) -> Option<Amount>;
    fn plus(&self, other: &Self) -> Option<Self>;
    fn since(&self, last: &Self) -> Option<Self>;
}

macro_rules! distribution {
    ($kind:ident) => {
        impl Distribution for $kind {
            fn of(total: &Total) -> Option<&Self> {
                if let Total::$kind(this) = total { Some(this) } else { None }
            }

            fn into_total(self) -> Total {
                Total::$kind(Box::new(self))
            }

            fn is_sound(&self) -> bool {
                $kind::is_sound(self)
            }

            fn sum(&self) -> Option<Amount> {
                self.sum
            }

            fn plus(&self, other: &Self) -> Option<Self> {
                $kind::plus(self, other)
            }

            fn since(&self, last: &Self) -> Option<Self> {
                $kind::since(self, last)
            }
        }
    };
}

distribution!(Histogram);
distribution!(Exponential);

impl Transaction<'_> {
    /// Adds to a histogram. Bounds that differ come down to those that both have.
    ///
    /// # Errors
    /// If the account is no histogram of this ledger.
    pub fn add_histogram(&mut self, account: AccountId, histogram: &Histogram) -> Result<Added, LedgerError> {
        self.add_distribution(account, histogram)
    }

    /// Adds to a histogram what a cumulative stream has grown by. A fall of any bucket, of the sum or of the count is
    /// [`Reached::Fell`].
    ///
    /// # Errors
    /// If the account is no histogram of this ledger, or the file can't be read.
    pub fn reach_histogram(
        &mut self,
        account: AccountId,
        stream: [u8; 16],
        histogram: &Histogram,
    ) -> Result<Reached<()>, LedgerError> {
        self.reach_distribution(account, stream, histogram)
    }

    /// Adds to an exponential histogram. It takes the coarser scale of both, a coarser one still where 160 buckets a side
    /// don't do, and the wider zero bucket.
    ///
    /// # Errors
    /// If the account is no exponential histogram of this ledger.
    pub fn add_exponential(&mut self, account: AccountId, exponential: &Exponential) -> Result<Added, LedgerError> {
        self.add_distribution(account, exponential)
    }

    /// Adds to an exponential histogram what a cumulative stream has grown by. A fall of any bucket, of the sum or of the
    /// count is [`Reached::Fell`].
    ///
    /// # Errors
    /// If the account is no exponential histogram of this ledger, or the file can't be read.
    pub fn reach_exponential(
        &mut self,
        account: AccountId,
        stream: [u8; 16],
        exponential: &Exponential,
    ) -> Result<Reached<()>, LedgerError> {
        self.reach_distribution(account, stream, exponential)
    }

    fn add_distribution<D: Distribution>(&mut self, account: AccountId, added: &D) -> Result<Added, LedgerError> {
        self.step("add to a histogram", |this| {
            let existing = this.existing(account)?;
            let total = D::of(existing).ok_or_else(|| wrong_kind(account, existing))?;
            if !added.is_sound() {
                return Ok(Added::Malformed);
            }
            if added.sum().is_some_and(Amount::is_negative) {
                return Ok(Added::Negative);
            }
            let Some(sum) = total.plus(added) else {
                return Ok(Added::TooLarge);
            };
            if sum != *total {
                this.changed.insert(account.0, sum.into_total());
            }
            Ok(Added::Yes)
        })
    }

    fn reach_distribution<D: Distribution>(
        &mut self,
        account: AccountId,
        stream: Key,
        value: &D,
    ) -> Result<Reached<()>, LedgerError> {
        self.step("add a cumulative histogram", |this| {
            let existing = this.existing(account)?;
            let total = D::of(existing).ok_or_else(|| wrong_kind(account, existing))?.clone();
            if !value.is_sound() {
                return Ok(Reached::Malformed);
            }
            let now = this.seconds();
            let last = this.histogram_streams.last(&this.ledger.connection, stream, now)?;
            // What was another kind of histogram is another stream.
            let before = last.value.as_ref().filter(|state| state.first() == Some(&D::TAG));
            let before = match before {
                Some(state) => D::decode(state).ok_or_else(|| Fault::Damaged("a stream's histogram".to_owned()))?,
                None => D::default(),
            };
            if *value == before {
                return Ok(Reached::Unchanged);
            }
            let Some(grown) = value.since(&before).filter(|grown| !grown.sum().is_some_and(Amount::is_negative)) else {
                return Ok(Reached::Fell);
            };
            let Some(sum) = total.plus(&grown) else {
                return Ok(Reached::TooLarge);
            };
            last.set(value.encode(), now);
            if sum == total {
                return Ok(Reached::Unchanged);
            }
            this.changed.insert(account.0, sum.into_total());
            Ok(Reached::Added(()))
        })
    }
}
