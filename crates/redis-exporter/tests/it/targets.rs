//! Servers that a request names: those that may be, those that may not, and far too many.

use testkit::http;
use testkit::redis::{FakeRedis, Manner};

use crate::setting::Exporter;

/// What the exporter answers to a request for a page of that server.
fn status(exporter: &Exporter, target: &str) -> u16 {
    http::get(exporter.address(), &format!("/scrape?target={target}"), &[]).unwrap().status
}

#[test]
fn a_server_that_may_be_named() {
    let (own, other) = (FakeRedis::start(), FakeRedis::start());
    let allowed = format!("--scrape.allow-target={}", other.address());
    let exporter = Exporter::start(&own, &[&allowed]);
    for target in [other.address().to_string(), other.url(), format!("{}/3", other.url())] {
        exporter.page_of(&target).is_good();
    }
    assert_eq!((other.accepted(), own.accepted()), (1, 0), "one server, however it is written");
    exporter.page_of(&own.url()).is_good();

    // The other one fails alone.
    other.behave(Manner::Say(b"HTTP/1.1 400 Bad Request\r\n".to_vec()));
    exporter.page_of(&other.url()).is_down("protocol");
    exporter.page().is_good();
    exporter.page_of(&own.url()).is_good();
}

/// Whoever reaches the exporter would else reach, by it, whatever it reaches.
#[test]
fn servers_that_may_not_be_named() {
    let (own, other, socket) = (FakeRedis::start(), FakeRedis::start(), FakeRedis::start_on_socket());
    let exporter = Exporter::start(&own, &[]);
    let host = own.address().ip();
    for target in [
        other.address().to_string(),
        other.url(),
        socket.url(),
        format!("{host}:22"),
        format!("redis://{host}:22"),
        "localhost".to_owned(),
        "169.254.169.254:80".to_owned(),
        format!("{}@{}", own.address(), other.address()),
    ] {
        assert_eq!(status(&exporter, &target), 403, "{target}");
    }
    for target in
        ["", "file:///etc/passwd", "http://localhost:80", "redis://", "unix://x", ":0", "a:99999", "%00", "%zz"]
    {
        let status = status(&exporter, target);
        assert!([400, 403].contains(&status), "{target}: {status}");
    }
    assert_eq!((own.accepted(), other.accepted(), socket.accepted()), (0, 0, 0), "nobody was asked");
    let without = Exporter::start(&own, &["--disable-scrape-endpoint"]);
    assert_eq!(status(&without, &own.address().to_string()), 404);
}

/// What a request has in it may stand in the scraper's configuration, and in the log of whatever is in between: not in ours.
#[test]
fn a_target_with_a_password_in_it() {
    let (own, other) = (FakeRedis::start(), FakeRedis::start());
    let exporter = Exporter::start(&own, &["--scrape.allow-target=*", "--log.level=debug"]);
    let target = other.url().replace("//", "//mia:canary@");
    let answer = http::get(exporter.address(), &format!("/scrape?target={target}"), &[]).unwrap();
    let page = http::get(exporter.address(), "/", &[]).unwrap();
    let shown = answer.text() + &page.text() + &exporter.end();
    assert!(!shown.contains("canary"), "{shown}");
}

#[cfg(target_os = "linux")]
#[test]
fn two_thousand_servers() {
    use testkit::usage::{Memory, descriptors};

    let redis = FakeRedis::start();
    let port = redis.address().port();
    let exporter = Exporter::start(&redis, &["--scrape.allow-target=*"]);
    exporter.page().is_good();
    // It listens at one address; all others of loopback refuse at once.
    let target = |number: u32| format!("127.{}.{}.1:{port}", 1 + number / 250, number % 250);
    for number in 0..200 {
        assert_eq!(status(&exporter, &target(number)), 200);
    }
    let (files, memory) = (descriptors(exporter.id()).unwrap(), Memory::of(exporter.id()).unwrap().resident);
    for number in 200..2_000 {
        assert_eq!(status(&exporter, &target(number)), 200);
    }
    assert!(descriptors(exporter.id()).unwrap() <= files + 8);
    let now = Memory::of(exporter.id()).unwrap().resident;
    assert!(now < memory + (4 << 20), "{memory} {now}");
    exporter.page().is_good();
}

/// Connections are kept for those that were asked for last.
#[test]
fn a_hundred_servers_that_answer() {
    let servers: Vec<FakeRedis> = (0..100).map(|_| FakeRedis::start()).collect();
    let exporter = Exporter::start(&servers[0], &["--scrape.allow-target=127.0.0.1:*"]);
    for _ in 0..2 {
        servers.iter().for_each(|server| exporter.page_of(&server.url()).is_good());
    }
    let open: usize = servers.iter().map(FakeRedis::connections).sum();
    assert!(open <= 65, "{open} connections are open");
    // The last one's is still there.
    let last = servers.last().unwrap();
    let accepted = last.accepted();
    exporter.page_of(&last.url()).is_good();
    assert_eq!(last.accepted(), accepted);
}
