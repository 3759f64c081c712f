//! Where a page in pieces has got to.

use std::collections::BTreeMap;

use super::{Family, GAP, Series, Store, Value};
use crate::desc::Kind;
use crate::families::Families;
use crate::format::Format;
use crate::{lines, openmetrics, protobuf};

/// A page of a [`Store`] that is being written: made for one response.
///
/// The page has the families and series that are there when its first piece is written, as far as they are not removed
/// before their turn; what is added later is for the next page. A series is written whole, with the value that it has at
/// that moment.
#[derive(Debug)]
pub struct Cursor {
    format: Format,
    zero_after: Option<u64>,
    /// Families that are on the page already.
    standing: BTreeMap<String, Kind>,
    /// The families of this page in their order, from the first piece on.
    plan: Option<Vec<Planned>>,
    skipped: usize,
    /// Series that were born later are not on this page.
    last: u64,
    /// The family of the plan whose turn it is, where it goes on, and whether its metadata is written.
    at: usize,
    from: u64,
    opened: bool,
}

#[derive(Debug)]
struct Planned {
    slot: u32,
    born: u64,
    /// The type that OpenMetrics declares, and whether it does so without `_total`. Other families' names decide that, and
    /// they may come and go while the page is written.
    word: &'static str,
    is_bare: bool,
}

impl Cursor {
    /// The beginning of a page. Counters and histograms that were added after there had been `zero_after` births (see
    /// [`Store::births`]) are shown as 0, so that whoever has not seen them before sees them grow; `None` shows all as they
    /// are.
    #[must_use]
    pub fn new(format: Format, zero_after: Option<u64>) -> Self {
        Cursor {
            format,
            zero_after,
            standing: BTreeMap::new(),
            plan: None,
            skipped: 0,
            last: 0,
            at: 0,
            from: 0,
            opened: false,
        }
    }

    /// Lets the page go on after `staged`, whose families are on it already: where one of the store's has the same name or
    /// collides with one, the staged one wins.
    #[must_use]
    pub fn after(mut self, staged: &Families) -> Self {
        self.standing.extend(staged.shown().map(|(name, kind)| (name.to_owned(), kind)));
        self
    }

    /// How many of the store's families are left out because staged ones stand in their way; known from the first piece on.
    #[must_use]
    pub fn skipped(&self) -> usize {
        self.skipped
    }

    /// Settles what is on the page, and in which order.
    fn begin(&mut self, store: &Store) -> Vec<Planned> {
        let families = store.order.iter().filter_map(|slot| Some((*slot, store.families[*slot as usize].as_ref()?)));
        let mut plan = Vec::with_capacity(store.order.len());
        let mut scratch = String::new();
        for (slot, family) in families.filter(|(_, family)| family.members.len() > family.gaps) {
            if self.is_taken(family, &mut scratch) {
                self.skipped += 1;
                continue;
            }
            let is_taken = |name: &str| store.find(name).is_some() || self.standing.contains_key(name);
            let (declared, word) = openmetrics::declared(&family.name, family.kind, is_taken);
            let is_bare = declared.len() < family.name.len();
            plan.push(Planned { slot, born: family.born, word, is_bare });
        }
        self.last = store.next;
        plan
    }

    fn is_taken(&self, family: &Family, scratch: &mut String) -> bool {
        let standing = |name: &str| self.standing.get(name).copied();
        if standing(&family.name).is_some() || family.kind.collides(&family.name, scratch, standing) {
            return true;
        }
        // OpenMetrics declares a counter without its `_total`.
        scratch.clear();
        scratch.push_str(&family.name);
        scratch.push_str("_total");
        matches!(self.format, Format::OpenMetrics(_)) && standing(scratch) == Some(Kind::Counter)
    }
}

