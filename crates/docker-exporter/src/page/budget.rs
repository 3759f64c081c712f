//! How many series a container has, and what they cost.

use exposition::Families;

use super::examples::{NOW, engine, entry, interface, record, shown, usage_of_v1, usage_of_v2, web};
use super::*;
use crate::container::{Container, Health};
use crate::inventory::Record;
use crate::usage::{Interface, Usage};

/// Containers that are up, all alike: with one interface, one device, a quota and a health check.
struct Fleet {
    shown: Shown,
    engine: EngineState,
    entries: Vec<Entry>,
    usage: Usage,
    interfaces: [Interface; 1],
    record: Record,
}

impl Fleet {
    fn new(containers: usize, usage: Usage, record: Record) -> Self {
        let container = |n| Container { id: format!("{n:064}"), name: format!("shop-web-{n}"), ..web() };
        let entries = (0..containers).map(|n| entry(container(n))).collect();
        Fleet { shown: shown(), engine: engine("1"), entries, usage, interfaces: [interface("eth0")], record }
    }

    /// Shows everything of them.
    fn stage(&self, page: &mut Families) {
        let used = self.entries.iter().map(|entry| (entry, &self.usage, &self.interfaces[..]));
        let records = self.entries.iter().map(|entry| (entry.container.name.as_str(), &self.record));
        containers(&self.entries, &self.engine, NOW, &self.shown, page);
        usage(used, &self.shown, page);
        totals(records, self.entries.len(), NOW, &self.shown, page);
    }
}

#[test]
fn series_of_a_container() {
    let checked = Health::COUNTED.map(|health| (health, 0.into())).into();
    let never_ended = Record { health_transitions: checked, expected_running: Some(true), ..Record::default() };
    let ended = Record { declared: true, last_exit: record().last_exit, ..never_ended.clone() };
    for (usage, record, series) in [
        (usage_of_v1(), &never_ended, 59),
        (usage_of_v1(), &ended, 63),
        (usage_of_v2(), &never_ended, 68),
        (usage_of_v2(), &ended, 72),
    ] {
        let mut page = Families::default();
        Fleet::new(1, usage, record.clone()).stage(&mut page);
        assert_eq!(page.samples(), series);
    }
}

#[test]
fn no_sample_allocates() {
    let mut page = Families::default();
    let mut allocations = |containers| {
        let fleet = Fleet::new(containers, usage_of_v2(), record());
        fleet.stage(&mut page);
        page.clear();
        allocation_counter::measure(|| fleet.stage(&mut page)).count_total
    };
    assert_eq!((allocations(1), allocations(50)), (3, 3));
}
