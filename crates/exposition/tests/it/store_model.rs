//! A store that changes between the pieces of a page, against a plain model of it.

use std::collections::{BTreeMap, BTreeSet};

use exposition::{
    Cursor, Escaping, ExponentialBuckets, ExponentialValue, Format, HistogramValue, Kind, SeriesId, Store,
    SummaryValue, Value,
};
use proptest::prelude::*;
use testkit::messages::{PROTOBUF_TYPE, labels};
use testkit::responses::{openmetrics, text, typed};
use testkit::{Rule, Validator};

const FORMATS: [Format; 3] =
    [Format::Text, Format::OpenMetrics(Escaping::Underscores), Format::Protobuf(Escaping::Underscores)];

/// Families that get into each other's way, and others.
const NAMES: [(&str, Kind); 8] = [
    ("a", Kind::Gauge),
    ("a_total", Kind::Counter),
    ("a_total", Kind::Untyped),
    ("b", Kind::Histogram),
    ("b_sum", Kind::Gauge),
    ("c", Kind::Summary),
    ("d_total", Kind::Counter),
    ("d", Kind::Histogram),
];

/// What happens to the store between two pieces.
#[derive(Debug, Clone)]
enum Change {
    /// A series by its family's index and its label; one that is there is set.
    Put(usize, u8, u32),
    /// The series with this label of this family.
    Remove(usize, u8),
    RemoveFamily(usize),
}

fn any_change() -> impl Strategy<Value = Change> {
    let family = 0..NAMES.len();
    prop_oneof![
        6 => (family.clone(), 0..12_u8, any::<u32>()).prop_map(|(family, label, value)| Change::Put(family, label, value)),
        3 => (family.clone(), 0..12_u8).prop_map(|(family, label)| Change::Remove(family, label)),
        1 => family.prop_map(Change::RemoveFamily),
    ]
}

/// The series that there are, by family and label, with the number of their addition.
#[derive(Default)]
struct Model {
    store: Store,
    series: BTreeMap<(&'static str, u8), (SeriesId, u64)>,
    added: u64,
}

/// Series by family, label and the number of their addition.
type Living = BTreeSet<(&'static str, u8, u64)>;

impl Model {
    fn apply(&mut self, change: &Change) {
        match *change {
            Change::Put(index, label, value) => self.put(NAMES[index], label, value),
            Change::Remove(index, label) => {
                if let Some((id, _)) = self.series.remove(&(NAMES[index].0, label)) {
                    self.store.remove(id);
                }
            }
            Change::RemoveFamily(index) => {
                if let Some((family, _)) = self.store.find(NAMES[index].0) {
                    self.store.remove_family(family);
                    self.series.retain(|(name, _), _| *name != NAMES[index].0);
                }
            }
        }
        assert_eq!(self.store.len(), self.series.len());
    }

    fn put(&mut self, (name, kind): (&'static str, Kind), label: u8, value: u32) {
        let Ok(family) = self.store.family(name, "Help.", kind) else { return };
        if let Some((id, _)) = self.series.get(&(name, label)) {
            self.store.set(*id, any_value(kind, value));
            assert_eq!(self.store.value(*id), &any_value(kind, value));
            return;
        }
        let labels = [("label", label.to_string()), ("of", name.to_owned())];
        let labels = labels.each_ref().map(|(name, value)| (*name, value.as_str()));
        let id = self.store.add(family, &labels, value.into(), any_value(kind, value)).unwrap();
        self.added += 1;
        self.series.insert((name, label), (id, self.added));
    }

    fn living(&self) -> Living {
        self.series.iter().map(|((name, label), (_, added))| (*name, *label, *added)).collect()
    }
}

fn any_value(kind: Kind, number: u32) -> Value {
    let half = u64::from(number / 2);
    match kind {
        Kind::Counter | Kind::Gauge | Kind::Untyped => number.into(),
        Kind::Summary => SummaryValue::new(&[(0.5, number.into())], number, number.into()).unwrap().into(),
        Kind::Histogram if number.is_multiple_of(2) => {
            HistogramValue::new(&[0.5], &[half, half], number).unwrap().into()
        }
        Kind::Histogram => {
            let positive = ExponentialBuckets { offset: 1, counts: [half, half + 1].into() };
            ExponentialValue::new(9, 0.0, 0, positive, ExponentialBuckets::default(), number).unwrap().into()
        }
    }
}

/// A page written in pieces of `limit` bytes, with the changes between them, as many as each piece has.
fn page_between(model: &mut Model, format: Format, limit: usize, between: &[Vec<Change>]) -> (Vec<u8>, Living) {
    let (mut cursor, mut out) = (Cursor::new(format, None), Vec::new());
    let mut all_along = model.living();
    let mut more = model.store.write(&mut cursor, &mut out, limit);
    let mut between = between.iter();
    while more {
        between.next().into_iter().flatten().for_each(|change| model.apply(change));
        all_along = all_along.intersection(&model.living()).copied().collect();
        more = model.store.write(&mut cursor, &mut out, limit);
    }
    format.end(&mut out);
    (out, all_along)
}

/// What the validator has against a page that may be empty, of families whose names were chosen to be difficult.
fn defects(page: &[u8], format: Format) -> Vec<String> {
    let response = match format {
        Format::Text => text(page),
        Format::OpenMetrics(_) => openmetrics(page),
        Format::Protobuf(_) => typed(PROTOBUF_TYPE, page),
    };
    let mut defects = Validator::default().check(&response, None);
    defects.retain(|defect| defect.rule != Rule::Empty);
    defects.iter().map(ToString::to_string).collect()
}

proptest! {
    #[test]
    fn every_page_is_good_and_has_what_was_there_all_along(
        before in prop::collection::vec(any_change(), 0..60),
        between in prop::collection::vec(prop::collection::vec(any_change(), 0..6), 0..30),
        limit in prop::sample::select(vec![1, 100, 1000]),
    ) {
        for format in FORMATS {
            let mut model = Model::default();
            before.iter().for_each(|change| model.apply(change));
            let (page, all_along) = page_between(&mut model, format, limit, &between);
            prop_assert_eq!(defects(&page, format), <[String; 0]>::default());
            for (name, label, _) in all_along {
                prop_assert_eq!(times(&page, format, (name, label)), 1, "{} of {}", label, name);
            }
        }
    }

    #[test]
    fn a_page_does_not_depend_on_its_pieces(before in prop::collection::vec(any_change(), 0..60)) {
        let mut model = Model::default();
        before.iter().for_each(|change| model.apply(change));
        for format in [Format::Text, Format::OpenMetrics(Escaping::Underscores)] {
            let whole = page_between(&mut model, format, usize::MAX, &[]).0;
            prop_assert_eq!(&page_between(&mut model, format, 1, &[]).0, &whole);
            prop_assert_eq!(page_between(&mut model, format, 300, &[]).0, whole);
        }
    }
}

/// How often a series is on the page: in text by its own line or its `_count`, in protobuf by its labels.
fn times(page: &[u8], format: Format, (of, label): (&str, u8)) -> usize {
    if let Format::Protobuf(_) = format {
        let labels = labels(&[("label", &label.to_string()), ("of", of)]);
        return page.windows(labels.len()).filter(|window| *window == labels).count();
    }
    let series = format!("{{label=\"{label}\",of=\"{of}\"}} ");
    let starts = [format!("{of}{series}"), format!("{of}_count{series}")];
    let page = String::from_utf8_lossy(page);
    page.lines().filter(|line| starts.iter().any(|start| line.starts_with(start))).count()
}
