//! As whom a server is logged in to, and what is never shown of that.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use testkit::http;
use testkit::redis::FakeRedis;

use crate::setting::Exporter;

struct Files(TempDir);

impl Files {
    fn new() -> Files {
        Files(tempfile::tempdir().unwrap())
    }

    fn write(&self, content: &str) -> PathBuf {
        let path = self.0.path().join("passwords");
        fs::write(&path, content).unwrap();
        path
    }
}

fn file_flag(path: &Path) -> String {
    format!("--redis.password-file={}", path.display())
}

/// What the server is told at the first scrape with an address, flags and a file of passwords.
fn auth(address: impl Fn(&str) -> String, flags: &[&str], file: Option<&str>) -> Option<String> {
    let redis = FakeRedis::start();
    redis.ask_for(&["whoever"]);
    let files = Files::new();
    let host = redis.address().to_string();
    let file = file.map(|content| file_flag(&files.write(&content.replace("HOST", &host))));
    let address = format!("--redis.addr={}", address(&host));
    let flags: Vec<_> = [address.as_str()].into_iter().chain(flags.iter().copied()).chain(file.as_deref()).collect();
    let exporter = Exporter::run(&flags, &[]);
    assert_eq!(exporter.up("/metrics"), Err("auth".to_owned()));
    let page = exporter.get("/metrics").text();
    let log = exporter.end();
    assert!(!page.contains("canary") && !log.contains("canary"), "{page}\n{log}");
    redis.commands().into_iter().find(|command| command.starts_with("AUTH"))
}

#[test]
fn whose_password_it_is_that_counts() {
    let some = |text: &str| Some(text.to_owned());
    let plain = |host: &str| format!("redis://{host}");
    let map = r#"{"redis://HOST": "canary-map", "redis://u@HOST": "canary-u"}"#;
    let flag = "--redis.password=canary-flag";
    assert_eq!(auth(plain, &[], None), None);
    assert_eq!(auth(plain, &[flag], None), some("AUTH canary-flag"));
    assert_eq!(auth(plain, &[flag, "--redis.user=u"], None), some("AUTH u canary-flag"));
    assert_eq!(auth(plain, &["--redis.user=u"], None), None);
    assert_eq!(auth(plain, &[], Some(map)), some("AUTH canary-map"));
    assert_eq!(auth(plain, &["--redis.user=u"], Some(map)), some("AUTH u canary-u"));
    assert_eq!(auth(plain, &[flag], Some(map)), some("AUTH canary-flag"));
    assert_eq!(auth(plain, &[], Some("canary-alone\n")), some("AUTH canary-alone"));
    assert_eq!(auth(str::to_owned, &[], Some(map)), some("AUTH canary-map"));
    let own = |host: &str| format!("redis://v:canary%40url@{host}");
    assert_eq!(auth(own, &[flag, "--redis.user=u"], Some(map)), some("AUTH v canary@url"));
    assert_eq!(auth(|host| format!("redis://:canary@{host}"), &[], None), some("AUTH canary"));
}

/// redis-cli and the peer take a name alone for a password; where there is another password it is a name.
#[test]
fn a_name_alone_in_the_address() {
    let address = |host: &str| format!("redis://canary@{host}");
    assert_eq!(auth(address, &[], None), Some("AUTH canary".to_owned()));
    assert_eq!(auth(address, &["--redis.password=p"], None), Some("AUTH canary p".to_owned()));
}

#[test]
fn a_password_that_is_changed_while_it_serves() {
    let (redis, files) = (FakeRedis::start(), Files::new());
    redis.ask_for(&["first"]);
    let path = files.write("first");
    let exporter = Exporter::run(&["--redis.addr", &redis.url(), &file_flag(&path)], &[]);
    assert_eq!(exporter.up("/metrics"), Ok(()));
    redis.ask_for(&["second"]);
    redis.disconnect();
    files.write("second");
    assert_eq!(exporter.up("/metrics"), Err("auth".to_owned()));
    let reload = http::post(exporter.address(), "/-/reload", &[], b"").unwrap();
    assert_eq!((reload.status, reload.text().as_str()), (200, "ok"));
    assert_eq!(exporter.up("/metrics"), Ok(()));
    // What was good stays in force.
    files.write("{\"canary");
    let reload = exporter.get("/-/reload");
    assert_eq!((reload.status, reload.text().as_str()), (500, "the password file is bad; the log says how\n"));
    redis.disconnect();
    assert_eq!(exporter.up("/metrics"), Ok(()));
    let log = exporter.end();
    assert!(log.contains("column") && !log.contains("canary"), "{log}");
}
