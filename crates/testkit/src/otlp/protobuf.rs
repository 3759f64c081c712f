//! The protobuf encoding. Field numbers are those of opentelemetry/proto/metrics/v1/metrics.proto and common.proto.

use super::{
    Buckets, Data, Exponential, Histogram, Metric, Number, Point, Request, ResourceMetrics, ScopeMetrics, Summary,
    Value,
};

/// The wire types of protobuf that these messages use.
const VARINT: u64 = 0;
const FIXED64: u64 = 1;
const BYTES: u64 = 2;

impl Request {
    /// As `application/x-protobuf`. Fields with their default are left out, as encoders do.
    pub fn protobuf(&self) -> Vec<u8> {
        let mut message = Message::default();
        self.resources.iter().for_each(|resource| message.message(1, resource_metrics(resource)));
        message.0
    }
}

fn resource_metrics(resource: &ResourceMetrics) -> Message {
    let mut attributes = Message::default();
    attributes.attributes(1, &resource.attributes);
    let mut message = Message::default();
    message.message(1, attributes);
    resource.scopes.iter().for_each(|scope| message.message(2, scope_metrics(scope)));
    message.text(3, &resource.schema_url);
    message
}

fn scope_metrics(scope: &ScopeMetrics) -> Message {
    let mut instrumentation = Message::default();
    instrumentation.text(1, &scope.name);
    instrumentation.text(2, &scope.version);
    instrumentation.attributes(3, &scope.attributes);
    let mut message = Message::default();
    message.message(1, instrumentation);
    scope.metrics.iter().for_each(|one| message.message(2, metric(one)));
    message.text(3, &scope.schema_url);
    message
}

fn metric(metric: &Metric) -> Message {
    let mut message = Message::default();
    message.text(1, &metric.name);
    message.text(2, &metric.description);
    message.text(3, &metric.unit);
    let mut data = Message::default();
    let field = match &metric.data {
        Data::Gauge(points) => {
            data.points(points, 7, 8, number);
            5
        }
        Data::Sum { points, temporality, monotonic } => {
            data.points(points, 7, 8, number);
            data.varint(2, *temporality as u64);
            data.varint(3, u64::from(*monotonic));
            7
        }
        Data::Histogram { points, temporality } => {
            data.points(points, 9, 10, histogram);
            data.varint(2, *temporality as u64);
            9
        }
        Data::Exponential { points, temporality } => {
            data.points(points, 1, 10, exponential);
            data.varint(2, *temporality as u64);
            10
        }
        Data::Summary(points) => {
            data.points(points, 7, 8, summary);
            11
        }
    };
    message.message(field, data);
    message
}

fn number(number: &Number, message: &mut Message) {
    match number {
        Number::Double(value) => message.double(4, *value),
        Number::Int(value) => message.fixed(6, value.to_le_bytes()),
    }
}

fn histogram(value: &Histogram, message: &mut Message) {
    message.fixed(4, value.count.to_le_bytes());
    value.sum.iter().for_each(|sum| message.double(5, *sum));
    message.packed(6, &value.buckets.iter().flat_map(|count| count.to_le_bytes()).collect::<Vec<u8>>());
    message.packed(7, &value.bounds.iter().flat_map(|bound| bound.to_le_bytes()).collect::<Vec<u8>>());
    value.min.iter().for_each(|min| message.double(11, *min));
    value.max.iter().for_each(|max| message.double(12, *max));
}

fn exponential(value: &Exponential, message: &mut Message) {
    message.fixed(4, value.count.to_le_bytes());
    value.sum.iter().for_each(|sum| message.double(5, *sum));
    message.varint(6, zigzag(value.scale));
    message.fixed(7, value.zero_count.to_le_bytes());
    message.message(8, buckets(&value.positive));
    message.message(9, buckets(&value.negative));
}

fn buckets(buckets: &Buckets) -> Message {
    let mut counts = Message::default();
    buckets.counts.iter().for_each(|count| counts.number(*count));
    let mut message = Message::default();
    message.varint(1, zigzag(buckets.offset));
    message.packed(2, &counts.0);
    message
}

fn summary(value: &Summary, message: &mut Message) {
    message.fixed(4, value.count.to_le_bytes());
    message.double(5, value.sum);
    for (quantile, value) in &value.quantiles {
        let mut pair = Message::default();
        pair.double(1, *quantile);
        pair.double(2, *value);
        message.message(6, pair);
    }
}

