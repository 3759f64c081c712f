//! What hundreds of bad scrapes leave behind: nothing.

use std::fmt::Write as _;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use testkit::redis::{FakeRedis, Manner, text};
use testkit::usage::{Memory, descriptors};

use crate::setting::{Exporter, PATIENCE};

/// Open files and threads.
fn held(exporter: &Exporter) -> (usize, usize) {
    let threads = fs::read_dir(format!("/proc/{}/task", exporter.id())).unwrap().count();
    (descriptors(exporter.id()).unwrap(), threads)
}

/// The same, once it has closed the connections of this test.
fn settles_at(exporter: &Exporter, expected: (usize, usize)) {
    let begin = Instant::now();
    while held(exporter) != expected {
        assert!(begin.elapsed() < PATIENCE, "{:?} are held, not {expected:?}", held(exporter));
        thread::sleep(Duration::from_millis(5));
    }
}

/// The same, once nothing changes any more.
fn settled(exporter: &Exporter) -> (usize, usize) {
    loop {
        let before = held(exporter);
        thread::sleep(Duration::from_millis(100));
        if held(exporter) == before {
            return before;
        }
    }
}

fn peak(exporter: &Exporter) -> u64 {
    Memory::of(exporter.id()).unwrap().peak
}

#[test]
fn two_hundred_scrapes_of_a_server_that_hangs() {
    let redis = FakeRedis::start();
    let exporter = Exporter::start(&redis, &[]);
    exporter.page().is_good();
    redis.behave(Manner::FallSilent(10));
    let give_up = || {
        let page = exporter.page_within(0.1);
        // On a busy machine it may not even get to say so.
        if page.get("redis_up").is_some() {
            page.is_down("timeout");
        }
    };
    give_up();
    let before = settled(&exporter);
    let memory = peak(&exporter);
    (0..200).for_each(|_| give_up());
    settles_at(&exporter, before);
    assert!(peak(&exporter) < memory + (2 << 20), "{memory} {}", peak(&exporter));
    // A busy machine may not have got to it each time.
    assert!(redis.accepted() > 100 && redis.connections() <= 1, "{} {}", redis.accepted(), redis.connections());
    redis.behave(Manner::Answer);
    exporter.page().is_good();
    assert_eq!(exporter.warnings(), 1);
}

#[test]
fn two_hundred_connections_that_break() {
    let redis = FakeRedis::start();
    let exporter = Exporter::start(&redis, &[]);
    exporter.page().is_good();
    let before = settled(&exporter);
    for manner in [Manner::Reset, Manner::CloseAfter(1), Manner::Say(b"HTTP/1.1 400 Bad Request\r\n".to_vec())] {
        redis.behave(manner.clone());
        for _ in 0..70 {
            assert!(!exporter.page().is_up(), "{manner:?}");
        }
    }
    redis.behave(Manner::Answer);
    exporter.page().is_good();
    settles_at(&exporter, before);
}

/// Redis before 7.4 has no limit of its own for the kinds of errors, and a client can name any command.
#[test]
fn ten_megabytes_of_info() {
    let redis = FakeRedis::start();
    let exporter = Exporter::start(&redis, &[]);
    exporter.page().is_good();
    let before = peak(&exporter);
    let mut info = String::from("# Server\r\nredis_version:7.0.15\r\nrole:master\r\n# Commandstats\r\n");
    let long = "x".repeat(480);
    for number in 0..20_000 {
        if number == 10_000 {
            info.push_str("# Errorstats\r\n");
        }
        let line = if number < 10_000 {
            format!(
                "cmdstat_{long}{number}:calls={number},usec=1,usec_per_call=1.00,rejected_calls=0,failed_calls=0\r\n"
            )
        } else {
            format!("errorstat_{long}{number}:count={number}\r\n")
        };
        info.push_str(&line);
    }
    assert!(info.len() > 10 << 20, "{}", info.len());
    redis.answer("INFO", text(&info));
    let page = exporter.page();
    page.is_good();
    assert!(page.took < Duration::from_secs(2), "{:?}", page.took);
    assert!(page.len() < 2_000, "{} series", page.len());
    let grown = peak(&exporter) - before;
    assert!(grown < 40 << 20, "{grown} bytes more");
    redis.answer("INFO", text("redis_version:7.0.15\r\n"));
    exporter.page().is_good();
    let resident = Memory::of(exporter.id()).unwrap().resident;
    assert!(resident < before + (16 << 20), "{resident} bytes stay, before {before}");
}

#[test]
fn more_than_anybody_answers() {
    let redis = FakeRedis::start();
    let exporter = Exporter::start(&redis, &[]);
    exporter.page().is_good();
    let before = peak(&exporter);
    redis.answer("INFO", text("x".repeat(64 << 20)));
    exporter.page().is_down("protocol");
    let mut bomb = String::new();
    for _ in 0..100_000 {
        write!(bomb, "*1000000\r\n").unwrap();
    }
    redis.answer("INFO", bomb.into_bytes());
    exporter.page().is_down("protocol");
    assert!(peak(&exporter) < before + (24 << 20), "{before} {}", peak(&exporter));
}
