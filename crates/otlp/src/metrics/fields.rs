//! Where the fields of metrics go.

use std::mem::take;

use super::{
    Buckets, Data, Exemplar, ExponentialPoint, HistogramPoint, Metric, Number, NumberPoint, ResourceMetrics,
    ScopeMetrics, SummaryPoint, Temporality,
};
use crate::error::DecodeError;
use crate::source::{Most, Source, message};

/// ExportMetricsServiceRequest.
#[derive(Default)]
pub(crate) struct Request<'a> {
    pub(crate) resources: Vec<ResourceMetrics<'a>>,
}

/// Gauge and Summary.
#[derive(Default)]
struct Levels<P>(Vec<P>);

/// Histogram and ExponentialHistogram.
#[derive(Default)]
struct Distributions<P> {
    temporality: Temporality,
    points: Vec<P>,
}

#[derive(Default)]
struct Sum<'a> {
    temporality: Temporality,
    monotonic: bool,
    points: Vec<NumberPoint<'a>>,
}

/// ValueAtQuantile.
type Quantile = (f64, f64);

message!(Request<'a>, request, source, {
    1 "resourceMetrics" => source.list(&mut request.resources, Most::Any)?,
});

message!(ResourceMetrics<'a>, metrics, source, {
    1 "resource" => source.message(&mut metrics.resource)?,
    2 "scopeMetrics" => source.list(&mut metrics.scopes, Most::Any)?,
    3 "schemaUrl" => metrics.schema_url = source.string()?,
});

message!(ScopeMetrics<'a>, metrics, source, {
    1 "scope" => source.message(&mut metrics.scope)?,
    2 "metrics" => source.list(&mut metrics.metrics, Most::Any)?,
    3 "schemaUrl" => metrics.schema_url = source.string()?,
});

// Of several types the last one counts; pieces of the same type add up.
message!(Metric<'a>, metric, source, {
    1 "name" => metric.name = source.string()?,
    2 "description" => metric.description = source.string()?,
    3 "unit" => metric.unit = source.string()?,
    5 "gauge" => {
        let mut gauge = Levels(if let Data::Gauge(points) = &mut metric.data { take(points) } else { Vec::new() });
        source.message(&mut gauge)?;
        metric.data = Data::Gauge(gauge.0);
    },
    7 "sum" => {
        let mut sum = match &mut metric.data {
            Data::Sum { temporality, monotonic, points } => {
                Sum { temporality: *temporality, monotonic: *monotonic, points: take(points) }
            }
            _ => Sum::default(),
        };
        source.message(&mut sum)?;
        metric.data = Data::Sum { temporality: sum.temporality, monotonic: sum.monotonic, points: sum.points };
    },
    9 "histogram" => {
        let mut all = match &mut metric.data {
            Data::Histogram { temporality, points } => {
                Distributions { temporality: *temporality, points: take(points) }
            }
            _ => Distributions::default(),
        };
        source.message(&mut all)?;
        metric.data = Data::Histogram { temporality: all.temporality, points: all.points };
    },
    10 "exponentialHistogram" => {
        let mut all = match &mut metric.data {
            Data::ExponentialHistogram { temporality, points } => {
                Distributions { temporality: *temporality, points: take(points) }
            }
            _ => Distributions::default(),
        };
        source.message(&mut all)?;
        metric.data = Data::ExponentialHistogram { temporality: all.temporality, points: all.points };
    },
    11 "summary" => {
        let mut summary = Levels(if let Data::Summary(points) = &mut metric.data { take(points) } else { Vec::new() });
        source.message(&mut summary)?;
        metric.data = Data::Summary(summary.0);
    },
});

message!(Levels<NumberPoint<'a>>, gauge, source, {
    1 "dataPoints" => source.list(&mut gauge.0, Most::Any)?,
});

message!(Levels<SummaryPoint<'a>>, summary, source, {
    1 "dataPoints" => source.list(&mut summary.0, Most::Any)?,
});

message!(Sum<'a>, sum, source, {
    1 "dataPoints" => source.list(&mut sum.points, Most::Any)?,
    2 "aggregationTemporality" => sum.temporality = temporality(source)?,
    3 "isMonotonic" => sum.monotonic = source.bool()?,
});

message!(Distributions<HistogramPoint<'a>>, histogram, source, {
    1 "dataPoints" => source.list(&mut histogram.points, Most::Any)?,
    2 "aggregationTemporality" => histogram.temporality = temporality(source)?,
});

message!(Distributions<ExponentialPoint<'a>>, histogram, source, {
    1 "dataPoints" => source.list(&mut histogram.points, Most::Any)?,
    2 "aggregationTemporality" => histogram.temporality = temporality(source)?,
});

