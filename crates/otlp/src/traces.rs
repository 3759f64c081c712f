//! Spans, as opentelemetry/proto/trace/v1/trace.proto has them.

use std::borrow::Cow;

use crate::common::{Attribute, Resource, Scope};
use crate::source::{Most, message};

/// The spans of one sender.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ResourceSpans<'a> {
    /// Who sends.
    pub resource: Resource<'a>,
    /// In the order of the request.
    pub scopes: Vec<ScopeSpans<'a>>,
    /// Of the resource; mostly empty.
    pub schema_url: Cow<'a, str>,
}

/// The spans of one scope.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ScopeSpans<'a> {
    /// What part of the program made them.
    pub scope: Scope<'a>,
    /// In the order of the request.
    pub spans: Vec<Span<'a>>,
    /// Of the scope; mostly empty.
    pub schema_url: Cow<'a, str>,
}

/// One operation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Span<'a> {
    /// The trace that it belongs to.
    pub trace_id: Option<[u8; 16]>,
    /// Its own.
    pub span_id: Option<[u8; 8]>,
    /// None for the first span of a trace.
    pub parent_span_id: Option<[u8; 8]>,
    /// What is done.
    pub name: Cow<'a, str>,
    /// 1 internal, 2 server, 3 client, 4 producer, 5 consumer; 0 if unknown.
    pub kind: i32,
    /// In nanoseconds since 1970.
    pub start: u64,
    /// In nanoseconds since 1970.
    pub end: u64,
    /// In the order of the request; a key may come twice.
    pub attributes: Vec<Attribute<'a>>,
    /// What happened meanwhile.
    pub events: Vec<SpanEvent<'a>>,
    /// Spans of other traces that led to it.
    pub links: Vec<SpanLink<'a>>,
    /// 1 good, 2 failed; 0 if the sender does not say.
    pub status_code: i32,
    /// Why it failed.
    pub status_message: Cow<'a, str>,
}

/// A moment of a span.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SpanEvent<'a> {
    /// In nanoseconds since 1970.
    pub time: u64,
    /// What happened.
    pub name: Cow<'a, str>,
    /// In the order of the request; a key may come twice.
    pub attributes: Vec<Attribute<'a>>,
}

/// Another span.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SpanLink<'a> {
    /// Its trace.
    pub trace_id: Option<[u8; 16]>,
    /// Its id.
    pub span_id: Option<[u8; 8]>,
    /// In the order of the request; a key may come twice.
    pub attributes: Vec<Attribute<'a>>,
}

/// ExportTraceServiceRequest.
#[derive(Default)]
pub(crate) struct Request<'a> {
    pub(crate) resources: Vec<ResourceSpans<'a>>,
}

#[derive(Default)]
struct Status<'a> {
    code: i32,
    message: Cow<'a, str>,
}

const KINDS: [&str; 6] = [
    "SPAN_KIND_UNSPECIFIED",
    "SPAN_KIND_INTERNAL",
    "SPAN_KIND_SERVER",
    "SPAN_KIND_CLIENT",
    "SPAN_KIND_PRODUCER",
    "SPAN_KIND_CONSUMER",
];
const CODES: [&str; 3] = ["STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"];

message!(Request<'a>, request, source, {
    1 "resourceSpans" => source.list(&mut request.resources, Most::Any)?,
});

message!(ResourceSpans<'a>, spans, source, {
    1 "resource" => source.message(&mut spans.resource)?,
    2 "scopeSpans" => source.list(&mut spans.scopes, Most::Any)?,
    3 "schemaUrl" => spans.schema_url = source.string()?,
});

message!(ScopeSpans<'a>, spans, source, {
    1 "scope" => source.message(&mut spans.scope)?,
    2 "spans" => source.list(&mut spans.spans, Most::Any)?,
    3 "schemaUrl" => spans.schema_url = source.string()?,
});

message!(Span<'a>, span, source, {
    1 "traceId" => span.trace_id = source.id()?,
    2 "spanId" => span.span_id = source.id()?,
    4 "parentSpanId" => span.parent_span_id = source.id()?,
    5 "name" => span.name = source.string()?,
    6 "kind" => span.kind = source.enumeration(&KINDS)?,
    7 "startTimeUnixNano" => span.start = source.fixed64()?,
    8 "endTimeUnixNano" => span.end = source.fixed64()?,
    9 "attributes" => source.list(&mut span.attributes, Most::Attributes)?,
    11 "events" => source.list(&mut span.events, Most::Any)?,
    13 "links" => source.list(&mut span.links, Most::Any)?,
    15 "status" => {
        let mut status = Status { code: span.status_code, message: std::mem::take(&mut span.status_message) };
        source.message(&mut status)?;
        (span.status_code, span.status_message) = (status.code, status.message);
    },
});

message!(Status<'a>, status, source, {
    2 "message" => status.message = source.string()?,
    3 "code" => status.code = source.enumeration(&CODES)?,
});

message!(SpanEvent<'a>, event, source, {
    1 "timeUnixNano" => event.time = source.fixed64()?,
    2 "name" => event.name = source.string()?,
    3 "attributes" => source.list(&mut event.attributes, Most::Attributes)?,
});

message!(SpanLink<'a>, link, source, {
    1 "traceId" => link.trace_id = source.id()?,
    2 "spanId" => link.span_id = source.id()?,
    4 "attributes" => source.list(&mut link.attributes, Most::Attributes)?,
});
