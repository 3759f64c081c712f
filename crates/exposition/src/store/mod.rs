//! Series that live between scrapes, from which pages are written in pieces.
//!
//! Where [`Families`](crate::Families) is staged anew for each page, a store is changed as its source changes: a series
//! is added once, with its labels rendered, set as often as need be, and removed. A page of megabytes is written in
//! pieces, between which the store may change.

mod cursor;
mod exponential;
mod pairs;
mod value;

use std::fmt;

pub use cursor::Cursor;
pub use exponential::{ExponentialBuckets, ExponentialValue};
pub use value::{HistogramValue, SummaryValue, Value};

use crate::desc::{Kind, is_metric_name};
use pairs::{PairId, Pairs};

/// Families and series of every page to come.
#[derive(Debug, Default)]
pub struct Store {
    /// By [`StoreFamily`].
    families: Vec<Option<Family>>,
    /// Slots of `families` that hold one, by its name.
    order: Vec<u32>,
    /// By [`SeriesId`].
    series: Vec<Option<Series>>,
    free_families: Vec<u32>,
    free_series: Vec<u32>,
    pairs: Pairs,
    /// Counts families and series together: what came later has the larger number.
    next: u64,
    /// A name with a suffix while it is looked up.
    scratch: String,
}

/// A family of a [`Store`]: a slot, which is given again when the family has been removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StoreFamily(u32);

/// A series of a [`Store`]: a slot, which is given again when the series has been removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SeriesId(u32);

/// Why a family or series cannot stand on a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The name is taken by another kind, or collides with what a histogram or summary appends to its own.
    Clash,
    /// A metric or label name is not valid, labels are not sorted or not unique, or the value is not of the family's kind.
    Invalid,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Refusal::Clash => "the name is taken by a family of another type",
            Refusal::Invalid => "a name, the labels or the value are not valid",
        })
    }
}

impl std::error::Error for Refusal {}

#[derive(Debug)]
struct Family {
    name: Box<str>,
    help: Box<str>,
    kind: Kind,
    born: u64,
    /// Sorted by birth, with gaps where a series was removed.
    members: Vec<Member>,
    /// How many of them are gaps.
    gaps: usize,
}

#[derive(Debug, Clone, Copy)]
struct Member {
    born: u64,
    /// In [`Store::series`]; [`GAP`] if it was removed.
    slot: u32,
}

const GAP: u32 = u32::MAX;

#[derive(Debug)]
struct Series {
    born: u64,
    /// Nanoseconds since 1970; 0 if nobody knows.
    created: u64,
    labels: Box<[PairId]>,
    value: Value,
    family: u32,
}

impl Store {
    /// Finds a family, or opens it; the help of the first call stands.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] for a name that not every format can carry, [`Refusal::Clash`] for one that is taken by
    /// another kind or would share a sample's name with a histogram or summary.
    pub fn family(&mut self, name: &str, help: &str, kind: Kind) -> Result<StoreFamily, Refusal> {
        let position = match self.search(name) {
            Ok(found) => {
                let slot = self.order[found];
                let is_same = self.families[slot as usize].as_ref().is_some_and(|family| family.kind == kind);
                return if is_same { Ok(StoreFamily(slot)) } else { Err(Refusal::Clash) };
            }
            Err(position) => position,
        };
        if !is_metric_name(name) {
            return Err(Refusal::Invalid);
        }
        let mut scratch = std::mem::take(&mut self.scratch);
        let collides = kind.collides(name, &mut scratch, |name| self.find(name).map(|(_, kind)| kind));
        self.scratch = scratch;
        if collides {
            return Err(Refusal::Clash);
        }
        let born = self.count();
        let family = Family { name: name.into(), help: help.into(), kind, born, members: Vec::new(), gaps: 0 };
        let slot = fill(&mut self.families, &mut self.free_families, family);
        self.order.insert(position, slot);
        Ok(StoreFamily(slot))
    }

