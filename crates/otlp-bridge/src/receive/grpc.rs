//! Unary calls of gRPC over HTTP/2 (grpc/grpc: doc/PROTOCOL-HTTP2.md, doc/compression.md).

use std::fmt::Write as _;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bytes::Bytes;
use exporter_toolkit::bounded::{Encoding, Received};
use exporter_toolkit::{Payload, RequestBody};
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Response, StatusCode, Version};
use tokio::time::timeout;

use crate::receive::answer::{Failure, Outcome, Refusal};
use crate::receive::status::{self, Code};
use crate::receive::{Delivery, Protocol, Reason, Receiver, Signal, Sink};

/// What a call may be.
pub(super) const TYPES: &[&str] = &["application/grpc", "application/grpc+proto"];

/// A flag and a length stand before a message.
const PREFIX: usize = 5;

const GRPC_ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");
const GRPC_ACCEPT_ENCODING: HeaderName = HeaderName::from_static("grpc-accept-encoding");
const GRPC_MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
const GRPC_STATUS_DETAILS: HeaderName = HeaderName::from_static("grpc-status-details-bin");
const GRPC_TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");

/// Whether the path can be that of a method: a service's name has its package before it.
pub(super) fn is_method(path: &str) -> bool {
    let mut parts = path.split('/');
    matches!((parts.next(), parts.next(), parts.next(), parts.next()), (Some(""), Some(service), Some(_), None) if service.contains('.'))
}

/// The signal that a method is for.
fn signal(path: &str) -> Option<Signal> {
    match path {
        "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export" => Some(Signal::Metrics),
        "/opentelemetry.proto.collector.logs.v1.LogsService/Export" => Some(Signal::Logs),
        "/opentelemetry.proto.collector.trace.v1.TraceService/Export" => Some(Signal::Traces),
        _ => None,
    }
}

/// Answers a call. The Content-Type is known to be one of [`TYPES`].
pub(super) async fn answer<S: Sink>(receiver: &Receiver<S>, request: &Parts, body: RequestBody) -> Response<Payload> {
    if request.version != Version::HTTP_2 {
        let mut answer = Response::new(Payload::from(Bytes::from_static(b"gRPC takes HTTP/2\n")));
        *answer.status_mut() = StatusCode::HTTP_VERSION_NOT_SUPPORTED;
        return answer;
    }
    let Some(signal) = signal(request.uri.path()) else {
        receiver.sink.refused(None, Protocol::Grpc, Reason::Unsupported);
        return told(Outcome::failed(415, Code::Unimplemented, "there is no such method"));
    };
    let exported = export(receiver, signal, request, body);
    let outcome = match time_of(&request.headers) {
        Some(time) => timeout(time, exported)
            .await
            .unwrap_or_else(|_| Outcome::failed(408, Code::DeadlineExceeded, "the call's own time is over")),
        None => exported.await,
    };
    told(outcome)
}

async fn export<S: Sink>(receiver: &Receiver<S>, signal: Signal, request: &Parts, body: RequestBody) -> Outcome {
    match receive(receiver, request, body).await {
        Ok(received) => {
            let body = received.bytes().clone();
            let delivery = Delivery { signal, encoding: otlp::Encoding::Protobuf, protocol: Protocol::Grpc, body };
            let verdict = receiver.sink.deliver(delivery).await;
            // What is delivered takes its room until then.
            drop(received);
            Outcome::of(signal, verdict)
        }
        Err(Unreceived { refusal, code }) => {
            receiver.sink.refused(Some(signal), Protocol::Grpc, refusal.reason);
            let failure = Failure::from(refusal);
            Outcome::Failed(Failure { code: code.unwrap_or(failure.code), ..failure })
        }
    }
}

/// A message that did not come, and the code for it where gRPC has another than OTLP/HTTP.
struct Unreceived {
    refusal: Refusal,
    code: Option<Code>,
}

impl<R: Into<Refusal>> From<R> for Unreceived {
    fn from(refusal: R) -> Self {
        let refusal = refusal.into();
        // Whoever calls has not followed the protocol; INVALID_ARGUMENT is for messages.
        let code = matches!(refusal.reason, Reason::Malformed | Reason::Broken).then_some(Code::Internal);
        Unreceived { refusal, code }
    }
}

async fn receive<'r, S: Sink>(
    receiver: &'r Receiver<S>,
    request: &Parts,
    body: RequestBody,
) -> Result<Received<'r>, Unreceived> {
    let named = encoding(&request.headers)?;
    let limit = receiver.limits.grpc;
    let mut received = body.collect(limit.saturating_add(PREFIX), &receiver.room).await?;
    let encoding = match (framed(received.bytes())?, named) {
        (false, _) => Encoding::Identity,
        (true, Encoding::Gzip) => Encoding::Gzip,
        (true, Encoding::Identity) => {
            return Err(
                Refusal::new(Reason::Malformed, "the message is compressed, and no grpc-encoding says how").into()
            );
        }
    };
    let message = PREFIX..received.bytes().len();
    received.inflate(encoding, message, limit)?;
    Ok(received)
}

