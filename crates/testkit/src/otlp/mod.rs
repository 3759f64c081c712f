//! OTLP metric requests as a sender builds them: the messages, their two encodings, and streams with a known truth.
//!
//! Nothing here uses the decoder under test. The encoders write what the messages say, also where it breaks the
//! specification.

pub mod claude;
mod json;
mod protobuf;
pub mod scenarios;

pub use json::Integers;

/// Attributes in the order in which they are sent; keys may repeat.
pub type Attributes = Vec<(String, Value)>;

/// `ExportMetricsServiceRequest`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request {
    /// One for each resource, in practice one.
    pub resources: Vec<ResourceMetrics>,
}

#[expect(missing_docs, reason = "the fields are the message's own")]
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResourceMetrics {
    pub attributes: Attributes,
    pub schema_url: String,
    pub scopes: Vec<ScopeMetrics>,
}

#[expect(missing_docs, reason = "the fields are the message's own")]
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScopeMetrics {
    pub name: String,
    pub version: String,
    pub attributes: Attributes,
    pub schema_url: String,
    pub metrics: Vec<Metric>,
}

#[expect(missing_docs, reason = "the fields are the message's own")]
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    pub name: String,
    pub description: String,
    pub unit: String,
    pub data: Data,
}

/// The kind of a metric, with its points.
#[expect(missing_docs, reason = "the fields are the messages' own")]
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    Gauge(Vec<Point<Number>>),
    Sum { points: Vec<Point<Number>>, temporality: Temporality, monotonic: bool },
    Histogram { points: Vec<Point<Histogram>>, temporality: Temporality },
    Exponential { points: Vec<Point<Exponential>>, temporality: Temporality },
    Summary(Vec<Point<Summary>>),
}

/// `AggregationTemporality`; the discriminant is its number.
#[expect(missing_docs, reason = "the specification's words")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Temporality {
    Unspecified = 0,
    Delta = 1,
    Cumulative = 2,
}

/// What points of every kind have. Times are nanoseconds since 1970.
#[expect(missing_docs, reason = "the fields are the messages' own")]
#[derive(Clone, Debug, PartialEq)]
pub struct Point<V> {
    pub attributes: Attributes,
    pub start: u64,
    pub time: u64,
    /// 1 is `NO_RECORDED_VALUE`.
    pub flags: u32,
    pub value: V,
}

/// The value of a sum or a gauge.
#[expect(missing_docs, reason = "the fields are the message's own")]
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    Int(i64),
    Double(f64),
}

#[expect(missing_docs, reason = "the fields are the message's own")]
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Histogram {
    pub count: u64,
    pub sum: Option<f64>,
    pub min: Option<f64>,
    pub max: Option<f64>,
    /// One more than there are bounds.
    pub buckets: Vec<u64>,
    pub bounds: Vec<f64>,
}

#[expect(missing_docs, reason = "the fields are the message's own")]
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exponential {
    pub count: u64,
    pub sum: Option<f64>,
    pub scale: i32,
    pub zero_count: u64,
    pub positive: Buckets,
    pub negative: Buckets,
}

/// One half of an exponential histogram: counts from the bucket `offset` on.
#[expect(missing_docs, reason = "the fields are the message's own")]
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Buckets {
    pub offset: i32,
    pub counts: Vec<u64>,
}

#[expect(missing_docs, reason = "the fields are the message's own")]
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    pub count: u64,
    pub sum: f64,
    /// Quantile and value.
    pub quantiles: Vec<(f64, f64)>,
}

/// `AnyValue`.
#[expect(missing_docs, reason = "the specification's words")]
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// No value is set.
    Empty,
    Text(String),
    Bool(bool),
    Int(i64),
    Double(f64),
    Array(Vec<Value>),
    Map(Attributes),
    Bytes(Vec<u8>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_owned())
    }
}

/// Attributes whose values are texts.
pub fn texts(pairs: &[(&str, &str)]) -> Attributes {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), Value::from(*value))).collect()
}
