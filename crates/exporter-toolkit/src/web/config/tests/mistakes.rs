//! What a bad file is answered with: the line, the key and the remedy, but no secret.

use std::path::Path;

use proptest::prelude::*;

use crate::web::config::sections::parse;

fn refused(text: &str) -> String {
    match parse(text.as_bytes(), Path::new("")) {
        Ok(config) => panic!("{config:?} from {text}"),
        Err(error) => error.to_string(),
    }
}

/// The text, and the beginning of the error.
const MISTAKES: [(&str, &str); 66] = [
    // Structure.
    ("nothing but words", "line 1: is not a mapping"),
    ("- a\n- b\n", "line 1: is not a mapping"),
    ("\ttls_server_config:\n", "line 1: is indented by a tab"),
    ("rate_limit:\n \tburst: 1\n", "line 2: is indented by a tab"),
    ("rate_limit:\n\tburst: 1\n", "line 2: is not YAML: tabs"),
    ("a: b: c\n", "line 1: is not YAML: "),
    ("tls_server_config:\n  cert_file: 'x\n", "line 2: is not YAML: "),
    ("tls_server_config: [\n", "line 1: is not YAML: "),
    ("rate_limit: {}\n---\nrate_limit: {}\n", "line 2: begins a second document"),
    ("rate_limit: {}\nrate_limit: {}\n", "line 2: rate_limit: comes a second time"),
    ("rate_limit:\n  burst: 1\n  burst: 2\n", "line 3: rate_limit.burst: comes a second time"),
    ("? [a]\n: b\n", "line 1: has a key that is no text"),
    ("a: &a [*a]\n", "line 1: an alias stands within the value"),
    ("a: *b\n", "line 1: is not YAML: "),
    ("<<: {}\n", "line 1: *: merging is not supported"),
    ("rate_limit: !go {}\n", "line 1: has a tag"),
    ("rate_limit:\n  burst: !!set 1\n", "line 2: has a tag"),
    ("rate_limit: {}\n\u{7}\n", "line 2: holds a control character"),
    ("rate_limit: {}\0tls_server_config:\n", "line 1: holds a control character"),
    // Keys.
    ("tls_config: {}\n", "line 1: tls_config: there is no such key; there are tls_server_config,"),
    ("tls_server_config:\n  certfile: x\n", "line 2: tls_server_config.certfile: there is no such key"),
    ("http_server_config: {http3: true}\n", "line 1: http_server_config.http3: there is no such key"),
    ("rate_limit: {rate: 1}\n", "line 1: rate_limit.rate: there is no such key"),
    ("rate_limit: 5\n", "line 1: rate_limit: is not a mapping"),
    ("http_server_config: []\n", "line 1: http_server_config: is not a mapping"),
    // Certificates and keys.
    ("tls_server_config: {key_file: k}\n", "line 1: tls_server_config: there is no certificate"),
    ("tls_server_config: {cert_file: '', key_file: k}\n", "line 1: tls_server_config: there is no certificate"),
    ("tls_server_config: {cert: '', key: k}\n", "line 1: tls_server_config: there is no certificate"),
    ("tls_server_config: {cert_file: c}\n", "line 1: tls_server_config: there is no key"),
    ("tls_server_config: {cert_file: c, key_file: ''}\n", "line 1: tls_server_config: there is no key"),
    ("tls_server_config: {cert: c, key: null}\n", "line 1: tls_server_config: there is no key"),
    ("tls_server_config: {client_auth_type: NoClientCert}\n", "line 1: tls_server_config: there is no certificate"),
    ("tls_server_config: {client_ca_file: c}\n", "line 1: tls_server_config: there is no certificate"),
    (
        "tls_server_config:\n  cert_file: c\n  key_file: |\n    -----BEGIN PRIVATE KEY-----\n    s3cret\n",
        "line 3: tls_server_config.key_file: is no path; for PEM in this file use the key without _file",
    ),
    (
        "tls_server_config: {cert_file: c, key_file: -----BEGIN s3cret}\n",
        "line 1: tls_server_config.key_file: is no path",
    ),
    ("tls_server_config:\n  cert_file: [c]\n", "line 2: tls_server_config.cert_file: is a list"),
    ("tls_server_config:\n  key: {a: b}\n", "line 2: tls_server_config.key: is a mapping"),
    // Policies.
    (
        "tls_server_config:\n  cert_file: c\n  key_file: k\n  client_ca_file: a\n",
        "line 4: tls_server_config.client_ca_file: nobody is asked",
    ),
    (
        "tls_server_config:\n  cert_file: c\n  key_file: k\n  client_ca: a\n  client_auth_type: NoClientCert\n",
        "line 4: tls_server_config.client_ca: nobody is asked",
    ),
    (
        "tls_server_config: {cert_file: c, key_file: k, client_auth_type: RequireAndVerifyClientCert}\n",
        "line 1: tls_server_config: the policy verifies clients, but against no CA",
    ),
    (
        "tls_server_config:\n  client_auth_type: Always\n",
        "line 2: tls_server_config.client_auth_type: Always is no policy; use RequireAndVerifyClientCert",
    ),
    (
        "tls_server_config:\n  cert_file: c\n  key_file: k\n  client_allowed_sans: [a]\n",
        "line 4: tls_server_config.client_allowed_sans: no certificate is asked for",
    ),
    ("tls_server_config: {client_allowed_sans: a}\n", "line 1: tls_server_config.client_allowed_sans: is not a list"),
    // Versions, suites, curves.
    (
        "tls_server_config:\n\n  min_version: TLS10\n",
        "line 3: tls_server_config.min_version: TLS 1.0 is not supported; use TLS12 or TLS13",
    ),
    ("tls_server_config: {max_version: TLS11}\n", "line 1: tls_server_config.max_version: TLS 1.1 is not supported"),
    ("tls_server_config: {min_version: TLS14}\n", "line 1: tls_server_config.min_version: TLS14 is no version"),
    ("tls_server_config: {min_version: ''}\n", "line 1: tls_server_config.min_version: this value is no version"),
    (
        "tls_server_config:\n  cert_file: c\n  key_file: k\n  max_version: TLS12\n  min_version: TLS13\n",
        "line 4: tls_server_config.max_version: is below min_version",
    ),
    (
        "tls_server_config:\n  cipher_suites:\n  - TLS_AES_128_GCM_SHA256\n  - TLS_HOME_MADE\n",
        "line 4: tls_server_config.cipher_suites: TLS_HOME_MADE is no cipher suite; use one of TLS_ECDHE_ECDSA_WITH_AES_128_GCM",
    ),
    (
        "tls_server_config: {cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA]}\n",
        "line 1: tls_server_config.cipher_suites: TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA is not supported",
    ),
    (
        "tls_server_config: {cipher_suites: [TLS_RSA_WITH_AES_128_GCM_SHA256]}\n",
        "line 1: tls_server_config.cipher_suites: TLS_RSA_WITH_AES_128_GCM_SHA256 is no cipher suite",
    ),
    ("tls_server_config: {cipher_suites: X}\n", "line 1: tls_server_config.cipher_suites: is not a list"),
    (
        "tls_server_config:\n  cert_file: c\n  key_file: k\n  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384]\n",
        "line 4: tls_server_config.cipher_suites: HTTP/2 needs TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 or",
    ),
    (
        "http_server_config: {http2: no}\ntls_server_config: {cert_file: c, key_file: k, max_version: TLS12, \
         cipher_suites: [TLS_AES_128_GCM_SHA256]}\n",
        "line 2: tls_server_config.cipher_suites: names no suite of TLS 1.2",
    ),
    (
        "tls_server_config: {curve_preferences: [CurveP521]}\n",
        "line 1: tls_server_config.curve_preferences: CurveP521 is not",
    ),
    (
        "tls_server_config: {curve_preferences: [P256]}\n",
        "line 1: tls_server_config.curve_preferences: P256 is no curve",
    ),
    // The rest.
    ("http_server_config: {http2: 'yes'}\n", "line 1: http_server_config.http2: is not a boolean"),
    ("http_server_config: {http2: 1}\n", "line 1: http_server_config.http2: is not a boolean"),
    (
        "http_server_config:\n  headers:\n    X-Frame-Options: allow\n",
        "line 3: http_server_config.headers.X-Frame-Options: takes deny or sameorigin alone",
    ),
    (
        "http_server_config: {headers: {X-Content-Type-Options: sniff}}\n",
        "line 1: http_server_config.headers.X-Content-Type-Options: takes nosniff alone",
    ),
    ("http_server_config: {headers: {Server: x}}\n", "line 1: http_server_config.headers.Server: there is no such key"),
    (
        "http_server_config: {headers: {Content-Security-Policy: \"a\\x01\"}}\n",
        "line 1: http_server_config.headers.Content-Security-Policy: holds a character",
    ),
    ("basic_auth_users:\n  alice: secret\n", "line 2: basic_auth_users.alice: not a bcrypt hash, which begins with"),
    ("rate_limit: {interval: soon}\n", "line 1: rate_limit.interval: soon is not a duration"),
    ("rate_limit: {interval: 5}\n", "line 1: rate_limit.interval: 5 has no unit; write it with one, such as 1s"),
    ("rate_limit: {interval: 1s, burst: many}\n", "line 1: rate_limit.burst: is not a whole number"),
];

