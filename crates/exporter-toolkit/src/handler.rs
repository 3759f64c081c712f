//! From request to response.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use exposition::{Preference, accepts_gzip, negotiate};
use http_body_util::Full;
use hyper::header::{
    ACCEPT, ACCEPT_ENCODING, ALLOW, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, VARY,
};
use hyper::{Method, Request, Response, StatusCode};
use prometheus::IntGauge;

use crate::budget;
use crate::exporter::Exporter;
use crate::landing;
use crate::query::BadQuery;

/// A whole response: pages are complete before their header is written, so that none can be cut short.
pub(crate) type Answer = Response<Full<Bytes>>;

/// How the pages of one exporter are served.
#[derive(Debug, Clone)]
pub struct Web {
    /// Path of the metrics page.
    pub telemetry_path: String,
    /// The format for clients that take both.
    pub preference: Preference,
    /// Requests for the metrics page at a time; 0 for no limit.
    pub max_requests: usize,
}

/// Answers the requests for one exporter.
pub(crate) struct Handler {
    pub(crate) exporter: Arc<Exporter>,
    pub(crate) web: Web,
}

impl Handler {
    pub(crate) async fn answer<B>(&self, request: &Request<B>) -> Answer {
        if request.method() != Method::GET && request.method() != Method::HEAD {
            let mut answer = plain(StatusCode::METHOD_NOT_ALLOWED, "use GET or HEAD\n");
            answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return answer;
        }
        match request.uri().path() {
            path if path == self.web.telemetry_path => self.metrics(request).await,
            "/" => html(landing::page(&self.exporter.identity, &self.web.telemetry_path)),
            "/-/healthy" => plain(StatusCode::OK, "healthy\n"),
            "/-/ready" => plain(StatusCode::OK, "ready\n"),
            _ => plain(StatusCode::NOT_FOUND, "not found; / lists the pages\n"),
        }
    }

    async fn metrics<B>(&self, request: &Request<B>) -> Answer {
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

    async fn scrape<B>(&self, request: &Request<B>) -> Answer {
        let headers = request.headers();
        let begin = Instant::now();
        let deadline = begin + budget::from_header(text(headers, &HeaderName::from_static(budget::HEADER)));
        let page = match self.exporter.page(request.uri().query(), deadline).await {
            Ok(page) => page,
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
        let mut answer = Response::new(Full::new(self.exporter.encode(&page, format, compress)));
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
    let mut answer = Response::new(Full::new(body.into()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    answer.headers_mut().insert(hyper::header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}

fn html(body: String) -> Answer {
    let mut answer = plain(StatusCode::OK, body);
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    answer
}
