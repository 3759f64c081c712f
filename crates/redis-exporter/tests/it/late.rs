//! Servers that take their time, or all of it.

use std::thread;
use std::time::{Duration, Instant};

use testkit::redis::{Answer, FakeRedis, Manner, status, text};

use crate::setting::Exporter;

/// Half a second, of which the scrape may use four fifths.
const SHORT: f64 = 0.5;

#[test]
fn silence_at_every_point_of_a_scrape() {
    let redis = FakeRedis::start();
    let exporter = Exporter::start(&redis, &[]);
    for bytes in [0, 1, 5, 20, 300] {
        redis.behave(Manner::FallSilent(bytes));
        let page = exporter.page_within(SHORT);
        page.is_down("timeout");
        assert!(page.took < Duration::from_secs_f64(SHORT), "{bytes}: {:?}", page.took);
        redis.behave(Manner::Answer);
        exporter.page().is_good();
    }
    assert_eq!(redis.connections(), 1);
}

#[test]
fn one_byte_at_a_time() {
    let redis = FakeRedis::start();
    redis.behave(Manner::Drip(Duration::from_millis(100)));
    let exporter = Exporter::start(&redis, &[]);
    let page = exporter.page_within(SHORT);
    page.is_down("timeout");
    assert!(page.took < Duration::from_secs_f64(SHORT), "each byte comes in time, all do not: {:?}", page.took);
}

#[test]
fn a_single_command_that_hangs() {
    let redis = FakeRedis::start();
    redis.answer("INFO all", Answer::Silence);
    let exporter = Exporter::start(&redis, &[]);
    exporter.page_within(SHORT).is_down("timeout");
}

/// `oliver006/redis_exporter`: 15 s for each command make 24 s of a scrape, when the scraper has long gone.
#[test]
fn every_command_is_slow() {
    let redis = FakeRedis::start();
    let slow = |answer: Vec<u8>| {
        move |_: &[String]| {
            thread::sleep(Duration::from_millis(300));
            answer.clone()
        }
    };
    redis.answer("", slow(status("OK")));
    redis.answer("INFO", slow(text("redis_version:7.0.15\r\n")));
    let exporter = Exporter::start(&redis, &[]);
    let page = exporter.page_within(1.0);
    page.is_down("timeout");
    assert!(page.took < Duration::from_secs(1), "{:?}", page.took);
}

#[test]
fn a_server_that_is_slow_but_in_time() {
    let redis = FakeRedis::start();
    let exporter = Exporter::start(&redis, &[]);
    exporter.page().is_good();
    redis.answer("INFO", |_: &[String]| {
        thread::sleep(Duration::from_millis(700));
        text("redis_version:7.0.15\r\n")
    });
    let page = exporter.page_within(2.5);
    page.is_good();
    assert!(page.took >= Duration::from_millis(700));
    assert_eq!(redis.accepted(), 1, "it is waited for on the connection that there is");
}

/// Time for a second attempt is left when a kept connection leads nowhere.
#[test]
fn a_kept_connection_that_a_firewall_has_forgotten() {
    let redis = FakeRedis::start();
    let exporter = Exporter::start(&redis, &[]);
    exporter.page().is_good();
    let address = redis.address();
    redis.behave(Manner::FallSilent(0));
    let answers = thread::spawn({
        let begin = Instant::now();
        move || (exporter.page_within(3.0), exporter, begin.elapsed())
    });
    // The scrape waits on the connection that leads nowhere; a new one does not.
    while redis.round_trips() < 3 {
        thread::sleep(Duration::from_millis(5));
    }
    redis.behave(Manner::Answer);
    let (page, exporter, _) = answers.join().unwrap();
    page.is_good();
    assert_eq!((redis.accepted(), redis.connections(), redis.address()), (2, 1, address));
    assert_eq!(exporter.warnings(), 0);
}

#[test]
fn a_failure_is_logged_once() {
    let redis = FakeRedis::start();
    redis.behave(Manner::FallSilent(0));
    let exporter = Exporter::start(&redis, &[]);
    for _ in 0..5 {
        exporter.page_within(SHORT).is_down("timeout");
    }
    redis.behave(Manner::Answer);
    exporter.page().is_good();
    redis.behave(Manner::FallSilent(0));
    exporter.page_within(SHORT).is_down("timeout");
    assert_eq!(exporter.warnings(), 2);
}

#[test]
fn two_scrapes_at_a_time() {
    let redis = FakeRedis::start();
    let exporter = Exporter::start(&redis, &[]);
    exporter.page().is_good();
    redis.answer("INFO", |_: &[String]| {
        thread::sleep(Duration::from_millis(300));
        text("redis_version:7.0.15\r\n")
    });
    let before = redis.round_trips();
    thread::scope(|scope| {
        let pages: Vec<_> = (0..8).map(|_| scope.spawn(|| exporter.page())).collect();
        pages.into_iter().for_each(|page| page.join().unwrap().is_good());
    });
    assert!(redis.round_trips() - before <= 2, "who asks while one is on its way has its page, or the next one's");
    assert_eq!(redis.accepted(), 1);
}
