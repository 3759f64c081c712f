//! Metrics, as opentelemetry/proto/metrics/v1/metrics.proto has them.

use std::borrow::Cow;

use crate::common::{Attribute, Resource, Scope};

mod fields;

pub(crate) use fields::Request;

/// The metrics of one sender.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ResourceMetrics<'a> {
    /// Who sends.
    pub resource: Resource<'a>,
    /// In the order of the request.
    pub scopes: Vec<ScopeMetrics<'a>>,
    /// Of the resource; mostly empty.
    pub schema_url: Cow<'a, str>,
}

/// The metrics of one scope.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ScopeMetrics<'a> {
    /// What part of the program measured.
    pub scope: Scope<'a>,
    /// In the order of the request.
    pub metrics: Vec<Metric<'a>>,
    /// Of the scope; mostly empty.
    pub schema_url: Cow<'a, str>,
}

/// The points of one name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Metric<'a> {
    /// As the sender calls it, such as `claude_code.token.usage`.
    pub name: Cow<'a, str>,
    /// What is measured.
    pub description: Cow<'a, str>,
    /// In the notation of UCUM, such as `By` or `{request}`; may be empty.
    pub unit: Cow<'a, str>,
    /// Its type and points.
    pub data: Data<'a>,
}

/// The type of a metric, and its points in the order of the request.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Data<'a> {
    /// None of the types below.
    #[default]
    Missing,
    /// Levels.
    Gauge(Vec<NumberPoint<'a>>),
    /// Sums.
    Sum {
        /// Since when they are counted.
        temporality: Temporality,
        /// They never fall, but for a restart.
        monotonic: bool,
        /// One for each set of attributes.
        points: Vec<NumberPoint<'a>>,
    },
    /// Distributions over buckets whose bounds are given.
    Histogram {
        /// Since when they are counted.
        temporality: Temporality,
        /// One for each set of attributes.
        points: Vec<HistogramPoint<'a>>,
    },
    /// Distributions over buckets whose bounds grow exponentially.
    ExponentialHistogram {
        /// Since when they are counted.
        temporality: Temporality,
        /// One for each set of attributes.
        points: Vec<ExponentialPoint<'a>>,
    },
    /// Quantiles that the sender computed.
    Summary(Vec<SummaryPoint<'a>>),
}

/// Since when something is counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Temporality {
    /// The sender does not say, or says something unknown.
    #[default]
    Unspecified,
    /// Since the point before.
    Delta,
    /// Since a start that stays.
    Cumulative,
}

/// A number at a time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NumberPoint<'a> {
    /// In the order of the request; a key may come twice.
    pub attributes: Vec<Attribute<'a>>,
    /// In nanoseconds since 1970; 0 if unknown.
    pub start: u64,
    /// In nanoseconds since 1970.
    pub time: u64,
    /// What was measured.
    pub value: Number,
    /// There is no value any more, whatever `value` says.
    pub no_recorded_value: bool,
    /// Measurements among those that the point stands for.
    pub exemplars: Vec<Exemplar<'a>>,
}

/// An integer or not, as the sender has it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum Number {
    /// None was given.
    #[default]
    Missing,
    /// Exact.
    Int(i64),
    /// NaN and infinities included.
    Double(f64),
}

/// A distribution over given buckets at a time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HistogramPoint<'a> {
    /// In the order of the request; a key may come twice.
    pub attributes: Vec<Attribute<'a>>,
    /// In nanoseconds since 1970; 0 if unknown.
    pub start: u64,
    /// In nanoseconds since 1970.
    pub time: u64,
    /// How many measurements.
    pub count: u64,
    /// Their sum.
    pub sum: Option<f64>,
    /// Measurements in each bucket, not cumulative: one more than `bounds`, or none; not checked here.
    pub bucket_counts: Vec<u64>,
    /// Upper bounds, inclusive; not checked to rise.
    pub bounds: Vec<f64>,
    /// The smallest measurement.
    pub min: Option<f64>,
    /// The largest measurement.
    pub max: Option<f64>,
    /// There is no value any more, whatever the others say.
    pub no_recorded_value: bool,
    /// Measurements among those that the point stands for.
    pub exemplars: Vec<Exemplar<'a>>,
}

/// A distribution over exponential buckets at a time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ExponentialPoint<'a> {
    /// In the order of the request; a key may come twice.
    pub attributes: Vec<Attribute<'a>>,
    /// In nanoseconds since 1970; 0 if unknown.
    pub start: u64,
    /// In nanoseconds since 1970.
    pub time: u64,
    /// How many measurements.
    pub count: u64,
    /// Their sum.
    pub sum: Option<f64>,
    /// A bound is 2^(2^−scale) times the one before.
    pub scale: i32,
    /// Measurements not further from 0 than `zero_threshold`.
    pub zero_count: u64,
    /// Half the width of the bucket around 0.
    pub zero_threshold: f64,
    /// Buckets above 0.
    pub positive: Buckets,
    /// Buckets below 0, outwards.
    pub negative: Buckets,
    /// The smallest measurement.
    pub min: Option<f64>,
    /// The largest measurement.
    pub max: Option<f64>,
    /// There is no value any more, whatever the others say.
    pub no_recorded_value: bool,
    /// Measurements among those that the point stands for.
    pub exemplars: Vec<Exemplar<'a>>,
}

/// Exponential buckets in a row.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Buckets {
    /// The index of the first: its lower bound is base^offset.
    pub offset: i32,
    /// Measurements in each, not cumulative.
    pub counts: Vec<u64>,
}

/// Quantiles at a time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SummaryPoint<'a> {
    /// In the order of the request; a key may come twice.
    pub attributes: Vec<Attribute<'a>>,
    /// In nanoseconds since 1970; 0 if unknown.
    pub start: u64,
    /// In nanoseconds since 1970.
    pub time: u64,
    /// How many measurements.
    pub count: u64,
    /// Their sum.
    pub sum: f64,
    /// `(quantile from 0 to 1, value)` in the order of the request.
    pub quantiles: Vec<(f64, f64)>,
    /// There is no value any more, whatever the others say.
    pub no_recorded_value: bool,
}

/// One measurement among those that a point stands for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Exemplar<'a> {
    /// Attributes that the point does not have.
    pub attributes: Vec<Attribute<'a>>,
    /// In nanoseconds since 1970.
    pub time: u64,
    /// What was measured.
    pub value: Number,
    /// The trace during which it was measured.
    pub trace_id: Option<[u8; 16]>,
    /// The span during which it was measured.
    pub span_id: Option<[u8; 8]>,
}
