//! What the crate's types are as messages: numbers, names and types of their fields, as the .proto files have them.

use otlp::{
    Attribute, Buckets, Data, Exemplar, ExponentialPoint, HistogramPoint, LogRecord, Metric, Number, NumberPoint,
    Resource, ResourceLogs, ResourceMetrics, ResourceSpans, Scope, Span, SpanEvent, SpanLink, SummaryPoint,
    Temporality, Value,
};

use crate::wire::{Content, Field, Message};

pub(crate) fn metrics(request: &[ResourceMetrics<'_>]) -> Message {
    let scope = |scope: &otlp::ScopeMetrics<'_>| {
        vec![
            implicit(1, "scope", Content::Message(self::scope(&scope.scope))),
            list(2, "metrics", &scope.metrics, metric),
            text(3, "schemaUrl", &scope.schema_url),
        ]
    };
    let resource = |resource: &ResourceMetrics<'_>| {
        vec![
            implicit(1, "resource", Content::Message(self::resource(&resource.resource))),
            list(2, "scopeMetrics", &resource.scopes, scope),
            text(3, "schemaUrl", &resource.schema_url),
        ]
    };
    vec![list(1, "resourceMetrics", request, resource)]
}

pub(crate) fn logs(request: &[ResourceLogs<'_>]) -> Message {
    let scope = |scope: &otlp::ScopeLogs<'_>| {
        vec![
            implicit(1, "scope", Content::Message(self::scope(&scope.scope))),
            list(2, "logRecords", &scope.records, record),
            text(3, "schemaUrl", &scope.schema_url),
        ]
    };
    let resource = |resource: &ResourceLogs<'_>| {
        vec![
            implicit(1, "resource", Content::Message(self::resource(&resource.resource))),
            list(2, "scopeLogs", &resource.scopes, scope),
            text(3, "schemaUrl", &resource.schema_url),
        ]
    };
    vec![list(1, "resourceLogs", request, resource)]
}

pub(crate) fn traces(request: &[ResourceSpans<'_>]) -> Message {
    let scope = |scope: &otlp::ScopeSpans<'_>| {
        vec![
            implicit(1, "scope", Content::Message(self::scope(&scope.scope))),
            list(2, "spans", &scope.spans, span),
            text(3, "schemaUrl", &scope.schema_url),
        ]
    };
    let resource = |resource: &ResourceSpans<'_>| {
        vec![
            implicit(1, "resource", Content::Message(self::resource(&resource.resource))),
            list(2, "scopeSpans", &resource.scopes, scope),
            text(3, "schemaUrl", &resource.schema_url),
        ]
    };
    vec![list(1, "resourceSpans", request, resource)]
}

fn implicit(number: u32, name: &'static str, content: Content) -> Field {
    Field { number, name, content, explicit: false }
}

/// A member of a oneof, or an optional field.
fn explicit(number: u32, name: &'static str, content: Content) -> Field {
    Field { number, name, content, explicit: true }
}

fn text(number: u32, name: &'static str, content: &str) -> Field {
    implicit(number, name, Content::Text(content.to_owned()))
}

fn time(number: u32, name: &'static str, nanoseconds: u64) -> Field {
    implicit(number, name, Content::Fixed64(nanoseconds))
}

fn list<T>(number: u32, name: &'static str, elements: &[T], message: impl Fn(&T) -> Message) -> Field {
    implicit(number, name, Content::Messages(elements.iter().map(message).collect()))
}

fn optional(number: u32, name: &'static str, value: Option<f64>) -> Option<Field> {
    value.map(|value| explicit(number, name, Content::Double(value)))
}

fn id<const LENGTH: usize>(number: u32, name: &'static str, id: Option<[u8; LENGTH]>) -> Field {
    implicit(number, name, Content::Id(id.map_or(Vec::new(), |id| id.to_vec())))
}

fn resource(resource: &Resource<'_>) -> Message {
    vec![list(1, "attributes", &resource.attributes, attribute)]
}

fn scope(scope: &Scope<'_>) -> Message {
    vec![
        text(1, "name", &scope.name),
        text(2, "version", &scope.version),
        list(3, "attributes", &scope.attributes, attribute),
    ]
}

