//! Pages that are written while they are being sent.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read as _, Write as _};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use exporter_toolkit::{Pieces, Security, Streamed, Web};
use exposition::{Desc, Families, Format, Kind};
use testkit::Validator;
use testkit::http::{OPENMETRICS, PROMETHEUS, scrape};
use testkit::http2::{self, END_HEADERS, END_STREAM, fields, frame, frames, kind};
use testkit::raw::{Raw, exchange};
use testkit::tls::Identity;

use crate::served::{Served, exporter, steady};

const LIMIT: Duration = Duration::from_secs(10);
const PIECE_BYTES: usize = 32 * 1024;

static STAGED: Desc = Desc { name: "x_staged", help: "Staged at the beginning.", kind: Kind::Gauge, labels: &[] };

/// Pages of one large family, and what became of them.
#[derive(Default)]
struct Large {
    pieces: usize,
    begun: Mutex<Vec<String>>,
    asked: Arc<AtomicUsize>,
    written: Arc<AtomicUsize>,
}

struct LargePieces {
    next: usize,
    end: usize,
    asked: Arc<AtomicUsize>,
    written: Arc<AtomicUsize>,
}

impl Streamed for Large {
    fn begin(&self, scraper: &str, _: Format, staged: &mut Families) -> Box<dyn Pieces> {
        self.begun.lock().unwrap().push(scraper.to_owned());
        staged.add(&STAGED, &[], 1_u32);
        let (asked, written) = (Arc::clone(&self.asked), Arc::clone(&self.written));
        Box::new(LargePieces { next: 0, end: self.pieces, asked, written })
    }
}

impl Pieces for LargePieces {
    fn next(&mut self, out: &mut Vec<u8>) -> bool {
        self.asked.fetch_add(1, Ordering::Relaxed);
        if self.next == 0 {
            out.extend_from_slice(b"# HELP z_large Large.\n# TYPE z_large gauge\n");
        }
        let begin = out.len();
        let mut line = 0;
        while out.len() - begin < PIECE_BYTES {
            out.extend_from_slice(format!("z_large{{piece=\"{}\",line=\"{line}\"}} 1\n", self.next).as_bytes());
            line += 1;
        }
        self.next += 1;
        self.next < self.end
    }

    fn written(&mut self) {
        self.written.fetch_add(1, Ordering::Relaxed);
    }
}

fn start(pieces: usize) -> (Served, Arc<Large>) {
    guarded(pieces, Security::open(None, None).unwrap())
}

fn guarded(pieces: usize, security: Security) -> (Served, Arc<Large>) {
    let large = Arc::new(Large { pieces, ..Large::default() });
    let streamed: Arc<dyn Streamed> = Arc::clone(&large) as Arc<dyn Streamed>;
    let service = exporter(vec![steady("a")]).with_streamed(streamed).into();
    (Served::service(service, Web::default(), security), large)
}

