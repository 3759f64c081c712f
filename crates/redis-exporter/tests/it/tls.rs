//! TLS towards a server, and what comes in its place.

use std::fs;
use std::time::Duration;

use tempfile::TempDir;
use testkit::authority::Authority;
use testkit::redis::{FakeRedis, Manner};
use testkit::tls::Identity;

use crate::setting::Exporter;

/// Files of an authority, and of a client that it vouches for.
struct Files(TempDir);

impl Files {
    fn of(authority: &Authority, client: &Identity) -> Files {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in
            [("ca.crt", authority.certificate()), ("client.crt", &client.certificate), ("client.key", &client.key)]
        {
            fs::write(folder.path().join(name), text).unwrap();
        }
        Files(folder)
    }

    fn flag(&self, flag: &str, file: &str) -> String {
        format!("--{flag}={}", self.0.path().join(file).display())
    }

    fn start(&self, redis: &FakeRedis, flags: &[String]) -> Exporter {
        let authority = self.flag("tls-ca-cert-file", "ca.crt");
        let flags: Vec<&str> = [authority.as_str()].into_iter().chain(flags.iter().map(String::as_str)).collect();
        Exporter::start(redis, &flags)
    }

    fn client(&self) -> [String; 2] {
        [self.flag("tls-client-cert-file", "client.crt"), self.flag("tls-client-key-file", "client.key")]
    }
}

fn authority() -> (Authority, Files) {
    let authority = Authority::new().unwrap();
    let files = Files::of(&authority, &authority.vouch_for(&["scraper"]).unwrap());
    (authority, files)
}

#[test]
fn a_server_that_is_trusted() {
    let (authority, files) = authority();
    let redis = FakeRedis::start_with_tls(authority.vouch_for(&["localhost"]).unwrap().server(None).unwrap());
    let exporter = files.start(&redis, &[]);
    for _ in 0..3 {
        exporter.page().is_good();
    }
    assert_eq!((redis.accepted(), redis.round_trips()), (1, 4), "a login, and a round trip of each scrape");
}

#[test]
fn servers_that_are_not_trusted() {
    let (authority, files) = authority();
    let stranger = Authority::new().unwrap();
    for identity in [
        authority.vouched_once_for(&["localhost"]).unwrap(),
        authority.vouch_for(&["redis.example.com"]).unwrap(),
        authority.vouch_for(&[]).unwrap(),
        stranger.vouch_for(&["localhost"]).unwrap(),
        Identity::new().unwrap(),
    ] {
        let redis = FakeRedis::start_with_tls(identity.server(None).unwrap());
        let page = files.start(&redis, &[]).page();
        page.is_down("tls");
        assert!(page.took < Duration::from_secs(1), "{:?}", page.took);
        assert_eq!(redis.commands(), [""; 0], "no password goes to a stranger");
        files.start(&redis, &["--skip-tls-verification".to_owned()]).page().is_good();
    }
}

#[test]
fn a_server_with_another_name() {
    let (authority, files) = authority();
    let redis = FakeRedis::start_with_tls(authority.vouch_for(&["redis.example.com"]).unwrap().server(None).unwrap());
    files.start(&redis, &["--tls-server-name=redis.example.com".to_owned()]).page().is_good();
    files.start(&redis, &["--tls-server-name=other.example.com".to_owned()]).page().is_down("tls");
}

#[test]
fn a_server_that_wants_a_certificate() {
    let (authority, files) = authority();
    let server = authority.vouch_for(&["localhost"]).unwrap().server(Some(authority.certificate())).unwrap();
    let redis = FakeRedis::start_with_tls(server);
    files.start(&redis, &files.client()).page().is_good();
    let page = files.start(&redis, &[]).page();
    page.is_down("tls");
    assert!(page.took < Duration::from_secs(1), "{:?}", page.took);

    let stranger = Authority::new().unwrap();
    let strange = Files::of(&authority, &stranger.vouch_for(&["scraper"]).unwrap());
    strange.start(&redis, &strange.client()).page().is_down("tls");
}

#[test]
fn a_certificate_that_is_renewed_while_it_serves() {
    let (authority, stranger) = (Authority::new().unwrap(), Authority::new().unwrap());
    let server = authority.vouch_for(&["localhost"]).unwrap().server(Some(authority.certificate())).unwrap();
    let redis = FakeRedis::start_with_tls(server);
    let files = Files::of(&authority, &stranger.vouch_for(&["scraper"]).unwrap());
    let exporter = files.start(&redis, &files.client());
    exporter.page().is_down("tls");
    let renewed = authority.vouch_for(&["scraper"]).unwrap();
    fs::write(files.0.path().join("client.crt"), &renewed.certificate).unwrap();
    // Half of it leaves in force what there was.
    exporter.page().is_down("tls");
    fs::write(files.0.path().join("client.key"), &renewed.key).unwrap();
    exporter.page().is_good();
    fs::remove_file(files.0.path().join("client.key")).unwrap();
    redis.disconnect();
    exporter.page().is_good();
    exporter.page().is_good();
    let log = exporter.end();
    assert_eq!(log.matches("what was read before stays in force").count(), 2, "{log}");
}

/// oliver006/redis_exporter#832: there, a wrong end of TLS is told as any other failure, and after its timeout.
#[test]
fn one_end_speaks_tls_and_the_other_does_not() {
    let (authority, files) = authority();
    let plain = FakeRedis::start();
    let encrypted = FakeRedis::start_with_tls(authority.vouch_for(&["localhost"]).unwrap().server(None).unwrap());
    let port = |redis: &FakeRedis| redis.address().port();

    // It says that it does not know such a command.
    plain.behave(Manner::Answer);
    let exporter =
        Exporter::of(&format!("rediss://localhost:{}", port(&plain)), &[&files.flag("tls-ca-cert-file", "ca.crt")]);
    exporter.page_within(0.6);

    let page = Exporter::of(&format!("redis://localhost:{}", port(&encrypted)), &[]).page();
    assert!(!page.is_up() && ["tls", "protocol", "io"].contains(&page.error()), "{}", page.error());
    assert!(page.took < Duration::from_secs(1), "{:?}", page.took);
}