/// What compressed messages are compressed by.
fn encoding(headers: &HeaderMap) -> Result<Encoding, Refusal> {
    match headers.get(GRPC_ENCODING).map(HeaderValue::as_bytes) {
        None | Some(b"identity") => Ok(Encoding::Identity),
        Some(b"gzip") => Ok(Encoding::Gzip),
        Some(_) => Err(Refusal::new(Reason::Unsupported, "the grpc-encoding is not known; use gzip or identity")),
    }
}

/// Whether the one message that the bytes are is compressed.
fn framed(bytes: &[u8]) -> Result<bool, Refusal> {
    let malformed = |what: &str| Err(Refusal::new(Reason::Malformed, what));
    let [flag @ (0 | 1), length @ ..] = bytes.first_chunk::<PREFIX>().copied().unwrap_or([2; PREFIX]) else {
        return malformed("there is no message, or its flag is neither 0 nor 1");
    };
    let length = u64::from(u32::from_be_bytes(length));
    match (bytes.len() - PREFIX) as u64 {
        came if came == length => Ok(flag == 1),
        came if came < length => malformed("the message is shorter than it says"),
        _ => malformed("there is something behind the one message of a unary call"),
    }
}

/// How long the caller waits: digits and a unit.
fn time_of(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(GRPC_TIMEOUT)?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(number * 3600)),
        "M" => Some(Duration::from_secs(number * 60)),
        "S" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_millis(number)),
        "u" => Some(Duration::from_micros(number)),
        "n" => Some(Duration::from_nanos(number)),
        _ => None,
    }
}

fn told(outcome: Outcome) -> Response<Payload> {
    let mut answer = match outcome {
        Outcome::Taken(signal, partial) => {
            let partial = partial.as_ref().map(|(rejected, message)| (*rejected, message.as_str()));
            let message = status::response(signal, partial, otlp::Encoding::Protobuf);
            let length = u32::try_from(message.len()).unwrap_or(u32::MAX).to_be_bytes();
            let bytes = [&[0], &length[..], &message].concat();
            let trailers = HeaderMap::from_iter([(GRPC_STATUS, HeaderValue::from_static("0"))]);
            Response::new(Payload::with_trailers(bytes, trailers))
        }
        Outcome::Failed(failure) => {
            // Only trailers, which are then the header.
            let mut answer = Response::new(Payload::default());
            failed(&failure, answer.headers_mut());
            answer
        }
    };
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(TYPES[0]));
    answer.headers_mut().insert(GRPC_ACCEPT_ENCODING, HeaderValue::from_static("identity,gzip"));
    answer
}

fn failed(failure: &Failure, headers: &mut HeaderMap) {
    let Failure { code, message, retry_after, .. } = failure;
    headers.insert(GRPC_STATUS, u16::from(code.number()).into());
    if let Ok(message) = HeaderValue::from_str(&percent_encoded(message)) {
        headers.insert(GRPC_MESSAGE, message);
    }
    if let Some(wait) = retry_after {
        let details = STANDARD_NO_PAD.encode(status::status_with_retry(*code, message, *wait));
        if let Ok(details) = HeaderValue::from_str(&details) {
            headers.insert(GRPC_STATUS_DETAILS, details);
        }
    }
}

/// Printable ASCII as it is, anything else and `%` by its bytes.
fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' '..=b'~' if byte != b'%' => encoded.push(char::from(byte)),
            byte => write!(encoded, "%{byte:02X}").expect("a String takes every write"),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_methods() {
        for path in ["/a.b/Export", "/opentelemetry.proto.collector.logs.v1.LogsService/Export", "/a./x"] {
            assert!(is_method(path), "{path}");
        }
        for path in ["/", "/v1/metrics", "/a.b", "/a.b/c/d", "a.b/c", ""] {
            assert!(!is_method(path), "{path}");
        }
    }

    #[test]
    fn frames() {
        let verdict = |bytes: &[u8]| framed(bytes).map_err(|refusal| refusal.message);
        assert_eq!(verdict(b"\0\0\0\0\x02ab"), Ok(false));
        assert_eq!(verdict(b"\x01\0\0\0\0"), Ok(true));
        for bad in
            [&b""[..], b"\0\0\0\0", b"\x02\0\0\0\0", b"\0\0\0\0\x02a", b"\0\0\0\0\x02abc", b"\0\xff\xff\xff\xffab"]
        {
            assert!(verdict(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn how_long_callers_wait() {
        let time =
            |text: &'static str| time_of(&HeaderMap::from_iter([(GRPC_TIMEOUT, HeaderValue::from_static(text))]));
        assert_eq!(time("1H"), Some(Duration::from_secs(3600)));
        assert_eq!(time("99999999S"), Some(Duration::from_secs(99_999_999)));
        assert_eq!(time("250m"), Some(Duration::from_millis(250)));
        for bad in ["", "S", "1", "-1S", "1s", "999999999S", "1.5S", "+1S"] {
            assert!(!matches!(time(bad), Some(time) if time > Duration::ZERO), "{bad}");
        }
    }

    #[test]
    fn messages_as_headers() {
        assert_eq!(percent_encoded("50% of é\n"), "50%25 of %C3%A9%0A");
    }
}
