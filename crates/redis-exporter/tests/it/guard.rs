//! Who may come, by the peer's flags.

use std::fs;
use std::path::Path;

use testkit::authority::Authority;
use testkit::http;
use testkit::tls::Identity;

use crate::setting::{Exporter, ends};

/// alice with `open sesame`, and with `open sesame!`.
const RIGHT: &str = "Basic YWxpY2U6b3BlbiBzZXNhbWU=";
const WRONG: &str = "Basic YWxpY2U6b3BlbiBzZXNhbWUh";
const HASH: &str = "$2a$04$p9vcIWz52fZX/972ZvnRaePAQ52ltgHkMMuEA9tkOs2Cm4HquB49u";

#[test]
fn a_user_by_password_or_by_its_hash() {
    for flag in ["--basic-auth-password=open sesame", &format!("--basic-auth-hash-password={HASH}")] {
        let exporter = Exporter::guarded(&["--redis.addr=", "--basic-auth-username=alice", flag]);
        for path in ["/metrics", "/scrape?target=x", "/health", "/-/reload"] {
            let status =
                |header: &str| http::get(exporter.address(), path, &[("Authorization", header)]).unwrap().status;
            assert_eq!((status(""), status(WRONG)), (401, 401), "{flag} {path}");
            assert_ne!(status(RIGHT), 401, "{flag} {path}");
        }
        let log = exporter.end();
        assert!(!log.contains("sesame"), "{log}");
    }
}

/// redis_exporter: with a user and no password, or a certificate and no key, everybody was let in, and in plain HTTP.
#[test]
fn half_a_guard_is_none() {
    let long = format!("--basic-auth-password={}", "x".repeat(73));
    for (flags, said) in [
        (&["--basic-auth-username=a"][..], "--basic-auth-username: needs --basic-auth-password or"),
        (&["--basic-auth-password=canary"], "--basic-auth-password: needs --basic-auth-username"),
        (&["--basic-auth-hash-password=canary"], "--basic-auth-hash-password: needs --basic-auth-username"),
        (&["--basic-auth-username=a", "--basic-auth-hash-password=canary"], "--basic-auth-hash-password: not a bcrypt"),
        (
            &["--basic-auth-username=a", "--basic-auth-password=canary", "--basic-auth-hash-password=canary"],
            "--basic-auth-password: there is --basic-auth-hash-password too",
        ),
        (&["--basic-auth-username=a:b", "--basic-auth-password=canary"], "a name with a colon"),
        (&["--basic-auth-username=a", &long], "--basic-auth-password: is longer than 72 bytes"),
        (&["--tls-server-cert-file=c"], "--tls-server-cert-file: needs --tls-server-key-file"),
        (&["--tls-server-key-file=k"], "--tls-server-key-file: needs --tls-server-cert-file"),
        (&["--tls-server-ca-cert-file=a"], "--tls-server-ca-cert-file: needs --tls-server-cert-file and"),
        (
            &["--tls-server-cert-file=/none", "--tls-server-key-file=/none"],
            "--tls-server-cert-file: /none can't be read",
        ),
        (
            &["--basic-auth-username=a", "--basic-auth-password=b", "--web.config.file=/none"],
            "--web.config.file says who may come, and so does --basic-auth-username; leave one of them out",
        ),
    ] {
        let (output, text) = ends(&[&["--redis.addr="], flags].concat(), &[]);
        assert_eq!(output.status.code(), Some(2), "{flags:?}: {text}");
        assert!(text.contains(said) && !text.contains("canary"), "{flags:?}: {text}");
    }
}

fn write(folder: &Path, identity: &Identity) -> [String; 2] {
    let (certificate, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    fs::write(&certificate, &identity.certificate).unwrap();
    fs::write(&key, &identity.key).unwrap();
    [format!("--tls-server-cert-file={}", certificate.display()), format!("--tls-server-key-file={}", key.display())]
}

const REQUEST: &[u8] = b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

fn is_served(identity: &Identity, exporter: &Exporter) -> bool {
    let answer = identity.client().unwrap().exchange(exporter.address(), REQUEST);
    answer.is_ok_and(|answer| answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("ok"))
}

#[test]
fn a_certificate_that_is_renewed_while_it_serves() {
    let (first, second) = (Identity::new().unwrap(), Identity::new().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let [certificate, key] = write(folder.path(), &first);
    let exporter = Exporter::guarded(&["--redis.addr=", &certificate, &key]);
    assert!(is_served(&first, &exporter) && !is_served(&second, &exporter));
    // Whoever speaks HTTP alone is told so in HTTP/1.0.
    assert!(http::get(exporter.address(), "/health", &[]).is_err());
    write(folder.path(), &second);
    assert!(is_served(&second, &exporter) && !is_served(&first, &exporter));
    // Half of a renewal leaves in force what was good.
    fs::write(folder.path().join("key.pem"), "").unwrap();
    assert!(is_served(&second, &exporter));
    let log = exporter.end();
    assert!(log.contains("--tls-server-key-file: holds no private key"), "{log}");
}

#[test]
fn clients_who_need_a_certificate() {
    let authority = Authority::new().unwrap();
    let server = authority.vouch_for(&["localhost"]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let [certificate, key] = write(folder.path(), &server);
    let ca = folder.path().join("ca.pem");
    fs::write(&ca, authority.certificate()).unwrap();
    let ca = format!("--tls-server-ca-cert-file={}", ca.display());
    let exporter = Exporter::guarded(&["--redis.addr=", &certificate, &key, &ca]);
    let without = Identity { certificate: authority.certificate().to_owned(), key: String::new() };
    assert!(!is_served(&without, &exporter));
}
