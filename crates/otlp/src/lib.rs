//! OTLP metrics, logs and traces, from protobuf and JSON, into plain borrowed types. Bounded; no I/O.
//!
//! ```text
//! bytes ──▶ protobuf or json (a Source of fields) ──▶ metrics, logs, traces, common (which field goes where)
//!                    └──▶ budget: every element, nesting and byte of heap is counted before it is made
//! ```
//!
//! Strings are borrowed from the request where it has them as they are. Fields that no type here has are skipped,
//! unknown ones too. Source: open-telemetry/opentelemetry-proto, and the JSON rules of its docs/specification.md.

mod base64;
mod budget;
mod common;
mod error;
mod json;
mod logs;
mod metrics;
mod protobuf;
mod source;
mod text;
mod traces;

use budget::Budget;
use source::{Message, Source};

pub use budget::Limits;
pub use common::{Attribute, Resource, Scope, Value};
pub use error::DecodeError;
pub use logs::{LogRecord, ResourceLogs, ScopeLogs};
pub use metrics::{
    Buckets, Data, Exemplar, ExponentialPoint, HistogramPoint, Metric, Number, NumberPoint, ResourceMetrics,
    ScopeMetrics, SummaryPoint, Temporality,
};
pub use traces::{ResourceSpans, ScopeSpans, Span, SpanEvent, SpanLink};

/// How a request is written: its Content-Type says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// `application/x-protobuf`, and every message of gRPC.
    Protobuf,
    /// `application/json`.
    Json,
}

/// Reads an ExportMetricsServiceRequest. No bytes of protobuf are an empty request, of JSON it is `{}`.
///
/// What can't be read fails whole, as does what is beyond `limits`.
pub fn metrics<'a>(
    bytes: &'a [u8],
    encoding: Encoding,
    limits: &Limits,
) -> Result<Vec<ResourceMetrics<'a>>, DecodeError> {
    decode::<metrics::Request<'a>>(bytes, encoding, limits).map(|request| request.resources)
}

/// Reads an ExportLogsServiceRequest, in the same manner as [`metrics()`].
pub fn logs<'a>(bytes: &'a [u8], encoding: Encoding, limits: &Limits) -> Result<Vec<ResourceLogs<'a>>, DecodeError> {
    decode::<logs::Request<'a>>(bytes, encoding, limits).map(|request| request.resources)
}

/// Reads an ExportTraceServiceRequest, in the same manner as [`metrics()`].
pub fn traces<'a>(bytes: &'a [u8], encoding: Encoding, limits: &Limits) -> Result<Vec<ResourceSpans<'a>>, DecodeError> {
    decode::<traces::Request<'a>>(bytes, encoding, limits).map(|request| request.resources)
}

fn decode<'a, M: Message<'a>>(bytes: &'a [u8], encoding: Encoding, limits: &Limits) -> Result<M, DecodeError> {
    let budget = Budget::new(limits, bytes.len());
    match encoding {
        Encoding::Protobuf => protobuf::Reader::new(bytes, budget).request(),
        Encoding::Json => json::Reader::new(bytes, budget).request(),
    }
}
