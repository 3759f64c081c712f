use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use exporter_toolkit::{Outcome, Web};
use exposition::Preference;
use testkit::Validator;
use testkit::http::{OPENMETRICS, PROMETHEUS, PROTOBUF, scrape};

use crate::served::{Served, collector, reading, steady};

#[test]
fn two_pages_of_each_format_are_valid_and_in_the_same_order() {
    let served = Served::start(vec![
        steady("a"),
        collector("b", |_, things| {
            things.push("quote \" backslash \\ line\nfeed \u{fffd}".to_owned());
            Outcome::Ok
        }),
    ]);
    for headers in [&[][..], PROMETHEUS, OPENMETRICS, PROTOBUF] {
        let first = scrape(served.address, headers, &Validator::default(), None).unwrap();
        scrape(served.address, headers, &Validator::default(), Some(&first)).unwrap();
        assert_eq!(first.header("content-encoding"), (!headers.is_empty()).then_some("gzip"));
    }
}

#[test]
fn stock_prometheus_gets_openmetrics_only_where_the_server_prefers_it() {
    let kind = |preference| {
        let web = Web { preference, ..Web::default() };
        let served = Served::with(vec![steady("a")], web);
        served.get("/metrics", PROMETHEUS).header("content-type").unwrap().to_owned()
    };
    assert_eq!(kind(Preference::Text), "text/plain; version=0.0.4; charset=utf-8");
    let openmetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8";
    assert_eq!(kind(Preference::OpenMetrics), openmetrics);
}

#[test]
fn collectors_by_query() {
    let served = Served::start(vec![steady("a"), steady("b")]);
    let shows = |path: &str| {
        let response = served.get(path, &[]);
        assert_eq!(response.status, 200);
        let series = testkit::page::series(&response.body);
        assert!(series.keys().any(|name| name.starts_with("pilotlight_build_info{")));
        (series.contains_key(&reading("a", "steady")), series.contains_key(&reading("b", "steady")))
    };
    assert_eq!(shows("/metrics"), (true, true));
    assert_eq!(shows("/metrics?collect[]=b"), (false, true));
    assert_eq!(shows("/metrics?exclude%5B%5D=b"), (true, false));
    assert_eq!(shows("/metrics?exclude[]=a&exclude[]=b"), (false, false));
    let unknown = served.get("/metrics?collect[]=%3Cscript%3E", &[]);
    assert_eq!(unknown.text(), "collect[] names a collector that is not enabled; these are: a, b\n");
    assert_eq!(unknown.status, 400);
    assert_eq!(served.get("/metrics?collect[]=a&exclude[]=b", &[]).status, 400);
}

#[test]
fn the_other_pages() {
    let served = Served::start(vec![steady("a")]);
    assert_eq!(served.get("/-/healthy", &[]).text(), "healthy\n");
    assert_eq!(served.get("/-/ready", &[]).text(), "ready\n");
    assert_eq!(served.get("/nothing", &[]).status, 404);
    let landing = served.get("/", &[]);
    assert_eq!(landing.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(landing.text().contains("<a href=\"/metrics\">Metrics</a>"), "{}", landing.text());
}

#[test]
fn metrics_at_the_root_leave_no_landing_page() {
    let web = Web { telemetry_path: "/".to_owned(), ..Web::default() };
    let served = Served::with(vec![steady("a")], web);
    assert!(served.get("/", &[]).text().contains("x_readings_total"));
    assert_eq!(served.get("/metrics", &[]).status, 404);
}

/// Sends bytes, and reads what comes within a second.
fn raw(served: &Served, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(served.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    stream.write_all(bytes).unwrap();
    let (mut answer, mut chunk) = (Vec::new(), [0; 4096]);
    while let Ok(length @ 1..) = stream.read(&mut chunk) {
        answer.extend_from_slice(&chunk[..length]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn methods_and_headers_that_are_not_taken() {
    let served = Served::start(vec![steady("a")]);
    let post = raw(&served, b"POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    assert!(post.starts_with("HTTP/1.1 405 ") && post.contains("allow: GET, HEAD\r\n"), "{post}");
    let head = raw(&served, b"HEAD /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert!(head.starts_with("HTTP/1.1 200 ") && head.ends_with("\r\n\r\n"), "{head}");
    let huge = [b"GET / HTTP/1.1\r\nHost: x\r\nX: ".as_slice(), &[b'x'; 64 << 10], b"\r\n\r\n"].concat();
    assert!(raw(&served, &huge).starts_with("HTTP/1.1 431 "));
    let many = ["GET / HTTP/1.1\r\nHost: x\r\n", &"a: b\r\n".repeat(100), "\r\n"].concat();
    assert!(raw(&served, many.as_bytes()).starts_with("HTTP/1.1 431 "));
}