#[test]
fn every_mistake_is_named() {
    for (text, expected) in MISTAKES {
        let error = refused(text);
        assert!(error.starts_with(expected), "{text}\n{error}\n{expected}");
        assert!(!error.contains('\n'), "{error}");
    }
}

#[test]
fn bytes_that_are_no_text() {
    let error = parse(b"rate_limit: {}\n# caf\xe9\n", Path::new("")).unwrap_err();
    assert_eq!(error.to_string(), "line 2: is not UTF-8; save the file in that encoding");
    assert_eq!((error.line(), error.key()), (Some(2), ""));
}

/// Wherever a secret stands, also where it should not.
#[test]
fn secrets_are_not_shown() {
    const SECRET: &str = "$2y$10$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234";
    const LINE: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgabcdefghijklmnop";
    for text in [
        format!("basic_auth_users: {SECRET}\n"),
        format!("basic_auth_users:\n  alice: x{SECRET}\n"),
        format!("basic_auth_users:\n  {SECRET}: alice\n"),
        format!("basic_auth_users:\n  alice: [{SECRET}]\n"),
        format!("{SECRET}: alice\n"),
        format!("tls_server_config:\n  key: x\n  {LINE}: y\n"),
        format!("tls_server_config:\n  key: |\n  {LINE}\n"),
        format!("tls_server_config:\n  key: \"{LINE}\n"),
        format!("tls_server_config:\n  min_version: {LINE}\n"),
        format!("tls_server_config:\n  cipher_suites: [{LINE}]\n"),
        format!("rate_limit:\n  interval: {SECRET}\n"),
        format!("http_server_config:\n  http2: {SECRET}\n  headers: {SECRET}\n"),
        format!("http_server_config:\n  headers:\n    X-Frame-Options: {SECRET}\n"),
        format!("tls_server_config: !{SECRET} x\n"),
        format!("tls_server_config: *{SECRET}\n"),
    ] {
        let error = refused(&text);
        assert!(!error.contains("abcdefghijk"), "{error}");
    }
}

