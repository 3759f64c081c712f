//! Passwords: right ones, wrong ones, and that nobody sees them.

use std::time::Duration;

use testkit::http;
use testkit::redis::{FakeRedis, error};

use crate::setting::Exporter;

const SECRET: &str = "hunter2-%26-\u{e4}";

fn with(redis: &FakeRedis, login: &str) -> String {
    redis.url().replace("redis://", &format!("redis://{login}@"))
}

#[test]
fn logins_that_are_right() {
    for (login, words) in [
        ("mia:secret", &["mia", "secret"][..]),
        (":secret", &["secret"]),
        ("mia:p%40ss%3Aword%2F", &["mia", "p@ss:word/"]),
    ] {
        let redis = FakeRedis::start();
        redis.ask_for(words);
        Exporter::of(&with(&redis, login), &[]).page().is_good();
    }
    let redis = FakeRedis::start();
    redis.ask_for(&["mia", "secret"]);
    Exporter::start(&redis, &["--redis.user=mia", "--redis.password=secret"]).page().is_good();
}

#[test]
fn logins_that_are_wrong() {
    let redis = FakeRedis::start();
    redis.ask_for(&["mia", "secret"]);
    for url in [redis.url(), with(&redis, "mia:wrong"), with(&redis, ":secret"), with(&redis, "eve:secret")] {
        let exporter = Exporter::of(&url, &[]);
        exporter.page().is_down("auth");
        let page = exporter.page();
        page.is_down("auth");
        assert!(page.took < Duration::from_millis(500), "{:?}", page.took);
        assert_eq!(exporter.warnings(), 1);
    }
}

/// What does not know AUTH says so with all that stood behind it.
#[test]
fn a_password_that_a_server_repeats() {
    let redis = FakeRedis::start();
    redis.answer("AUTH", error("ERR unknown command 'AUTH', with args beginning with: 'mia' 'the-very-secret'"));
    let exporter = Exporter::of(&with(&redis, "mia:the-very-secret"), &[]);
    exporter.page().is_down("auth");
    let log = exporter.end();
    assert!(log.contains("AUTH") && !log.contains("the-very-secret"), "{log}");
}

/// A user who is put in, or whose password is set right, is let in at the next scrape.
#[test]
fn a_password_that_becomes_the_right_one() {
    let redis = FakeRedis::start();
    redis.ask_for(&["mia", "new"]);
    let exporter = Exporter::of(&with(&redis, "mia:old"), &[]);
    exporter.page().is_down("auth");
    redis.ask_for(&["mia", "old"]);
    exporter.page().is_good();
    redis.ask_for(&["mia", "new"]);
    exporter.page().is_good();
    redis.disconnect();
    exporter.page().is_down("auth");
}

#[test]
fn a_password_for_a_server_without_one() {
    let redis = FakeRedis::start();
    Exporter::of(&with(&redis, ":secret"), &[]).page().is_good();
}

#[test]
fn a_password_is_nowhere() {
    let encoded: String = SECRET.bytes().map(|byte| format!("%{byte:02x}")).collect();
    for is_right in [true, false] {
        let redis = FakeRedis::start();
        redis.ask_for(&["mia", if is_right { SECRET } else { "another" }]);
        let in_url = (with(&redis, &format!("mia:{encoded}")), None);
        for (url, password) in [in_url, (with(&redis, "mia"), Some(format!("--redis.password={SECRET}")))] {
            let flags: Vec<&str> = ["--log.level=debug"].into_iter().chain(password.as_deref()).collect();
            let exporter = Exporter::of(&url, &flags);
            assert_eq!(exporter.page().is_up(), is_right);
            redis.disconnect();
            let mut shown = exporter.page().text();
            for path in ["/", "/-/healthy", "/nowhere"] {
                shown += &http::get(exporter.address(), path, &[]).unwrap().text();
            }
            shown += &exporter.end();
            assert!(!shown.contains("hunter2") && !shown.contains(&encoded), "{shown}");
        }
    }
}
