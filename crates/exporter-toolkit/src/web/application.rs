//! What is served besides the exporter's pages, at ports of its own or behind them: something that takes requests with bodies.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::header::{ALLOW, CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode};

use crate::web::answer::{Answer, plain};
use crate::web::body::{Payload, RequestBody};
use crate::web::connection::BODY;
use crate::web::listener::Listen;
use crate::web::security::Security;

/// What answers requests that have been let through.
pub trait Application: Send + Sync + 'static {
    /// What this is, in a line, for who asks for `/`.
    fn about(&self) -> &str;

    /// What may be asked for at a path; `None` where there is nothing. `/`, `/-/healthy` and `/-/ready` are answered
    /// without asking.
    fn takes(&self, path: &str) -> Option<Takes>;

    /// Answers a request for one of those. Its body has a deadline, and what collects it a limit. Must not block.
    fn answer(&self, request: Parts, body: RequestBody) -> Answering<'_>;
}

/// An answer that is being made.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Response<Payload>> + Send + 'a>>;

/// The requests that a path takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Takes {
    /// GET and HEAD.
    pub get: bool,
    /// The media types of which a POST may be; with none there is no POST. A browser sends none but
    /// `application/x-www-form-urlencoded`, `multipart/form-data` and `text/plain` to another site without asking.
    pub post: &'static [&'static str],
    /// A POST without a body, whatever its media type.
    pub bare_post: bool,
}

/// A port besides the page.
pub struct Port {
    /// What it is called in tables and logs.
    pub name: &'static str,
    /// Where it listens.
    pub listen: Listen,
    /// What guards it; absent: what guards the page.
    pub security: Option<Arc<Security>>,
    /// What answers.
    pub application: Arc<dyn Application>,
    /// How long a body may take to come.
    pub body_time: Duration,
}

impl Port {
    /// A port that is guarded like the page, and waits 10 seconds for a body.
    #[must_use]
    pub fn new(name: &'static str, listen: Listen, application: Arc<dyn Application>) -> Self {
        Port { name, listen, security: None, application, body_time: BODY }
    }
}

/// Answers a request that has been let through.
pub(crate) async fn answer(application: &dyn Application, request: Parts, body: RequestBody) -> Answer {
    let own = match request.uri.path() {
        "/" => Some(format!("{}\n", application.about())),
        "/-/healthy" => Some("healthy\n".to_owned()),
        "/-/ready" => Some("ready\n".to_owned()),
        _ => None,
    };
    let takes = match own {
        Some(text) if is_get(&request) => return plain(StatusCode::OK, text),
        Some(_) => return not_allowed(Takes { get: true, ..Takes::default() }),
        None => application.takes(request.uri.path()),
    };
    match takes {
        Some(takes) => answer_what_is_taken(application, takes, request, body).await,
        None => plain(StatusCode::NOT_FOUND, "not found\n"),
    }
}

/// Answers a request for a path where there is something, if it is one of those that it takes.
pub(crate) async fn answer_what_is_taken(
    application: &dyn Application,
    takes: Takes,
    request: Parts,
    body: RequestBody,
) -> Answer {
    if is_get(&request) && takes.get {
        return application.answer(request, body).await;
    }
    if request.method != Method::POST || !takes.a_post() {
        return not_allowed(takes);
    }
    if takes.bare_post && body.is_empty() {
        return application.answer(request, body).await;
    }
    if takes.post.is_empty() {
        return plain(StatusCode::BAD_REQUEST, "send it without a body\n");
    }
    if !is_one_of(&request.headers, takes.post) {
        let types = format!("Content-Type has to be {}\n", takes.post.join(" or "));
        return plain(StatusCode::UNSUPPORTED_MEDIA_TYPE, types);
    }
    application.answer(request, body).await
}

fn is_get(request: &Parts) -> bool {
    request.method == Method::GET || request.method == Method::HEAD
}

impl Takes {
    fn a_post(self) -> bool {
        self.bare_post || !self.post.is_empty()
    }
}

fn not_allowed(takes: Takes) -> Answer {
    let allowed = match (takes.get, takes.a_post()) {
        (true, false) => "GET, HEAD",
        (true, true) => "GET, HEAD, POST",
        (false, _) => "POST",
    };
    let mut answer = plain(StatusCode::METHOD_NOT_ALLOWED, format!("use {allowed}\n"));
    answer.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    answer
}

/// Whether there is one Content-Type, and which it is, whatever its parameters say.
fn is_one_of(headers: &HeaderMap, types: &[&str]) -> bool {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return false };
    media_type(value).is_some_and(|media| types.iter().any(|name| name.eq_ignore_ascii_case(media)))
}

/// The media type of a Content-Type, without its parameters.
fn media_type(value: &HeaderValue) -> Option<&str> {
    let value = value.to_str().ok()?;
    Some(value.split_once(';').map_or(value, |(media, _)| media).trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_types() {
        let types = ["application/json", "application/x-protobuf"];
        let taken = |values: &[&'static str]| {
            is_one_of(&values.iter().map(|value| (CONTENT_TYPE, HeaderValue::from_static(value))).collect(), &types)
        };
        for good in
            ["application/json", "Application/JSON", "application/json; charset=utf-8", "application/x-protobuf;"]
        {
            assert!(taken(&[good]), "{good}");
        }
        for bad in
            ["", "text/plain", "text/plain;application/json", "application/jsonx", "application/json, text/plain"]
        {
            assert!(!taken(&[bad]), "{bad}");
        }
        assert!(!taken(&[]) && !taken(&["application/json", "application/json"]));
    }
}
