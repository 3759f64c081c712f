//! A port that takes requests with bodies, by HTTP/1 and HTTP/2.

use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use exporter_toolkit::bounded::{BodyError, Room};
use exporter_toolkit::{Answering, Application, Payload, Port, RequestBody, Security, Service, Takes, Web};
use hyper::header::{HeaderMap, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, Response};
use testkit::http2::{self, Client};
use testkit::raw::{Answer, Raw, exchange};

use crate::served::{Served, exporter, loopback, steady};

const LIMIT: Duration = Duration::from_secs(5);
const MOST: usize = 1 << 20;
/// For a body to come.
const BODY_TIME: Duration = Duration::from_millis(500);

/// Sends back what it is sent, with a trailer where that is possible.
struct Echo {
    room: Room,
}

impl Application for Echo {
    fn about(&self) -> &str {
        "an echo"
    }

    fn takes(&self, path: &str) -> Option<Takes> {
        match path {
            "/echo" => Some(Takes { post: &["text/x", "text/y"], ..Takes::default() }),
            "/both" => Some(Takes { get: true, post: &["text/x"], ..Takes::default() }),
            "/get" => Some(Takes { get: true, ..Takes::default() }),
            _ => None,
        }
    }

    fn answer(&self, request: Parts, body: RequestBody) -> Answering<'_> {
        Box::pin(async move {
            if request.method == Method::GET {
                return Response::new(Payload::from(bytes::Bytes::from_static(b"got\n")));
            }
            match body.collect(MOST, &self.room).await {
                Ok(received) => {
                    let trailers =
                        HeaderMap::from_iter([("x-trailer".parse().unwrap(), HeaderValue::from_static("t"))]);
                    Response::new(Payload::with_trailers(received.bytes().clone(), trailers))
                }
                Err(error) => {
                    let status = match error {
                        BodyError::TooLarge { .. } => 413,
                        BodyError::TooSlow => 408,
                        BodyError::Crowded => 503,
                        BodyError::Broken(_) => 400,
                    };
                    let text = bytes::Bytes::from(format!("{error}\n"));
                    Response::builder().status(status).body(Payload::from(text)).unwrap()
                }
            }
        })
    }
}

fn start() -> Served {
    start_with(BODY_TIME)
}

fn start_with(body_time: Duration) -> Served {
    let echo = Arc::new(Echo { room: Room::new(4 * MOST) });
    let port = Port { body_time, ..Port::new("echo", loopback(), echo) };
    let service = Service { ports: vec![port], ..exporter(vec![steady("a")]).into() };
    Served::service(service, Web::default(), Security::open(None, None).unwrap())
}

fn send(served: &Served, bytes: &[u8]) -> Answer {
    exchange(served.ports[0], bytes, LIMIT).unwrap()
}

/// A request with a body of a length.
fn post(headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    let head =
        format!("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: text/x\r\nContent-Length: {length}\r\n{headers}\r\n");
    [head.as_bytes(), body.as_bytes()].concat()
}

/// The same in chunks.
fn post_chunks(headers: &str, pieces: &[&str]) -> Vec<u8> {
    let mut bytes =
        b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: text/x\r\nTransfer-Encoding: chunked\r\n".to_vec();
    write!(bytes, "{headers}\r\n").unwrap();
    for piece in pieces {
        write!(bytes, "{:x}\r\n{piece}\r\n", piece.len()).unwrap();
    }
    bytes.extend(b"0\r\n\r\n");
    bytes
}

