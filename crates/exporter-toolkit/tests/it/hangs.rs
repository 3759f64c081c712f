use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use exporter_toolkit::Outcome;

use crate::served::{Dead, Served, collector, reading, steady, success};

/// As it was when the scrape began.
const BLOCKED: &str = "pilotlight_blocked_readers";

#[test]
fn one_dead_mount_costs_its_own_series_and_no_others() {
    let dead = Dead::default();
    let touch = dead.clone();
    let served = Served::start(vec![
        steady("before"),
        collector("filesystem", move |watch, things| {
            for mount in ["/", "/mnt/nfs", "/home"] {
                let answers = watch.guard(mount, || {
                    if mount == "/mnt/nfs" {
                        touch.touch();
                    }
                });
                things.push(if answers.is_ok() { mount.to_owned() } else { format!("{mount} dead") });
            }
            Outcome::Ok
        }),
        steady("after"),
    ]);
    dead.during(|| {
        let begin = Instant::now();
        let series = served.scrape("1");
        assert!(begin.elapsed() < Duration::from_secs(1), "the page comes in time");
        for name in ["before", "filesystem", "after"] {
            assert_eq!(series[&success(name)], 1.0, "{name}");
        }
        for thing in ["/", "/mnt/nfs dead", "/home"] {
            assert_eq!(series[&reading("filesystem", thing)], 1.0, "{thing}");
        }
        // The dead mount is not touched again: this scrape waits for nothing, and no further thread hangs.
        let begin = Instant::now();
        let series = served.scrape("10");
        assert!(begin.elapsed() < Duration::from_secs(1));
        assert_eq!(series[&reading("filesystem", "/mnt/nfs dead")], 1.0);
        assert_eq!(served.scrape("10")[BLOCKED], 1.0);
    });
    served.settles(&reading("filesystem", "/mnt/nfs"), 1.0);
    served.settles(BLOCKED, 0.0);
}

#[test]
fn a_dead_mount_whose_answer_makes_the_collector_panic_is_touched_again() {
    let (dead, panics) = (Dead::default(), AtomicBool::new(true));
    let touch = dead.clone();
    let served = Served::start(vec![collector("filesystem", move |watch, things| {
        let answers = watch.guard("/mnt", || {
            touch.touch();
            assert!(!panics.swap(false, Ordering::Relaxed), "a panic of the test's own");
        });
        things.push(if answers.is_ok() { "alive".to_owned() } else { "dead".to_owned() });
        Outcome::Ok
    })]);
    dead.during(|| assert_eq!(served.scrape("1")[&reading("filesystem", "dead")], 1.0));
    served.settles(&reading("filesystem", "alive"), 1.0);
    served.settles(BLOCKED, 0.0);
}

#[test]
fn a_collector_that_does_not_say_what_hangs_is_left_out_whole_until_it_returns() {
    let dead = Dead::default();
    let touch = dead.clone();
    let served = Served::start(vec![
        steady("before"),
        collector("mute", move |_, things| {
            touch.touch();
            things.push("spoke".to_owned());
            Outcome::Ok
        }),
        steady("after"),
    ]);
    dead.during(|| {
        for _ in 0..2 {
            let series = served.scrape("1");
            assert_eq!(
                (series[&success("before")], series[&success("mute")], series[&success("after")]),
                (1.0, 0.0, 1.0)
            );
            assert!(!series.contains_key(&reading("mute", "spoke")));
        }
        assert_eq!(served.scrape("1")[BLOCKED], 1.0, "the second scrape did not touch it");
    });
    served.settles(&reading("mute", "spoke"), 1.0);
    served.settles(BLOCKED, 0.0);
}

#[test]
fn at_most_eight_threads_hang() {
    let dead = Dead::default();
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    let mute = |name| {
        let touch = dead.clone();
        collector(name, move |_, _| {
            touch.touch();
            Outcome::Ok
        })
    };
    let served = Served::start(names.map(mute).into());
    dead.during(|| {
        // Each scrape gives up on as many as its second allows; the second one has touched all that may be touched.
        let blocked: Vec<f64> = (0..5).map(|_| served.scrape("1")[BLOCKED]).collect();
        assert!(blocked.is_sorted() && blocked.ends_with(&[8.0, 8.0]), "{blocked:?}");
        let series = served.scrape("1");
        assert!(names.iter().all(|name| series[&success(name)] == 0.0));
    });
    served.settles(BLOCKED, 0.0);
    served.settles(&success("j"), 1.0);
}

#[test]
fn a_slow_collector_gets_half_of_what_is_left_and_the_next_one_the_rest() {
    let served = Served::start(vec![
        collector("slow", |_, _| {
            std::thread::sleep(Duration::from_millis(600));
            Outcome::Ok
        }),
        steady("after"),
    ]);
    let series = served.scrape("1");
    assert_eq!((series[&success("slow")], series[&success("after")]), (0.0, 1.0));
    served.settles(&success("slow"), 1.0);
}
