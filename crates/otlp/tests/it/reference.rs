//! What the reference decoder reads, in the crate's types.

use std::borrow::Cow;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1 as common;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::metrics::v1 as metrics;
use opentelemetry_proto::tonic::resource::v1::Resource;
use otlp::{Attribute, Data, Number, Temporality, Value};
use prost::Message;

use crate::spans::{ExportTraceServiceRequest, ResourceSpans, ScopeSpans, Span};

pub(crate) fn metrics(bytes: &[u8]) -> Result<Vec<otlp::ResourceMetrics<'static>>, prost::DecodeError> {
    let scope = |scope: metrics::ScopeMetrics| otlp::ScopeMetrics {
        scope: self::scope(scope.scope),
        metrics: all(scope.metrics, metric),
        schema_url: scope.schema_url.into(),
    };
    let resource = |resource: metrics::ResourceMetrics| otlp::ResourceMetrics {
        resource: self::resource(resource.resource),
        scopes: all(resource.scope_metrics, scope),
        schema_url: resource.schema_url.into(),
    };
    Ok(all(ExportMetricsServiceRequest::decode(bytes)?.resource_metrics, resource))
}

pub(crate) fn logs(bytes: &[u8]) -> Result<Vec<otlp::ResourceLogs<'static>>, prost::DecodeError> {
    let scope = |scope: opentelemetry_proto::tonic::logs::v1::ScopeLogs| otlp::ScopeLogs {
        scope: self::scope(scope.scope),
        records: all(scope.log_records, record),
        schema_url: scope.schema_url.into(),
    };
    let resource = |resource: opentelemetry_proto::tonic::logs::v1::ResourceLogs| otlp::ResourceLogs {
        resource: self::resource(resource.resource),
        scopes: all(resource.scope_logs, scope),
        schema_url: resource.schema_url.into(),
    };
    Ok(all(ExportLogsServiceRequest::decode(bytes)?.resource_logs, resource))
}

pub(crate) fn traces(bytes: &[u8]) -> Result<Vec<otlp::ResourceSpans<'static>>, prost::DecodeError> {
    let scope = |scope: ScopeSpans| otlp::ScopeSpans {
        scope: self::scope(scope.scope),
        spans: all(scope.spans, span),
        schema_url: scope.schema_url.into(),
    };
    let resource = |resource: ResourceSpans| otlp::ResourceSpans {
        resource: self::resource(resource.resource),
        scopes: all(resource.scope_spans, scope),
        schema_url: resource.schema_url.into(),
    };
    Ok(all(ExportTraceServiceRequest::decode(bytes)?.resource_spans, resource))
}

fn all<T, U>(elements: Vec<T>, convert: impl Fn(T) -> U) -> Vec<U> {
    elements.into_iter().map(convert).collect()
}

fn resource(resource: Option<Resource>) -> otlp::Resource<'static> {
    otlp::Resource { attributes: all(resource.unwrap_or_default().attributes, attribute) }
}

fn scope(scope: Option<common::InstrumentationScope>) -> otlp::Scope<'static> {
    let scope = scope.unwrap_or_default();
    otlp::Scope { name: scope.name.into(), version: scope.version.into(), attributes: all(scope.attributes, attribute) }
}

fn attribute(attribute: common::KeyValue) -> Attribute<'static> {
    Attribute { key: attribute.key.into(), value: value(attribute.value.unwrap_or_default()) }
}

fn value(value: common::AnyValue) -> Value<'static> {
    use common::any_value::Value as Theirs;
    match value.value {
        None | Some(Theirs::StringValueStrindex(_)) => Value::Empty,
        Some(Theirs::StringValue(text)) => Value::String(text.into()),
        Some(Theirs::BoolValue(value)) => Value::Bool(value),
        Some(Theirs::IntValue(value)) => Value::Int(value),
        Some(Theirs::DoubleValue(value)) => Value::Double(value),
        Some(Theirs::BytesValue(bytes)) => Value::Bytes(Cow::Owned(bytes)),
        Some(Theirs::ArrayValue(array)) => Value::Array(all(array.values, self::value)),
        Some(Theirs::KvlistValue(map)) => Value::Map(all(map.values, attribute)),
    }
}

/// An id of another length, or of zeros, is none.
fn id<const LENGTH: usize>(bytes: Vec<u8>) -> Option<[u8; LENGTH]> {
    bytes.try_into().ok().filter(|id| *id != [0; LENGTH])
}

fn metric(metric: metrics::Metric) -> otlp::Metric<'static> {
    use metrics::metric::Data as Theirs;
    let data = match metric.data {
        None => Data::Missing,
        Some(Theirs::Gauge(gauge)) => Data::Gauge(all(gauge.data_points, number_point)),
        Some(Theirs::Sum(sum)) => Data::Sum {
            temporality: temporality(sum.aggregation_temporality),
            monotonic: sum.is_monotonic,
            points: all(sum.data_points, number_point),
        },
        Some(Theirs::Histogram(histogram)) => Data::Histogram {
            temporality: temporality(histogram.aggregation_temporality),
            points: all(histogram.data_points, histogram_point),
        },
        Some(Theirs::ExponentialHistogram(histogram)) => Data::ExponentialHistogram {
            temporality: temporality(histogram.aggregation_temporality),
            points: all(histogram.data_points, exponential_point),
        },
        Some(Theirs::Summary(summary)) => Data::Summary(all(summary.data_points, summary_point)),
    };
    otlp::Metric { name: metric.name.into(), description: metric.description.into(), unit: metric.unit.into(), data }
}

