//! Whether two exporters tell the same of the machine that both are on.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use testkit::{Validator, http, page};

/// What an exporter tells of itself, how long it took, and a count that the files which it has open itself are among.
const OWN: [&str; 4] = ["process_", "promhttp_", "node_scrape_collector_duration_seconds", "node_filefd_allocated"];

/// How many times both are looked at, as long as something is not the same. What is so by chance, since it moves, is not so each
/// time.
const MOST_ROUNDS: usize = 20;

/// The values of a page as text, in which NaN equals itself.
pub(crate) type Series = BTreeMap<String, String>;

/// What the page of `changed` has otherwise than that of `plain`, sorted: a series that is missing or too much, or whose value
/// is another although it stands still.
pub(crate) fn differences(changed: SocketAddr, plain: SocketAddr) -> Vec<String> {
    differences_of(|| series(changed), || series(plain))
}

/// The same of pages that are to be had in other ways.
pub(crate) fn differences_of(changed: impl Fn() -> Series, plain: impl Fn() -> Series) -> Vec<String> {
    let look = || {
        let (before, other, after) = (changed(), plain(), changed());
        let mut different = BTreeMap::new();
        for name in before.keys().chain(after.keys()).chain(other.keys()).collect::<BTreeSet<_>>() {
            let (before, other, after) = (before.get(name), other.get(name), after.get(name));
            if before == after && before != other {
                let show = |value: Option<&String>| value.map_or("absent", String::as_str).to_owned();
                different.insert(name.clone(), format!("{name}: {} and not {}", show(before), show(other)));
            }
        }
        different
    };
    let mut kept = look();
    for _ in 1..MOST_ROUNDS {
        if kept.is_empty() {
            break;
        }
        let again = look();
        kept.retain(|name, _| again.contains_key(name));
    }
    kept.into_values().collect()
}

/// What the exporter there tells of the machine.
pub(crate) fn series(address: SocketAddr) -> Series {
    let answer = http::scrape(address, http::PROMETHEUS, &Validator::default(), None).expect("the page is good");
    let series = page::series(&answer.body).into_iter();
    let of_machine = series.filter(|(name, _)| !OWN.iter().any(|own| name.starts_with(own)));
    of_machine.map(|(name, value)| (name, value.to_string())).collect()
}