/// Waits until so many pages were written.
fn are_written(large: &Large, pages: usize) {
    let begin = Instant::now();
    while large.written.load(Ordering::Relaxed) < pages {
        assert!(begin.elapsed() < LIMIT, "{} of {pages} pages", large.written.load(Ordering::Relaxed));
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(large.written.load(Ordering::Relaxed), pages);
}

#[test]
fn pages_of_every_format_are_whole() {
    let (served, large) = start(20);
    let identity = &[("User-Agent", "x/1")][..];
    let openmetrics = &[("Accept", "application/openmetrics-text")][..];
    for (number, headers) in [identity, PROMETHEUS, OPENMETRICS, openmetrics].into_iter().enumerate() {
        let page = scrape(served.address, headers, &Validator::default(), None).unwrap();
        assert_eq!(page.header("transfer-encoding"), Some("chunked"));
        assert_eq!(page.header("content-length"), None);
        let text = page.text();
        let pieces: BTreeSet<_> =
            text.lines().filter_map(|line| line.strip_prefix("z_large{piece=\"")?.split('"').next()).collect();
        assert_eq!(pieces.len(), 20);
        assert!(text.contains("x_staged 1") && text.contains("pilotlight_build_info{"));
        let is_openmetrics = page.header("content-type").unwrap().starts_with("application/openmetrics");
        assert_eq!(text.matches("# EOF\n").count(), usize::from(is_openmetrics));
        are_written(&large, number + 1);
    }
    let begun = large.begun.lock().unwrap();
    assert_eq!(begun[..2], ["127.0.0.1 x/1", "127.0.0.1 Prometheus/3.15.0"]);
}

#[test]
fn a_page_of_one_piece_and_one_scrape_shared() {
    let (served, large) = start(1);
    let pages: Vec<_> = std::thread::scope(|scope| {
        let scrapes: Vec<_> = (0..4).map(|_| scope.spawn(|| served.scrape("10"))).collect();
        scrapes.into_iter().map(|scrape| scrape.join().unwrap()).collect()
    });
    assert!(pages.iter().all(|series| series.get("x_staged") == Some(&1.0)));
    are_written(&large, 4);
}

#[test]
fn old_clients_get_the_page_until_the_connection_ends() {
    let (served, large) = start(3);
    let answer = exchange(served.address, b"GET /metrics HTTP/1.0\r\nHost: x\r\n\r\n", LIMIT).unwrap();
    let text = answer.text();
    assert!(answer.is_closed && !text.contains("chunked") && text.contains("z_large{piece=\"2\""));
    are_written(&large, 1);
}

#[test]
fn who_wants_the_header_alone_takes_no_page() {
    let (served, large) = start(3);
    let request =
        b"HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\nGET /-/ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let answer = exchange(served.address, request, LIMIT).unwrap();
    assert_eq!((answer.status(), answer.responses(), answer.is_closed), (Some(200), 2, true), "{}", answer.text());
    assert_eq!(large.asked.load(Ordering::Relaxed), 0);
    assert_eq!(large.written.load(Ordering::Relaxed), 0);
}

#[test]
fn two_pages_over_one_connection() {
    let (served, large) = start(3);
    let get = "GET /metrics HTTP/1.1\r\nHost: x\r\n";
    let both = format!("{get}\r\n{get}Connection: close\r\n\r\n");
    let answer = exchange(served.address, both.as_bytes(), LIMIT).unwrap();
    assert_eq!((answer.responses(), answer.is_closed), (2, true));
    assert_eq!(answer.text().matches("z_large{piece=\"2\",line=\"0\"}").count(), 2);
    are_written(&large, 2);
}

/// A page of 50 MB is not in memory, whoever reads it how slowly.
#[test]
fn a_client_that_reads_slowly_or_goes_away() {
    let (served, large) = start(1600);
    let request = b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let mut slow = Raw::connect(served.address).unwrap();
    rustix::net::sockopt::set_socket_recv_buffer_size(slow.stream(), 4096).unwrap();
    slow.send(request).unwrap();
    let settled = || {
        let mut before = usize::MAX;
        while before != large.asked.load(Ordering::Relaxed) {
            before = large.asked.load(Ordering::Relaxed);
            std::thread::sleep(Duration::from_millis(300));
        }
        before
    };
    // What the kernel has room for, and a few pieces.
    let asked = settled();
    assert!(asked < 250, "{asked} pieces were made for a client who reads none");
    drop(slow);
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!((settled(), large.written.load(Ordering::Relaxed)), (asked, 0));

    let answer = exchange(served.address, request, LIMIT).unwrap();
    assert!(answer.bytes.len() > 16 << 20, "{}", answer.bytes.len());
    drop(answer);
    let page = testkit::http::get(served.address, "/metrics", &[]).unwrap();
    assert!(page.body.len() > 50 << 20, "{}", page.body.len());
    are_written(&large, 1);
}

/// By HTTP/2, where a client says how much it has room for: a page is written when it has asked for all of it.
#[test]
fn pages_by_http2() {
    let folder = tempfile::tempdir().unwrap();
    let identity = Identity::new().unwrap();
    fs::write(folder.path().join("cert.pem"), &identity.certificate).unwrap();
    fs::write(folder.path().join("key.pem"), &identity.key).unwrap();
    let config = folder.path().join("web.yml");
    fs::write(&config, "tls_server_config:\n  cert_file: cert.pem\n  key_file: key.pem\n").unwrap();
    let client = identity.client_of("h2").unwrap();
    let get = fields(&[(":method", "GET"), (":scheme", "https"), (":authority", "localhost"), (":path", "/metrics")]);
    let first = [
        http2::PREFACE.to_vec(),
        frame(kind::SETTINGS, 0, 0, &[]),
        frame(kind::HEADERS, END_HEADERS | END_STREAM, 1, &get),
    ];
    for (pieces, is_whole) in [(1, true), (20, false)] {
        let (served, large) = guarded(pieces, Security::open(Some(&config), None).unwrap());
        let mut connection = client.connect(served.address).unwrap();
        connection.sock.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
        connection.write_all(&first.concat()).unwrap();
        let (mut came, mut chunk) = (Vec::new(), [0; 4096]);
        while let Ok(length @ 1..) = connection.read(&mut chunk) {
            came.extend_from_slice(&chunk[..length]);
        }
        let frames = frames(&came);
        let data = frames.iter().filter(|frame| frame.kind == kind::DATA);
        let length: usize = data.clone().map(|frame| frame.payload.len()).sum();
        assert_eq!(data.clone().any(|frame| frame.flags & END_STREAM > 0), is_whole);
        assert_eq!(length == 65_535, !is_whole, "{length}");
        assert_eq!(large.written.load(Ordering::Relaxed), usize::from(is_whole));
        assert!(large.asked.load(Ordering::Relaxed) < 8, "{}", large.asked.load(Ordering::Relaxed));
    }
}