#[test]
fn files_beyond_every_bound() {
    let deep = "[".repeat(40) + &"]".repeat(40);
    assert!(refused(&deep).contains("nested deeper than 32"), "{}", refused(&deep));
    let long = format!("rate_limit: [{}]\n", "1,".repeat(20_000));
    assert!(refused(&long).contains("beyond 10000"), "{}", refused(&long));
    let mut laughs = "a0: &a0 [x]\n".to_owned();
    for level in 1..30 {
        laughs += &format!("a{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); 9].join(", "));
    }
    assert!(refused(&laughs).contains("there is no such key"), "{}", refused(&laughs));
}

fn line_is_within(text: &[u8]) -> Result<(), TestCaseError> {
    let lines = text.split(|&byte| byte == b'\n').count();
    if let Err(error) = parse(text, Path::new("")) {
        let line = error.line().unwrap_or_default();
        prop_assert!((1..=lines).contains(&line), "{} of {}: {}", line, lines, error);
        prop_assert!(!error.to_string().contains('\n'));
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        line_is_within(&bytes)?;
    }

    #[test]
    fn any_text_of_yaml(text in "[-a:|>*&!#%@?,\\[\\]{}'\" \t\n\r~<0]{0,80}") {
        line_is_within(text.as_bytes())?;
    }

    /// A good file with a piece of it replaced.
    #[test]
    fn nearly_good_files(from in 0..400_usize, length in 0..40_usize, piece in "[-a:|>*&!,\\[\\]{}'\" \n0]{0,12}") {
        let good = "tls_server_config:\n  cert_file: a.crt\n  key: |\n    x\n  client_auth_type: RequestClientCert\n  \
                    cipher_suites:\n  - TLS_AES_128_GCM_SHA256\n  - TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\n  \
                    client_allowed_sans: [a, b]\nhttp_server_config:\n  http2: on\n  headers:\n    X-Frame-Options: deny\n\
                    basic_auth_users: {}\nrate_limit:\n  interval: 1s\n  burst: 3\n";
        let from = from.min(good.len());
        let end = (from + length).min(good.len());
        line_is_within(format!("{}{piece}{}", &good[..from], &good[end..]).as_bytes())?;
    }
}