#[test]
fn methods_paths_and_content_types() {
    let served = start();
    let typed = |media: &str| format!("Content-Type: {media}\r\n");
    for (method, path, headers, status, says) in [
        ("GET", "/", "", 200, "\r\n\r\nan echo\n"),
        ("GET", "/-/healthy", "", 200, "\r\n\r\nhealthy\n"),
        ("GET", "/-/ready", "", 200, "\r\n\r\nready\n"),
        ("HEAD", "/", "", 200, "\r\n\r\n"),
        ("POST", "/", &typed("text/x"), 405, "allow: GET, HEAD\r\n"),
        ("GET", "/metrics", "", 404, "not found"),
        ("GET", "/get", "", 200, "got\n"),
        ("POST", "/get", &typed("text/x"), 405, "allow: GET, HEAD\r\n"),
        ("GET", "/both", "", 200, "got\n"),
        ("PUT", "/both", &typed("text/x"), 405, "allow: GET, HEAD, POST\r\n"),
        ("GET", "/echo", "", 405, "allow: POST\r\n"),
        ("OPTIONS", "/echo", "", 405, "allow: POST\r\n"),
        ("POST", "/echo", "", 415, "text/x or text/y"),
        ("POST", "/echo", &typed("text/plain"), 415, "text/x or text/y"),
        ("POST", "/echo", &typed("text/y; charset=utf-8"), 200, ""),
        ("POST", "/echo", &format!("{0}{0}", typed("text/x")), 415, ""),
        ("POST", "/echo", &format!("{}Origin: http://evil.example\r\n", typed("text/x")), 403, "other sites"),
        ("POST", "/echo", &format!("{}Sec-Fetch-Site: cross-site\r\n", typed("text/x")), 403, "other sites"),
    ] {
        let request = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n");
        let answer = send(&served, request.as_bytes());
        assert_eq!(answer.status(), Some(status), "{method} {path} {headers}");
        assert!(answer.text().contains(says) && answer.is_closed, "{method} {path} {headers}: {}", answer.text());
    }
    let foreign = send(&served, b"POST /echo HTTP/1.1\r\nHost: evil.example\r\nContent-Type: text/x\r\n\r\n");
    assert_eq!(foreign.status(), Some(403));
    // The page is where it was, and takes no body.
    let page = exchange(served.address, &post("", "x"), LIMIT).unwrap();
    assert_eq!(page.status(), Some(405));
}

#[test]
fn bodies_one_behind_the_other_in_one_piece_and_in_many() {
    let served = start();
    let close = "Connection: close\r\n";
    let requests = [
        post("", "first"),
        post_chunks("", &["sec", "ond"]),
        post("Connection: keep-alive\r\n", ""),
        post_chunks(close, &["last"]),
    ];
    let all = requests.concat();
    let said = |answer: &Answer| {
        assert_eq!((answer.status(), answer.responses(), answer.is_closed), (Some(200), 4, true), "{}", answer.text());
        let bodies: Vec<_> =
            ["first", "second", "last"].into_iter().filter(|body| answer.text().contains(body)).collect();
        assert_eq!(bodies, ["first", "second", "last"]);
    };
    said(&send(&served, &all));
    for piece in [1, 7, 100] {
        let mut client = Raw::connect(served.ports[0]).unwrap();
        for bytes in all.chunks(piece) {
            client.send(bytes).unwrap();
        }
        said(&client.answer(LIMIT));
    }
}

