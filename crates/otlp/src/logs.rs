//! Log records, as opentelemetry/proto/logs/v1/logs.proto has them.

use std::borrow::Cow;

use crate::common::{Attribute, Resource, Scope, Value};
use crate::source::{Most, message};

/// The records of one sender.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ResourceLogs<'a> {
    /// Who sends.
    pub resource: Resource<'a>,
    /// In the order of the request.
    pub scopes: Vec<ScopeLogs<'a>>,
    /// Of the resource; mostly empty.
    pub schema_url: Cow<'a, str>,
}

/// The records of one scope.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ScopeLogs<'a> {
    /// What part of the program logged.
    pub scope: Scope<'a>,
    /// In the order of the request.
    pub records: Vec<LogRecord<'a>>,
    /// Of the scope; mostly empty.
    pub schema_url: Cow<'a, str>,
}

/// One record or event.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LogRecord<'a> {
    /// When it happened, in nanoseconds since 1970; 0 if unknown.
    pub time: u64,
    /// When it was collected, in nanoseconds since 1970; 0 if unknown.
    pub observed_time: u64,
    /// From 1 (trace) to 24 (fatal); 0 if unknown.
    pub severity: i32,
    /// The severity as the sender calls it.
    pub severity_text: Cow<'a, str>,
    /// What is logged, mostly a string.
    pub body: Value<'a>,
    /// In the order of the request; a key may come twice.
    pub attributes: Vec<Attribute<'a>>,
    /// The class of the event; many clients have an attribute `event.name` instead.
    pub event_name: Cow<'a, str>,
    /// The trace during which it was logged.
    pub trace_id: Option<[u8; 16]>,
    /// The span during which it was logged.
    pub span_id: Option<[u8; 8]>,
    /// The lowest eight bits are the trace flags of W3C.
    pub flags: u32,
}

/// ExportLogsServiceRequest.
#[derive(Default)]
pub(crate) struct Request<'a> {
    pub(crate) resources: Vec<ResourceLogs<'a>>,
}

const SEVERITIES: [&str; 25] = [
    "SEVERITY_NUMBER_UNSPECIFIED",
    "SEVERITY_NUMBER_TRACE",
    "SEVERITY_NUMBER_TRACE2",
    "SEVERITY_NUMBER_TRACE3",
    "SEVERITY_NUMBER_TRACE4",
    "SEVERITY_NUMBER_DEBUG",
    "SEVERITY_NUMBER_DEBUG2",
    "SEVERITY_NUMBER_DEBUG3",
    "SEVERITY_NUMBER_DEBUG4",
    "SEVERITY_NUMBER_INFO",
    "SEVERITY_NUMBER_INFO2",
    "SEVERITY_NUMBER_INFO3",
    "SEVERITY_NUMBER_INFO4",
    "SEVERITY_NUMBER_WARN",
    "SEVERITY_NUMBER_WARN2",
    "SEVERITY_NUMBER_WARN3",
    "SEVERITY_NUMBER_WARN4",
    "SEVERITY_NUMBER_ERROR",
    "SEVERITY_NUMBER_ERROR2",
    "SEVERITY_NUMBER_ERROR3",
    "SEVERITY_NUMBER_ERROR4",
    "SEVERITY_NUMBER_FATAL",
    "SEVERITY_NUMBER_FATAL2",
    "SEVERITY_NUMBER_FATAL3",
    "SEVERITY_NUMBER_FATAL4",
];

message!(Request<'a>, request, source, {
    1 "resourceLogs" => source.list(&mut request.resources, Most::Any)?,
});

message!(ResourceLogs<'a>, logs, source, {
    1 "resource" => source.message(&mut logs.resource)?,
    2 "scopeLogs" => source.list(&mut logs.scopes, Most::Any)?,
    3 "schemaUrl" => logs.schema_url = source.string()?,
});

message!(ScopeLogs<'a>, logs, source, {
    1 "scope" => source.message(&mut logs.scope)?,
    2 "logRecords" => source.list(&mut logs.records, Most::Any)?,
    3 "schemaUrl" => logs.schema_url = source.string()?,
});

message!(LogRecord<'a>, record, source, {
    1 "timeUnixNano" => record.time = source.fixed64()?,
    2 "severityNumber" => record.severity = source.enumeration(&SEVERITIES)?,
    3 "severityText" => record.severity_text = source.string()?,
    5 "body" => source.message(&mut record.body)?,
    6 "attributes" => source.list(&mut record.attributes, Most::Attributes)?,
    8 "flags" => record.flags = source.fixed32()?,
    9 "traceId" => record.trace_id = source.id()?,
    10 "spanId" => record.span_id = source.id()?,
    11 "observedTimeUnixNano" => record.observed_time = source.fixed64()?,
    12 "eventName" => record.event_name = source.string()?,
});
