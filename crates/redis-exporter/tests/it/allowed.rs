//! Servers that a request names: who allows them, as whom they are logged in to, and what stays of them.

use std::fs;

use testkit::redis::FakeRedis;

use crate::setting::Exporter;

const ERRORS: &str = "redis_target_scrape_request_errors_total";
const NOT_ALLOWED: &str =
    "this target may not be scraped; --scrape.allow-target=host:port allows one, and so does the password file\n";

fn path(target: &str) -> String {
    format!("/scrape?target={target}")
}

/// oliver006/redis_exporter#1104: any address was connected to, with the password.
#[test]
fn nobody_but_those_who_are_allowed() {
    let (own, other) = (FakeRedis::start(), FakeRedis::start());
    let host = other.address().to_string();
    let exporter = Exporter::run(&["--redis.addr", &own.url(), "--redis.password=canary"], &[]);
    assert_eq!(exporter.up(&path(&own.address().to_string())), Ok(()));
    for (target, status, says) in [
        (&*host, 403, NOT_ALLOWED),
        ("redis://:x@169.254.169.254:80", 403, NOT_ALLOWED),
        ("file:///etc/canary", 403, NOT_ALLOWED),
        ("unix:///run/canary.sock", 403, NOT_ALLOWED),
        ("http://canary", 403, NOT_ALLOWED),
        ("", 400, "there is no target; write /scrape?target=host:port\n"),
        ("canary:0", 400, "target: the address's port is no number from 1 to 65535\n"),
        ("canary:1&check-keys=a=b=canary", 400, "check-keys: a key has a =, which is written as %3D\n"),
    ] {
        let answer = exporter.get(&path(target));
        assert_eq!((answer.status, answer.text().as_str()), (status, says), "{target}");
    }
    assert_eq!(exporter.series("/metrics")[ERRORS], 8.0);
    assert_eq!(other.accepted(), 0);
    let log = exporter.end();
    assert!(!log.contains("canary"), "{log}");
}

#[test]
fn those_who_are_allowed_by_a_flag_or_by_the_password_file() {
    let (named, listed, socket) = (FakeRedis::start(), FakeRedis::start(), FakeRedis::start_on_socket());
    listed.ask_for(&["u", "p"]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("passwords");
    fs::write(&file, format!("{{\"redis://u@{}\": \"p\"}}", listed.address())).unwrap();
    let allowed = format!("--scrape.allow-target=127.0.0.*:{},{}", named.address().port(), socket.url());
    let file_flag = format!("--redis.password-file={}", file.display());
    let exporter = Exporter::run(&["--redis.addr=", &allowed, &file_flag], &[]);
    assert_eq!(exporter.up(&path(&named.url())), Ok(()));
    assert_eq!(exporter.up(&path(&socket.url())), Ok(()));
    let as_user = format!("/scrape?target=redis://u:forgotten@{}", listed.address());
    assert_eq!(exporter.up(&as_user), Ok(()));
    assert_eq!(exporter.up(&path(&listed.url())), Err("auth".to_owned()));
    // Who is not in the file any more is not scraped any more, and not connected to.
    fs::write(&file, "{}").unwrap();
    assert_eq!((exporter.get("/-/reload").status, exporter.get(&as_user).status), (200, 403));
    let begin = std::time::Instant::now();
    while listed.connections() > 0 {
        assert!(begin.elapsed().as_secs() < 10, "it is let go");
    }
    // A socket next to one that is allowed.
    assert_eq!(exporter.get(&path(&format!("{}x", socket.url()))).status, 403);
}

#[test]
fn the_servers_own_password_goes_to_those_who_are_allowed() {
    let redis = FakeRedis::start();
    redis.ask_for(&["p"]);
    let exporter = Exporter::run(&["--redis.addr=", "--redis.password=p", "--scrape.allow-target=*"], &[]);
    assert_eq!(exporter.up(&path(&redis.url())), Ok(()));
    let log = exporter.end();
    assert!(log.contains("name the servers"), "{log}");
}

/// With the peer each request is a new exporter: its counters are 1 for ever.
#[test]
fn a_target_is_kept_with_its_connection_and_its_counters() {
    let redis = FakeRedis::start();
    let exporter = Exporter::run(&["--redis.addr=", "--scrape.allow-target=*"], &[]);
    for scrapes in [1.0, 2.0, 3.0] {
        let page = exporter.series(&path(&redis.url()));
        assert_eq!((page["redis_up"], page["redis_exporter_scrapes_total"]), (1.0, scrapes));
        assert_eq!(page["redis_exporter_scrape_duration_seconds_count"], scrapes);
        assert!(!page.keys().any(|series| series.starts_with("process_")), "{page:?}");
    }
    assert_eq!(redis.accepted(), 1);
    // Other keys are other series.
    let page = exporter.series(&format!("{}&check-keys=a*", path(&redis.url())));
    assert_eq!((page["redis_exporter_scrapes_total"], redis.accepted()), (1.0, 2));
}

#[test]
fn those_that_were_asked_for_last_are_kept() {
    let redis = FakeRedis::start();
    let exporter = Exporter::run(&["--redis.addr=", "--scrape.allow-target=*"], &[]);
    for number in 0..200 {
        let page = exporter.series(&format!("{}&check-single-keys={number}", path(&redis.url())));
        assert_eq!(page["redis_exporter_scrapes_total"], 1.0);
    }
    let begin = std::time::Instant::now();
    while redis.connections() > 64 {
        assert!(begin.elapsed().as_secs() < 10, "{} are open", redis.connections());
    }
    // The newest is there still, and the oldest is not.
    let scrapes = |number: u32| exporter.series(&format!("{}&check-single-keys={number}", path(&redis.url())))["redis_exporter_scrapes_total"];
    assert_eq!((scrapes(199), scrapes(137), scrapes(0)), (2.0, 2.0, 1.0));
}

#[test]
fn servers_with_tls_by_another_name() {
    let authority = testkit::authority::Authority::new().unwrap();
    let redis = FakeRedis::start_with_tls(authority.vouch_for(&["cache.example"]).unwrap().server(None).unwrap());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    fs::write(&file, authority.certificate()).unwrap();
    let ca = format!("--tls-ca-cert-file={}", file.display());
    let exporter = Exporter::run(&["--redis.addr=", "--scrape.allow-target=*", &ca], &[]);
    assert_eq!(exporter.up(&path(&redis.url())), Err("tls".to_owned()));
    for parameter in ["tls_server_name", "tls-server-name"] {
        assert_eq!(exporter.up(&format!("{}&{parameter}=cache.example", path(&redis.url()))), Ok(()));
    }
}
