//! What a good file means.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::web::auth::{User, Users};
use crate::web::config::sections::{RateLimit, WebConfig, parse};
use crate::web::config::tls_names::{ClientAuth, Version};
use crate::web::config::tls_section::{PemSource, TlsConfig};

const HASH: &str = "$2y$10$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01232";

fn parsed(text: &str) -> WebConfig {
    parse(text.as_bytes(), Path::new("/etc/exporter")).unwrap_or_else(|error| panic!("{error} in {text}"))
}

/// With a certificate and a key, so that TLS is on.
fn tls(more: &str) -> TlsConfig {
    parsed(&format!("tls_server_config:\n  cert_file: a.crt\n  key_file: a.key\n{more}")).tls.unwrap()
}

#[test]
fn files_that_say_nothing() {
    let nothing = ["", "\n", "# all is as it was\n", "---\n", "--- \n...\n", "~", "{}", "\u{feff}# marked\n"];
    let empty = [
        "tls_server_config:\n",
        "tls_server_config: {cert_file: '', key: null, client_auth_type: ''}\n",
        "tls_server_config: {min_version: TLS13, prefer_server_cipher_suites: no}\n",
        "http_server_config:\n  http2:\n  headers:\nbasic_auth_users:\nrate_limit:\n",
        "basic_auth_users: {}\nrate_limit: {interval: 0, burst: 20}\n",
        "rate_limit: {interval: -1s}",
    ];
    for text in nothing.iter().chain(&empty) {
        let config = parsed(text);
        assert!(config.tls.is_none() && config.http2 && config.headers.is_empty(), "{text}");
        assert!(config.users.is_empty() && config.rate_limit.is_none() && config.files().is_empty(), "{text}");
    }
}

#[test]
fn defaults_of_tls() {
    let tls = tls("");
    assert_eq!((tls.min_version, tls.max_version), (Version::Tls12, Version::Tls13));
    assert_eq!((tls.client_auth, tls.prefer_server_order), (ClientAuth::None, true));
    assert!(tls.suites.is_none() && tls.client_ca.is_none() && tls.allowed_sans.is_none());
    assert_eq!(format!("{:?}", tls.curves), "[X25519, secp256r1, secp384r1]");
    assert_eq!((tls.place.line, tls.key.place.line, tls.key.place.key.as_str()), (1, 3, "tls_server_config.key_file"));
}

#[test]
fn paths_are_those_of_the_file() {
    let text = "tls_server_config:\n  cert_file: tls/a.crt\n  key_file: /run/a.key\n  \
                client_ca_file: ../ca.crt\n  client_auth_type: RequireAndVerifyClientCert\n";
    assert_eq!(
        parsed(text).files(),
        ["/etc/exporter/tls/a.crt", "/run/a.key", "/etc/exporter/../ca.crt"].map(PathBuf::from)
    );
}

#[test]
fn a_file_comes_before_the_text() {
    let TlsConfig { cert, key, .. } = parsed(
        "tls_server_config:\n  cert_file: a.crt\n  cert: |\n    a certificate\n  key: |\n    top secret\n    key\n",
    )
    .tls
    .unwrap();
    assert!(matches!(cert.from, PemSource::File(_)));
    let PemSource::Inline(text) = &key.from else { panic!("{key:?}") };
    assert_eq!(text.as_str(), "top secret\nkey\n");
    assert!(!format!("{key:?}").contains("secret"));
}

#[test]
fn values_of_tls() {
    let tls = tls("  min_version: TLS13\n  max_version: \"TLS13\"\n  prefer_server_cipher_suites: off\n  \
                   curve_preferences: [CurveP384, X25519]\n  client_auth_type: RequireClientCert\n  client_allowed_sans:\n  \
                   - a.example.com\n  - 10.0.0.1\n  - 7\n  cipher_suites: [TLS_AES_128_GCM_SHA256]\n");
    assert_eq!((tls.min_version, tls.max_version), (Version::Tls13, Version::Tls13));
    assert_eq!((tls.client_auth, tls.prefer_server_order), (ClientAuth::RequireAny, false));
    assert_eq!(format!("{:?}", tls.curves), "[secp384r1, X25519]");
    assert_eq!(tls.allowed_sans.unwrap(), ["a.example.com", "10.0.0.1", "7"]);
    assert!(tls.suites.unwrap().list.is_empty());
}

