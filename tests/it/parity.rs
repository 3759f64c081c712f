//! A page of ours beside the peer's: the same names, types, label sets and values, but for an allow-list.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use serde_json::Value;
use testkit::http::{self, PROMETHEUS};
use testkit::{Validator, page};

use crate::host_pair::Pair;
use crate::tools::{entries, text};

/// How many times as often as meant pages are compared before what has always differed is held to be a difference.
const PATIENCE: usize = 5;

/// A comparison of several pairs of pages by one allow-list.
pub(crate) struct Parity {
    allowed: AllowList,
    wrong: Vec<String>,
}

impl Parity {
    /// By an allow-list of this crate.
    pub(crate) fn new(allow_list: &str) -> Parity {
        Parity { allowed: AllowList::read(allow_list), wrong: Vec::new() }
    }

    /// Scrapes peer, ours, peer, time and again, and compares. Ours has to please the validator too.
    ///
    /// Ours is right if its values lie between the peer's just before and just after: a counter always, anything else
    /// at least once, as it may swing while it is read. What is in one page only is a difference if it always is. There
    /// are `rounds` of them, and up to `PATIENCE` times as many while something has always differed.
    ///
    /// # Panics
    /// When one of them does not answer, and with what the validator says.
    pub(crate) fn compare(&mut self, pair: &Pair, validator: &Validator<'_>, rounds: usize) {
        let Pair { machine, ours, peer, alone, .. } = pair;
        self.alternate(machine, [ours.address(), peer.address()], alone, validator, rounds);
    }

    /// The same of any ours and its peer; `place` says where they are.
    pub(crate) fn compare_at(&mut self, place: &str, pair: [SocketAddr; 2], validator: &Validator<'_>, rounds: usize) {
        self.alternate(place, pair, &[], validator, rounds);
    }

    fn alternate(
        &mut self,
        place: &str,
        [ours, peer]: [SocketAddr; 2],
        alone: &[String],
        validator: &Validator<'_>,
        rounds: usize,
    ) {
        let mut seen: BTreeMap<Difference, usize> = BTreeMap::new();
        let mut previous = None;
        let scrape = || Page::read(&http::get(peer, "/metrics", PROMETHEUS).expect("the peer answers").body);
        let mut done = 0;
        while done < rounds || (done < rounds * PATIENCE && seen.values().any(|times| *times == done)) {
            let before = scrape();
            let response = http::scrape(ours, PROMETHEUS, validator, previous.as_ref()).expect("a good page");
            let (own, after) = (Page::read(&response.body).without_collectors(alone), scrape());
            previous = Some(response);
            for difference in differences(&before, &own, &after, &mut self.allowed) {
                *seen.entry(difference).or_default() += 1;
            }
            done += 1;
        }
        let real = seen.into_iter().filter(|(difference, times)| *times == done || !difference.may_pass);
        self.wrong.extend(real.map(|(difference, _)| format!("{place}: {}", difference.what)));
    }

    /// Compares one page of ours with one of the peer's, both of a state that stands still; `place` says which.
    pub(crate) fn compare_pages(&mut self, place: &str, theirs: &[u8], ours: &[u8]) {
        let (theirs, ours) = (Page::read(theirs), Page::read(ours));
        let found = differences(&theirs, &ours, &theirs, &mut self.allowed);
        self.wrong.extend(found.into_iter().map(|difference| format!("{place}: {}", difference.what)));
    }

    /// Tells of a difference that a suite has found by itself.
    pub(crate) fn differs(&mut self, place: &str, kind: &str, metric: &str) {
        if !self.allowed.permits(kind, metric) {
            self.wrong.push(format!("{place}: {kind}: {metric}"));
        }
    }

