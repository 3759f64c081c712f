//! Accounts and what they have come to.

use crate::Amount;
use crate::exponential::Exponential;
use crate::histogram::Histogram;

/// An account of one ledger: 0, 1, 2 … in the order in which they were opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(pub(crate) u32);

impl AccountId {
    /// Its place in a list of all accounts.
    #[must_use]
    pub fn index(self) -> usize {
        usize::try_from(self.0).expect("memory has room for as many accounts")
    }
}

/// What an account adds up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccountKind {
    /// A sum that never falls.
    Counter,
    /// Observations by explicit bounds.
    Histogram,
    /// Observations by bounds that are powers of one base.
    Exponential,
}

impl AccountKind {
    /// All of them.
    pub(crate) const ALL: [AccountKind; 3] = [AccountKind::Counter, AccountKind::Histogram, AccountKind::Exponential];

    /// Its name in the file.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            AccountKind::Counter => "counter",
            AccountKind::Histogram => "histogram",
            AccountKind::Exponential => "exponential",
        }
    }

    /// What an account of this kind starts with.
    pub(crate) fn nothing(self) -> Total {
        match self {
            AccountKind::Counter => Total::Amount(Amount::ZERO),
            AccountKind::Histogram => Total::Histogram(Box::default()),
            AccountKind::Exponential => Total::Exponential(Box::default()),
        }
    }
}

/// What an account has come to.
#[derive(Clone, Debug, PartialEq)]
pub enum Total {
    /// Of a counter.
    Amount(Amount),
    /// Of a histogram with explicit bounds.
    Histogram(Box<Histogram>),
    /// Of an exponential histogram.
    Exponential(Box<Exponential>),
}

impl Total {
    /// The kind of account that has such a total.
    #[must_use]
    pub fn kind(&self) -> AccountKind {
        match self {
            Total::Amount(_) => AccountKind::Counter,
            Total::Histogram(_) => AccountKind::Histogram,
            Total::Exponential(_) => AccountKind::Exponential,
        }
    }
}

/// Whether something was added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// It was.
    Yes,
    /// No: it would leave what an [`Amount`] or a count (2⁶³ − 1) can be. Nothing has changed.
    TooLarge,
    /// No: a total never falls. Nothing has changed.
    Negative,
    /// No: it is no histogram, see `is_sound` there. Nothing has changed.
    Malformed,
}

/// What came of the new state of a cumulative stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached<T = Amount> {
    /// It has grown by this much, which was added to the account.
    Added(T),
    /// It is what it was.
    Unchanged,
    /// It is below what it was, so nothing was added, and what it was is kept.
    Fell,
    /// The account's total would leave its range. Nothing has changed.
    TooLarge,
    /// It is no histogram, see `is_sound` there. Nothing has changed.
    Malformed,
}
