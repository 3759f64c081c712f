//! Requests that are too large, that proxies and servers read differently, or that a foreign web page has made a browser
//! send: each gets its status, and no second request is read out of it.

use std::time::Duration;

use testkit::http::get;
use testkit::raw::{Answer, Raw, exchange};
use testkit::usage::Memory;

use crate::tree::{Host, Tree};

/// Whoever is refused is not kept waiting; a busy machine is far from it.
const LIMIT: Duration = Duration::from_secs(4);

fn start() -> Host {
    let host = Tree::fixture("container-guest").start_here(&[]);
    get(host.address(), "/metrics", &[]).unwrap();
    host
}

fn send(host: &Host, bytes: &[u8]) -> Answer {
    exchange(host.address(), bytes, LIMIT).unwrap()
}

#[test]
fn requests_that_are_too_large() {
    let host = start();
    let before = Memory::of(host.id()).unwrap();
    let line = |path: &str, headers: &str| {
        format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n")
    };
    let collectors = "collect[]=time&".repeat(10_000);
    for (what, request, statuses) in [
        ("a header of 64 kB", line("/", &format!("X: {}\r\n", "x".repeat(64 << 10))), &[431][..]),
        ("a name of 64 kB", line("/", &format!("{}: x\r\n", "x".repeat(64 << 10))), &[431]),
        ("10,000 headers", line("/", &"X: x\r\n".repeat(10_000)), &[431]),
        ("100 headers", line("/", &"X: x\r\n".repeat(100)), &[431]),
        ("a path of 64 kB", line(&format!("/{}", "x".repeat(64 << 10)), ""), &[414, 431]),
        ("10,000 collectors", line(&format!("/metrics?{collectors}"), ""), &[414, 431]),
        ("a thousand collectors", line(&format!("/metrics?{}", &collectors[..15_000]), ""), &[200, 400]),
        (
            "a method of 64 kB",
            format!("{} / HTTP/1.1\r\nHost: localhost\r\n\r\n", "X".repeat(64 << 10)),
            &[400, 414, 431],
        ),
        (
            "a host of 15 kB",
            format!("GET / HTTP/1.1\r\nConnection: close\r\nHost: {}\r\n\r\n", "x".repeat(15_000)),
            &[200, 400, 403, 431],
        ),
        ("no line at all", "x".repeat(1 << 20), &[400, 414, 431]),
    ] {
        let mut answered = 0;
        for _ in 0..5 {
            let answer = send(&host, request.as_bytes());
            // A server that closes before it has read everything may make the kernel throw away what it has said.
            let status = answer.status();
            assert!(status.is_none_or(|status| statuses.contains(&status)), "{what}: {status:?}");
            assert!(answer.responses() <= 1, "{what}");
            assert!(answer.is_closed, "{what}");
            answered += usize::from(status.is_some());
        }
        assert!(answered > 0, "{what} gets no answer");
        assert_eq!(get(host.address(), "/", &[]).unwrap().status, 200, "after {what}");
    }
    // What it needs for them is not kept, and little in the first place.
    let after = Memory::of(host.id()).unwrap();
    let grown = after.resident.saturating_sub(before.resident);
    assert!(grown < 1 << 20, "{grown} bytes");
}