    /// # Panics
    /// With every difference that the allow-list does not permit, and every entry of it that nothing needed.
    pub(crate) fn finish(self) {
        let wrong: Vec<String> = self.wrong.into_iter().chain(self.allowed.faults()).collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

/// What one page says.
struct Page {
    series: BTreeMap<String, f64>,
    types: BTreeMap<String, String>,
}

impl Page {
    /// Reads the body of a text page.
    fn read(body: &[u8]) -> Page {
        Page { series: page::series(body), types: page::types(body) }
    }

    /// Without what it tells of how these collectors fared.
    fn without_collectors(mut self, collectors: &[String]) -> Page {
        let label = |name| format!("{{collector=\"{name}\"}}");
        self.series.retain(|series, _| !collectors.iter().any(|name| series.ends_with(&label(name))));
        self
    }

    /// The series of each name.
    fn by_name(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut names: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for series in self.series.keys() {
            let name = series.split('{').next().unwrap_or(series);
            names.entry(name).or_default().insert(series);
        }
        names
    }

    /// The type of a sample's family.
    fn type_of(&self, name: &str) -> &str {
        let family = ["_bucket", "_sum", "_count"].iter().find_map(|end| self.types.get(name.strip_suffix(end)?));
        self.types.get(name).or(family).map_or("untyped", String::as_str)
    }
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Difference {
    /// A kind of the allow-list, and a name or a series.
    what: String,
    /// Whether the machine may have done it between two scrapes.
    may_pass: bool,
}

/// Compares ours with the peer's pages just before and just after.
fn differences(before: &Page, own: &Page, after: &Page, allowed: &mut AllowList) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut add = |kind: &str, subject: &str, may_pass: bool| {
        found.push(Difference { what: format!("{kind}: {subject}"), may_pass });
    };
    let (theirs, ours) = (before.by_name(), own.by_name());
    for name in theirs.keys().chain(ours.keys().filter(|name| !theirs.contains_key(*name))) {
        let (Some(their_series), Some(our_series)) = (theirs.get(name), ours.get(name)) else {
            let kind = if ours.contains_key(name) { "extra" } else { "missing" };
            if !allowed.permits(kind, name) {
                add(kind, name, true);
            }
            continue;
        };
        let kind = before.type_of(name);
        if kind != own.type_of(name) && !allowed.permits("type", name) {
            add("type", name, false);
        }
        if their_series != our_series && !allowed.permits("series", name) {
            their_series.symmetric_difference(our_series).for_each(|series| add("series", series, true));
        }
        if allowed.permits("value", name) {
            continue;
        }
        let swings = !["counter", "histogram", "summary"].contains(&kind);
        for series in their_series.intersection(our_series) {
            let [before, own, after] = [before, own, after].map(|page| page.series.get(*series));
            if let (Some(before), Some(own), Some(after)) = (before, own, after)
                && !between(*before, *own, *after)
            {
                add("value", series, swings);
            }
        }
    }
    found
}

/// Whether ours lies between the peer's values, in whatever order they are. The last bits are not compared: a division
/// by 1,000 is as right as a multiplication by 0.001.
fn between(before: f64, own: f64, after: f64) -> bool {
    let same = own == before || (own.is_nan() && before.is_nan());
    let slack = before.abs().max(after.abs()) * 1e-12;
    same || (before.min(after) - slack <= own && own <= before.max(after) + slack)
}

/// The differences that are meant, each with its reason.
struct AllowList {
    file: String,
    entries: Vec<Value>,
    needed: BTreeSet<usize>,
}

impl AllowList {
    /// Reads a file of this crate.
    fn read(file: &str) -> AllowList {
        AllowList { file: file.to_owned(), entries: entries(file, "difference"), needed: BTreeSet::new() }
    }

    /// Whether an entry covers this metric; it is needed from now on.
    fn permits(&mut self, kind: &str, name: &str) -> bool {
        let entry = self.entries.iter().position(|entry| {
            let metric = text(entry, "metric");
            text(entry, "kind") == kind
                && metric.strip_suffix('*').map_or(metric == name, |start| name.starts_with(start))
        });
        self.needed.extend(entry);
        entry.is_some()
    }

    /// Entries without a reason, and entries without a difference, but for those that say that there is one sometimes.
    fn faults(self) -> impl Iterator<Item = String> {
        let AllowList { file, entries, needed } = self;
        entries.into_iter().enumerate().filter_map(move |(index, entry)| {
            let sometimes = entry.get("sometimes").and_then(Value::as_bool) == Some(true);
            let fault = match (needed.contains(&index) || sometimes, text(&entry, "reason")) {
                (false, _) => "is not needed any more",
                (true, "") => "has no reason",
                (true, _) => return None,
            };
            Some(format!("tests/{file}: {entry} {fault}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What differs between equal pages of the peer and ours, by an allow-list with one entry of go.
    fn compared(peer: &str, ours: &str) -> Vec<String> {
        let entry = serde_json::json!({ "metric": "go_*", "kind": "missing", "reason": "no Go" });
        let mut allowed = AllowList { file: "x.toml".to_owned(), entries: vec![entry], needed: BTreeSet::new() };
        let (peer, ours) = (Page::read(peer.as_bytes()), Page::read(ours.as_bytes()));
        let found = differences(&peer, &ours, &peer, &mut allowed);
        found.into_iter().map(|difference| difference.what).chain(allowed.faults()).collect()
    }

    #[test]
    fn a_page_that_is_the_peers_in_another_order() {
        let peer = "# TYPE a counter\na{x=\"1\",y=\"\"} 1\n# TYPE b gauge\nb NaN\ngo_threads 3\n";
        let ours = "# TYPE b gauge\nb NaN\n# TYPE a counter\na{x=\"1\"} 1\n";
        assert_eq!(compared(peer, ours), Vec::<String>::new());
    }

    #[test]
    fn a_page_that_differs_in_everything() {
        let peer = "# TYPE a counter\na{x=\"1\"} 1\n# TYPE b gauge\nb 2\n# TYPE c gauge\nc 3\nd 4\n";
        let ours = "# TYPE a counter\na{x=\"2\"} 1\n# TYPE b gauge\nb 2.1\n# TYPE c counter\nc 3\ne 5\n";
        let found = [
            r#"series: a{x="1"}"#,
            r#"series: a{x="2"}"#,
            "value: b",
            "type: c",
            "missing: d",
            "extra: e",
            r#"tests/x.toml: {"kind":"missing","metric":"go_*","reason":"no Go"} is not needed any more"#,
        ];
        assert_eq!(compared(peer, ours), found);
    }

    #[test]
    fn an_entry_for_what_differs_sometimes() {
        let entry = |sometimes: bool| serde_json::json!({ "metric": "a", "kind": "value", "reason": "it moves", "sometimes": sometimes });
        let faults = |sometimes| {
            let entries = vec![entry(sometimes)];
            AllowList { file: "x.toml".to_owned(), entries, needed: BTreeSet::new() }.faults().count()
        };
        assert_eq!((faults(true), faults(false)), (0, 1));
    }

    #[test]
    fn values_between_the_peers() {
        assert!(between(1.0, 1.0, 1.0) && between(1.0, 1.5, 2.0) && between(2.0, 1.5, 1.0));
        assert!(between(f64::NAN, f64::NAN, f64::NAN) && between(f64::INFINITY, f64::INFINITY, f64::INFINITY));
        assert!(between(0.3, 0.1 + 0.2, 0.3), "the last bits");
        assert!(!between(1.0, 0.9, 2.0) && !between(0.0, 1e-9, 0.0) && !between(f64::NAN, 0.0, f64::NAN));
    }
}
