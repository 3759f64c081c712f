//! Which field of INFO is shown as what: one number, one series without labels.
//!
//! Names and types are those of redis_exporter, also where a gauge ends in `_total` or a counter does not; what it lacks is
//! ours. CLUSTER INFO, and SERVER EXT of Tile38, have fields of the same form and are looked up here too.

mod clients;
mod cluster;
mod cpu;
mod makers;
mod memory;
mod modules;
mod persistence;
mod replication;
mod server;
mod stats;
mod tile38;

use std::sync::LazyLock;

use exporter_toolkit::order;
use exposition::Desc;

use crate::settings::Settings;

/// A field and what it is shown as.
#[derive(Debug)]
pub(super) struct Metric {
    pub(super) field: &'static str,
    pub(super) desc: Desc,
}

/// Metrics that are shown together or not at all.
struct Group {
    shown: fn(&Settings) -> bool,
    metrics: &'static [Metric],
}

/// A metric among all.
pub(super) struct Entry {
    pub(super) metric: &'static Metric,
    pub(super) shown: fn(&Settings) -> bool,
}

/// `$kind!(field, name, help)`; the help text is followed by the field.
macro_rules! metric {
    ($kind:ident, $field:literal, $name:literal, $help:literal) => {
        $crate::page::info::table::Metric {
            field: $field,
            desc: exposition::Desc {
                name: $name,
                help: concat!($help, " (", $field, ")."),
                kind: exposition::Kind::$kind,
                labels: &[],
            },
        }
    };
}
macro_rules! gauge {
    ($field:literal, $name:literal, $help:literal) => {
        $crate::page::info::table::metric!(Gauge, $field, $name, $help)
    };
}
macro_rules! counter {
    ($field:literal, $name:literal, $help:literal) => {
        $crate::page::info::table::metric!(Counter, $field, $name, $help)
    };
}
use {counter, gauge, metric};

const GROUPS: &[Group] = &[
    Group { shown: |_| true, metrics: server::METRICS },
    Group { shown: |_| true, metrics: clients::METRICS },
    Group { shown: |_| true, metrics: memory::METRICS },
    Group { shown: |settings| settings.system, metrics: memory::OF_THE_SYSTEM },
    Group { shown: |_| true, metrics: persistence::METRICS },
    Group { shown: |_| true, metrics: stats::METRICS },
    Group { shown: |_| true, metrics: replication::METRICS },
    Group { shown: |_| true, metrics: cpu::METRICS },
    Group { shown: |_| true, metrics: cluster::METRICS },
    Group { shown: |_| true, metrics: makers::METRICS },
    Group { shown: |settings| settings.modules, metrics: modules::METRICS },
    Group { shown: |settings| settings.tile38, metrics: tile38::METRICS },
];

/// Every metric, sorted by the length of its field first: numbers are compared faster than names.
static SORTED: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let entries = |group: &Group| {
        let shown = group.shown;
        group.metrics.iter().map(move |metric| Entry { metric, shown })
    };
    let mut sorted: Vec<Entry> = GROUPS.iter().flat_map(entries).collect();
    order::sort_by(&mut sorted, |a, b| by_length(a.metric.field).cmp(&by_length(b.metric.field)));
    sorted
});

/// What a field is shown as, and which one of [`count`] that is.
pub(super) fn find(field: &str) -> Option<(usize, &'static Entry)> {
    let sorted: &'static Vec<Entry> = &SORTED;
    let index = sorted.binary_search_by_key(&by_length(field), |entry| by_length(entry.metric.field)).ok()?;
    Some((index, &sorted[index]))
}

fn by_length(field: &str) -> (usize, &str) {
    (field.len(), field)
}

/// Whether a metric has this name, without the namespace.
pub(super) fn is_name(name: &str) -> bool {
    SORTED.iter().any(|entry| entry.metric.desc.name.strip_prefix("redis_") == Some(name))
}

/// How many metrics there are.
pub(super) fn count() -> usize {
    SORTED.len()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use exposition::{Kind, is_metric_name};

    use super::*;

    #[test]
    fn every_field_and_every_name_stands_once() {
        let fields: BTreeSet<_> = SORTED.iter().map(|entry| entry.metric.field).collect();
        let names: BTreeSet<_> = SORTED.iter().map(|entry| entry.metric.desc.name).collect();
        assert_eq!((fields.len(), names.len()), (SORTED.len(), SORTED.len()));
        assert!(names.iter().all(|name| name.starts_with("redis_") && is_metric_name(name)), "{names:?}");
    }

    #[test]
    fn every_field_is_found() {
        for (index, entry) in SORTED.iter().enumerate() {
            let found = find(entry.metric.field).map(|(index, found)| (index, found.metric.desc.name));
            assert_eq!(found, Some((index, entry.metric.desc.name)));
        }
        assert!(find("").is_none() && find("used_memory_human").is_none() && find("zzz").is_none());
    }

    #[test]
    fn every_field_that_redis_exporter_shows_has_its_name_and_type() {
        let peer = include_str!("../../../../fixtures/redis_exporter_fields.txt");
        let lines = peer.lines().filter(|line| !line.starts_with('#'));
        for line in lines {
            let words: Vec<&str> = line.split(' ').collect();
            let [kind, field, name] = words[..] else { panic!("{line}") };
            let Some((_, found)) = find(field) else { panic!("{field} is missing") };
            let kind = if kind == "counter" { Kind::Counter } else { Kind::Gauge };
            assert_eq!((found.metric.desc.name, found.metric.desc.kind), (&*format!("redis_{name}"), kind), "{field}");
        }
    }
}