    /// The family of this name, if there is one.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<(StoreFamily, Kind)> {
        let slot = self.order[self.search(name).ok()?];
        let family = self.families[slot as usize].as_ref()?;
        Some((StoreFamily(slot), family.kind))
    }

    /// Removes a family and what series it has left. Whoever holds their identifiers must not use them again.
    pub fn remove_family(&mut self, family: StoreFamily) {
        let Some(family) = self.families[family.0 as usize].take().inspect(|_| self.free_families.push(family.0))
        else {
            return;
        };
        let families = &self.families;
        self.order.retain(|slot| families[*slot as usize].is_some());
        for member in family.members.iter().filter(|member| member.slot != GAP) {
            self.clear(member.slot);
        }
    }

    /// Adds a series. `labels` are sorted by name and each name is there once; a label with an empty value is printed
    /// and is, as everywhere in Prometheus, the same series as one without it. `created` is when the series began, in
    /// nanoseconds since 1970: 0 if nobody knows.
    ///
    /// The store does not look for the same labels in the family: the caller, who finds its series by some key of its
    /// own, sees to it that none is added twice.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when labels are not so, or the value is not of the family's kind.
    pub fn add(
        &mut self,
        family: StoreFamily,
        labels: &[(&str, &str)],
        created: u64,
        value: Value,
    ) -> Result<SeriesId, Refusal> {
        let kind = self.families[family.0 as usize].as_ref().ok_or(Refusal::Invalid)?.kind;
        let sorted = labels.is_sorted_by(|a, b| a.0 < b.0);
        if !sorted || !labels.iter().all(|(name, _)| kind.takes_label(name)) || !value.is_of(kind) {
            return Err(Refusal::Invalid);
        }
        let labels = labels.iter().map(|(name, value)| self.pairs.take(name, value)).collect();
        let born = self.count();
        let series = Series { born, created, labels, value, family: family.0 };
        let slot = fill(&mut self.series, &mut self.free_series, series);
        if let Some(family) = &mut self.families[family.0 as usize] {
            family.members.push(Member { born, slot });
        }
        Ok(SeriesId(slot))
    }

    /// Sets a series' value. One that is not of the family's kind is not taken: the last one stands.
    ///
    /// # Panics
    /// If the series was removed, as its slot may be another's by now.
    pub fn set(&mut self, series: SeriesId, value: Value) {
        let series = self.series[series.0 as usize].as_mut().expect(REMOVED);
        if self.families[series.family as usize].as_ref().is_some_and(|family| value.is_of(family.kind)) {
            series.value = value;
        }
    }

    /// The value of a series.
    ///
    /// # Panics
    /// As [`Store::set`] does.
    #[must_use]
    pub fn value(&self, series: SeriesId) -> &Value {
        &self.series[series.0 as usize].as_ref().expect(REMOVED).value
    }

    /// Removes a series; its family stays, though a family without series is on no page.
    ///
    /// # Panics
    /// As [`Store::set`] does.
    pub fn remove(&mut self, series: SeriesId) {
        let Series { born, family, .. } = *self.series[series.0 as usize].as_ref().expect(REMOVED);
        self.clear(series.0);
        if let Some(family) = &mut self.families[family as usize] {
            family.forget(born);
        }
    }

    /// How many series there are; a histogram is one.
    #[must_use]
    pub fn len(&self) -> usize {
        self.series.len() - self.free_series.len()
    }

    /// Whether there is no series.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many families and series there have ever been: what is added from now on is born later. Unlike a clock, it does
    /// not step.
    #[must_use]
    pub fn births(&self) -> u64 {
        self.next
    }

    /// How many families there are, with series or without.
    #[must_use]
    pub fn families(&self) -> usize {
        self.order.len()
    }

    fn search(&self, name: &str) -> Result<usize, usize> {
        let name_of = |slot: &u32| self.families[*slot as usize].as_ref().map_or("", |family| &*family.name);
        self.order.binary_search_by(|slot| name_of(slot).cmp(name))
    }

    fn count(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// Empties a series' slot and lets its labels go.
    fn clear(&mut self, slot: u32) {
        if let Some(series) = self.series[slot as usize].take() {
            series.labels.iter().for_each(|pair| self.pairs.release(*pair));
            self.free_series.push(slot);
        }
    }
}

impl Family {
    /// Makes a gap of a member, and closes the gaps once they are more than half.
    fn forget(&mut self, born: u64) {
        if let Ok(at) = self.members.binary_search_by_key(&born, |member| member.born) {
            self.members[at].slot = GAP;
            self.gaps += 1;
        }
        if self.gaps > self.members.len() / 2 {
            self.members.retain(|member| member.slot != GAP);
            self.members.shrink_to(self.members.len() * 2);
            self.gaps = 0;
        }
    }
}

const REMOVED: &str = "whoever removes a series forgets its identifier";

/// Puts an entry into a free slot, or a new one.
fn fill<T>(slots: &mut Vec<Option<T>>, free: &mut Vec<u32>, entry: T) -> u32 {
    let slot = free.pop().unwrap_or_else(|| {
        slots.push(None);
        u32::try_from(slots.len() - 1).expect("memory ends before four billion series")
    });
    slots[slot as usize] = Some(entry);
    slot
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_takes_seven_words() {
        assert_eq!(size_of::<Option<Series>>(), 56);
    }
}
