use std::io::Write as _;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use exporter_toolkit::{CollectorSpec, Outcome, Web};

use crate::served::{Dead, Served, collector, steady};

/// A collector that counts its readings, each of which waits at the gate.
fn counted() -> (CollectorSpec, Arc<AtomicU64>, Dead) {
    let (readings, gate) = (Arc::new(AtomicU64::new(0)), Dead::default());
    let (count, closed) = (Arc::clone(&readings), gate.clone());
    let spec = collector("slow", move |_, _| {
        count.fetch_add(1, Ordering::Relaxed);
        closed.touch();
        Outcome::Ok
    });
    (spec, readings, gate)
}

/// Sends the requests one after the other while the gate is shut; their statuses.
fn at_once(served: &Served, gate: &Dead, requests: &[(&'static str, &'static str)]) -> Vec<u16> {
    thread::scope(|scope| {
        let threads: Vec<_> = gate.during(|| {
            let send = |(path, timeout): &(&'static str, &'static str)| {
                let (path, headers) = (*path, [("X-Prometheus-Scrape-Timeout-Seconds", *timeout)]);
                let thread = scope.spawn(move || served.get(path, &headers).status);
                thread::sleep(ARRIVAL);
                thread
            };
            requests.iter().map(send).collect()
        });
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// For a request to arrive on loopback, also on a busy machine.
const ARRIVAL: Duration = Duration::from_millis(100);

#[test]
fn requests_for_the_same_join_one_scrape() {
    let (slow, readings, gate) = counted();
    let served = Served::start(vec![slow, steady("other")]);
    assert_eq!(at_once(&served, &gate, &[("/metrics", "10"); 5]), [200; 5]);
    assert_eq!(readings.load(Ordering::Relaxed), 1);
    served.scrape("10");
    assert_eq!(readings.load(Ordering::Relaxed), 2, "a result is not kept for the next request");
}

#[test]
fn requests_for_other_collectors_or_with_less_time_do_not_join() {
    let (slow, readings, gate) = counted();
    let served = Served::start(vec![slow, steady("other")]);
    assert_eq!(at_once(&served, &gate, &[("/metrics", "10"), ("/metrics?collect[]=slow", "10")]), [200; 2]);
    assert_eq!(readings.load(Ordering::Relaxed), 2);
    assert_eq!(at_once(&served, &gate, &[("/metrics", "10"), ("/metrics", "3")]), [200; 2]);
    assert_eq!(readings.load(Ordering::Relaxed), 4);
    assert_eq!(at_once(&served, &gate, &[("/metrics", "3"), ("/metrics", "10")]), [200; 2]);
    assert_eq!(readings.load(Ordering::Relaxed), 5);
}

#[test]
fn more_requests_than_the_limit() {
    let (slow, _, gate) = counted();
    let web = Web { max_requests: 2, ..Web::default() };
    let served = Served::with(vec![slow], web);
    let mut statuses = at_once(&served, &gate, &[("/metrics", "10"); 5]);
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 503, 503, 503]);
    let series = served.scrape("10");
    assert_eq!(series["promhttp_metric_handler_requests_total{code=\"503\"}"], 3.0);
    assert_eq!(series["promhttp_metric_handler_requests_in_flight"], 1.0);
}

#[test]
fn clients_that_go_away_do_not_count_against_the_limit() {
    let (slow, readings, gate) = counted();
    let web = Web { max_requests: 2, ..Web::default() };
    let served = Served::with(vec![slow], web);
    gate.during(|| {
        for _ in 0..5 {
            let mut client = TcpStream::connect(served.address).unwrap();
            client.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
            thread::sleep(ARRIVAL);
        }
    });
    served.settles("promhttp_metric_handler_requests_in_flight", 1.0);
    let alone = readings.load(Ordering::Relaxed);
    assert!(alone < 5, "they joined one scrape, though who started it was gone: {alone}");
}

#[test]
fn a_request_under_way_is_answered_before_the_end() {
    let (slow, _, gate) = counted();
    let mut served = Served::start(vec![slow]);
    let address = served.address;
    let request = gate.during(|| {
        let request = thread::spawn(move || testkit::http::get(address, "/metrics", &[]).unwrap().status);
        thread::sleep(ARRIVAL);
        served.request_stop();
        request
    });
    assert_eq!(request.join().unwrap(), 200);
    served.stop();
    assert!(testkit::http::get(address, "/metrics", &[]).is_err());
}
