//! The connection: kept between scrapes, opened anew when it is lost.

use std::net::TcpListener;
use std::time::Duration;

use testkit::process::free_address;
use testkit::redis::{FakeRedis, Manner};

use crate::setting::Exporter;

#[test]
fn one_connection_and_one_round_trip_a_scrape() {
    let redis = FakeRedis::start();
    let exporter = Exporter::start(&redis, &[]);
    let page = exporter.page();
    page.is_good();
    assert_eq!(redis.round_trips(), 2, "{:?}", redis.commands());
    for scrapes in 2..6 {
        let page = exporter.page();
        page.is_good();
        assert_eq!(redis.round_trips(), 1 + scrapes, "{:?}", redis.commands());
        assert_eq!(page.get("redis_exporter_round_trips_total"), Some(redis.round_trips() as f64));
        assert_eq!(page.get("redis_exporter_connections_opened_total"), Some(1.0));
        assert_eq!(page.get("redis_exporter_scrapes_total"), Some(scrapes as f64));
    }
    assert_eq!((redis.accepted(), redis.connections()), (1, 1));
}

#[test]
fn a_server_on_a_socket() {
    let redis = FakeRedis::start_on_socket();
    let exporter = Exporter::start(&redis, &[]);
    exporter.page().is_good();
    exporter.page().is_good();
    assert_eq!(redis.accepted(), 1);
    drop(redis);
    exporter.page().is_down("refused");
}

/// A kept connection that has ended meanwhile is none that failed: no false alarm.
#[test]
fn connections_that_end_between_scrapes() {
    for flags in [&[][..], &["--ping-on-connect"]] {
        let redis = FakeRedis::start();
        let exporter = Exporter::start(&redis, flags);
        for ended in 1..6 {
            exporter.page().is_good();
            assert_eq!(redis.accepted(), ended);
            redis.disconnect();
        }
        assert_eq!(exporter.warnings(), 0);
    }
}

#[test]
fn a_proxy_that_closes_behind_each_answer() {
    let redis = FakeRedis::start();
    let exporter = Exporter::start(&redis, &[]);
    // The login and the scrape.
    redis.behave(Manner::CloseAfter(2));
    for _ in 0..3 {
        exporter.page().is_good();
    }
    assert_eq!(redis.accepted(), 3);
    redis.behave(Manner::CloseAfter(1));
    exporter.page().is_down("io");
    redis.behave(Manner::Answer);
    exporter.page().is_good();
}

#[test]
fn a_server_that_resets_connections() {
    let redis = FakeRedis::start();
    let exporter = Exporter::start(&redis, &[]);
    exporter.page().is_good();
    redis.behave(Manner::Reset);
    exporter.page().is_down("io");
    redis.behave(Manner::Answer);
    exporter.page().is_good();
}

#[test]
fn a_server_that_is_not_there_yet_and_one_that_is_started_again() {
    let address = free_address().unwrap();
    let exporter = Exporter::of(&address.to_string(), &[]);
    let page = exporter.page();
    page.is_down("refused");
    assert!(page.took < Duration::from_secs(1), "{:?}", page.took);
    for _ in 0..3 {
        let redis = FakeRedis::start_at(address);
        exporter.page().is_good();
        exporter.page().is_good();
        assert_eq!(redis.accepted(), 1);
        drop(redis);
        exporter.page().is_down("refused");
    }
    let log = exporter.end();
    assert!(log.contains(&address.to_string()), "{log}");
}

/// `oliver006/redis_exporter#755`: there, the error's label has the port of the client, and is another one each time.
#[test]
fn an_error_has_the_same_label_each_time() {
    let redis = FakeRedis::start();
    redis.behave(Manner::Reset);
    let exporter = Exporter::start(&redis, &[]);
    let labels: Vec<String> = (0..5).map(|_| exporter.page().error().to_owned()).collect();
    assert_eq!(labels, ["io"; 5]);
}

#[test]
fn a_name_without_an_address() {
    let exporter = Exporter::of("redis://no-such-host.invalid:6379", &[]);
    exporter.page_within(3.0).is_down("dns");
}

/// The first address of a name may be one at which nobody listens: `localhost` is often `::1` first.
#[test]
fn a_name_with_several_addresses() {
    let redis = FakeRedis::start();
    Exporter::of(&format!("redis://localhost:{}", redis.address().port()), &[]).page().is_good();
}

/// It accepts, in the name of the kernel, and that is all.
#[test]
fn a_server_that_never_looks_at_its_queue() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let exporter = Exporter::of(&listener.local_addr().unwrap().to_string(), &[]);
    let page = exporter.page_within(0.5);
    page.is_down("timeout");
    assert!(page.took < Duration::from_millis(600), "{:?}", page.took);
}

/// What a client sends is dropped on the way, and nobody says so.
#[cfg(target_os = "linux")]
#[test]
fn an_address_behind_a_firewall() {
    let hole = testkit::redis::BlackHole::open().unwrap();
    let exporter = Exporter::of(&hole.address().unwrap().to_string(), &[]);
    let page = exporter.page_within(0.5);
    page.is_down("timeout");
    assert!(page.took < Duration::from_millis(600), "{:?}", page.took);

    // No longer than it is told, either.
    let patient = Exporter::of(&hole.address().unwrap().to_string(), &["--connection-timeout=200ms"]);
    let page = patient.page();
    page.is_down("timeout");
    assert!(page.took < Duration::from_secs(1), "{:?}", page.took);
}
