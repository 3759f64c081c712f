//! Clients that take a server's connections, time or memory, and a client that scrapes meanwhile.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use rustix::net::sockopt::set_socket_recv_buffer_size;
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use testkit::http::{PROMETHEUS, get, scrape};
use testkit::process::{Process, binary, free_address};
use testkit::raw::{Raw, exchange};
use testkit::tls::Identity;
use testkit::usage::{Memory, Processor, descriptors};
use testkit::{Validator, page};

use crate::tree::{Host, Tree};

/// Within this a header or a handshake has to be complete: five seconds, and what a busy machine adds to a timer.
const HEADER: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(10);
/// For a page that nothing holds up; a busy machine is far from it.
const PROMPT: Duration = Duration::from_secs(3);
/// On loopback, while nobody answers.
const PAUSE: Duration = Duration::from_millis(20);

fn start() -> Host {
    Tree::fixture("container-guest").start_here(&[])
}

/// Scrapes, and says how long that took.
fn scrape_now(address: SocketAddr) -> Duration {
    let begin = Instant::now();
    scrape(address, PROMETHEUS, &Validator::default(), None).unwrap();
    begin.elapsed()
}

fn series(address: SocketAddr) -> BTreeMap<String, f64> {
    page::series(&get(address, "/metrics", &[]).unwrap().body)
}

/// Waits until the process has no more descriptors than before.
fn descriptors_return_to(id: u32, before: usize) {
    let begin = Instant::now();
    while descriptors(id).unwrap() > before {
        assert!(
            begin.elapsed() < PATIENCE,
            "{} descriptors are open, before it were {before}",
            descriptors(id).unwrap()
        );
        thread::sleep(PAUSE);
    }
}

/// Keeps these connections, which were made since `begin`, busy with `act`, scrapes meanwhile, and asserts that the server
/// closes each in time, and none at once.
fn are_closed(host: &Host, begin: Instant, mut clients: Vec<Raw>, mut act: impl FnMut(&mut Raw)) {
    let mut slowest = Duration::ZERO;
    while !clients.is_empty() {
        clients.retain_mut(|client| {
            act(client);
            !client.is_closed()
        });
        let left = clients.len();
        assert!(begin.elapsed() < HEADER + PATIENCE, "{left} clients are there after {:?}", begin.elapsed());
        slowest = slowest.max(scrape_now(host.address()));
        thread::sleep(Duration::from_millis(300));
    }
    assert!(begin.elapsed() > HEADER / 2, "they had no time at all");
    assert!(slowest < PROMPT, "a scrape took {slowest:?}");
}

