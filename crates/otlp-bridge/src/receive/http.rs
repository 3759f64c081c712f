//! OTLP/HTTP (opentelemetry-proto, docs/specification.md, "OTLP/HTTP").

use exporter_toolkit::bounded::{Encoding, Received, UnknownEncoding};
use exporter_toolkit::{Payload, RequestBody};
use hyper::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};

use crate::receive::answer::{Failure, Outcome, Refusal};
use crate::receive::status;
use crate::receive::{Delivery, Protocol, Reason, Receiver, Signal, Sink};

/// What a body may be.
pub(super) const TYPES: &[&str] = &[PROTOBUF, JSON];
const PROTOBUF: &str = "application/x-protobuf";
const JSON: &str = "application/json";

/// The signal that is sent to a path.
pub(super) fn signal(path: &str) -> Option<Signal> {
    match path {
        "/v1/metrics" => Some(Signal::Metrics),
        "/v1/logs" => Some(Signal::Logs),
        "/v1/traces" => Some(Signal::Traces),
        _ => None,
    }
}

/// Receives a message, and answers in its encoding. The Content-Type is known to be one of [`TYPES`].
pub(super) async fn answer<S: Sink>(
    receiver: &Receiver<S>,
    signal: Signal,
    request: &Parts,
    body: RequestBody,
) -> Response<Payload> {
    let is_json = request.headers.get(CONTENT_TYPE).is_some_and(|value| {
        value.as_bytes().get(..JSON.len()).is_some_and(|media| media.eq_ignore_ascii_case(JSON.as_bytes()))
    });
    let encoding = if is_json { otlp::Encoding::Json } else { otlp::Encoding::Protobuf };
    let outcome = match receive(receiver, request, body).await {
        Ok(received) => {
            let body = received.bytes().clone();
            let delivery = Delivery { signal, encoding, protocol: Protocol::Http, body };
            let verdict = receiver.sink.deliver(delivery).await;
            // What is delivered takes its room until then.
            drop(received);
            Outcome::of(signal, verdict)
        }
        Err(refusal) => {
            receiver.sink.refused(Some(signal), Protocol::Http, refusal.reason);
            Outcome::Failed(refusal.into())
        }
    };
    told(outcome, encoding)
}

async fn receive<'r, S: Sink>(
    receiver: &'r Receiver<S>,
    request: &Parts,
    body: RequestBody,
) -> Result<Received<'r>, Refusal> {
    let encoding = Encoding::from_headers(&request.headers)
        .map_err(|UnknownEncoding| Refusal::new(Reason::Unsupported, UnknownEncoding.to_string()))?;
    let limit = receiver.limits.http;
    let mut received = body.collect(limit, &receiver.room).await?;
    let all = 0..received.bytes().len();
    received.inflate(encoding, all, limit)?;
    Ok(received)
}

fn told(outcome: Outcome, encoding: otlp::Encoding) -> Response<Payload> {
    let (status, body, retry_after) = match outcome {
        Outcome::Taken(signal, partial) => {
            let partial = partial.as_ref().map(|(rejected, message)| (*rejected, message.as_str()));
            (StatusCode::OK, status::response(signal, partial, encoding), None)
        }
        Outcome::Failed(Failure { status, code, message, retry_after }) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, status::status(code, &message, encoding), retry_after)
        }
    };
    let mut answer = Response::new(Payload::from(bytes::Bytes::from(body)));
    *answer.status_mut() = status;
    let media = match encoding {
        otlp::Encoding::Protobuf => PROTOBUF,
        otlp::Encoding::Json => JSON,
    };
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media));
    if let Some(wait) = retry_after {
        // Whole seconds, and some time in any case.
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        answer.headers_mut().insert(RETRY_AFTER, seconds.max(1).into());
    }
    answer
}
