//! Answers, and what they depend on in the header of a request.

use bytes::Bytes;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};

use crate::web::body::Payload;

/// A response. Pages that are whole before their header is written can't be cut short.
pub(crate) type Answer = Response<Payload>;

/// An answer in plain text.
pub(crate) fn plain(status: StatusCode, body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Payload::from(body.into()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    answer
}

/// HTTP/1 leaves out by itself what HEAD did not ask for.
pub(super) fn without_payload(answer: &mut Answer) {
    if let Some(length) = std::mem::take(answer.body_mut()).length() {
        answer.headers_mut().insert(CONTENT_LENGTH, length.into());
    }
}

/// A header's text, where it has one.
pub(crate) fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
