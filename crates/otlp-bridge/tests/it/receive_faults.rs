//! Senders that break off, stall, flood, or send little that stands for much.

use std::env;
use std::net::SocketAddr;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use otlp_bridge::receive::{Protocol, Reason, Signal};
use rustix::net::sockopt::set_socket_linger;
use testkit::http2::{Client, END_HEADERS, END_STREAM, PREFACE, fields, frame, frames, kind};
use testkit::process::{Process, free_address};
use testkit::raw::{Raw, exchange};
use testkit::responses::gzip;
use testkit::usage::{Memory, Processor};

use crate::receiving::{LIMIT, Options, Receiving, post, serve_at};

const MEGABYTE: u64 = 1 << 20;
const PROTOBUF: &str = "application/x-protobuf";
const GZIP: &str = "Content-Encoding: gzip\r\n";
const LOGS: &str = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";
const ADDRESS: &str = "OTLP_BRIDGE_TEST_ADDRESS";

#[test]
#[ignore = "a server in a process of its own, which other tests start"]
fn serves_for_another_test() {
    serve_at(&env::var(ADDRESS).unwrap());
}

/// A receiver whose memory and processor time are its own.
fn start() -> Process {
    let address = free_address().unwrap();
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "receive_faults::serves_for_another_test", "--ignored", "--test-threads=1"]);
    command.env(ADDRESS, address.to_string());
    let process = Process::spawn(command, address, "/-/ready").unwrap();
    // What any request takes once is not counted against those that follow.
    assert_eq!(status(address, &post("/v1/logs", PROTOBUF, GZIP, &gzip(b"hello"))), Some(200));
    assert_eq!(call(address, b"\0\0\0\0\x05hello".to_vec()), "0");
    process
}

fn status(address: SocketAddr, request: &[u8]) -> Option<u16> {
    exchange(address, request, LIMIT).unwrap().status()
}

/// The `grpc-status` of a call.
fn call(address: SocketAddr, body: Vec<u8>) -> String {
    let headers = [("content-type", "application/grpc"), ("grpc-encoding", "gzip")];
    let answer = Client::connect(address).unwrap().request("POST", LOGS, &headers, body).unwrap();
    answer.header("grpc-status").unwrap().to_owned()
}

fn compressed(message: &[u8]) -> Vec<u8> {
    [&[1], &u32::try_from(message.len()).unwrap().to_be_bytes()[..], message].concat()
}

/// What the process's peak has grown by.
fn growth(process: &Process, before: &Memory) -> u64 {
    Memory::of(process.id()).unwrap().peak.saturating_sub(before.resident)
}

/// CVE-2024-36129: the Collector inflated them whole.
#[test]
fn a_megabyte_that_stands_for_a_gigabyte() {
    let process = start();
    let address = process.address();
    let before = Memory::of(process.id()).unwrap();
    let member = gzip(vec![0; 16 << 20]);
    let bomb = member.repeat(64);
    for (message, expected, code) in
        [(&bomb, 413, "8"), (&member, 200, "8"), (&gzip(&member), 200, "0"), (&gzip(b"").repeat(50_000), 200, "0")]
    {
        assert_eq!(status(address, &post("/v1/logs", PROTOBUF, GZIP, message)), Some(expected));
        assert_eq!(call(address, compressed(message)), code);
    }
    // The flag without an encoding.
    let headers = [("content-type", "application/grpc")];
    let answer = Client::connect(address).unwrap().request("POST", LOGS, &headers, compressed(&member)).unwrap();
    assert_eq!(answer.header("grpc-status"), Some("13"));
    // What is on the wire, what it may stand for, and some for the rest.
    let most = |senders: u64| senders * bomb.len() as u64 + 28 * MEGABYTE;
    let grown = growth(&process, &before);
    assert!(grown < most(1), "{grown} bytes");

    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let status = status(address, &post("/v1/logs", PROTOBUF, GZIP, &bomb));
                assert!(matches!(status, Some(413 | 503)), "{status:?}");
            });
        }
    });
    let grown = growth(&process, &before);
    assert!(grown < most(8), "{grown} bytes for eight at a time");
    is_given_back(&process, &before);
}

