use std::env;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use exporter_toolkit::args::{LogArgs, LogFormat, LogLevel};
use exporter_toolkit::{Outcome, logging};

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

/// Set for the process of [`a_panic_in_every_scrape_is_logged_once`] whose log is its own.
const LOGGED: &str = "EXPORTER_TOOLKIT_TEST_LOGGED";

#[test]
fn a_panic_in_every_scrape_is_logged_once() {
    if env::var_os(LOGGED).is_some() {
        logging::start(&LogArgs { level: LogLevel::Debug, format: LogFormat::Logfmt });
        let served = Served::start(vec![
            collector("wild", |_, _| panic!("a payload of the test's own")),
            collector("odd", |_, things| {
                things.push("unshapable".to_owned());
                Outcome::Ok
            }),
            steady("good"),
        ]);
        for _ in 0..3 {
            let series = served.scrape("10");
            assert_eq!((series[&success("wild")], series[&success("odd")], series[&success("good")]), (0.0, 0.0, 1.0));
        }
        assert_eq!(served.scrape("10")["pilotlight_collector_panics_total{collector=\"wild\"}"], 3.0);
        return;
    }
    let mut own = Command::new(env::current_exe().unwrap());
    own.args(["--exact", "isolation::a_panic_in_every_scrape_is_logged_once", "--nocapture"]).env(LOGGED, "1");
    let ended = own.output().unwrap();
    let log = String::from_utf8(ended.stderr).unwrap();
    assert!(ended.status.success(), "{log}");
    for line in [
        "level=ERROR msg=panicked place=crates/exporter-toolkit/tests/it/isolation.rs",
        "level=ERROR msg=panicked place=crates/exporter-toolkit/tests/it/served.rs",
        "level=WARN msg=\"collector failed\" collector=wild error=\"panicked, and was built anew\"",
        "level=WARN msg=\"collector failed\" collector=odd error=\"panicked, and was built anew\"",
    ] {
        assert_eq!(log.matches(line).count(), 1, "{line}\n{log}");
    }
    assert!(!log.contains("of the test's own") && !log.contains("backtrace"), "{log}");
}
