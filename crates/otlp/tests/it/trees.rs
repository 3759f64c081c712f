//! Requests of every shape.

use otlp::{
    Attribute, Buckets, Data, Exemplar, ExponentialPoint, HistogramPoint, LogRecord, Metric, Number, NumberPoint,
    Resource, ResourceLogs, ResourceMetrics, ResourceSpans, Scope, ScopeLogs, ScopeMetrics, ScopeSpans, Span,
    SpanEvent, SpanLink, SummaryPoint, Temporality, Value,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

type Cow = std::borrow::Cow<'static, str>;

pub(crate) fn metrics() -> impl Strategy<Value = Vec<ResourceMetrics<'static>>> {
    let scope = (scope(), vec(metric(), 0..4), text()).prop_map(|(scope, metrics, schema_url)| ScopeMetrics {
        scope,
        metrics,
        schema_url,
    });
    let resource = (attributes(), vec(scope, 0..3), text()).prop_map(|(attributes, scopes, schema_url)| {
        ResourceMetrics { resource: Resource { attributes }, scopes, schema_url }
    });
    vec(resource, 0..3)
}

pub(crate) fn logs() -> impl Strategy<Value = Vec<ResourceLogs<'static>>> {
    let scope = (scope(), vec(record(), 0..4), text()).prop_map(|(scope, records, schema_url)| ScopeLogs {
        scope,
        records,
        schema_url,
    });
    let resource = (attributes(), vec(scope, 0..3), text()).prop_map(|(attributes, scopes, schema_url)| ResourceLogs {
        resource: Resource { attributes },
        scopes,
        schema_url,
    });
    vec(resource, 0..3)
}

pub(crate) fn traces() -> impl Strategy<Value = Vec<ResourceSpans<'static>>> {
    let scope = (scope(), vec(span(), 0..4), text()).prop_map(|(scope, spans, schema_url)| ScopeSpans {
        scope,
        spans,
        schema_url,
    });
    let resource = (attributes(), vec(scope, 0..3), text()).prop_map(|(attributes, scopes, schema_url)| {
        ResourceSpans { resource: Resource { attributes }, scopes, schema_url }
    });
    vec(resource, 0..3)
}

fn text() -> impl Strategy<Value = Cow> {
    prop_oneof![Just(Cow::default()), "[a-z.]{1,12}".prop_map(Cow::from), any::<String>().prop_map(Cow::from)]
}

fn integer() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), 1_u64..300, any::<u64>(), Just(u64::MAX)]
}

fn signed() -> impl Strategy<Value = i64> {
    integer().prop_map(u64::cast_signed)
}

/// One NaN alone: JSON has no others.
fn double() -> impl Strategy<Value = f64> {
    const SPECIAL: [f64; 9] = [0.0, -0.0, 1.0, 0.1, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, 5e-324];
    prop_oneof![
        prop::sample::select(&SPECIAL[..]),
        any::<u64>().prop_map(f64::from_bits).prop_map(|value| if value.is_nan() { f64::NAN } else { value }),
    ]
}

fn id<const LENGTH: usize>() -> impl Strategy<Value = Option<[u8; LENGTH]>> {
    option::of(any::<[u8; LENGTH]>().prop_filter("no id", |id| *id != [0; LENGTH]))
}

fn value() -> impl Strategy<Value = Value<'static>> {
    let leaf = prop_oneof![
        Just(Value::Empty),
        text().prop_map(Value::String),
        any::<bool>().prop_map(Value::Bool),
        signed().prop_map(Value::Int),
        double().prop_map(Value::Double),
        vec(any::<u8>(), 0..6).prop_map(|bytes| Value::Bytes(bytes.into())),
    ];
    leaf.prop_recursive(3, 8, 3, |inner| {
        let entry = (text(), inner.clone()).prop_map(|(key, value)| Attribute { key, value });
        prop_oneof![vec(inner, 0..3).prop_map(Value::Array), vec(entry, 0..3).prop_map(Value::Map)]
    })
}

fn attributes() -> impl Strategy<Value = Vec<Attribute<'static>>> {
    vec((text(), value()).prop_map(|(key, value)| Attribute { key, value }), 0..4)
}

fn scope() -> impl Strategy<Value = Scope<'static>> {
    (text(), text(), attributes()).prop_map(|(name, version, attributes)| Scope { name, version, attributes })
}

fn metric() -> impl Strategy<Value = Metric<'static>> {
    let temporality =
        || prop::sample::select(&[Temporality::Unspecified, Temporality::Delta, Temporality::Cumulative][..]);
    let data = prop_oneof![
        Just(Data::Missing),
        vec(number_point(), 0..3).prop_map(Data::Gauge),
        (temporality(), any::<bool>(), vec(number_point(), 0..3))
            .prop_map(|(temporality, monotonic, points)| Data::Sum { temporality, monotonic, points }),
        (temporality(), vec(histogram_point(), 0..3))
            .prop_map(|(temporality, points)| Data::Histogram { temporality, points }),
        (temporality(), vec(exponential_point(), 0..3))
            .prop_map(|(temporality, points)| Data::ExponentialHistogram { temporality, points }),
        vec(summary_point(), 0..3).prop_map(Data::Summary),
    ];
    (text(), text(), text(), data).prop_map(|(name, description, unit, data)| Metric { name, description, unit, data })
}

