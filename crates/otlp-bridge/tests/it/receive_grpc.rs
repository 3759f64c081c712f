//! gRPC: calls, statuses and details as their clients read them.

use std::fs;
use std::io::{Read as _, Write as _};

use otlp_bridge::receive::{Delivery, Encoding, Limits, Protocol, Reason, Signal};
use testkit::http2::{self, Answer, Client, END_HEADERS, END_STREAM, fields, frame, frames, kind};
use testkit::responses::gzip;
use testkit::tls::Identity;

use crate::receiving::{Options, Receiving};

const METRICS: &str = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";
const LOGS: &str = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";
const TRACES: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

const HEADERS: [(&str, &str); 2] = [("content-type", "application/grpc"), ("te", "trailers")];

/// A message with its flag and length.
fn message(flag: u8, bytes: &[u8]) -> Vec<u8> {
    [&[flag], &u32::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat()
}

fn call(receiving: &Receiving, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
    let headers = [&HEADERS, headers].concat();
    Client::connect(receiving.address).unwrap().request("POST", path, &headers, body).unwrap()
}

#[test]
fn every_signal_plain_and_compressed() {
    let receiving = Receiving::start();
    let mut client = Client::connect(receiving.address).unwrap();
    for (path, signal) in [(METRICS, Signal::Metrics), (LOGS, Signal::Logs), (TRACES, Signal::Traces)] {
        for (headers, sent) in [
            (&[][..], message(0, b"hello")),
            (&[("grpc-encoding", "identity")], message(0, b"hello")),
            (&[("grpc-encoding", "gzip")], message(1, &gzip(b"hello"))),
            (&[("grpc-encoding", "gzip")], message(0, b"hello")),
            (&[("grpc-timeout", "10S")], message(0, b"hello")),
            (&[("content-type", "application/grpc+proto")], message(0, b"hello")),
        ] {
            let typed = headers.iter().any(|(name, _)| *name == "content-type");
            let headers = [if typed { &HEADERS[1..] } else { &HEADERS[..] }, headers].concat();
            let answer = client.request("POST", path, &headers, sent).unwrap();
            assert_eq!((answer.status, &answer.body[..]), (200, &b"\0\0\0\0\0"[..]));
            assert_eq!(answer.trailers, [("grpc-status".to_owned(), "0".to_owned())]);
            assert_eq!(answer.header("content-type"), Some("application/grpc"));
            assert_eq!(answer.header("grpc-accept-encoding"), Some("identity,gzip"));
            let body = b"hello"[..].into();
            assert_eq!(
                receiving.delivered(),
                [Delivery { signal, encoding: Encoding::Protobuf, protocol: Protocol::Grpc, body }]
            );
        }
    }
}

#[test]
fn verdicts() {
    let receiving = Receiving::start();
    let partial = call(&receiving, LOGS, &[], message(0, b"partial"));
    assert_eq!(partial.body, message(0, b"\x0a\x0b\x08\x03\x12\x07too old"));
    assert_eq!(partial.trailers, [("grpc-status".to_owned(), "0".to_owned())]);

    let malformed = call(&receiving, LOGS, &[], message(0, b"malformed"));
    assert_eq!((malformed.status, malformed.header("grpc-status")), (200, Some("3")));
    assert_eq!(malformed.header("grpc-message"), Some("100%25 \"wrong\""));
    assert_eq!((&malformed.body[..], &malformed.trailers[..]), (&b""[..], &[][..]), "trailers only");
    assert_eq!(malformed.header("grpc-status-details-bin"), None);

    let unavailable = call(&receiving, LOGS, &[], message(0, b"unavailable"));
    assert_eq!(
        (unavailable.header("grpc-status"), unavailable.header("grpc-message")),
        (Some("14"), Some("disk full"))
    );
    // google.rpc.Status of code 14 with a RetryInfo of 1.5 seconds.
    let details = "CA4SCWRpc2sgZnVsbBo2Cih0eXBlLmdvb2dsZWFwaXMuY29tL2dvb2dsZS5ycGMuUmV0cnlJbmZvEgoKCAgBEIDKte4B";
    assert_eq!(unavailable.header("grpc-status-details-bin"), Some(details));

    let late = call(&receiving, LOGS, &[("grpc-timeout", "100m")], message(0, b"never"));
    assert_eq!(late.header("grpc-status"), Some("4"));
}

#[test]
fn what_does_not_get_to_the_sink() {
    let limits = Limits { grpc: 1000, ..Limits::default() };
    let receiving = Receiving::with(&Options { limits, ..Options::default() });
    let (gzipped, zstd) = (("grpc-encoding", "gzip"), ("grpc-encoding", "zstd"));
    let metrics = Some(Signal::Metrics);
    for (path, header, sent, code, reason, signal) in [
        (METRICS, None, message(0, &[0; 1001]), "8", Reason::TooLarge, metrics),
        (METRICS, None, vec![0; 100_000], "8", Reason::TooLarge, metrics),
        (METRICS, Some(gzipped), message(1, &gzip([0; 1001])), "8", Reason::TooLarge, metrics),
        (METRICS, None, message(1, &gzip(b"hello")), "13", Reason::Malformed, metrics),
        (METRICS, Some(gzipped), message(1, b"hello"), "13", Reason::Malformed, metrics),
        (METRICS, Some(zstd), message(1, b"hello"), "12", Reason::Unsupported, metrics),
        (METRICS, None, message(2, b"hello"), "13", Reason::Malformed, metrics),
        (METRICS, None, vec![], "13", Reason::Malformed, metrics),
        (METRICS, None, b"\0\0\0".to_vec(), "13", Reason::Malformed, metrics),
        (METRICS, None, message(0, b"hello")[..9].to_vec(), "13", Reason::Malformed, metrics),
        (METRICS, None, message(0, b"hello").repeat(2), "13", Reason::Malformed, metrics),
        ("/grpc.health.v1.Health/Check", None, message(0, b""), "12", Reason::Unsupported, None),
        (
            "/opentelemetry.proto.collector.metrics.v1.MetricsService/Import",
            None,
            vec![],
            "12",
            Reason::Unsupported,
            None,
        ),
    ] {
        let answer = call(&receiving, path, header.as_slice(), sent.clone());
        let told = (answer.status, answer.header("grpc-status"));
        assert_eq!(told, (200, Some(code)), "{path} {header:?} {} {answer:?}", sent.len());
        assert_eq!(answer.header("grpc-status-details-bin"), None, "it is not to be sent again");
        assert_eq!(receiving.refused(), [(signal, Protocol::Grpc, reason)], "{path} {header:?}");
    }
    assert_eq!(receiving.delivered(), []);
    let most = call(&receiving, METRICS, &[], message(0, &[0; 1000]));
    assert_eq!(most.header("grpc-status"), Some("0"));
}

/// What is refused before it is looked at has a status of HTTP, from which every client makes one of gRPC.
#[test]
fn calls_that_are_no_calls() {
    let receiving = Receiving::start();
    let mut client = Client::connect(receiving.address).unwrap();
    let mut status = |method: &str, path: &str, headers: &[(&str, &str)]| {
        client.request(method, path, headers, message(0, b"")).unwrap().status
    };
    assert_eq!(status("POST", METRICS, &[("content-type", "application/json")]), 415);
    assert_eq!(status("POST", METRICS, &[("content-type", "application/grpc+json")]), 415);
    assert_eq!(status("POST", METRICS, &[]), 415);
    assert_eq!(status("GET", METRICS, &HEADERS), 405);
    assert_eq!(status("POST", "/Export", &HEADERS), 404);
    assert_eq!(status("POST", METRICS, &[HEADERS[0], ("origin", "http://evil.example")]), 403);
    // OTLP/HTTP by HTTP/2, on the same port.
    assert_eq!(status("POST", "/v1/logs", &[("content-type", "application/x-protobuf")]), 200);
    assert_eq!(receiving.delivered().len(), 1);
}

/// A client that has agreed on HTTP/2 by TLS.
#[test]
fn a_call_over_tls_with_a_token() {
    let folder = tempfile::tempdir().unwrap();
    let identity = Identity::new().unwrap();
    fs::write(folder.path().join("cert.pem"), &identity.certificate).unwrap();
    fs::write(folder.path().join("key.pem"), &identity.key).unwrap();
    let (config, token) = (folder.path().join("web.yml"), folder.path().join("token"));
    fs::write(&config, "tls_server_config:\n  cert_file: cert.pem\n  key_file: key.pem\n").unwrap();
    fs::write(&token, "t0ken").unwrap();
    let receiving = Receiving::with(&Options { config: Some(&config), token: Some(&token), ..Options::default() });
    let client = identity.client_of("h2").unwrap();
    for (authorization, delivered) in [("Bearer t0ken", 1), ("Bearer other", 0)] {
        let mut connection = client.connect(receiving.address).unwrap();
        assert_eq!(connection.conn.alpn_protocol(), Some(b"h2".as_slice()));
        let block = fields(&[
            (":method", "POST"),
            (":scheme", "https"),
            (":authority", "localhost"),
            (":path", METRICS),
            ("content-type", "application/grpc"),
            ("authorization", authorization),
        ]);
        let sent = [
            http2::PREFACE.to_vec(),
            frame(kind::SETTINGS, 0, 0, &[]),
            frame(kind::HEADERS, END_HEADERS, 1, &block),
            frame(kind::DATA, END_STREAM, 1, &message(0, b"hello")),
        ];
        connection.write_all(&sent.concat()).unwrap();
        let (mut came, mut chunk) = (Vec::new(), [0; 4096]);
        let is_answered =
            |came: &[u8]| frames(came).iter().any(|frame| frame.stream == 1 && frame.flags & END_STREAM > 0);
        while !is_answered(&came) {
            let length = connection.read(&mut chunk).unwrap();
            assert!(length > 0, "it was closed");
            came.extend_from_slice(&chunk[..length]);
        }
        assert_eq!(receiving.delivered().len(), delivered, "{authorization}");
    }
}