message!(NumberPoint<'a>, point, source, {
    2 "startTimeUnixNano" => point.start = source.fixed64()?,
    3 "timeUnixNano" => point.time = source.fixed64()?,
    4 "asDouble" => point.value = Number::Double(source.double()?),
    5 "exemplars" => source.list(&mut point.exemplars, Most::Buckets)?,
    6 "asInt" => point.value = Number::Int(source.sfixed64()?),
    7 "attributes" => source.list(&mut point.attributes, Most::Attributes)?,
    8 "flags" => point.no_recorded_value = no_recorded_value(source)?,
});

message!(HistogramPoint<'a>, point, source, {
    2 "startTimeUnixNano" => point.start = source.fixed64()?,
    3 "timeUnixNano" => point.time = source.fixed64()?,
    4 "count" => point.count = source.fixed64()?,
    5 "sum" => point.sum = Some(source.double()?),
    6 "bucketCounts" => source.fixed64s(&mut point.bucket_counts)?,
    7 "explicitBounds" => source.doubles(&mut point.bounds)?,
    8 "exemplars" => source.list(&mut point.exemplars, Most::Buckets)?,
    9 "attributes" => source.list(&mut point.attributes, Most::Attributes)?,
    10 "flags" => point.no_recorded_value = no_recorded_value(source)?,
    11 "min" => point.min = Some(source.double()?),
    12 "max" => point.max = Some(source.double()?),
});

message!(ExponentialPoint<'a>, point, source, {
    1 "attributes" => source.list(&mut point.attributes, Most::Attributes)?,
    2 "startTimeUnixNano" => point.start = source.fixed64()?,
    3 "timeUnixNano" => point.time = source.fixed64()?,
    4 "count" => point.count = source.fixed64()?,
    5 "sum" => point.sum = Some(source.double()?),
    6 "scale" => point.scale = source.sint32()?,
    7 "zeroCount" => point.zero_count = source.fixed64()?,
    8 "positive" => source.message(&mut point.positive)?,
    9 "negative" => source.message(&mut point.negative)?,
    10 "flags" => point.no_recorded_value = no_recorded_value(source)?,
    11 "exemplars" => source.list(&mut point.exemplars, Most::Buckets)?,
    12 "min" => point.min = Some(source.double()?),
    13 "max" => point.max = Some(source.double()?),
    14 "zeroThreshold" => point.zero_threshold = source.double()?,
});

message!(Buckets, buckets, source, {
    1 "offset" => buckets.offset = source.sint32()?,
    2 "bucketCounts" => source.uint64s(&mut buckets.counts)?,
});

message!(SummaryPoint<'a>, point, source, {
    2 "startTimeUnixNano" => point.start = source.fixed64()?,
    3 "timeUnixNano" => point.time = source.fixed64()?,
    4 "count" => point.count = source.fixed64()?,
    5 "sum" => point.sum = source.double()?,
    6 "quantileValues" => source.list(&mut point.quantiles, Most::Buckets)?,
    7 "attributes" => source.list(&mut point.attributes, Most::Attributes)?,
    8 "flags" => point.no_recorded_value = no_recorded_value(source)?,
});

message!(Quantile, quantile, source, {
    1 "quantile" => quantile.0 = source.double()?,
    2 "value" => quantile.1 = source.double()?,
});

message!(Exemplar<'a>, exemplar, source, {
    2 "timeUnixNano" => exemplar.time = source.fixed64()?,
    3 "asDouble" => exemplar.value = Number::Double(source.double()?),
    4 "spanId" => exemplar.span_id = source.id()?,
    5 "traceId" => exemplar.trace_id = source.id()?,
    6 "asInt" => exemplar.value = Number::Int(source.sfixed64()?),
    7 "filteredAttributes" => source.list(&mut exemplar.attributes, Most::Attributes)?,
});

fn temporality<'a>(source: &mut impl Source<'a>) -> Result<Temporality, DecodeError> {
    const NAMES: [&str; 3] =
        ["AGGREGATION_TEMPORALITY_UNSPECIFIED", "AGGREGATION_TEMPORALITY_DELTA", "AGGREGATION_TEMPORALITY_CUMULATIVE"];
    Ok(match source.enumeration(&NAMES)? {
        1 => Temporality::Delta,
        2 => Temporality::Cumulative,
        _ => Temporality::Unspecified,
    })
}

/// The one flag that a point has.
fn no_recorded_value<'a>(source: &mut impl Source<'a>) -> Result<bool, DecodeError> {
    const MASK: u32 = 1;
    Ok(source.uint32()? & MASK != 0)
}
