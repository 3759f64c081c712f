use std::sync::atomic::{AtomicBool, Ordering};

use exporter_toolkit::Outcome;

use crate::served::{Served, collector, reading, steady, success};

#[test]
fn collectors_that_fail_and_have_no_data_leave_the_others_alone() {
    let served = Served::start(vec![
        collector("broken", |_, _| Outcome::Failed("no such file".into())),
        collector("partial", |_, things| {
            things.push("half".to_owned());
            Outcome::Failed("the other half".into())
        }),
        collector("absent", |_, _| Outcome::NoData),
        steady("good"),
    ]);
    let series = served.scrape("10");
    assert_eq!(series[&success("broken")], 0.0);
    assert_eq!(series[&success("partial")], 0.0);
    assert_eq!(series[&reading("partial", "half")], 1.0);
    assert_eq!(series[&success("absent")], 0.0);
    assert_eq!(series[&success("good")], 1.0);
    assert_eq!(series[&reading("good", "steady")], 1.0);
}

/// The same panic ends node_exporter, whose collectors run in goroutines of their own.
#[test]
fn a_panic_is_one_collector_s_failure_and_is_counted() {
    let panics = AtomicBool::new(true);
    let served = Served::start(vec![
        collector("wild", move |_, things| {
            assert!(!panics.swap(false, Ordering::Relaxed), "a panic of the test's own");
            things.push("tame".to_owned());
            Outcome::Ok
        }),
        collector("odd", |_, things| {
            things.push("unshapable".to_owned());
            Outcome::Ok
        }),
        steady("good"),
    ]);
    let first = served.scrape("10");
    assert_eq!((first[&success("wild")], first[&success("odd")], first[&success("good")]), (0.0, 0.0, 1.0));
    let second = served.scrape("10");
    assert_eq!((second[&success("wild")], second[&success("odd")], second[&success("good")]), (1.0, 0.0, 1.0));
    assert_eq!(second[&reading("wild", "tame")], 1.0);
    let third = served.scrape("10");
    assert_eq!(third["pilotlight_collector_panics_total{collector=\"wild\"}"], 1.0);
    assert_eq!(third["pilotlight_collector_panics_total{collector=\"odd\"}"], 2.0);
}
