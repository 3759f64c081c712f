//! What is beside the page at its own port: targets that a request names, and an application behind the pages.

use std::sync::Arc;
use std::time::Duration;

use exporter_toolkit::{
    Answering, Application, Exporter, Given, NoTarget, Outcome, Payload, RequestBody, Secret, Security, Service, Takes,
    Targets, Web, WebFlags,
};
use hyper::Response;
use hyper::http::request::Parts;
use testkit::http::{PROMETHEUS, get, post};
use testkit::page;
use testkit::raw::exchange;

use crate::served::{Dead, Served, collector, exporter, steady};

const LIMIT: Duration = Duration::from_secs(5);

/// Everything that it takes is answered with `beside`.
struct Beside;

impl Application for Beside {
    fn about(&self) -> &str {
        "Besides: /<reload>"
    }

    fn takes(&self, path: &str) -> Option<Takes> {
        match path {
            "/reload" => Some(Takes { get: true, bare_post: true, ..Takes::default() }),
            "/typed" => Some(Takes { post: &["text/x"], ..Takes::default() }),
            // Not asked for: these are the pages'.
            "/" | "/metrics" | "/-/ready" | "/-/healthy" | "/scrape" => Some(Takes { get: true, ..Takes::default() }),
            _ => None,
        }
    }

    fn answer(&self, _: Parts, _: RequestBody) -> Answering<'_> {
        Box::pin(async { Response::new(Payload::from(bytes::Bytes::from_static(b"beside\n"))) })
    }
}