#[test]
fn lists_without_items() {
    let tls = tls("  cipher_suites: []\n  curve_preferences:\n  client_auth_type: RequestClientCert\n  \
                   client_allowed_sans: []\n");
    assert!(tls.suites.is_none());
    assert_eq!(tls.curves.len(), 3);
    // No name is allowed then, as in Go.
    assert_eq!(tls.allowed_sans, Some(Vec::new()));
}

#[test]
fn suites_for_http2() {
    let gcm = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256";
    let chacha = "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256";
    for (suites, http2, min, good) in [
        (format!("{chacha}, {gcm}"), true, "TLS12", true),
        (chacha.to_owned(), true, "TLS12", false),
        (chacha.to_owned(), false, "TLS12", true),
        (chacha.to_owned(), true, "TLS13", true),
        ("TLS_AES_256_GCM_SHA384".to_owned(), true, "TLS12", false),
        ("TLS_AES_256_GCM_SHA384".to_owned(), false, "TLS12", true),
    ] {
        // HTTP/2 is known only after the list.
        let text = format!(
            "tls_server_config: {{cert_file: a, key_file: b, min_version: {min}, cipher_suites: [{suites}]}}\n\
             http_server_config: {{http2: {http2}}}\n"
        );
        assert_eq!(parse(text.as_bytes(), Path::new("")).is_ok(), good, "{text}");
    }
}

#[test]
fn users_and_their_hashes() {
    let config = parsed(&format!("basic_auth_users:\n  alice: {HASH}\n  'b o b': '{HASH}'\n  7: |\n    {HASH}\n"));
    let user = |name: &str| User::new(name.to_owned(), HASH).unwrap();
    assert_eq!(config.users, Users::new([user("alice"), user("b o b"), user("7")]));
    assert!(!format!("{config:?}").contains("abcdef"));
}

#[test]
fn headers() {
    let config = parsed(
        "http_server_config:\n  headers:\n    X-Frame-Options: deny\n    X-Content-Type-Options: nosniff\n    \
         X-XSS-Protection: 0\n    Strict-Transport-Security: max-age=31536000\n    Content-Security-Policy: >\n      \
         default-src\n      'self'\n",
    );
    let headers: Vec<_> = config.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
    let expected = [
        ("x-frame-options", "deny"),
        ("x-content-type-options", "nosniff"),
        ("x-xss-protection", "0"),
        ("strict-transport-security", "max-age=31536000"),
        ("content-security-policy", "default-src 'self'"),
    ];
    assert_eq!(headers, expected);
}

#[test]
fn limits() {
    for (text, interval, burst) in [
        ("{interval: 1s, burst: 20}", 1000, 20),
        ("{interval: \"1m30s\"}", 90_000, 0),
        ("{interval: .5s, burst: -3}", 500, 0),
        ("{burst: 99999999999, interval: 100ms}", 100, u32::MAX),
    ] {
        let expected = RateLimit { interval: Duration::from_millis(interval), burst };
        assert_eq!(parsed(&format!("rate_limit: {text}")).rate_limit, Some(expected), "{text}");
    }
}

#[test]
fn booleans_as_yaml_had_them() {
    for (text, on) in [("y", true), ("yes", true), ("On", true), ("TRUE", true), ("n", false), ("off", false)] {
        assert_eq!(parsed(&format!("http_server_config: {{http2: {text}}}")).http2, on, "{text}");
    }
}

#[test]
fn anchors_and_tags_of_the_core() {
    let config = parsed(&format!(
        "basic_auth_users: !!map\n  alice: &hash !!str {HASH}\n  bob: *hash\nhttp_server_config:\n  http2: !!bool no\n"
    ));
    let user = |name: &str| User::new(name.to_owned(), HASH).unwrap();
    assert_eq!((config.users, config.http2), (Users::new([user("alice"), user("bob")]), false));
}
