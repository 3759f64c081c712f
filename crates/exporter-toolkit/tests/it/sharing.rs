use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use exporter_toolkit::{CollectorSpec, Outcome, Web};
use exposition::Preference;

use crate::served::{Served, collector, steady};

/// A collector that takes a while and counts its readings.
fn counted() -> (CollectorSpec, Arc<AtomicU64>) {
    let readings = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&readings);
    let spec = collector("slow", move |_, _| {
        count.fetch_add(1, Ordering::Relaxed);
        thread::sleep(Duration::from_millis(200));
        Outcome::Ok
    });
    (spec, readings)
}

/// Sends the requests at once; their statuses.
fn at_once(served: &Served, requests: &[(&str, &str)]) -> Vec<u16> {
    let request =
        |path: &str, timeout: &str| served.get(path, &[("X-Prometheus-Scrape-Timeout-Seconds", timeout)]).status;
    thread::scope(|scope| {
        let threads: Vec<_> = requests
            .iter()
            .map(|(path, timeout)| {
                let thread = scope.spawn(|| request(path, timeout));
                thread::sleep(Duration::from_millis(5));
                thread
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

#[test]
fn requests_for_the_same_join_one_scrape() {
    let (slow, readings) = counted();
    let served = Served::start(vec![slow, steady("other")]);
    assert_eq!(at_once(&served, &[("/metrics", "10"); 10]), [200; 10]);
    assert_eq!(readings.load(Ordering::Relaxed), 1);
    served.scrape("10");
    assert_eq!(readings.load(Ordering::Relaxed), 2, "a result is not kept for the next request");
}

#[test]
fn requests_for_other_collectors_or_with_less_time_do_not_join() {
    let (slow, readings) = counted();
    let served = Served::start(vec![slow, steady("other")]);
    assert_eq!(at_once(&served, &[("/metrics", "10"), ("/metrics?collect[]=slow", "10")]), [200; 2]);
    assert_eq!(readings.load(Ordering::Relaxed), 2);
    assert_eq!(at_once(&served, &[("/metrics", "10"), ("/metrics", "3")]), [200; 2]);
    assert_eq!(readings.load(Ordering::Relaxed), 4);
    assert_eq!(at_once(&served, &[("/metrics", "3"), ("/metrics", "10")]), [200; 2]);
    assert_eq!(readings.load(Ordering::Relaxed), 5);
}

#[test]
fn more_requests_than_the_limit() {
    let (slow, _) = counted();
    let web = Web { telemetry_path: "/metrics".to_owned(), preference: Preference::Text, max_requests: 2 };
    let served = Served::with(vec![slow], web);
    let mut statuses = at_once(&served, &[("/metrics", "10"); 5]);
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 503, 503, 503]);
    let series = served.scrape("10");
    assert_eq!(series["promhttp_metric_handler_requests_total{code=\"503\"}"], 3.0);
    assert_eq!(series["promhttp_metric_handler_requests_in_flight"], 1.0);
}

#[test]
fn a_request_under_way_is_answered_before_the_end() {
    let (slow, _) = counted();
    let mut served = Served::start(vec![slow]);
    let address = served.address;
    let request = thread::spawn(move || testkit::http::get(address, "/metrics", &[]).unwrap().status);
    thread::sleep(Duration::from_millis(50));
    served.stop();
    assert_eq!(request.join().unwrap(), 200);
    assert!(testkit::http::get(address, "/metrics", &[]).is_err());
}