/// What was received is not held any more.
fn is_given_back(process: &Process, before: &Memory) {
    let held = Memory::of(process.id()).unwrap().resident.saturating_sub(before.resident);
    assert!(held < 4 * MEGABYTE, "{held} bytes are held still");
}

#[test]
fn more_large_bodies_at_a_time_than_there_is_room_for() {
    let process = start();
    let address = process.address();
    let before = Memory::of(process.id()).unwrap();
    let request = post("/v1/logs", PROTOBUF, "", &vec![0; 20 << 20]);
    let (most, last) = request.split_at(request.len() - 1);
    thread::scope(|scope| {
        for _ in 0..12 {
            scope.spawn(|| {
                let mut client = Raw::connect(address).unwrap();
                client.send(most).ok();
                thread::sleep(Duration::from_millis(500));
                client.send(last).ok();
                let status = client.answer(LIMIT).status();
                assert!(matches!(status, Some(200 | 503)), "{status:?}");
            });
        }
    });
    let grown = growth(&process, &before);
    // Three of the largest, and some for the rest.
    assert!(grown < 68 * MEGABYTE, "{grown} bytes");
    is_given_back(&process, &before);
    assert_eq!(status(address, &request), Some(200));
}

/// A header of a call on this stream.
fn headers(stream: u32, flags: u8) -> Vec<u8> {
    let path = [(":method", "POST"), (":scheme", "http"), (":authority", "localhost"), (":path", LOGS)];
    frame(kind::HEADERS, flags, stream, &fields(&[&path[..], &[("content-type", "application/grpc")]].concat()))
}

/// Sends frames until the server takes no more of them, and gives the kinds of those that came back.
fn flood(address: SocketAddr, bytes: &[u8], again: impl Fn(u32) -> Vec<u8>, times: u32) -> (Vec<u8>, bool) {
    let mut client = Raw::connect(address).unwrap();
    client.send(&[PREFACE, &frame(kind::SETTINGS, 0, 0, &[]), bytes].concat()).unwrap();
    let (mut came, mut is_closed) = (Vec::new(), false);
    for begin in (0..times).step_by(100) {
        let some: Vec<u8> = (begin..times.min(begin + 100)).flat_map(&again).collect();
        if client.send(&some).is_err() {
            is_closed = true;
            break;
        }
        let answer = client.answer(Duration::from_micros(200));
        came.extend(answer.bytes);
        is_closed |= answer.is_closed;
    }
    let answer = client.answer(Duration::from_millis(300));
    came.extend(answer.bytes);
    (frames(&came).iter().map(|frame| frame.kind).collect(), is_closed || answer.is_closed)
}

#[test]
fn floods_of_frames() {
    let process = start();
    let address = process.address();
    let stream = |number: u32| 2 * number + 1;
    let reset = |number: u32| {
        [headers(stream(number), END_HEADERS), frame(kind::RST_STREAM, 0, stream(number), &8_u32.to_be_bytes())]
            .concat()
    };
    let continued = |_| frame(kind::CONTINUATION, 0, 1, &fields(&[("x", &"y".repeat(1000))]));
    let begun = headers(1, END_HEADERS);
    type Flood<'a> = (&'a str, Vec<u8>, &'a dyn Fn(u32) -> Vec<u8>, bool);
    let floods: [Flood<'_>; 6] = [
        ("streams that are reset at once", vec![], &reset, true),
        ("a header without end", headers(1, 0), &continued, true),
        ("streams without end", vec![], &|number| headers(stream(number), END_HEADERS), true),
        ("data of nothing", begun.clone(), &|_| frame(kind::DATA, 0, 1, &[]), true),
        ("pings", vec![], &|_| frame(kind::PING, 0, 0, &[0; 8]), false),
        ("settings", vec![], &|_| frame(kind::SETTINGS, 0, 0, &[]), false),
    ];
    for (what, first, again, is_ended) in floods {
        let (memory, processor) = (Memory::of(process.id()).unwrap(), Processor::of(process.id()).unwrap());
        let (kinds, is_closed) = flood(address, &first, again, 10_000);
        assert_eq!(kinds.contains(&kind::GOAWAY) || is_closed, is_ended, "{what}: {is_closed} {kinds:?}");
        let begin = Instant::now();
        assert_eq!(call(address, b"\0\0\0\0\x05hello".to_vec()), "0", "after {what}");
        assert!(begin.elapsed() < Duration::from_secs(3), "after {what}");
        let used = Processor::of(process.id()).unwrap().since(&processor);
        assert!(used < Duration::from_secs(4), "{what}: {used:?}");
        let grown = growth(&process, &memory);
        assert!(grown < 8 * MEGABYTE, "{what}: {grown} bytes");
    }
}