fn number() -> impl Strategy<Value = Number> {
    prop_oneof![Just(Number::Missing), signed().prop_map(Number::Int), double().prop_map(Number::Double)]
}

fn number_point() -> impl Strategy<Value = NumberPoint<'static>> {
    (attributes(), integer(), integer(), number(), any::<bool>(), vec(exemplar(), 0..2)).prop_map(
        |(attributes, start, time, value, no_recorded_value, exemplars)| NumberPoint {
            attributes,
            start,
            time,
            value,
            no_recorded_value,
            exemplars,
        },
    )
}

fn histogram_point() -> impl Strategy<Value = HistogramPoint<'static>> {
    let parts = (attributes(), integer(), integer(), integer(), option::of(double()), vec(integer(), 0..4));
    let more = (vec(double(), 0..4), option::of(double()), option::of(double()), any::<bool>(), vec(exemplar(), 0..2));
    (parts, more).prop_map(
        |((attributes, start, time, count, sum, bucket_counts), (bounds, min, max, no_recorded_value, exemplars))| {
            HistogramPoint {
                attributes,
                start,
                time,
                count,
                sum,
                bucket_counts,
                bounds,
                min,
                max,
                no_recorded_value,
                exemplars,
            }
        },
    )
}

fn exponential_point() -> impl Strategy<Value = ExponentialPoint<'static>> {
    let buckets = || (any::<i32>(), vec(integer(), 0..4)).prop_map(|(offset, counts)| Buckets { offset, counts });
    let parts = (attributes(), integer(), integer(), integer(), option::of(double()), any::<i32>(), integer());
    let more = (double(), buckets(), buckets(), option::of(double()), option::of(double()), any::<bool>());
    (parts, more, vec(exemplar(), 0..2)).prop_map(|(parts, more, exemplars)| {
        let (attributes, start, time, count, sum, scale, zero_count) = parts;
        let (zero_threshold, positive, negative, min, max, no_recorded_value) = more;
        ExponentialPoint {
            attributes,
            start,
            time,
            count,
            sum,
            scale,
            zero_count,
            zero_threshold,
            positive,
            negative,
            min,
            max,
            no_recorded_value,
            exemplars,
        }
    })
}

fn summary_point() -> impl Strategy<Value = SummaryPoint<'static>> {
    let quantiles = vec((double(), double()), 0..3);
    (attributes(), integer(), integer(), integer(), double(), quantiles, any::<bool>()).prop_map(
        |(attributes, start, time, count, sum, quantiles, no_recorded_value)| SummaryPoint {
            attributes,
            start,
            time,
            count,
            sum,
            quantiles,
            no_recorded_value,
        },
    )
}

fn exemplar() -> impl Strategy<Value = Exemplar<'static>> {
    (attributes(), integer(), number(), id(), id()).prop_map(|(attributes, time, value, trace_id, span_id)| Exemplar {
        attributes,
        time,
        value,
        trace_id,
        span_id,
    })
}

fn record() -> impl Strategy<Value = LogRecord<'static>> {
    let parts = (integer(), integer(), any::<i32>(), text(), value());
    (parts, attributes(), text(), id(), id(), any::<u32>()).prop_map(
        |((time, observed_time, severity, severity_text, body), attributes, event_name, trace_id, span_id, flags)| {
            LogRecord {
                time,
                observed_time,
                severity,
                severity_text,
                body,
                attributes,
                event_name,
                trace_id,
                span_id,
                flags,
            }
        },
    )
}

fn span() -> impl Strategy<Value = Span<'static>> {
    let event =
        (integer(), text(), attributes()).prop_map(|(time, name, attributes)| SpanEvent { time, name, attributes });
    let link = (id(), id(), attributes()).prop_map(|(trace_id, span_id, attributes)| SpanLink {
        trace_id,
        span_id,
        attributes,
    });
    let parts = (id(), id(), id(), text(), any::<i32>(), integer(), integer());
    (parts, attributes(), vec(event, 0..2), vec(link, 0..2), any::<i32>(), text()).prop_map(
        |(parts, attributes, events, links, status_code, status_message)| {
            let (trace_id, span_id, parent_span_id, name, kind, start, end) = parts;
            Span {
                trace_id,
                span_id,
                parent_span_id,
                name,
                kind,
                start,
                end,
                attributes,
                events,
                links,
                status_code,
                status_message,
            }
        },
    )
}
