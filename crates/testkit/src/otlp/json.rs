//! The JSON encoding, as the SDKs of different languages write it.

use base64::Engine;
use base64::prelude::BASE64_STANDARD as STANDARD;
use serde_json::{Map, Value as Json, json};

use super::{
    Buckets, Data, Exponential, Histogram, Metric, Number, Point, Request, ResourceMetrics, ScopeMetrics, Summary,
    Temporality, Value,
};

/// How 64-bit integers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Integers {
    /// As protobuf's JSON mapping has them: `"12"`.
    Strings,
    /// As SDKs in JavaScript and Rust write counts and values: `12`. Their times are strings all the same.
    Numbers,
}

impl Request {
    /// As `application/json`, in one line.
    pub fn json(&self, integers: Integers) -> Vec<u8> {
        let resources: Vec<Json> = self.resources.iter().map(|resource| integers.resource_metrics(resource)).collect();
        json!({ "resourceMetrics": resources }).to_string().into_bytes()
    }
}

impl Integers {
    fn resource_metrics(self, resource: &ResourceMetrics) -> Json {
        let scopes: Vec<Json> = resource.scopes.iter().map(|scope| self.scope_metrics(scope)).collect();
        let mut object = json!({
            "resource": { "attributes": self.attributes(&resource.attributes) },
            "scopeMetrics": scopes,
        });
        set_text(&mut object, "schemaUrl", &resource.schema_url);
        object
    }

    fn scope_metrics(self, scope: &ScopeMetrics) -> Json {
        let metrics: Vec<Json> = scope.metrics.iter().map(|metric| self.metric(metric)).collect();
        let mut instrumentation = json!({ "name": scope.name, "version": scope.version });
        if !scope.attributes.is_empty() {
            instrumentation["attributes"] = self.attributes(&scope.attributes);
        }
        let mut object = json!({ "scope": instrumentation, "metrics": metrics });
        set_text(&mut object, "schemaUrl", &scope.schema_url);
        object
    }

    fn metric(self, metric: &Metric) -> Json {
        let mut object = json!({ "name": metric.name });
        set_text(&mut object, "description", &metric.description);
        set_text(&mut object, "unit", &metric.unit);
        let temporal = |points: Json, temporality: &Temporality| json!({ "aggregationTemporality": *temporality as u8, "dataPoints": points });
        let (kind, data) = match &metric.data {
            Data::Gauge(points) => ("gauge", json!({ "dataPoints": self.points(points, Self::number) })),
            Data::Sum { points, temporality, monotonic } => {
                let mut sum = temporal(self.points(points, Self::number), temporality);
                sum["isMonotonic"] = json!(monotonic);
                ("sum", sum)
            }
            Data::Histogram { points, temporality } => {
                ("histogram", temporal(self.points(points, Self::histogram), temporality))
            }
            Data::Exponential { points, temporality } => {
                ("exponentialHistogram", temporal(self.points(points, Self::exponential), temporality))
            }
            Data::Summary(points) => ("summary", json!({ "dataPoints": self.points(points, Self::summary) })),
        };
        object[kind] = data;
        object
    }

    fn points<V>(self, points: &[Point<V>], value: fn(Self, &V) -> Json) -> Json {
        let points = points.iter().map(|point| {
            let mut object = value(self, &point.value);
            object["attributes"] = self.attributes(&point.attributes);
            object["startTimeUnixNano"] = json!(point.start.to_string());
            object["timeUnixNano"] = json!(point.time.to_string());
            if point.flags != 0 {
                object["flags"] = json!(point.flags);
            }
            object
        });
        points.collect()
    }

    fn number(self, number: &Number) -> Json {
        match number {
            Number::Int(value) => json!({ "asInt": self.signed(*value) }),
            Number::Double(value) => json!({ "asDouble": double(*value) }),
        }
    }

    fn histogram(self, value: &Histogram) -> Json {
        let mut object = json!({
            "count": self.unsigned(value.count),
            "bucketCounts": self.counts(&value.buckets),
            "explicitBounds": value.bounds.iter().map(|bound| double(*bound)).collect::<Json>(),
        });
        for (key, value) in [("sum", value.sum), ("min", value.min), ("max", value.max)] {
            value.iter().for_each(|value| object[key] = double(*value));
        }
        object
    }

    fn exponential(self, value: &Exponential) -> Json {
        let mut object = json!({
            "count": self.unsigned(value.count),
            "scale": value.scale,
            "zeroCount": self.unsigned(value.zero_count),
            "positive": self.buckets(&value.positive),
            "negative": self.buckets(&value.negative),
        });
        value.sum.iter().for_each(|sum| object["sum"] = double(*sum));
        object
    }

    fn buckets(self, buckets: &Buckets) -> Json {
        json!({ "offset": buckets.offset, "bucketCounts": self.counts(&buckets.counts) })
    }

    fn summary(self, value: &Summary) -> Json {
        let quantiles = value.quantiles.iter();
        let quantiles: Json =
            quantiles.map(|(at, value)| json!({ "quantile": double(*at), "value": double(*value) })).collect();
        json!({ "count": self.unsigned(value.count), "sum": double(value.sum), "quantileValues": quantiles })
    }

    fn attributes(self, attributes: &[(String, Value)]) -> Json {
        attributes.iter().map(|(key, value)| json!({ "key": key, "value": self.any_value(value) })).collect()
    }

    fn any_value(self, value: &Value) -> Json {
        match value {
            Value::Empty => Json::Object(Map::new()),
            Value::Text(text) => json!({ "stringValue": text }),
            Value::Bool(value) => json!({ "boolValue": value }),
            Value::Int(value) => json!({ "intValue": self.signed(*value) }),
            Value::Double(value) => json!({ "doubleValue": double(*value) }),
            Value::Array(values) => {
                let values: Json = values.iter().map(|value| self.any_value(value)).collect();
                json!({ "arrayValue": { "values": values } })
            }
            Value::Map(pairs) => json!({ "kvlistValue": { "values": self.attributes(pairs) } }),
            Value::Bytes(bytes) => json!({ "bytesValue": STANDARD.encode(bytes) }),
        }
    }

    fn counts(self, counts: &[u64]) -> Json {
        counts.iter().map(|count| self.unsigned(*count)).collect()
    }

    fn unsigned(self, value: u64) -> Json {
        if self == Integers::Strings { json!(value.to_string()) } else { json!(value) }
    }

    fn signed(self, value: i64) -> Json {
        if self == Integers::Strings { json!(value.to_string()) } else { json!(value) }
    }
}

/// Numbers that JSON lacks are words, as in protobuf's mapping.
fn double(value: f64) -> Json {
    if value.is_nan() {
        json!("NaN")
    } else if value.is_infinite() {
        json!(if value > 0.0 { "Infinity" } else { "-Infinity" })
    } else {
        json!(value)
    }
}

fn set_text(object: &mut Json, key: &str, text: &str) {
    if !text.is_empty() {
        object[key] = json!(text);
    }
}
