//! The exporter's own pages.

use std::sync::Arc;
use std::time::Instant;

use exposition::{Preference, accepts_gzip, negotiate};
use hyper::header::{
    ACCEPT, ACCEPT_ENCODING, ALLOW, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue,
    USER_AGENT, VARY, X_FRAME_OPTIONS,
};
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode};
use prometheus::IntGauge;

use crate::exporter::Exporter;
use crate::scrape::budget;
use crate::scrape::query::BadQuery;
use crate::web::body::Payload;
use crate::web::handler::{Answer, plain, text};
use crate::web::landing;
use crate::web::listener::Peer;

/// Nothing on our pages needs more, and nothing may frame them.
const POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; base-uri 'none'");

/// How the pages of one exporter are served.
#[derive(Debug, Clone)]
pub struct Web {
    /// Path of the metrics page.
    pub telemetry_path: String,
    /// The format for clients that take both.
    pub preference: Preference,
    /// Requests for the metrics page at a time; 0 for no limit.
    pub max_requests: usize,
    /// Names besides its own under which this machine may be called: a name, `*.suffix`, or `*` for any.
    pub allowed_hosts: Vec<String>,
}

impl Default for Web {
    fn default() -> Self {
        Web {
            telemetry_path: "/metrics".to_owned(),
            preference: Preference::Text,
            max_requests: 40,
            allowed_hosts: Vec::new(),
        }
    }
}

/// The pages of one exporter.
pub(crate) struct Pages {
    exporter: Arc<Exporter>,
    web: Web,
}

impl Pages {
    pub(crate) fn new(exporter: Arc<Exporter>, web: Web) -> Self {
        Pages { exporter, web }
    }

    pub(crate) async fn answer(&self, request: &Parts, peer: Peer) -> Answer {
        if request.method != Method::GET && request.method != Method::HEAD {
            let mut answer = plain(StatusCode::METHOD_NOT_ALLOWED, "use GET or HEAD\n");
            answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return answer;
        }
        match request.uri.path() {
            path if path == self.web.telemetry_path => self.metrics(request, peer).await,
            "/" => html(landing::page(&self.exporter.identity, &self.web.telemetry_path)),
            "/-/healthy" => plain(StatusCode::OK, "healthy\n"),
            "/-/ready" => plain(StatusCode::OK, "ready\n"),
            _ => plain(StatusCode::NOT_FOUND, "not found; / lists the pages\n"),
        }
    }

    async fn metrics(&self, request: &Parts, peer: Peer) -> Answer {
        let metrics = &self.exporter.metrics;
        let under_way = UnderWay::begin(&metrics.in_flight);
        let limit = i64::try_from(self.web.max_requests).unwrap_or(i64::MAX);
        let answer = if limit > 0 && metrics.in_flight.get() > limit {
            plain(StatusCode::SERVICE_UNAVAILABLE, "too many requests at a time; --web.max-requests is the limit\n")
        } else {
            self.scrape(request, peer).await
        };
        drop(under_way);
        metrics.requests.with_label_values(&[answer.status().as_str()]).inc();
        answer
    }

    async fn scrape(&self, request: &Parts, peer: Peer) -> Answer {
        let headers = &request.headers;
        let begin = Instant::now();
        let deadline = begin + budget::from_header(text(headers, &HeaderName::from_static(budget::HEADER)));
        let scraped = match self.exporter.scrape(request.uri.query(), deadline).await {
            Ok(scraped) => scraped,
            Err(BadQuery::Both) => return plain(StatusCode::BAD_REQUEST, "use collect[] or exclude[], not both\n"),
            Err(BadQuery::Unknown) => {
                let enabled: Vec<_> = self.exporter.collectors().collect();
                let hint =
                    format!("collect[] names a collector that is not enabled; these are: {}\n", enabled.join(", "));
                return plain(StatusCode::BAD_REQUEST, hint);
            }
        };
        let format = negotiate(text(headers, &ACCEPT), self.web.preference);
        let compress = accepts_gzip(text(headers, &ACCEPT_ENCODING));
        let scraper = || format!("{} {}", peer.host(), text(&request.headers, &USER_AGENT).unwrap_or_default());
        let payload = match self.exporter.stream(&scraped, scraper, format, compress) {
            // Who wants the header alone has taken no page.
            Some(_) if request.method == Method::HEAD => Payload::default(),
            Some(stream) => Payload::streamed(stream),
            None => self.exporter.encode(&scraped, format, compress).into(),
        };
        let mut answer = Response::new(payload);
        let headers = answer.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
        headers.insert(VARY, HeaderValue::from_static("Accept, Accept-Encoding"));
        if compress {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        tracing::debug!(took = ?begin.elapsed(), "scraped");
        answer
    }
}

/// A request that is being answered; ends also when its client goes away and the answer is given up.
struct UnderWay<'g>(&'g IntGauge);

impl<'g> UnderWay<'g> {
    fn begin(gauge: &'g IntGauge) -> Self {
        gauge.inc();
        UnderWay(gauge)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.dec();
    }
}

fn html(body: String) -> Answer {
    let mut answer = plain(StatusCode::OK, body);
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("deny"));
    answer
}