/// The exporters that a query names by one word.
struct Named(Vec<(&'static str, Arc<Exporter>)>);

impl Targets for Named {
    fn path(&self) -> &str {
        "/scrape"
    }

    fn exporter(&self, query: Option<&str>) -> Result<Arc<Exporter>, NoTarget> {
        let query = query.unwrap_or_default();
        match query {
            "" => Err(NoTarget::Bad("name one".to_owned())),
            "all" => Err(NoTarget::Crowded("too many".to_owned())),
            _ => {
                let word = query.split('&').next().unwrap_or_default();
                let found = self.0.iter().find(|(name, _)| *name == word).map(|(_, exporter)| Arc::clone(exporter));
                found.ok_or_else(|| NoTarget::Forbidden("that one may not be scraped".to_owned()))
            }
        }
    }
}

fn service(targets: Named) -> Service {
    Service {
        targets: Some(Arc::new(targets)),
        application: Some(Arc::new(Beside)),
        ..exporter(vec![steady("own")]).into()
    }
}

fn start(targets: Named, web: Web, security: Security) -> Served {
    Served::service(service(targets), web, security)
}

fn unguarded() -> Security {
    Security::open(None, None).unwrap()
}

fn one(name: &'static str) -> Named {
    Named(vec![(name, Arc::new(exporter(vec![steady("other")])))])
}

#[test]
fn an_application_behind_the_pages() {
    let served = start(one("a"), Web::default(), unguarded());
    for (path, status, says) in [
        ("/reload", 200, "beside\n"),
        ("/-/ready", 200, "ready\n"),
        ("/-/healthy", 200, "healthy\n"),
        ("/typed", 405, "use POST\n"),
        ("/nothing", 404, "not found; / lists the pages\n"),
    ] {
        let answer = served.get(path, &[]);
        assert_eq!((answer.status, answer.text().as_str()), (status, says), "{path}");
    }
    let landing = served.get("/", &[]).text();
    assert!(landing.contains("<p>Besides: /&lt;reload&gt;</p>"), "{landing}");
    assert!(
        page::series(&served.get("/metrics", &[]).body)
            .contains_key("x_readings_total{collector=\"own\",thing=\"steady\"}")
    );
}

#[test]
fn posts_with_bodies_and_without() {
    let served = start(one("a"), Web::default(), unguarded());
    let typed = [("Content-Type", "text/x")];
    for (path, headers, body, status, says) in [
        ("/reload", &[][..], &b""[..], 200, "beside\n"),
        ("/reload", &[("Content-Type", "application/x-www-form-urlencoded")], b"", 200, "beside\n"),
        ("/reload", &[], b"x", 400, "send it without a body\n"),
        ("/reload", &[("Origin", "http://evil.example")], b"", 403, "not for pages of other sites\n"),
        ("/typed", &typed, b"x", 200, "beside\n"),
        ("/typed", &[], b"", 415, "Content-Type has to be text/x\n"),
        ("/metrics", &typed, b"x", 405, "use GET or HEAD\n"),
        ("/scrape?a", &typed, b"x", 405, "use GET or HEAD\n"),
    ] {
        let answer = post(served.address, path, headers, body).unwrap();
        assert_eq!((answer.status, answer.text().as_str()), (status, says), "{path} {headers:?} {body:?}");
    }
    // As curl -X POST sends it.
    let bare =
        exchange(served.address, b"POST /reload HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", LIMIT).unwrap();
    assert!(bare.text().starts_with("HTTP/1.1 200 OK\r\n"), "{}", bare.text());
}

/// A request that is taken for a body by one and for a request by another.
#[test]
fn what_stands_in_a_body_is_no_request() {
    let served = start(one("a"), Web::default(), unguarded());
    let smuggled = "GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n";
    let length = smuggled.len();
    let request = format!("POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n{smuggled}");
    let answer = exchange(served.address, request.as_bytes(), LIMIT).unwrap().text();
    assert_eq!((answer.matches("HTTP/1.1 ").count(), answer.contains("healthy")), (1, false), "{answer}");
}

#[test]
fn the_page_of_a_target() {
    let served = start(one("a"), Web::default(), unguarded());
    let path = "/scrape?a";
    let answer = served.get(path, PROMETHEUS);
    let series = page::series(&answer.body);
    assert_eq!(series["x_readings_total{collector=\"other\",thing=\"steady\"}"], 1.0);
    assert!(!series.contains_key("x_readings_total{collector=\"own\",thing=\"steady\"}"));
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
    let head =
        exchange(served.address, b"HEAD /scrape?a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", LIMIT).unwrap();
    assert!(head.text().starts_with("HTTP/1.1 200 OK\r\n") && head.text().ends_with("\r\n\r\n"), "{}", head.text());
    assert_eq!(get(served.address, "/scrape?a&collect[]=nothing", &[]).unwrap().status, 400);
    for (path, status, says) in [
        ("/scrape", 400, "name one\n"),
        ("/scrape?b", 403, "that one may not be scraped\n"),
        ("/scrape?all", 503, "too many\n"),
    ] {
        let answer = served.get(path, &[]);
        assert_eq!((answer.status, answer.text().as_str()), (status, says), "{path}");
    }
    // Of all of them the service's own counters tell.
    let series = served.scrape("10");
    assert_eq!(series["promhttp_metric_handler_requests_total{code=\"403\"}"], 1.0);
    assert_eq!(series["promhttp_metric_handler_requests_total{code=\"200\"}"], 2.0);
}

#[test]
fn targets_count_against_the_limit_of_requests() {
    let gate = Dead::default();
    let closed = gate.clone();
    let slow = collector("slow", move |_, _| {
        closed.touch();
        Outcome::Ok
    });
    let targets = Named(vec![("a", Arc::new(exporter(vec![slow])))]);
    let served = start(targets, Web { max_requests: 1, ..Web::default() }, unguarded());
    std::thread::scope(|scope| {
        let first = gate.during(|| {
            let first = scope.spawn(|| served.get("/scrape?a", &[]).status);
            std::thread::sleep(Duration::from_millis(200));
            assert_eq!((served.get("/scrape?a", &[]).status, served.get("/metrics", &[]).status), (503, 503));
            assert_eq!(served.get("/reload", &[]).status, 200);
            first
        });
        assert_eq!(first.join().unwrap(), 200);
    });
}

#[test]
fn all_of_it_is_guarded() {
    let name = Given { flag: "--user", value: "alice".to_owned() };
    let flags = WebFlags::default().with_password(name, &Secret::new("open sesame".to_owned())).unwrap();
    let served = start(one("a"), Web::default(), Security::by_flags(&flags, None).unwrap());
    for path in ["/", "/metrics", "/scrape?a", "/scrape?b", "/reload", "/nothing"] {
        assert_eq!(served.get(path, &[]).status, 401, "{path}");
    }
    let alice = [("Authorization", "Basic YWxpY2U6b3BlbiBzZXNhbWU=")];
    assert_eq!((served.get("/scrape?a", &alice).status, served.get("/reload", &alice).status), (200, 200));
    assert_eq!(served.get("/reload", &[("Authorization", "Basic YWxpY2U6b3BlbiBzZXNhbWUx")]).status, 401);
}

/// Many targets take no more threads than are scraped at a time, and one that hangs keeps none from the others.
#[test]
fn targets_share_what_a_scrape_takes() {
    let (first, gate) = (exporter(vec![steady("own")]), Dead::default());
    let closed = gate.clone();
    let dead = collector("dead", move |_, _| {
        closed.touch();
        Outcome::Ok
    });
    let names = ["b", "c", "d", "e", "f", "g", "h", "i"];
    let targets = names.map(|name| (name, Arc::new(first.beside(vec![steady("other")]))));
    let targets = Named([("a", Arc::new(first.beside(vec![dead])))].into_iter().chain(targets).collect());
    let service = Service { targets: Some(Arc::new(targets)), ..first.into() };
    let served = Served::service(service, Web::default(), unguarded());
    gate.during(|| {
        let timeout = [("X-Prometheus-Scrape-Timeout-Seconds", "0.5")];
        let page = page::series(&served.get("/scrape?a", &timeout).body);
        assert_eq!(page["x_scrape_collector_success{collector=\"dead\"}"], 0.0);
        for name in names {
            let page = page::series(&served.get(&format!("/scrape?{name}"), PROMETHEUS).body);
            assert_eq!(page["x_readings_total{collector=\"other\",thing=\"steady\"}"], 1.0);
        }
    });
    assert_eq!(served.scrape("10")["x_readings_total{collector=\"own\",thing=\"steady\"}"], 1.0);
}
