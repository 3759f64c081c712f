//! The exporter's own pages, and the way to what is behind them.

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
use crate::service::Service;
use crate::web::answer::{Answer, plain, text};
use crate::web::application::{self, Application};
use crate::web::body::{Payload, RequestBody};
use crate::web::landing;
use crate::web::listener::Peer;
use crate::web::targets::Targets;

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

/// The pages of one service.
pub(crate) struct Pages {
    exporter: Arc<Exporter>,
    targets: Option<Arc<dyn Targets>>,
    /// What is behind them.
    application: Option<Arc<dyn Application>>,
    web: Web,
}

impl Pages {
    pub(crate) fn new(service: &Service, web: Web) -> Self {
        Pages {
            exporter: Arc::clone(&service.exporter),
            targets: service.targets.clone(),
            application: service.application.clone(),
            web,
        }
    }

    /// Whether requests may have a body.
    pub(crate) fn take_bodies(&self) -> bool {
        self.application.is_some()
    }

    pub(crate) async fn answer(&self, request: Parts, body: RequestBody, peer: Peer) -> Answer {
        if let Some(application) = &self.application
            && !self.is_own(request.uri.path())
            && let Some(takes) = application.takes(request.uri.path())
        {
            return application::answer_what_is_taken(&**application, takes, request, body).await;
        }
        self.page(&request, peer).await
    }

    fn is_own(&self, path: &str) -> bool {
        path == self.web.telemetry_path
            || ["/", "/-/healthy", "/-/ready"].contains(&path)
            || self.targets.as_ref().is_some_and(|targets| targets.path() == path)
    }

    async fn page(&self, request: &Parts, peer: Peer) -> Answer {
        if request.method != Method::GET && request.method != Method::HEAD {
            let mut answer = plain(StatusCode::METHOD_NOT_ALLOWED, "use GET or HEAD\n");
            answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return answer;
        }
        match request.uri.path() {
            path if path == self.web.telemetry_path => self.counted(self.scrape(&self.exporter, request, peer)).await,
            "/" => {
                let beside = self.application.as_ref().map(|application| application.about());
                html(landing::page(&self.exporter.identity, &self.web.telemetry_path, beside))
            }
            "/-/healthy" => plain(StatusCode::OK, "healthy\n"),
            "/-/ready" => plain(StatusCode::OK, "ready\n"),
            path => match self.targets.as_ref().filter(|targets| targets.path() == path) {
                Some(targets) => self.counted(self.scrape_target(&**targets, request, peer)).await,
                None => plain(StatusCode::NOT_FOUND, "not found; / lists the pages\n"),
            },
        }
    }

    async fn scrape_target(&self, targets: &dyn Targets, request: &Parts, peer: Peer) -> Answer {
        match targets.exporter(request.uri.query()) {
            Ok(exporter) => self.scrape(&exporter, request, peer).await,
            Err(none) => none.answer(),
        }
    }

    /// The answer to one of the requests for metrics, of which there may be so many at a time.
    async fn counted(&self, answer: impl Future<Output = Answer>) -> Answer {
        let metrics = &self.exporter.metrics;
        let under_way = UnderWay::begin(&metrics.in_flight);
        let limit = i64::try_from(self.web.max_requests).unwrap_or(i64::MAX);
        let answer = if limit > 0 && metrics.in_flight.get() > limit {
            plain(StatusCode::SERVICE_UNAVAILABLE, "too many requests at a time; --web.max-requests is the limit\n")
        } else {
            answer.await
        };
        drop(under_way);
        metrics.requests.with_label_values(&[answer.status().as_str()]).inc();
        answer
    }

    async fn scrape(&self, exporter: &Exporter, request: &Parts, peer: Peer) -> Answer {
        let headers = &request.headers;
        let begin = Instant::now();
        let deadline = begin + budget::from_header(text(headers, &HeaderName::from_static(budget::HEADER)));
        let scraped = match exporter.scrape(request.uri.query(), deadline).await {
            Ok(scraped) => scraped,
            Err(BadQuery::Both) => return plain(StatusCode::BAD_REQUEST, "use collect[] or exclude[], not both\n"),
            Err(BadQuery::Unknown) => {
                let enabled: Vec<_> = exporter.collectors().collect();
                let hint =
                    format!("collect[] names a collector that is not enabled; these are: {}\n", enabled.join(", "));
                return plain(StatusCode::BAD_REQUEST, hint);
            }
        };
        let format = negotiate(text(headers, &ACCEPT), self.web.preference);
        let compress = accepts_gzip(text(headers, &ACCEPT_ENCODING));
        let scraper = || format!("{} {}", peer.host(), text(&request.headers, &USER_AGENT).unwrap_or_default());
        let payload = match exporter.stream(&scraped, scraper, format, compress) {
            // Who wants the header alone has taken no page.
            Some(_) if request.method == Method::HEAD => Payload::default(),
            Some(stream) => Payload::streamed(stream),
            None => exporter.encode(&scraped, format, compress).into(),
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