/// Whoever breaks off is as if it had never been, and who sends it again is the first.
#[test]
fn senders_that_break_off_and_send_again() {
    let receiving = Receiving::start();
    let whole = post("/v1/logs", PROTOBUF, "", b"a message that is long enough to be cut");
    for (cut, resets) in [(1, true), (1, false), (20, true), (20, false), (whole.len() - 60, true)] {
        let mut client = Raw::connect(receiving.address).unwrap();
        client.send(&whole[..whole.len() - cut]).unwrap();
        thread::sleep(Duration::from_millis(20));
        if resets {
            set_socket_linger(client.stream(), Some(Duration::ZERO)).unwrap();
        }
        drop(client);
        assert_eq!(receiving.send(&whole).status(), Some(200));
        assert_eq!(receiving.delivered().len(), 1, "{cut} {resets}");
    }
    let begun = [PREFACE, &frame(kind::SETTINGS, 0, 0, &[]), &headers(1, END_HEADERS)].concat();
    let half = &frame(kind::DATA, END_STREAM, 1, b"\0\0\0\0\x05hello")[..12];
    let reset =
        [frame(kind::DATA, 0, 1, b"\0\0\0\0\x05he"), frame(kind::RST_STREAM, 0, 1, &8_u32.to_be_bytes())].concat();
    for rest in [&b""[..], half, &reset] {
        let mut client = Raw::connect(receiving.address).unwrap();
        client.send(&[&begun, rest].concat()).unwrap();
        thread::sleep(Duration::from_millis(20));
        drop(client);
        assert_eq!(call(receiving.address, b"\0\0\0\0\x05hello".to_vec()), "0");
        assert_eq!(receiving.delivered().len(), 1);
    }
    assert!(receiving.refused().iter().all(|refused| refused.2 == Reason::Broken));
}

#[test]
fn senders_that_stall_and_send_again() {
    let options = Options { body_time: Duration::from_millis(300), ..Options::default() };
    let receiving = Receiving::with(&options);
    let whole = post("/v1/logs", PROTOBUF, "", b"hello");
    let mut client = Raw::connect(receiving.address).unwrap();
    client.send(&whole[..whole.len() - 2]).unwrap();
    let answer = client.answer(Duration::from_secs(2));
    assert_eq!(answer.status(), Some(408));
    assert!(answer.bytes.ends_with(b"\x08\x04\x12\x1fthe body did not arrive in time"), "{}", answer.text());
    assert_eq!(receiving.refused(), [(Some(Signal::Logs), Protocol::Http, Reason::TooSlow)]);
    // What comes too late is no request.
    client.send(&whole[whole.len() - 2..]).ok();
    drop(client);
    assert_eq!(receiving.send(&whole).status(), Some(200));

    let mut client = Raw::connect(receiving.address).unwrap();
    let half = frame(kind::DATA, END_STREAM, 1, b"\0\0\0\0\x05hello");
    let begun = [PREFACE, &frame(kind::SETTINGS, 0, 0, &[]), &headers(1, END_HEADERS), &half[..12]].concat();
    client.send(&begun).unwrap();
    let begin = Instant::now();
    while receiving.sink.refused.lock().unwrap().is_empty() {
        assert!(begin.elapsed() < LIMIT);
        thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(receiving.refused(), [(Some(Signal::Logs), Protocol::Grpc, Reason::TooSlow)]);
    assert!(!client.is_closed(), "its other calls go on");
    assert_eq!(call(receiving.address, b"\0\0\0\0\x05hello".to_vec()), "0");
    assert_eq!(receiving.delivered().len(), 2);
}