/// A client with `Expect` sends the body only when it is asked to, and one that is refused never.
#[test]
fn a_client_that_asks_before_it_sends() {
    let served = start();
    let expect = "Expect: 100-continue\r\nConnection: close\r\n";
    let request = post(expect, "body");
    let (head, body) = request.split_at(request.len() - 4);
    let mut client = Raw::connect(served.ports[0]).unwrap();
    client.send(head).unwrap();
    let asked = client.answer(Duration::from_millis(200));
    assert_eq!(asked.text(), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send(body).unwrap();
    let answer = client.answer(LIMIT);
    assert!(answer.status() == Some(200) && answer.text().contains("body"), "{}", answer.text());

    let refused = String::from_utf8(head.to_vec()).unwrap().replace("text/x", "text/z");
    let mut client = Raw::connect(served.ports[0]).unwrap();
    client.send(refused.as_bytes()).unwrap();
    client.finish().unwrap();
    let answer = client.answer(LIMIT);
    assert_eq!((answer.status(), answer.responses(), answer.is_closed), (Some(415), 1, true), "{}", answer.text());
}

/// Where a body ends must not be a matter of opinion: what could be a second request is none.
#[test]
#[rustfmt::skip]
fn bodies_that_proxies_read_differently() {
    let served = start();
    let head = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: text/x\r\n";
    for rest in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        "Content-Length: 5, 5\r\n\r\nhello",
        "Content-Length: +5\r\n\r\nhello",
        "Content-Length: 0x5\r\n\r\nhello",
        "Content-Length : 5\r\n\r\nhello",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n0\n\n",
        "Transfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n3;a\nb\r\nabc\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\nZZ\r\n",
        "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n-1\r\n",
        "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
        "Transfer-Encoding: chunked\r\n\r\n0\r\nGET / HTTP/1.1\n\r\n",
    ] {
        for second in ["", "GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n"] {
            let answer = send(&served, format!("{head}{rest}{second}").as_bytes());
            assert_eq!((answer.status(), answer.responses(), answer.is_closed), (Some(400), 1, true), "{rest}: {}", answer.text());
        }
    }
    let old = send(&served, b"POST /echo HTTP/1.0\r\nContent-Type: text/x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    assert_eq!((old.status(), old.is_closed), (Some(400), true));
    let old = send(&served, b"POST /echo HTTP/1.0\r\nContent-Type: text/x\r\nContent-Length: 2\r\n\r\nhi");
    assert!(old.status() == Some(200) && old.is_closed && old.text().ends_with("hi"), "{}", old.text());
}

/// The answer arrives also at a client that reads only when it has sent everything.
#[test]
fn a_body_that_is_too_large() {
    let served = start();
    let body = "x".repeat(20 * MOST);
    let pieces: Vec<&str> = body.as_bytes().chunks(60_000).map(|piece| std::str::from_utf8(piece).unwrap()).collect();
    for request in [post("", &body), post_chunks("", &pieces)] {
        let mut client = Raw::connect(served.ports[0]).unwrap();
        client.send(&request).unwrap();
        let answer = client.answer(LIMIT);
        assert_eq!((answer.status(), answer.responses(), answer.is_closed), (Some(413), 1, true), "{}", answer.text());
        assert!(answer.text().contains("larger than 1048576 bytes"), "{}", answer.text());
    }
    assert_eq!(send(&served, &post("Connection: close\r\n", &body[..MOST])).status(), Some(200));
}

#[test]
fn bodies_that_dribble_or_stop_or_break_off() {
    let served = start();
    for act in [|client: &mut Raw| drop(client.send(b"x")), |_: &mut Raw| {}] {
        for request in [post("", &"x".repeat(1000)), post_chunks("", &[&"x".repeat(1000)])] {
            let mut client = Raw::connect(served.ports[0]).unwrap();
            client.send(&request[..request.len() - 900]).unwrap();
            let begin = Instant::now();
            let mut answer = client.answer(Duration::from_millis(20));
            while answer.bytes.is_empty() {
                assert!(begin.elapsed() < LIMIT + BODY_TIME, "no answer");
                act(&mut client);
                answer = client.answer(Duration::from_millis(20));
            }
            assert_eq!(answer.status(), Some(408), "{}", answer.text());
            assert!(begin.elapsed() > BODY_TIME / 2, "it had no time");
            client.finish().unwrap();
            assert!(client.answer(LIMIT).is_closed);
        }
    }
    for request in [post("", "body"), post_chunks("", &["body"])] {
        let mut client = Raw::connect(served.ports[0]).unwrap();
        client.send(&request[..request.len() - 2]).unwrap();
        client.finish().unwrap();
        let answer = client.answer(LIMIT);
        assert!(answer.is_closed && answer.status().is_none_or(|status| status == 400), "{}", answer.text());
    }
    assert_eq!(send(&served, &post("Connection: close\r\n", "x")).status(), Some(200));
}

/// What all of them have sent takes no more room than there is.
#[test]
fn more_bodies_than_there_is_room_for() {
    let served = start_with(LIMIT * 4);
    let (large, small) = (post("Connection: close\r\n", &"x".repeat(MOST)), post("Connection: close\r\n", "small"));
    let hold = |_| {
        let mut client = Raw::connect(served.ports[0]).unwrap();
        client.send(&large[..large.len() - 1]).unwrap();
        client
    };
    let mut clients: Vec<Raw> = (0..4).map(hold).collect();
    let begin = Instant::now();
    while send(&served, &small).status() != Some(503) {
        assert!(begin.elapsed() < LIMIT, "there is room still");
    }
    for client in &mut clients {
        client.send(b"x").unwrap();
        assert_eq!(client.answer(LIMIT).status(), Some(200));
    }
    assert_eq!(send(&served, &large).status(), Some(200), "the room is free again");
}

#[test]
fn http2_without_having_asked() {
    let served = start();
    let mut client = Client::connect(served.ports[0]).unwrap();
    let typed = [("content-type", "text/x")];
    for body in ["", "hello", &"x".repeat(MOST)] {
        let answer = client.request("POST", "/echo", &typed, body.to_owned()).unwrap();
        assert_eq!((answer.status, answer.body.len()), (200, body.len()));
        assert_eq!(answer.trailers, [("x-trailer".to_owned(), "t".to_owned())]);
    }
    let large = client.request("POST", "/echo", &typed, "x".repeat(MOST + 1)).unwrap();
    assert_eq!(large.status, 413);
    assert_eq!(client.request("POST", "/echo", &[], "hello").unwrap().status, 415);
    assert_eq!(client.request("GET", "/", &[], "").unwrap().body, b"an echo\n");
    let head = client.request("HEAD", "/-/ready", &[], "").unwrap();
    assert_eq!((head.status, head.header("content-length"), &head.body[..]), (200, Some("6"), &b""[..]));
    // Not of pages, which browsers alone would ask for in that way, by TLS.
    assert!(Client::connect(served.address).unwrap().request("GET", "/", &[], "").is_err());
}

/// A second connection's first words in the midst of another are no protocol.
#[test]
fn http2_behind_another_request() {
    let served = start();
    let answer = send(&served, &[post("", "x"), http2::PREFACE.to_vec()].concat());
    assert_eq!((answer.status(), answer.responses(), answer.is_closed), (Some(200), 2, true), "{}", answer.text());
}

/// Connections stay when their client says so, as most libraries do.
#[test]
fn keep_alive_in_so_many_words() {
    let served = start();
    let get = |say: &str| format!("GET /-/ready HTTP/1.1\r\nHost: x\r\nConnection: {say}\r\n\r\n");
    for address in [served.address, served.ports[0]] {
        let all = [get("keep-alive"), get("Keep-Alive"), get("close")].concat();
        let answer = exchange(address, all.as_bytes(), LIMIT).unwrap();
        assert_eq!((answer.status(), answer.responses(), answer.is_closed), (Some(200), 3, true), "{}", answer.text());
        let old = exchange(address, b"GET /-/ready HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", LIMIT).unwrap();
        assert_eq!((old.status(), old.is_closed), (Some(200), true), "{}", old.text());
    }
}

#[test]
fn a_port_with_a_token_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, "t0ken").unwrap();
    let security = Some(Arc::new(Security::open(None, Some(&token)).unwrap()));
    let port = Port { security, ..Port::new("echo", loopback(), Arc::new(Echo { room: Room::new(MOST) })) };
    let service = Service { ports: vec![port], ..exporter(vec![steady("a")]).into() };
    let served = Served::service(service, Web::default(), Security::open(None, None).unwrap());
    let close = "Connection: close\r\n";
    assert_eq!(send(&served, &post(close, "x")).status(), Some(401));
    assert_eq!(send(&served, &post(&format!("{close}Authorization: Bearer t0ken\r\n"), "x")).status(), Some(200));
    // The page needs none, and tells of the port's file.
    let current = || served.scrape("10").get("pilotlight_web_config_last_reload_successful").copied();
    assert_eq!(current(), Some(1.0));
    std::fs::write(&token, "").unwrap();
    assert_eq!(send(&served, &post(close, "x")).status(), Some(401));
    assert_eq!(current(), Some(0.0));
}
