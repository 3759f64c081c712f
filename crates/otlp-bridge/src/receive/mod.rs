//! The OTLP receivers: OTLP/HTTP and gRPC, on any port.
//!
//! ```text
//! request ──▶ http, grpc: who may send what ──▶ bounded: collect, inflate ──▶ Sink::deliver ──▶ Verdict ──▶ answer
//! ```
//!
//! What a message says is not looked at here: a sink gets its bytes, and its sender the sink's verdict.

mod answer;
mod grpc;
mod http;
mod status;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use exporter_toolkit::bounded::Room;
use exporter_toolkit::{Answering, Application, RequestBody, Takes};
use hyper::http::request::Parts;
pub use otlp::Encoding;

/// What a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Signal {
    /// `ExportMetricsServiceRequest`.
    Metrics,
    /// `ExportLogsServiceRequest`.
    Logs,
    /// `ExportTraceServiceRequest`.
    Traces,
}

/// How a message came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// A unary call of gRPC.
    Grpc,
    /// OTLP/HTTP.
    Http,
}

impl Signal {
    /// The name that labels have.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Signal::Metrics => "metrics",
            Signal::Logs => "logs",
            Signal::Traces => "traces",
        }
    }
}

impl Protocol {
    /// The name that labels have.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Protocol::Grpc => "grpc",
            Protocol::Http => "http",
        }
    }
}

/// A message that has arrived whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// What it is about.
    pub signal: Signal,
    /// How it is written.
    pub encoding: Encoding,
    /// How it came.
    pub protocol: Protocol,
    /// The message, inflated.
    pub body: Bytes,
}

/// What came of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// All of it is kept, as durably as is promised.
    Accepted,
    /// Some of it is not, and its sender is not to send that again; with 0 rejected the message is a warning.
    Partial {
        /// Data points, log records or spans.
        rejected: u64,
        /// Why.
        message: String,
    },
    /// It is no such message; its sender is not to send it again.
    Malformed(String),
    /// It can't be kept now; its sender is to send it again later.
    Unavailable {
        /// When.
        retry_after: Duration,
        /// Why.
        message: String,
    },
}

/// Why a message did not get to its sink.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// More bytes than may be, on the wire or inflated.
    TooLarge,
    /// Not framed or compressed as its header says.
    Malformed,
    /// A compression or a method that there is not.
    Unsupported,
    /// It did not come in time.
    TooSlow,
    /// Too much was being received already.
    Crowded,
    /// It broke off.
    Broken,
}

impl Reason {
    /// The name that labels have.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Reason::TooLarge => "too_large",
            Reason::Malformed => "malformed",
            Reason::Unsupported => "unsupported",
            Reason::TooSlow => "too_slow",
            Reason::Crowded => "crowded",
            Reason::Broken => "broken",
        }
    }
}

/// Takes what is received.
pub trait Sink: Send + Sync + 'static {
    /// Takes a message. It may be taken also when the returned future is dropped, as it is when its sender goes away: who
    /// sends it again must not have it counted twice. Must not block.
    fn deliver(&self, delivery: Delivery) -> impl Future<Output = Verdict> + Send;

    /// Hears of a message that did not get so far; `signal` where that is known.
    fn refused(&self, signal: Option<Signal>, protocol: Protocol, reason: Reason);
}

/// How much is received, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// A body of HTTP, as it is on the wire and inflated.
    pub http: usize,
    /// A message of gRPC, likewise.
    pub grpc: usize,
}

const MEBIBYTE: usize = 1024 * 1024;

impl Default for Limits {
    /// What OTLP recommends for HTTP, and the OpenTelemetry Collector has for gRPC.
    fn default() -> Self {
        Limits { http: 20 * MEBIBYTE, grpc: 4 * MEBIBYTE }
    }
}

/// Answers OTLP/HTTP and gRPC, whichever a request is.
pub struct Receiver<S> {
    sink: Arc<S>,
    limits: Limits,
    /// For all bodies at a time: three of the largest.
    room: Room,
}

impl<S: Sink> Receiver<S> {
    /// A receiver for the sink.
    #[must_use]
    pub fn new(sink: Arc<S>, limits: Limits) -> Self {
        let room = Room::new(limits.http.max(limits.grpc).saturating_mul(3));
        Receiver { sink, limits, room }
    }
}

impl<S: Sink> Application for Receiver<S> {
    fn about(&self) -> &str {
        "OTLP receiver: POST /v1/metrics, /v1/logs, /v1/traces, or gRPC"
    }

    fn takes(&self, path: &str) -> Option<Takes> {
        let post = match http::signal(path) {
            Some(_) => http::TYPES,
            None if grpc::is_method(path) => grpc::TYPES,
            None => return None,
        };
        Some(Takes { post, ..Takes::default() })
    }

    fn answer(&self, request: Parts, body: RequestBody) -> Answering<'_> {
        Box::pin(async move {
            match http::signal(request.uri.path()) {
                Some(signal) => http::answer(self, signal, &request, body).await,
                None => grpc::answer(self, &request, body).await,
            }
        })
    }
}