/// A request whose end is a matter of opinion, and another that hides in it.
#[rustfmt::skip]
const SHAPES: [(&str, &[u8], &[u16]); 33] = [
    ("length and chunks", b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", &[400]),
    ("chunks and length", b"GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", &[400]),
    ("a body for GET", b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nGET /", &[400]),
    ("chunks for GET", b"GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", &[400]),
    ("two lengths", b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n", &[400]),
    ("two lengths in one", b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0, 5\r\n\r\n", &[400]),
    ("a length with a sign", b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: +5\r\n\r\n", &[400]),
    ("a length below zero", b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", &[400]),
    ("a length beyond all numbers", b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n", &[400]),
    ("a length of words", b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: five\r\n\r\n", &[400]),
    ("an unknown coding", b"GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: cow\r\n\r\n", &[400, 501]),
    ("chunks by two names", b"GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", &[400, 501]),
    ("a bad chunk", b"GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n", &[400]),
    ("chunks in HTTP/1.0", b"GET / HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", &[400]),
    ("line feeds alone", b"GET / HTTP/1.1\nHost: localhost\n\n", &[400]),
    ("one line feed alone", b"GET / HTTP/1.1\r\nHost: localhost\nX: x\r\n\r\n", &[400]),
    ("a line feed alone at the end", b"GET / HTTP/1.1\r\nHost: localhost\r\n\n", &[400]),
    ("a carriage return alone", b"GET / HTTP/1.1\r\nHost: localhost\rX: x\r\n\r\n", &[400]),
    ("a folded header", b"GET / HTTP/1.1\r\nHost: localhost\r\nX: x\r\n y\r\n\r\n", &[400]),
    ("a space before the colon", b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n", &[400]),
    ("a header without a colon", b"GET / HTTP/1.1\r\nHost: localhost\r\nX\r\n\r\n", &[400]),
    ("NUL in a header", b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n", &[400]),
    ("an absolute URI", b"GET http://localhost/metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", &[400]),
    ("an absolute URI of another", b"GET http://evil.example/metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", &[400]),
    ("no host", b"GET / HTTP/1.1\r\n\r\n", &[400]),
    ("two hosts", b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", &[400]),
    ("two spaces", b"GET  / HTTP/1.1\r\nHost: localhost\r\n\r\n", &[400]),
    ("another version", b"GET / HTTP/1.2\r\nHost: localhost\r\n\r\n", &[400, 505]),
    ("no version", b"GET /\r\n\r\n", &[400]),
    ("TRACE", b"TRACE / HTTP/1.1\r\nHost: localhost\r\n\r\n", &[400, 405]),
    ("CONNECT", b"CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n", &[400, 405]),
    ("POST with a body", b"POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 40\r\n\r\nGET", &[400, 405]),
    ("POST with chunks", b"POST /metrics HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nGET\r\n", &[400, 405]),
];

#[test]
fn requests_that_proxies_and_servers_read_differently() {
    let host = start();
    for (what, request, statuses) in SHAPES {
        // Another request behind it is not answered: where it begins is what nobody knows.
        for second in [b"".as_slice(), b"GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n"] {
            let answer = send(&host, &[request, second].concat());
            assert!(answer.status().is_some_and(|status| statuses.contains(&status)), "{what}: {}", answer.text());
            assert_eq!(answer.responses(), 1, "{what}: {}", answer.text());
            assert!(answer.is_closed, "{what}: the connection stays open");
            assert!(!answer.text().contains("evil"), "{what}");
        }
    }
    // Behind a good one it is the same, whatever came in one piece.
    let good = b"GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n".as_slice();
    for (what, request, _) in SHAPES {
        let answer = send(&host, &[good, request, good].concat());
        assert_eq!((answer.status(), answer.responses()), (Some(200), 2), "{what}: {}", answer.text());
        assert!(answer.is_closed && !answer.text().contains("evil"), "{what}: {}", answer.text());
    }
    // In two pieces, so that what is behind it comes later.
    for (what, request, _) in SHAPES {
        let mut client = Raw::connect(host.address()).unwrap();
        let (first, second) = request.split_at(request.len() / 2);
        client.send(first).unwrap();
        std::thread::sleep(Duration::from_millis(2));
        client.send(second).ok();
        client.send(b"GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n").ok();
        let answer = client.answer(LIMIT);
        assert!(answer.responses() <= 1 && answer.is_closed, "{what}: {}", answer.text());
    }
    let log = crate::tree::log_of(host);
    assert!(!log.contains("panicked"), "{log}");
}

#[test]
fn good_requests_one_behind_the_other() {
    let host = start();
    let one = b"GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n".as_slice();
    let last = b"GET /-/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".as_slice();
    let answer = send(&host, &[one, one, last].concat());
    assert_eq!((answer.status(), answer.responses(), answer.is_closed), (Some(200), 3, true), "{}", answer.text());
    let old = send(&host, b"GET /-/healthy HTTP/1.0\r\n\r\n");
    assert_eq!((old.status(), old.is_closed), (Some(200), true), "{}", old.text());
}