/// node_exporter 1.12 has 50 of 50 such clients after 75 seconds.
#[test]
fn headers_that_dribble() {
    let host = start();
    scrape_now(host.address());
    let before = descriptors(host.id()).unwrap();
    let begin = Instant::now();
    let mut clients: Vec<Raw> = (0..200).map(|_| Raw::connect(host.address()).unwrap()).collect();
    for client in &mut clients {
        client.send(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nX: ").unwrap();
    }
    // Once closed, it takes nothing more.
    are_closed(&host, begin, clients, |client| drop(client.send(b"x")));
    descriptors_return_to(host.id(), before);
}

#[test]
fn clients_that_say_nothing_or_the_wrong_protocol_s_first_words() {
    let host = start();
    scrape_now(host.address());
    let before = descriptors(host.id()).unwrap();
    let (begin, mut clients) = (Instant::now(), Vec::new());
    for words in [
        b"".as_slice(),
        b"G",
        b"GET / HTTP/1.1",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n",
        // HTTP/2, with and without its first frame.
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
        // The start of a handshake of TLS.
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ] {
        for _ in 0..5 {
            let mut client = Raw::connect(host.address()).unwrap();
            client.send(words).unwrap();
            clients.push(client);
        }
    }
    are_closed(&host, begin, clients, |_| {});
    descriptors_return_to(host.id(), before);
}

#[test]
fn handshakes_that_stop_half_way() {
    let folder = tempfile::tempdir().unwrap();
    let identity = Identity::new().unwrap();
    fs::write(folder.path().join("cert.pem"), &identity.certificate).unwrap();
    fs::write(folder.path().join("key.pem"), &identity.key).unwrap();
    let config = folder.path().join("web.yml");
    fs::write(&config, "tls_server_config:\n  cert_file: cert.pem\n  key_file: key.pem\n").unwrap();
    let address = free_address().unwrap();
    let mut command = std::process::Command::new(binary("host-exporter").unwrap());
    command.arg(format!("--web.listen-address={address}")).arg(format!("--web.config.file={}", config.display()));
    let process = Process::listen(command, address).unwrap();
    let client = identity.client().unwrap();
    let page = || {
        let begin = Instant::now();
        let request = b"GET /metrics?collect[]=time HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        let answer = client.exchange(address, request).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        begin.elapsed()
    };
    page();
    let before = descriptors(process.id()).unwrap();
    let mut clients = Vec::new();
    for words in [
        b"".as_slice(),
        b"\x16",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        // A record that is announced as longer than any, and its start.
        b"\x16\x03\x01\x3f\xff\x01\x00\x3f\xfb",
    ] {
        for _ in 0..10 {
            let mut client = Raw::connect(address).unwrap();
            client.send(words).unwrap();
            clients.push(client);
        }
    }
    // Handshakes that are complete, with nothing behind them, or only what comes before a request of HTTP/2.
    let multiplexed = identity.client_of("h2").unwrap();
    let mut agreed = Vec::new();
    for words in
        [b"".as_slice(), b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"]
    {
        let mut connection = multiplexed.connect(address).unwrap();
        assert_eq!(connection.conn.alpn_protocol(), Some(b"h2".as_slice()));
        connection.write_all(words).unwrap();
        agreed.push(connection);
    }
    let begin = Instant::now();
    while clients.iter_mut().any(|client| !client.is_closed()) {
        assert!(begin.elapsed() < HEADER + PATIENCE, "handshakes go on");
        assert!(page() < PROMPT);
        thread::sleep(Duration::from_millis(300));
    }
    // Ours are open still; only the server's end is what counts.
    descriptors_return_to(process.id(), before);
    drop(agreed);
}

/// What it has to say waits in the server: for one, not for all; how long is a matter of the server's own tests.
#[test]
fn clients_that_do_not_read_a_large_page() {
    let tree = Tree::fixture("container-guest");
    fs::create_dir(tree.path("text")).unwrap();
    let lines = (0..20_000).map(|number| format!("large{{number=\"{number:040}\"}} {number}\n"));
    fs::write(tree.path("text/large.prom"), lines.collect::<String>()).unwrap();
    let text = format!("--collector.textfile.directory={}", tree.path("text").display());
    let host = tree.start_here(&["--collector.disable-defaults", "--collector.textfile", "--collector.time", &text]);
    let size = get(host.address(), "/metrics", &[]).unwrap().body.len();
    assert!(size > 1 << 20, "{size}");
    let before = Memory::of(host.id()).unwrap();
    let clients: Vec<Raw> = (0..30)
        .map(|_| {
            let mut client = Raw::connect(host.address()).unwrap();
            set_socket_recv_buffer_size(client.stream(), 1024).unwrap();
            client.send(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
            client
        })
        .collect();
    let begin = Instant::now();
    while series(host.address())["promhttp_metric_handler_requests_total{code=\"200\"}"] < 31.0 {
        assert!(begin.elapsed() < PATIENCE * 2, "not all of them were served");
        thread::sleep(PAUSE);
    }
    let begin = Instant::now();
    assert_eq!(get(host.address(), "/metrics?collect[]=time", &[]).unwrap().status, 200);
    assert!(begin.elapsed() < PROMPT);
    // A page for each of them, and some room for what the kernel does not take of it.
    let grown = Memory::of(host.id()).unwrap().peak.saturating_sub(before.peak);
    let most = (clients.len() as u64 + 2) * size as u64 + (4 << 20);
    assert!(grown < most, "{grown} bytes for {} pages of {size}", clients.len());
    drop(clients);
}

/// At most 40 at a time are served, and nobody waits long for a refusal.
#[test]
fn a_thousand_scrapes_at_once() {
    let host = start();
    scrape_now(host.address());
    let before = Memory::of(host.id()).unwrap();
    let request = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let mut statuses: BTreeMap<u16, usize> = BTreeMap::new();
    // Four times as many as have a place: 250 in each round, all connected before the first one asks.
    for _ in 0..4 {
        let mut clients: Vec<Raw> = (0..250).map(|_| Raw::connect(host.address()).unwrap()).collect();
        for client in &mut clients {
            client.send(request).unwrap();
        }
        for mut client in clients {
            let answer = client.answer(PATIENCE * 2);
            assert!(answer.is_closed);
            assert!(answer.bytes.len() > 100, "{}", answer.text());
            *statuses.entry(answer.status().unwrap()).or_default() += 1;
        }
    }
    assert_eq!(statuses.keys().filter(|status| ![200, 503].contains(*status)).count(), 0, "{statuses:?}");
    assert_eq!(statuses.values().sum::<usize>(), 1000);
    assert!(statuses[&200] >= 40, "{statuses:?}");
    let told = series(host.address());
    assert_eq!(told["promhttp_metric_handler_requests_in_flight"], 1.0);
    let refused = statuses.get(&503).copied().unwrap_or_default();
    assert_eq!(told["promhttp_metric_handler_requests_total{code=\"503\"}"], refused as f64);
    let grown = Memory::of(host.id()).unwrap().peak.saturating_sub(before.peak);
    assert!(grown < 24 << 20, "{grown} bytes");
}

/// Gives it no more descriptors than so many.
fn limit_descriptors(host: &Host, most: u64) {
    let pid = i32::try_from(host.id()).ok().and_then(Pid::from_raw);
    prlimit(pid, Resource::Nofile, Rlimit { current: Some(most), maximum: Some(most) }).unwrap();
}

#[test]
fn no_descriptors_left() {
    let host = start();
    scrape_now(host.address());
    let before = descriptors(host.id()).unwrap();
    let most = before + 12;
    limit_descriptors(&host, most as u64);
    let clients: Vec<Raw> = (0..100)
        .map(|_| {
            let mut client = Raw::connect(host.address()).unwrap();
            client.send(b"GET /").unwrap();
            client
        })
        .collect();
    let begin = Instant::now();
    // With none left one is closed, for whoever comes next.
    while descriptors(host.id()).unwrap() < most - 1 {
        assert!(begin.elapsed() < PATIENCE, "they are never used up");
        thread::sleep(PAUSE);
    }
    // It waits, and does not try over and over.
    let (used, begin) = (Processor::of(host.id()).unwrap(), Instant::now());
    thread::sleep(Duration::from_secs(2));
    let share = Processor::of(host.id()).unwrap().since(&used).as_secs_f64() / begin.elapsed().as_secs_f64();
    assert!(share < 0.2, "it uses {share} of a processor");
    drop(clients);
    let begin = Instant::now();
    let errors = loop {
        match get(host.address(), "/metrics", &[]) {
            Ok(response) if response.status == 200 => {
                break page::series(&response.body)["pilotlight_accept_errors_total"];
            }
            _ => assert!(begin.elapsed() < PATIENCE, "it does not recover"),
        }
        thread::sleep(PAUSE);
    };
    assert!(errors >= 1.0);
    descriptors_return_to(host.id(), before + 2);
    let log = crate::tree::log_of(host);
    assert_eq!(log.matches("can't accept connections").count(), 1, "{log}");
}

/// More connections than have a place: whoever comes with a request gets in, those who say nothing make room.
#[test]
fn more_clients_than_there_are_places() {
    let host = start();
    scrape_now(host.address());
    let before = Memory::of(host.id()).unwrap();
    let mut idle: Vec<Raw> = (0..600).map(|_| Raw::connect(host.address()).unwrap()).collect();
    for _ in 0..3 {
        assert!(scrape_now(host.address()) < PROMPT);
    }
    assert!(descriptors(host.id()).unwrap() < 600);
    let begin = Instant::now();
    let mut closed = 0;
    while closed < 88 {
        assert!(begin.elapsed() < PATIENCE, "{closed} closed");
        idle.retain_mut(|client| !client.is_closed());
        closed = 600 - idle.len();
    }
    let grown = Memory::of(host.id()).unwrap().peak.saturating_sub(before.peak);
    assert!(grown < 12 << 20, "{grown} bytes");
    let answer = exchange(host.address(), b"GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n", PAUSE * 10).unwrap();
    assert_eq!(answer.status(), Some(200));
}