fn temporality(number: i32) -> Temporality {
    match number {
        1 => Temporality::Delta,
        2 => Temporality::Cumulative,
        _ => Temporality::Unspecified,
    }
}

fn number_point(point: metrics::NumberDataPoint) -> otlp::NumberPoint<'static> {
    use metrics::number_data_point::Value as Theirs;
    otlp::NumberPoint {
        attributes: all(point.attributes, attribute),
        start: point.start_time_unix_nano,
        time: point.time_unix_nano,
        value: match point.value {
            None => Number::Missing,
            Some(Theirs::AsInt(value)) => Number::Int(value),
            Some(Theirs::AsDouble(value)) => Number::Double(value),
        },
        no_recorded_value: point.flags & 1 == 1,
        exemplars: all(point.exemplars, exemplar),
    }
}

fn histogram_point(point: metrics::HistogramDataPoint) -> otlp::HistogramPoint<'static> {
    otlp::HistogramPoint {
        attributes: all(point.attributes, attribute),
        start: point.start_time_unix_nano,
        time: point.time_unix_nano,
        count: point.count,
        sum: point.sum,
        bucket_counts: point.bucket_counts,
        bounds: point.explicit_bounds,
        min: point.min,
        max: point.max,
        no_recorded_value: point.flags & 1 == 1,
        exemplars: all(point.exemplars, exemplar),
    }
}

fn exponential_point(point: metrics::ExponentialHistogramDataPoint) -> otlp::ExponentialPoint<'static> {
    let buckets = |buckets: Option<metrics::exponential_histogram_data_point::Buckets>| {
        let buckets = buckets.unwrap_or_default();
        otlp::Buckets { offset: buckets.offset, counts: buckets.bucket_counts }
    };
    otlp::ExponentialPoint {
        attributes: all(point.attributes, attribute),
        start: point.start_time_unix_nano,
        time: point.time_unix_nano,
        count: point.count,
        sum: point.sum,
        scale: point.scale,
        zero_count: point.zero_count,
        zero_threshold: point.zero_threshold,
        positive: buckets(point.positive),
        negative: buckets(point.negative),
        min: point.min,
        max: point.max,
        no_recorded_value: point.flags & 1 == 1,
        exemplars: all(point.exemplars, exemplar),
    }
}

fn summary_point(point: metrics::SummaryDataPoint) -> otlp::SummaryPoint<'static> {
    otlp::SummaryPoint {
        attributes: all(point.attributes, attribute),
        start: point.start_time_unix_nano,
        time: point.time_unix_nano,
        count: point.count,
        sum: point.sum,
        quantiles: all(point.quantile_values, |quantile| (quantile.quantile, quantile.value)),
        no_recorded_value: point.flags & 1 == 1,
    }
}

fn exemplar(exemplar: metrics::Exemplar) -> otlp::Exemplar<'static> {
    use metrics::exemplar::Value as Theirs;
    otlp::Exemplar {
        attributes: all(exemplar.filtered_attributes, attribute),
        time: exemplar.time_unix_nano,
        value: match exemplar.value {
            None => Number::Missing,
            Some(Theirs::AsInt(value)) => Number::Int(value),
            Some(Theirs::AsDouble(value)) => Number::Double(value),
        },
        trace_id: id(exemplar.trace_id),
        span_id: id(exemplar.span_id),
    }
}

fn record(record: LogRecord) -> otlp::LogRecord<'static> {
    otlp::LogRecord {
        time: record.time_unix_nano,
        observed_time: record.observed_time_unix_nano,
        severity: record.severity_number,
        severity_text: record.severity_text.into(),
        body: value(record.body.unwrap_or_default()),
        attributes: all(record.attributes, attribute),
        event_name: record.event_name.into(),
        trace_id: id(record.trace_id),
        span_id: id(record.span_id),
        flags: record.flags,
    }
}

fn span(span: Span) -> otlp::Span<'static> {
    let status = span.status.unwrap_or_default();
    otlp::Span {
        trace_id: id(span.trace_id),
        span_id: id(span.span_id),
        parent_span_id: id(span.parent_span_id),
        name: span.name.into(),
        kind: span.kind,
        start: span.start_time_unix_nano,
        end: span.end_time_unix_nano,
        attributes: all(span.attributes, attribute),
        events: all(span.events, |event| otlp::SpanEvent {
            time: event.time_unix_nano,
            name: event.name.into(),
            attributes: all(event.attributes, attribute),
        }),
        links: all(span.links, |link| otlp::SpanLink {
            trace_id: id(link.trace_id),
            span_id: id(link.span_id),
            attributes: all(link.attributes, attribute),
        }),
        status_code: status.code,
        status_message: status.message.into(),
    }
}
