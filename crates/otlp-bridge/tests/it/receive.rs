//! OTLP/HTTP: every status in both encodings, and who is let through.

use std::fs;

use otlp_bridge::receive::{Delivery, Encoding, Limits, Protocol, Reason, Signal};
use testkit::raw::Raw;
use testkit::responses::gzip;
use testkit::tls::Identity;

use crate::receiving::{LIMIT, Options, Receiving, body, post};

const PROTOBUF: &str = "application/x-protobuf";
const JSON: &str = "application/json";
const GZIP: &str = "Content-Encoding: gzip\r\n";

fn delivery(signal: Signal, encoding: Encoding, body: &'static [u8]) -> Delivery {
    Delivery { signal, encoding, protocol: Protocol::Http, body: body.into() }
}

#[test]
fn every_signal_in_both_encodings() {
    let receiving = Receiving::start();
    for (path, signal) in [("/v1/metrics", Signal::Metrics), ("/v1/logs", Signal::Logs), ("/v1/traces", Signal::Traces)]
    {
        for (media, encoding, expected) in [
            (PROTOBUF, Encoding::Protobuf, &b""[..]),
            (JSON, Encoding::Json, b"{}"),
            ("application/json; charset=utf-8", Encoding::Json, b"{}"),
            ("Application/X-Protobuf", Encoding::Protobuf, b""),
        ] {
            for (headers, sent) in
                [("", b"hello".to_vec()), (GZIP, gzip(b"hello")), (GZIP, [gzip(b"hel"), gzip(b"lo")].concat())]
            {
                let answer = receiving.send(&post(path, media, headers, &sent));
                assert_eq!((answer.status(), body(&answer)), (Some(200), expected), "{}", answer.text());
                let own = if encoding == Encoding::Json { JSON } else { PROTOBUF };
                assert!(answer.text().contains(&format!("content-type: {own}\r\n")), "{}", answer.text());
                assert_eq!(receiving.delivered(), [delivery(signal, encoding, b"hello")]);
            }
        }
    }
    // A message of nothing is one.
    assert_eq!(receiving.send(&post("/v1/logs", PROTOBUF, "", b"")).status(), Some(200));
    assert_eq!(receiving.delivered(), [delivery(Signal::Logs, Encoding::Protobuf, b"")]);
    assert_eq!(receiving.refused(), []);
}

