//! From request to response.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use bytes::Bytes;
use exposition::{Preference, accepts_gzip, negotiate};
use hyper::header::{
    ACCEPT, ACCEPT_ENCODING, ALLOW, AUTHORIZATION, CONNECTION, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    HeaderMap, HeaderName, HeaderValue, VARY, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode, Version};
use prometheus::IntGauge;

use crate::exporter::Exporter;
use crate::scrape::budget;
use crate::scrape::query::BadQuery;
use crate::web::auth::Verdict;
use crate::web::edge::{self, Names, Refusal};
use crate::web::landing;
use crate::web::listener::Peer;
use crate::web::security::{Guard, Security};

/// A whole response: pages are complete before their header is written, so that none can be cut short.
pub(crate) type Answer = Response<Bytes>;

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

/// Answers the requests for one exporter.
pub(crate) struct Handler {
    pub(crate) exporter: Arc<Exporter>,
    pub(crate) security: Security,
    web: Web,
    names: Names,
    /// Whether a name that nobody allowed has been told of.
    told_of_host: AtomicBool,
    /// 1 while the files of `security` say what is in force; absent without such files.
    current: Option<IntGauge>,
}

impl Handler {
    pub(crate) fn new(exporter: Arc<Exporter>, web: Web, security: Security) -> Self {
        let own = rustix::system::uname().nodename().to_string_lossy().into_owned();
        Handler {
            names: Names::new(&own, &web.allowed_hosts),
            current: security.follows_files().then(|| exporter.metrics.web_config()),
            told_of_host: AtomicBool::new(false),
            exporter,
            security,
            web,
        }
    }

    pub(crate) async fn answer(&self, request: &Parts, peer: Peer) -> Answer {
        let guard = self.security.guard(Instant::now());
        if let Some(current) = &self.current {
            current.set(self.security.is_current().into());
        }
        let mut answer = match self.refusal(request, peer, &guard).await {
            Some(refused) => refused,
            None => self.page(request).await,
        };
        // Who asks for what is not to be had need not stay.
        if answer.status().as_u16() >= 400 && request.version != Version::HTTP_2 {
            answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        answer.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        for (name, value) in &guard.config.config.headers {
            answer.headers_mut().insert(name, value.clone());
        }
        answer
    }

    /// The answer to a request that is let no further. No answer repeats what the request said.
    async fn refusal(&self, request: &Parts, peer: Peer, guard: &Guard) -> Option<Answer> {
        let refused = |reason, answer| {
            self.exporter.metrics.refused_requests.with_label_values(&[reason]).inc();
            Some(answer)
        };
        if !guard.in_rate {
            return refused("rate", plain(StatusCode::TOO_MANY_REQUESTS, "too many requests; see rate_limit\n"));
        }
        let names = (peer != Peer::Unix).then_some(&self.names);
        match edge::check(request, names) {
            Ok(()) => {}
            Err(Refusal::Shape) => return refused("shape", plain(StatusCode::BAD_REQUEST, "bad request\n")),
            Err(Refusal::Host) => {
                if !self.told_of_host.swap(true, Ordering::Relaxed) {
                    // What stands before an @ may be a password.
                    let host = request.uri.host().or_else(|| text(&request.headers, &hyper::header::HOST));
                    let host = host.and_then(|host| host.rsplit('@').next());
                    tracing::warn!(%peer, host, "refused: --web.allowed-host allows a name; told once");
                }
                let hint = "this machine is not known by that name; --web.allowed-host allows one\n";
                return refused("host", plain(StatusCode::FORBIDDEN, hint));
            }
            Err(Refusal::Origin) => {
                return refused("origin", plain(StatusCode::FORBIDDEN, "not for pages of other sites\n"));
            }
        }
        let users = &guard.config.config.users;
        let authorization = request.headers.get(AUTHORIZATION);
        match self.security.authenticator.check(users, guard.token.as_deref(), authorization).await {
            Verdict::Allowed => None,
            Verdict::Busy => {
                refused("busy", plain(StatusCode::TOO_MANY_REQUESTS, "too many passwords at a time; try again\n"))
            }
            Verdict::Unauthorized => {
                let mut answer = plain(StatusCode::UNAUTHORIZED, "unauthorized\n");
                for (scheme, offered) in [("Basic", !users.is_empty()), ("Bearer", guard.token.is_some())] {
                    if offered {
                        answer.headers_mut().append(WWW_AUTHENTICATE, HeaderValue::from_static(scheme));
                    }
                }
                refused("unauthorized", answer)
            }
        }
    }

    async fn page(&self, request: &Parts) -> Answer {
        if request.method != Method::GET && request.method != Method::HEAD {
            let mut answer = plain(StatusCode::METHOD_NOT_ALLOWED, "use GET or HEAD\n");
            answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return answer;
        }
        match request.uri.path() {
            path if path == self.web.telemetry_path => self.metrics(request).await,
            "/" => html(landing::page(&self.exporter.identity, &self.web.telemetry_path)),
            "/-/healthy" => plain(StatusCode::OK, "healthy\n"),
            "/-/ready" => plain(StatusCode::OK, "ready\n"),
            _ => plain(StatusCode::NOT_FOUND, "not found; / lists the pages\n"),
        }
    }

    async fn metrics(&self, request: &Parts) -> Answer {
        let metrics = &self.exporter.metrics;
        let under_way = UnderWay::begin(&metrics.in_flight);
        let limit = i64::try_from(self.web.max_requests).unwrap_or(i64::MAX);
        let answer = if limit > 0 && metrics.in_flight.get() > limit {
            plain(StatusCode::SERVICE_UNAVAILABLE, "too many requests at a time; --web.max-requests is the limit\n")
        } else {
            self.scrape(request).await
        };
        drop(under_way);
        metrics.requests.with_label_values(&[answer.status().as_str()]).inc();
        answer
    }

    async fn scrape(&self, request: &Parts) -> Answer {
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
        let mut answer = Response::new(self.exporter.encode(&scraped, format, compress));
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

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn plain(status: StatusCode, body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(body.into());
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    answer
}

fn html(body: String) -> Answer {
    let mut answer = plain(StatusCode::OK, body);
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("deny"));
    answer
}