fn any_value(value: &Value) -> Message {
    let mut message = Message::default();
    match value {
        Value::Empty => {}
        // Written even when empty: a value that is set is not the one that isn't.
        Value::Text(text) => message.bytes(1, text.as_bytes()),
        Value::Bool(value) => message.set_varint(2, u64::from(*value)),
        Value::Int(value) => message.set_varint(3, value.cast_unsigned()),
        Value::Double(value) => message.double(4, *value),
        Value::Array(values) => {
            let mut list = Message::default();
            values.iter().for_each(|value| list.message(1, any_value(value)));
            message.message(5, list);
        }
        Value::Map(pairs) => {
            let mut list = Message::default();
            list.attributes(1, pairs);
            message.message(6, list);
        }
        Value::Bytes(bytes) => message.bytes(7, bytes),
    }
    message
}

/// A signed number as `sint32` has it: small ones short, whatever the sign.
fn zigzag(value: i32) -> u64 {
    let wide = i64::from(value);
    ((wide << 1) ^ (wide >> 63)).cast_unsigned()
}

/// The bytes of a message so far.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    /// Seven bits a byte, the lowest first; all but the last have the eighth.
    fn number(&mut self, mut value: u64) {
        loop {
            let [low, ..] = value.to_le_bytes();
            value >>= 7;
            if value == 0 {
                return self.0.push(low);
            }
            self.0.push(low | 0x80);
        }
    }

    fn tag(&mut self, field: u64, wire: u64) {
        self.number(field << 3 | wire);
    }

    /// Left out when 0.
    fn varint(&mut self, field: u64, value: u64) {
        if value != 0 {
            self.set_varint(field, value);
        }
    }

    fn set_varint(&mut self, field: u64, value: u64) {
        self.tag(field, VARINT);
        self.number(value);
    }

    fn fixed(&mut self, field: u64, value: [u8; 8]) {
        self.tag(field, FIXED64);
        self.0.extend(value);
    }

    fn double(&mut self, field: u64, value: f64) {
        self.fixed(field, value.to_le_bytes());
    }

    fn bytes(&mut self, field: u64, value: &[u8]) {
        self.tag(field, BYTES);
        self.number(value.len() as u64);
        self.0.extend(value);
    }

    /// Left out when empty.
    fn text(&mut self, field: u64, value: &str) {
        if !value.is_empty() {
            self.bytes(field, value.as_bytes());
        }
    }

    /// A list of numbers in one field; left out when empty.
    fn packed(&mut self, field: u64, values: &[u8]) {
        if !values.is_empty() {
            self.bytes(field, values);
        }
    }

    #[expect(clippy::needless_pass_by_value, reason = "a message goes into the one that holds it")]
    fn message(&mut self, field: u64, message: Message) {
        self.bytes(field, &message.0);
    }

    fn attributes(&mut self, field: u64, attributes: &[(String, Value)]) {
        for (key, value) in attributes {
            let mut pair = Message::default();
            pair.text(1, key);
            pair.message(2, any_value(value));
            self.message(field, pair);
        }
    }

    /// The points of a metric, whose attributes and flags have these numbers; times are 2 and 3 in all of them.
    fn points<V>(&mut self, points: &[Point<V>], attributes: u64, flags: u64, value: fn(&V, &mut Message)) {
        for point in points {
            let mut message = Message::default();
            message.fixed(2, point.start.to_le_bytes());
            message.fixed(3, point.time.to_le_bytes());
            message.varint(flags, u64::from(point.flags));
            value(&point.value, &mut message);
            message.attributes(attributes, &point.attributes);
            self.message(1, message);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_one_byte_and_of_ten() {
        let mut message = Message::default();
        [0, 127, 128, 300, u64::MAX].into_iter().for_each(|value| message.number(value));
        let largest = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1];
        assert_eq!(message.0, [&[0, 127, 0x80, 1, 0xac, 2][..], &largest].concat());
        assert_eq!([0, -1, 1, i32::MIN].map(zigzag), [0, 1, 2, u64::from(u32::MAX)]);
    }

    #[test]
    fn a_gauge_with_one_point() {
        let attributes = vec![("a".to_owned(), Value::Int(-1))];
        let point = Point { attributes, start: 0, time: 1, flags: 1, value: Number::Int(2) };
        let gauge = Metric {
            name: "g".to_owned(),
            description: String::new(),
            unit: String::new(),
            data: Data::Gauge(vec![point]),
        };
        let any = [0x18, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1];
        let pair = [&[0x0a, 1, b'a', 0x12, 11][..], &any].concat();
        let point = [
            &[0x11, 0, 0, 0, 0, 0, 0, 0, 0, 0x19, 1, 0, 0, 0, 0, 0, 0, 0, 0x40, 1, 0x31, 2, 0, 0, 0, 0, 0, 0, 0][..],
            &[0x3a, 16],
            &pair,
        ]
        .concat();
        let expected = [&[0x0a, 1, b'g', 0x2a, 49, 0x0a, 47][..], &point].concat();
        assert_eq!(metric(&gauge).0, expected);
    }
}