fn attribute(attribute: &Attribute<'_>) -> Message {
    vec![text(1, "key", &attribute.key), implicit(2, "value", Content::Message(value(&attribute.value)))]
}

fn value(value: &Value<'_>) -> Message {
    let (number, name, content) = match value {
        Value::Empty => return Vec::new(),
        Value::String(text) => (1, "stringValue", Content::Text(text.clone().into_owned())),
        Value::Bool(value) => (2, "boolValue", Content::Bool(*value)),
        Value::Int(value) => (3, "intValue", Content::Int64(*value)),
        Value::Double(value) => (4, "doubleValue", Content::Double(*value)),
        Value::Array(values) => (5, "arrayValue", Content::Message(vec![list(1, "values", values, self::value)])),
        Value::Map(entries) => (6, "kvlistValue", Content::Message(vec![list(1, "values", entries, attribute)])),
        Value::Bytes(bytes) => (7, "bytesValue", Content::Bytes(bytes.clone().into_owned())),
    };
    vec![explicit(number, name, content)]
}

fn metric(metric: &Metric<'_>) -> Message {
    let temporality = |temporality: &Temporality| {
        let number = match temporality {
            Temporality::Unspecified => 0,
            Temporality::Delta => 1,
            Temporality::Cumulative => 2,
        };
        implicit(2, "aggregationTemporality", Content::Enum(number))
    };
    let data = match &metric.data {
        Data::Missing => None,
        Data::Gauge(points) => Some((5, "gauge", vec![list(1, "dataPoints", points, number_point)])),
        Data::Sum { temporality: t, monotonic, points } => Some((
            7,
            "sum",
            vec![
                list(1, "dataPoints", points, number_point),
                temporality(t),
                implicit(3, "isMonotonic", Content::Bool(*monotonic)),
            ],
        )),
        Data::Histogram { temporality: t, points } => {
            Some((9, "histogram", vec![list(1, "dataPoints", points, histogram_point), temporality(t)]))
        }
        Data::ExponentialHistogram { temporality: t, points } => {
            Some((10, "exponentialHistogram", vec![list(1, "dataPoints", points, exponential_point), temporality(t)]))
        }
        Data::Summary(points) => Some((11, "summary", vec![list(1, "dataPoints", points, summary_point)])),
    };
    let mut message =
        vec![text(1, "name", &metric.name), text(2, "description", &metric.description), text(3, "unit", &metric.unit)];
    message.extend(data.map(|(number, name, message)| explicit(number, name, Content::Message(message))));
    message
}

fn number(value: Number, as_double: u32) -> Option<Field> {
    match value {
        Number::Missing => None,
        Number::Int(value) => Some(explicit(6, "asInt", Content::Sfixed64(value))),
        Number::Double(value) => Some(explicit(as_double, "asDouble", Content::Double(value))),
    }
}

fn flags(number: u32, no_recorded_value: bool) -> Field {
    implicit(number, "flags", Content::Uint32(u32::from(no_recorded_value)))
}

fn number_point(point: &NumberPoint<'_>) -> Message {
    let mut message = vec![
        list(7, "attributes", &point.attributes, attribute),
        time(2, "startTimeUnixNano", point.start),
        time(3, "timeUnixNano", point.time),
        list(5, "exemplars", &point.exemplars, exemplar),
        flags(8, point.no_recorded_value),
    ];
    message.extend(number(point.value, 4));
    message
}

fn histogram_point(point: &HistogramPoint<'_>) -> Message {
    let mut message = vec![
        list(9, "attributes", &point.attributes, attribute),
        time(2, "startTimeUnixNano", point.start),
        time(3, "timeUnixNano", point.time),
        implicit(4, "count", Content::Fixed64(point.count)),
        implicit(6, "bucketCounts", Content::Fixed64s(point.bucket_counts.clone())),
        implicit(7, "explicitBounds", Content::Doubles(point.bounds.clone())),
        list(8, "exemplars", &point.exemplars, exemplar),
        flags(10, point.no_recorded_value),
    ];
    message.extend(optional(5, "sum", point.sum));
    message.extend(optional(11, "min", point.min));
    message.extend(optional(12, "max", point.max));
    message
}

