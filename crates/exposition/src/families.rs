//! The staging area of one page: samples go in by family, in any order; encoders read them out sorted by family.
//!
//! Everything lives in three kept buffers and two kept hash tables, so that staging the same shape again allocates
//! nothing. What cannot be part of a correct page is refused here, once, for every format.

use std::hash::{BuildHasher as _, Hash as _, Hasher as _};
use std::ops::Range;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::desc::{Desc, Histogram, Kind, Summary, is_metric_name};
use crate::labels::{escape_into, identity};
use crate::lines::Part;
use crate::number::Number;
use crate::protobuf::native::Native;
use crate::store::ExponentialValue;

/// Metric families of one page, staged anew for each.
#[derive(Debug)]
pub struct Families {
    /// Names, helps and rendered labels, back to back.
    pub(crate) text: String,
    pub(crate) families: Vec<Family>,
    pub(crate) samples: Vec<Sample>,
    /// Native histograms, by the index of their [`Part::Native`].
    pub(crate) natives: Vec<Native>,
    /// Indices of `families` by name.
    names: HashTable<u32>,
    /// Every metric by family and labels.
    series: HashTable<Series>,
    hasher: DefaultHashBuilder,
    /// Indices of `families` sorted by name, rebuilt by the encoders.
    pub(crate) order: Vec<u32>,
    /// A name with a suffix while it is looked up.
    scratch: String,
    refused: Refused,
}

/// A family staged in [`Families`]; valid until the next [`Families::clear`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FamilyId(u32);

/// How many metrics were refused since the last [`Families::clear`], by reason.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refused {
    /// The same series was staged twice; the first one stands.
    pub duplicate: u64,
    /// A name was staged with two kinds, or collides with what a histogram or summary appends to its own.
    pub clash: u64,
    /// A metric or label name is not valid, a label stands twice, or values do not match the declared labels or the kind.
    pub invalid: u64,
    /// The name of the first metric that was refused.
    pub first: Option<String>,
}

impl Refused {
    /// All refusals together.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.duplicate + self.clash + self.invalid
    }
}

#[derive(Debug, Clone, Copy)]
enum Refusal {
    Duplicate,
    Clash,
    Invalid,
}

/// A metric's identity: what it hashes to, and its first sample, where its family and labels stand.
#[derive(Debug)]
struct Series {
    hash: u64,
    sample: u32,
}

/// A slice of [`Families::text`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

#[derive(Debug)]
pub(crate) struct Family {
    pub(crate) name: Span,
    pub(crate) help: Span,
    pub(crate) kind: Kind,
    /// First and last of the family's chain of samples; `NONE` while there is none.
    pub(crate) first: u32,
    last: u32,
}

#[derive(Debug)]
pub(crate) struct Sample {
    family: u32,
    /// The family's next sample, or `NONE`.
    pub(crate) next: u32,
    /// Rendered and escaped: `device="eth0",mode="idle"`.
    pub(crate) labels: Span,
    pub(crate) part: Part,
    pub(crate) value: Number,
}

pub(crate) const NONE: u32 = u32::MAX;

/// Far beyond what Prometheus users meet; a series with more unsorted labels is refused.
const MAX_LABELS: usize = 64;

/// So many labels beyond the declared ones cost no memory of their own.
const FEW_LABELS: usize = 16;

/// The kinds whose metrics are one sample each.
const SINGLE: &[Kind] = &[Kind::Counter, Kind::Gauge, Kind::Untyped];

/// Buffers start with this much, and shrink towards it when a page needs less than a quarter of them. The system gives
/// that much as pages of its own, of which only those that are written to take memory; a buffer that grew there in steps
/// would leave its smaller selves behind.
const KEPT_BYTES: usize = 256 * 1024;

impl Default for Families {
    fn default() -> Self {
        Families {
            text: String::with_capacity(KEPT_BYTES),
            families: Vec::new(),
            samples: Vec::with_capacity(KEPT_BYTES / size_of::<Sample>()),
            natives: Vec::new(),
            names: HashTable::new(),
            series: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            order: Vec::new(),
            scratch: String::new(),
            refused: Refused::default(),
        }
    }
}