impl Store {
    /// Appends the next piece of a page: whole series, until `out` has grown by `limit` bytes or a little more; one series
    /// at least. False at the end of the page.
    ///
    /// Families come by name, series in the order in which they were added. Between two pieces anything may change in the
    /// store. In protobuf each piece begins a family's message anew, as a message has its length before it; Prometheus
    /// takes such messages for one family. The end of an OpenMetrics page is the caller's to write, with [`Format::end`].
    pub fn write(&self, cursor: &mut Cursor, out: &mut Vec<u8>, limit: usize) -> bool {
        let plan = match cursor.plan.take() {
            Some(plan) => plan,
            None => cursor.begin(self),
        };
        let end = out.len().saturating_add(limit);
        let mut is_full = false;
        while !is_full && let Some(planned) = plan.get(cursor.at) {
            let family = self.families[planned.slot as usize].as_ref();
            // A slot may have been given to another family meanwhile.
            if let Some(family) = family.filter(|family| family.born == planned.born) {
                is_full = self.write_family(family, planned, cursor, out, end);
            }
            if !is_full {
                cursor.at += 1;
                (cursor.from, cursor.opened) = (0, false);
            }
        }
        cursor.plan = Some(plan);
        is_full
    }

    /// Writes the series of a family from where the page has got to; whether `out` is full before their end.
    fn write_family(
        &self,
        family: &Family,
        planned: &Planned,
        cursor: &mut Cursor,
        out: &mut Vec<u8>,
        end: usize,
    ) -> bool {
        if !matches!(cursor.format, Format::Protobuf(_)) {
            return self.write_series(family, planned, cursor, out, end);
        }
        let mark = out.len();
        cursor.opened = false;
        let is_full = protobuf::delimited(out, |out| self.write_series(family, planned, cursor, out, end));
        if !cursor.opened {
            out.truncate(mark);
        }
        is_full
    }

    fn write_series(
        &self,
        family: &Family,
        planned: &Planned,
        cursor: &mut Cursor,
        out: &mut Vec<u8>,
        end: usize,
    ) -> bool {
        let from = family.members.partition_point(|member| member.born < cursor.from);
        let members = family.members[from..].iter().take_while(|member| member.born <= cursor.last);
        for member in members.filter(|member| member.slot != GAP) {
            let Some(series) = &self.series[member.slot as usize] else { continue };
            if !cursor.opened {
                cursor.opened = true;
                open(family, planned, cursor.format, out);
            }
            self.write_one(family, series, cursor, out);
            cursor.from = member.born + 1;
            if out.len() >= end {
                return true;
            }
        }
        false
    }

    fn write_one(&self, family: &Family, series: &Series, cursor: &Cursor, out: &mut Vec<u8>) {
        let grows = matches!(family.kind, Kind::Counter | Kind::Histogram);
        let zero = grows && cursor.zero_after.is_some_and(|births| series.born > births);
        let labels = || series.labels.iter().map(|pair| self.pairs.text(*pair));
        let openmetrics = match cursor.format {
            Format::Text => false,
            Format::OpenMetrics(_) => true,
            Format::Protobuf(_) => {
                return protobuf::metric(family.kind, labels(), out, |out| fields(family.kind, series, zero, out));
            }
        };
        series.value.parts(zero, |part, number| {
            lines::sample(&family.name, part, number, openmetrics, out, |out| {
                for (at, label) in labels().enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    lines::short(label, out);
                }
            });
        });
    }
}

/// What comes before a family's series.
fn open(family: &Family, planned: &Planned, format: Format, out: &mut Vec<u8>) {
    let Family { name, help, kind, .. } = family;
    match format {
        Format::Text => lines::metadata(name, kind.word(), help, false, out),
        Format::OpenMetrics(_) => {
            let declared = if planned.is_bare { name.strip_suffix("_total").unwrap_or(name) } else { name };
            lines::metadata(declared, planned.word, help, true, out);
        }
        Format::Protobuf(_) => protobuf::begin(name, help, *kind, out),
    }
}

/// The fields of a series' value in protobuf.
fn fields(kind: Kind, series: &Series, zero: bool, out: &mut Vec<u8>) {
    series.value.parts(zero, |part, number| protobuf::part(part, number, out));
    if let Value::Exponential(histogram) = &series.value
        && let Some(native) = histogram.native()
    {
        let native = if zero { native.emptied() } else { native };
        native.write(out);
    }
    if series.created > 0 {
        protobuf::created(kind, series.created, out);
    }
}