fn exponential_point(point: &ExponentialPoint<'_>) -> Message {
    let mut message = vec![
        list(1, "attributes", &point.attributes, attribute),
        time(2, "startTimeUnixNano", point.start),
        time(3, "timeUnixNano", point.time),
        implicit(4, "count", Content::Fixed64(point.count)),
        implicit(6, "scale", Content::Sint32(point.scale)),
        implicit(7, "zeroCount", Content::Fixed64(point.zero_count)),
        implicit(8, "positive", Content::Message(buckets(&point.positive))),
        implicit(9, "negative", Content::Message(buckets(&point.negative))),
        flags(10, point.no_recorded_value),
        list(11, "exemplars", &point.exemplars, exemplar),
        implicit(14, "zeroThreshold", Content::Double(point.zero_threshold)),
    ];
    message.extend(optional(5, "sum", point.sum));
    message.extend(optional(12, "min", point.min));
    message.extend(optional(13, "max", point.max));
    message
}

fn buckets(buckets: &Buckets) -> Message {
    vec![
        implicit(1, "offset", Content::Sint32(buckets.offset)),
        implicit(2, "bucketCounts", Content::Uint64s(buckets.counts.clone())),
    ]
}

fn summary_point(point: &SummaryPoint<'_>) -> Message {
    let quantile = |(quantile, value): &(f64, f64)| {
        vec![implicit(1, "quantile", Content::Double(*quantile)), implicit(2, "value", Content::Double(*value))]
    };
    vec![
        list(7, "attributes", &point.attributes, attribute),
        time(2, "startTimeUnixNano", point.start),
        time(3, "timeUnixNano", point.time),
        implicit(4, "count", Content::Fixed64(point.count)),
        implicit(5, "sum", Content::Double(point.sum)),
        list(6, "quantileValues", &point.quantiles, quantile),
        flags(8, point.no_recorded_value),
    ]
}

fn exemplar(exemplar: &Exemplar<'_>) -> Message {
    let mut message = vec![
        list(7, "filteredAttributes", &exemplar.attributes, attribute),
        time(2, "timeUnixNano", exemplar.time),
        id(4, "spanId", exemplar.span_id),
        id(5, "traceId", exemplar.trace_id),
    ];
    message.extend(number(exemplar.value, 3));
    message
}

fn record(record: &LogRecord<'_>) -> Message {
    vec![
        time(1, "timeUnixNano", record.time),
        time(11, "observedTimeUnixNano", record.observed_time),
        implicit(2, "severityNumber", Content::Enum(record.severity)),
        text(3, "severityText", &record.severity_text),
        implicit(5, "body", Content::Message(value(&record.body))),
        list(6, "attributes", &record.attributes, attribute),
        implicit(8, "flags", Content::Fixed32(record.flags)),
        id(9, "traceId", record.trace_id),
        id(10, "spanId", record.span_id),
        text(12, "eventName", &record.event_name),
    ]
}

fn span(span: &Span<'_>) -> Message {
    let event = |event: &SpanEvent<'_>| {
        vec![
            time(1, "timeUnixNano", event.time),
            text(2, "name", &event.name),
            list(3, "attributes", &event.attributes, attribute),
        ]
    };
    let link = |link: &SpanLink<'_>| {
        vec![
            id(1, "traceId", link.trace_id),
            id(2, "spanId", link.span_id),
            list(4, "attributes", &link.attributes, attribute),
        ]
    };
    let status = vec![text(2, "message", &span.status_message), implicit(3, "code", Content::Enum(span.status_code))];
    vec![
        id(1, "traceId", span.trace_id),
        id(2, "spanId", span.span_id),
        id(4, "parentSpanId", span.parent_span_id),
        text(5, "name", &span.name),
        implicit(6, "kind", Content::Enum(span.kind)),
        time(7, "startTimeUnixNano", span.start),
        time(8, "endTimeUnixNano", span.end),
        list(9, "attributes", &span.attributes, attribute),
        list(11, "events", &span.events, event),
        list(13, "links", &span.links, link),
        implicit(15, "status", Content::Message(status)),
    ]
}
