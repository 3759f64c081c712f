//! What came of the points of one request.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Why a point was not taken. The sender is told, and need not send it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rejection {
    /// A sum that may fall, sent as differences, or of which it isn't said how it is sent.
    Temporality,
    /// No value, or none that can be added up.
    Value,
    /// A total that is below 0.
    Negative,
    /// It would take the total out of its range.
    Range,
    /// A histogram whose parts don't fit together.
    Buckets,
    /// Nothing of the metric's name can stand in a name on the page.
    Name,
    /// The name begins as those of the bridge itself do.
    Reserved,
    /// Another metric has that name on the page, and is of another type.
    Type,
    /// More names of metrics than are kept.
    Families,
}

impl Rejection {
    /// The value of the label `reason`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Rejection::Temporality => "temporality",
            Rejection::Value => "value",
            Rejection::Negative => "negative",
            Rejection::Range => "range",
            Rejection::Buckets => "buckets",
            Rejection::Name => "name",
            Rejection::Reserved => "reserved",
            Rejection::Type => "type",
            Rejection::Families => "families",
        }
    }

    /// Every reason, for counters that stand at 0 from the start.
    pub(crate) const ALL: [Rejection; 9] = [
        Rejection::Temporality,
        Rejection::Value,
        Rejection::Negative,
        Rejection::Range,
        Rejection::Buckets,
        Rejection::Name,
        Rejection::Reserved,
        Rejection::Type,
        Rejection::Families,
    ];

    fn remedy(self) -> &'static str {
        match self {
            Rejection::Temporality => {
                "a sum that may fall has to be sent as cumulative, any other as delta or cumulative"
            }
            Rejection::Value => "a value has to be a finite number",
            Rejection::Negative => "a monotonic sum can't be below 0",
            Rejection::Range => "the total would leave the range of 64-bit integers",
            Rejection::Buckets => {
                "a histogram needs rising bounds, one count more than bounds, and a count that is their sum"
            }
            Rejection::Name => "a metric's name needs a letter or digit",
            Rejection::Reserved => "names that begin with pilotlight_ on the page are the bridge's own",
            Rejection::Type => "another type of metric has the same name on the page",
            Rejection::Families => "there are more names of metrics than are kept; see --max-families",
        }
    }
}

/// The points, records or spans of one request.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Those that were taken, also if that changed nothing.
    pub(crate) taken: u64,
    /// Those that were left out by choice.
    pub(crate) ignored: u64,
    /// Cumulative points below what their stream had reached.
    pub(crate) fallen: u64,
    /// Points of series beyond the cap, counted in their family's overflow series, or, where that makes no sense, not at all.
    pub(crate) capped: u64,
    pub(crate) rejected: BTreeMap<Rejection, u64>,
    /// Of agents: the time of their last point, in Unix nanoseconds.
    pub(crate) last: BTreeMap<&'static str, u64>,
}

impl Tally {
    pub(crate) fn reject(&mut self, rejection: Rejection, points: usize) {
        *self.rejected.entry(rejection).or_default() += points as u64;
    }

    pub(crate) fn rejected(&self) -> u64 {
        self.rejected.values().sum()
    }

    /// Remembers the time of an agent's point. One that lies ahead of `now` is a clock that is wrong.
    pub(crate) fn met(&mut self, agent: &'static str, time: u64, now: u64) {
        let last = self.last.entry(agent).or_default();
        *last = (*last).max(time.min(now));
    }

    /// What the sender is told of points that were not taken.
    pub(crate) fn message(&self) -> String {
        let mut message = String::new();
        for (rejection, points) in &self.rejected {
            let separator = if message.is_empty() { "" } else { "; " };
            write!(message, "{separator}{} ({points}): {}", rejection.word(), rejection.remedy())
                .expect("a String takes every write");
        }
        message
    }
}