#[test]
fn verdicts_in_both_encodings() {
    let receiving = Receiving::start();
    for (sent, status, protobuf, json) in [
        (
            &b"partial"[..],
            200,
            &b"\x0a\x0b\x08\x03\x12\x07too old"[..],
            r#"{"partialSuccess":{"rejectedSpans":"3","errorMessage":"too old"}}"#,
        ),
        (b"malformed", 400, b"\x08\x03\x12\x0c100% \"wrong\"", r#"{"code":3,"message":"100% \"wrong\""}"#),
        (b"unavailable", 503, b"\x08\x0e\x12\x09disk full", r#"{"code":14,"message":"disk full"}"#),
    ] {
        for (media, expected) in [(PROTOBUF, protobuf), (JSON, json.as_bytes())] {
            let answer = receiving.send(&post("/v1/traces", media, "", sent));
            assert_eq!((answer.status(), body(&answer)), (Some(status), expected), "{}", answer.text());
            assert_eq!(answer.text().contains("retry-after: 2\r\n"), status == 503, "{}", answer.text());
            assert!(answer.text().contains(&format!("content-type: {media}\r\n")));
        }
    }
}

#[test]
fn what_does_not_get_to_the_sink() {
    let limits = Limits { http: 1000, ..Limits::default() };
    let receiving = Receiving::with(&Options { limits, ..Options::default() });
    let bomb = gzip(vec![0; 1001]);
    let truncated = &gzip(b"hello")[..15];
    let zstd = "Content-Encoding: zstd\r\n";
    for (headers, sent, status, code, reason) in [
        ("", &[0; 1001][..], 413, 8, Reason::TooLarge),
        (GZIP, &bomb, 413, 8, Reason::TooLarge),
        (GZIP, &[0; 1001], 413, 8, Reason::TooLarge),
        (GZIP, b"hello", 400, 3, Reason::Malformed),
        (GZIP, truncated, 400, 3, Reason::Malformed),
        (zstd, b"hello", 415, 12, Reason::Unsupported),
        ("Content-Encoding: gzip, gzip\r\n", b"hello", 415, 12, Reason::Unsupported),
    ] {
        for media in [PROTOBUF, JSON] {
            let answer = receiving.send(&post("/v1/metrics", media, headers, sent));
            assert_eq!(answer.status(), Some(status), "{}", answer.text());
            let said = body(&answer);
            if media == PROTOBUF {
                assert_eq!(said[..3], [0x08, code, 0x12], "{said:?}");
            } else {
                let said: serde_json::Value = serde_json::from_slice(said).unwrap();
                assert_eq!(said["code"], code);
                assert!(said["message"].as_str().unwrap().contains("body"), "{said}");
            }
            assert_eq!(receiving.refused(), [(Some(Signal::Metrics), Protocol::Http, reason)]);
        }
    }
    assert_eq!(receiving.delivered(), []);
    let most = receiving.send(&post("/v1/metrics", PROTOBUF, "", &[0; 1000]));
    assert_eq!(most.status(), Some(200));
}

#[test]
fn methods_paths_types_and_origins() {
    let receiving = Receiving::start();
    let get = |method: &str, path: &str, headers: &str| {
        format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n").into_bytes()
    };
    for (request, status, says) in [
        (get("GET", "/", ""), 200, "OTLP receiver"),
        (get("GET", "/-/healthy", ""), 200, "healthy"),
        (get("GET", "/-/ready", ""), 200, "ready"),
        (get("GET", "/v1/metrics", ""), 405, "allow: POST\r\n"),
        (get("OPTIONS", "/v1/metrics", ""), 405, "allow: POST\r\n"),
        (get("OPTIONS", "/v1/metrics", "Origin: http://evil.example\r\n"), 403, "other sites"),
        (get("GET", "/v1/metrics/", ""), 404, ""),
        (post("/v1/profiles", PROTOBUF, "", b""), 404, ""),
        (post("/v1/metrics", "text/plain", "", b"{}"), 415, "application/x-protobuf or application/json"),
        (post("/v1/metrics", "application/x-www-form-urlencoded", "", b"{}"), 415, ""),
        (post("/v1/metrics", "application/protobuf", "", b""), 415, ""),
        (post("/v1/metrics", JSON, "Origin: http://evil.example\r\n", b"{}"), 403, "other sites"),
        (post("/v1/metrics", JSON, "Sec-Fetch-Site: cross-site\r\n", b"{}"), 403, "other sites"),
        (post("/opentelemetry.proto.collector.logs.v1.LogsService/Export", "application/grpc", "", b""), 505, "HTTP/2"),
    ] {
        let answer = receiving.send(&request);
        assert_eq!(answer.status(), Some(status), "{}", String::from_utf8_lossy(&request));
        assert!(answer.text().contains(says), "{}", answer.text());
        assert!(!answer.text().contains("access-control"), "{}", answer.text());
    }
    let foreign = String::from_utf8(post("/v1/metrics", JSON, "", b"{}")).unwrap();
    let foreign = foreign.replace("Host: localhost", "Host: rebind.evil.example");
    assert_eq!(receiving.send(foreign.as_bytes()).status(), Some(403));
    assert_eq!(receiving.delivered(), []);
}

/// As Claude Code sends it: in chunks, over a connection that stays.
#[test]
fn exports_over_one_connection() {
    let receiving = Receiving::start();
    let mut client = Raw::connect(receiving.address).unwrap();
    let head = "POST /v1/metrics HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    let chunked = format!(
        "{head}Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{{\"\r\n3\r\na\":\r\n2\r\n1}}\r\n0\r\n\r\n"
    );
    let known = format!("{head}Connection: keep-alive\r\nContent-Length: 7\r\n\r\n{{\"a\":1}}");
    for _ in 0..3 {
        for request in [&chunked, &known] {
            client.send(request.as_bytes()).unwrap();
            let begin = std::time::Instant::now();
            while receiving.sink.delivered.lock().unwrap().is_empty() {
                assert!(begin.elapsed() < LIMIT);
                std::thread::yield_now();
            }
            assert_eq!(receiving.delivered(), [delivery(Signal::Metrics, Encoding::Json, b"{\"a\":1}")]);
        }
    }
    client.send(&post("/v1/metrics", JSON, "", b"")).unwrap();
    assert_eq!(client.answer(LIMIT).responses(), 7);
}

/// alice's password is `open sesame`.
const USERS: &str = "basic_auth_users:\n  alice: $2a$04$p9vcIWz52fZX/972ZvnRaePAQ52ltgHkMMuEA9tkOs2Cm4HquB49u\n";

#[test]
fn tls_passwords_and_tokens() {
    let folder = tempfile::tempdir().unwrap();
    let identity = Identity::new().unwrap();
    let write = |name: &str, content: &str| {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    };
    write("cert.pem", &identity.certificate);
    write("key.pem", &identity.key);
    let tls = "tls_server_config:\n  cert_file: cert.pem\n  key_file: key.pem\n";
    let config = write("web.yml", &format!("{tls}{USERS}"));
    let token = write("token", "t0ken\n");
    let options = Options { config: Some(&config), token: Some(&token), ..Options::default() };
    let receiving = Receiving::with(&options);
    let client = identity.client().unwrap();
    for (authorization, status) in [
        ("", 401),
        ("Authorization: Basic YWxpY2U6b3BlbiBzZXNhbWU=\r\n", 200),
        ("Authorization: Basic YWxpY2U6eA==\r\n", 401),
        ("Authorization: Bearer t0ken\r\n", 200),
        ("Authorization: Bearer t0ken2\r\n", 401),
    ] {
        let answer = client.exchange(receiving.address, &post("/v1/logs", JSON, authorization, b"{}")).unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{authorization}: {answer}");
        assert_eq!(receiving.delivered().len(), usize::from(status == 200), "{authorization}");
    }
    assert_eq!(receiving.send(&post("/v1/logs", JSON, "", b"{}")).status(), Some(400), "HTTP where TLS is");
}