impl Families {
    /// Forgets the page and keeps the buffers, unless they are far larger than the page was.
    pub fn clear(&mut self) {
        shrink(self.text.len(), self.text.capacity(), 1, |to| self.text.shrink_to(to));
        shrink(self.samples.len(), self.samples.capacity(), size_of::<Sample>(), |to| self.samples.shrink_to(to));
        shrink(self.families.len(), self.families.capacity(), size_of::<Family>(), |to| self.families.shrink_to(to));
        self.text.clear();
        self.families.clear();
        self.samples.clear();
        self.natives.clear();
        self.names.clear();
        self.series.clear();
        self.order.clear();
        self.refused = Refused::default();
    }

    /// What was refused since the last [`Families::clear`].
    #[must_use]
    pub fn refused(&self) -> &Refused {
        &self.refused
    }

    /// How many samples are staged; a histogram counts one for each bucket, its sum and its count, and
    /// one for all buckets of a native one.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.samples.len()
    }

    /// Stages one sample of a declared counter, gauge or untyped metric; `values` in the order of its labels.
    ///
    /// A label with an empty value is printed and is, as everywhere in Prometheus, the same series as one without it.
    pub fn add(&mut self, desc: &Desc, values: &[&str], value: impl Into<Number>) {
        self.add_number(desc, &[], values, value.into());
    }

    /// As [`Families::add`], with `more` labels than the declared ones: those whose names are known at run time only. Cheapest
    /// where they are sorted and come before the others by name.
    pub fn add_labelled<N: AsRef<str>, V: AsRef<str>>(
        &mut self,
        desc: &Desc,
        more: &[(N, V)],
        values: &[&str],
        value: impl Into<Number>,
    ) {
        let (mut few, mut many) = ([("", ""); FEW_LABELS], Vec::new());
        let pairs = few.get_mut(..more.len()).unwrap_or_else(|| {
            many.resize(more.len(), ("", ""));
            &mut many
        });
        pairs.iter_mut().zip(more).for_each(|(pair, (name, value))| *pair = (name.as_ref(), value.as_ref()));
        self.add_number(desc, pairs, values, value.into());
    }

    /// Of no type parameter, so that it is compiled once, and as this crate is.
    fn add_number(&mut self, desc: &Desc, more: &[(&str, &str)], values: &[&str], value: Number) {
        if values.len() != desc.labels.len() {
            return self.refuse(Refusal::Invalid, desc.name);
        }
        let Some(family) = self.family(desc.name, desc.help, desc.kind) else { return };
        let labels = more.iter().copied().chain(desc.labels.iter().copied().zip(values.iter().copied()));
        self.stage(family, SINGLE, labels, |page, labels| page.push(family, labels, Part::Value, value));
    }

    /// As [`Families::add`], if there is a value: what is not known has no sample.
    pub fn add_some(&mut self, desc: &Desc, values: &[&str], value: Option<impl Into<Number>>) {
        if let Some(value) = value {
            self.add(desc, values, value);
        }
    }

    /// Opens a family whose name is known at run time only; the help of the first call stands.
    ///
    /// `None` when the name is not valid, is taken by another kind, or collides with the samples of a histogram or
    /// summary; the refusal is counted.
    pub fn family(&mut self, name: &str, help: &str, kind: Kind) -> Option<FamilyId> {
        if let Some(index) = self.find(name) {
            if self.families[index as usize].kind == kind {
                return Some(FamilyId(index));
            }
            self.refuse(Refusal::Clash, name);
            return None;
        }
        if !is_metric_name(name) {
            self.refuse(Refusal::Invalid, name);
            return None;
        }
        if self.collides(name, kind) {
            self.refuse(Refusal::Clash, name);
            return None;
        }
        let index = index(self.families.len());
        let (name, help) = (self.write(name), self.write(help));
        self.families.push(Family { name, help, kind, first: NONE, last: NONE });
        let hash = self.hasher.hash_one(&self.text[name.range()]);
        let Families { names, families, text, hasher, .. } = self;
        names.insert_unique(hash, index, |other| hasher.hash_one(&text[families[*other as usize].name.range()]));
        Some(FamilyId(index))
    }

    /// Stages one sample of a counter, gauge or untyped family; labels in any order.
    pub fn sample(&mut self, family: FamilyId, labels: &[(&str, &str)], value: impl Into<Number>) {
        self.sample_number(family, labels, value.into());
    }

    fn sample_number(&mut self, family: FamilyId, labels: &[(&str, &str)], value: Number) {
        self.stage(family, SINGLE, labels.iter().copied(), |page, labels| {
            page.push(family, labels, Part::Value, value);
        });
    }

    /// Stages one histogram. Refused when its bounds do not rise or its counts fall.
    pub fn histogram(&mut self, family: FamilyId, labels: &[(&str, &str)], histogram: &Histogram<'_>) {
        let Histogram { buckets, sum, count } = *histogram;
        let counts = buckets.iter().map(|bucket| bucket.1).chain([count]);
        if !rises(buckets) || !counts.is_sorted() || buckets.iter().any(|bucket| bucket.0 == f64::INFINITY) {
            return self.refuse_in(Refusal::Invalid, family);
        }
        self.stage(family, &[Kind::Histogram], labels.iter().copied(), |page, labels| {
            for &(bound, count) in buckets {
                page.push(family, labels, Part::Bucket(bound), count.into());
            }
            page.push(family, labels, Part::Bucket(f64::INFINITY), count.into());
            page.push(family, labels, Part::Sum, sum.into());
            page.push(family, labels, Part::Count, count.into());
        });
    }

    /// Stages one exponential histogram: a native one in protobuf, unless its scale is too coarse for that. The text formats
    /// have its sum and count, and the bucket of all observations alone: a page that also has classic ones has them in a
    /// family of their own, with bounds of its choice.
    pub fn exponential(&mut self, family: FamilyId, labels: &[(&str, &str)], histogram: &ExponentialValue) {
        let (sum, count) = (histogram.sum(), histogram.count());
        self.stage(family, &[Kind::Histogram], labels.iter().copied(), |page, labels| {
            page.push(family, labels, Part::Bucket(f64::INFINITY), count.into());
            page.push(family, labels, Part::Sum, sum);
            if let Some(native) = histogram.native() {
                page.push(family, labels, Part::Native(index(page.natives.len())), count.into());
                page.natives.push(native);
            }
            page.push(family, labels, Part::Count, count.into());
        });
    }

    /// Stages one summary. Refused when its quantiles do not rise.
    pub fn summary(&mut self, family: FamilyId, labels: &[(&str, &str)], summary: &Summary<'_>) {
        let Summary { quantiles, sum, count } = *summary;
        if !rises(quantiles) {
            return self.refuse_in(Refusal::Invalid, family);
        }
        self.stage(family, &[Kind::Summary], labels.iter().copied(), |page, labels| {
            for &(quantile, value) in quantiles {
                page.push(family, labels, Part::Quantile(quantile), value.into());
            }
            page.push(family, labels, Part::Sum, sum.into());
            page.push(family, labels, Part::Count, count.into());
        });
    }

    /// Renders the labels, refuses a metric that cannot stand, and lets `push` add the lines of one that can.
    fn stage<'l>(
        &mut self,
        family: FamilyId,
        kinds: &[Kind],
        labels: impl Iterator<Item = (&'l str, &'l str)> + Clone,
        push: impl FnOnce(&mut Self, Span),
    ) {
        let kind = self.families[family.0 as usize].kind;
        if !kinds.contains(&kind) || !labels.clone().all(|(name, _)| kind.takes_label(name)) {
            return self.refuse_in(Refusal::Invalid, family);
        }
        let Some((span, hash)) = self.render(family, labels) else { return self.refuse_in(Refusal::Invalid, family) };
        let Families { series, samples, text, .. } = self;
        let same = |other: &Series| {
            let other = &samples[other.sample as usize];
            other.family == family.0 && identity(&text[other.labels.range()]).eq(identity(&text[span.range()]))
        };
        if series.find(hash, same).is_some() {
            self.text.truncate(span.start as usize);
            return self.refuse_in(Refusal::Duplicate, family);
        }
        series.insert_unique(hash, Series { hash, sample: index(samples.len()) }, |other| other.hash);
        push(self, span);
    }

    /// Writes the labels, sorted by name and escaped, into the text, and hashes those that count for identity.
    /// `None` when a name stands twice or there are more unsorted ones than [`MAX_LABELS`].
    fn render<'l>(
        &mut self,
        family: FamilyId,
        labels: impl Iterator<Item = (&'l str, &'l str)> + Clone,
    ) -> Option<(Span, u64)> {
        let start = self.text.len();
        let mut identity = self.hasher.build_hasher();
        family.0.hash(&mut identity);
        let mut write = |(name, value): (&str, &str)| {
            if self.text.len() > start {
                self.text.push(',');
            }
            self.text.push_str(name);
            self.text.push_str("=\"");
            escape_into(value, &mut self.text);
            self.text.push('"');
            if !value.is_empty() {
                (name, value).hash(&mut identity);
            }
        };
        if labels.clone().map(|(name, _)| name).is_sorted_by(|a, b| a < b) {
            labels.for_each(write);
        } else {
            let mut pairs = [("", ""); MAX_LABELS];
            let mut count = 0;
            for label in labels {
                let mut at = count;
                count += 1;
                let placed = pairs.get_mut(..count)?;
                while at > 0 && placed[at - 1].0 > label.0 {
                    placed[at] = placed[at - 1];
                    at -= 1;
                }
                if at > 0 && placed[at - 1].0 == label.0 {
                    return None;
                }
                placed[at] = label;
            }
            pairs[..count].iter().for_each(|pair| write(*pair));
        }
        Some((Span { start: index(start), end: index(self.text.len()) }, identity.finish()))
    }

    fn push(&mut self, family: FamilyId, labels: Span, part: Part, value: Number) {
        let index = index(self.samples.len());
        self.samples.push(Sample { family: family.0, next: NONE, labels, part, value });
        let family = &mut self.families[family.0 as usize];
        match family.last {
            NONE => family.first = index,
            last => self.samples[last as usize].next = index,
        }
        family.last = index;
    }

    pub(crate) fn find(&self, name: &str) -> Option<u32> {
        let named = |index: &u32| self.name(*index) == name;
        self.names.find(self.hasher.hash_one(name), named).copied()
    }

    /// Whether a family of this name and kind would share a sample name with a histogram or summary.
    fn collides(&mut self, name: &str, kind: Kind) -> bool {
        let mut scratch = std::mem::take(&mut self.scratch);
        let collides = kind.collides(name, &mut scratch, |name| self.kind_of(name));
        self.scratch = scratch;
        collides
    }

    pub(crate) fn kind_of(&self, name: &str) -> Option<Kind> {
        self.find(name).map(|index| self.families[index as usize].kind)
    }

    fn write(&mut self, text: &str) -> Span {
        let start = index(self.text.len());
        self.text.push_str(text);
        Span { start, end: index(self.text.len()) }
    }

    pub(crate) fn text(&self, span: Span) -> &str {
        &self.text[span.range()]
    }

    /// The samples of a family in the order in which they were staged.
    pub(crate) fn chain(&self, family: &Family) -> impl Iterator<Item = &Sample> + Clone {
        let at = |index: u32| self.samples.get(index as usize);
        std::iter::successors(at(family.first), move |sample| at(sample.next))
    }

    pub(crate) fn name(&self, family: u32) -> &str {
        self.text(self.families[family as usize].name)
    }

    /// Name and kind of every family that has samples.
    pub(crate) fn shown(&self) -> impl Iterator<Item = (&str, Kind)> {
        let shown = self.families.iter().filter(|family| family.first != NONE);
        shown.map(|family| (self.text(family.name), family.kind))
    }

    /// Brings `order` up to date: every family that has samples, by name.
    pub(crate) fn sort(&mut self) {
        let Families { order, families, text, .. } = self;
        order.clear();
        order.extend((0..index(families.len())).filter(|family| families[*family as usize].first != NONE));
        order.sort_unstable_by_key(|family| &text[families[*family as usize].name.range()]);
    }

    fn refuse_in(&mut self, refusal: Refusal, family: FamilyId) {
        let name = self.families[family.0 as usize].name;
        if self.refused.first.is_none() {
            self.refused.first = Some(self.text(name).to_owned());
        }
        self.count(refusal);
    }

    fn refuse(&mut self, refusal: Refusal, name: &str) {
        self.refused.first.get_or_insert_with(|| name.to_owned());
        self.count(refusal);
    }

    fn count(&mut self, refusal: Refusal) {
        match refusal {
            Refusal::Duplicate => self.refused.duplicate += 1,
            Refusal::Clash => self.refused.clash += 1,
            Refusal::Invalid => self.refused.invalid += 1,
        }
    }
}

fn index(length: usize) -> u32 {
    u32::try_from(length).expect("a page is smaller than 4 GiB")
}

pub(crate) fn rises(points: &[(f64, impl Copy)]) -> bool {
    points.iter().map(|point| point.0).is_sorted_by(|a, b| a < b) && !points.iter().any(|point| point.0.is_nan())
}

fn shrink(used: usize, capacity: usize, size: usize, shrink_to: impl FnOnce(usize)) {
    if capacity * size > KEPT_BYTES && capacity / 4 > used {
        shrink_to((used * 2).max(KEPT_BYTES / size));
    }
}
