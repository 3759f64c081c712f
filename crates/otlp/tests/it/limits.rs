//! Each limit, met and passed by one.

use Encoding::{Json, Protobuf};
use otlp::{DecodeError, Encoding, Limits};

use crate::wire::{self, Content, Field, Message, Style};

fn field(number: u32, name: &'static str, content: Content) -> Field {
    Field { number, name, content, explicit: true }
}

fn messages(number: u32, name: &'static str, messages: Vec<Message>) -> Message {
    vec![field(number, name, Content::Messages(messages))]
}

/// The message as the points of a histogram.
fn histogram(points: Vec<Message>) -> Message {
    let data = field(9, "histogram", Content::Message(messages(1, "dataPoints", points)));
    messages(1, "resourceMetrics", vec![messages(2, "scopeMetrics", vec![messages(2, "metrics", vec![vec![data]])])])
}

/// So many attributes.
fn attributes(count: usize) -> Vec<Message> {
    (0..count).map(|_| vec![field(1, "key", Content::Text("a".into()))]).collect()
}

fn read(message: &Message, encoding: Encoding, packed: bool, limits: &Limits) -> Result<(), DecodeError> {
    let style = Style { packed, ..Style::default() };
    let mut bytes = Vec::new();
    match encoding {
        Protobuf => wire::protobuf(message, style, &mut bytes),
        Json => {
            let mut text = String::new();
            wire::json(message, style, &mut text);
            bytes = text.into_bytes();
        }
    }
    otlp::metrics(&bytes, encoding, limits).map(drop)
}

/// `message` of the limit's size passes, of one more it is refused, in both encodings.
fn check(limits: &Limits, what: &'static str, limit: usize, message: impl Fn(usize) -> Message) {
    for (encoding, packed) in [(Protobuf, false), (Protobuf, true), (Json, false)] {
        assert_eq!(read(&message(limit), encoding, packed, limits), Ok(()), "{what} {encoding:?}");
        let refusal = DecodeError::TooMany { what, limit };
        assert_eq!(read(&message(limit + 1), encoding, packed, limits), Err(refusal), "{what} {encoding:?}");
    }
}

#[test]
fn items() {
    let limits = Limits { items: 10, ..Limits::default() };
    // A resource, a scope and a metric are there already.
    check(&limits, "items in a request", 10, |count| histogram((3..count).map(|_| vec![]).collect()));
    // Exemplars and the point that has them.
    check(&limits, "items in a request", 10, |count| {
        histogram(vec![messages(8, "exemplars", (4..count).map(|_| vec![]).collect())])
    });
}

#[test]
fn attributes_of_a_request() {
    let limits = Limits { attributes: 10, ..Limits::default() };
    check(&limits, "attributes in a request", 10, |count| {
        histogram((0..count).map(|_| messages(9, "attributes", attributes(1))).collect())
    });
    // The elements of arrays count, as does the attribute that has them.
    check(&limits, "attributes in a request", 10, |count| {
        let array = messages(1, "values", (1..count).map(|_| vec![]).collect());
        let value = vec![field(5, "arrayValue", Content::Message(array))];
        histogram(vec![messages(9, "attributes", vec![vec![field(2, "value", Content::Message(value))]])])
    });
}

#[test]
fn attributes_of_one_point() {
    let limits = Limits { attributes_each: 5, ..Limits::default() };
    check(&limits, "attributes of one point, record or span", 5, |count| {
        histogram(vec![messages(9, "attributes", attributes(count)), messages(9, "attributes", attributes(5))])
    });
}

#[test]
fn buckets_of_one_point() {
    let limits = Limits { buckets: 5, ..Limits::default() };
    let what = "buckets, quantiles or exemplars of one point";
    check(&limits, what, 5, |count| histogram(vec![vec![field(6, "bucketCounts", Content::Fixed64s(vec![1; count]))]]));
    check(&limits, what, 5, |count| {
        histogram(vec![vec![field(7, "explicitBounds", Content::Doubles(vec![1.0; count]))]])
    });
    check(&limits, what, 5, |count| histogram(vec![messages(8, "exemplars", (0..count).map(|_| vec![]).collect())]));
}

#[test]
fn depth() {
    let limits = Limits { depth: 4, ..Limits::default() };
    check(&limits, "levels of arrays and maps in one another", 4, |depth| {
        let value = (0..depth).fold(vec![], |inner: Message, level| {
            let array = level % 2 == 0;
            let element = if array { inner } else { vec![field(2, "value", Content::Message(inner))] };
            let list = Content::Message(messages(1, "values", vec![element]));
            vec![if array { field(5, "arrayValue", list) } else { field(6, "kvlistValue", list) }]
        });
        histogram(vec![messages(9, "attributes", vec![vec![field(2, "value", Content::Message(value))]])])
    });
}

#[test]
fn memory() {
    let message = histogram((0..1_000).map(|_| vec![]).collect());
    for encoding in [Protobuf, Json] {
        let limits = Limits { memory: 10_000, ..Limits::default() };
        let refusal =
            DecodeError::TooMany { what: "bytes of memory for a decoded request of this length", limit: 10_000 };
        assert_eq!(read(&message, encoding, false, &limits), Err(refusal));
    }
    // 64 KiB and 16 times the length of the request.
    let mut bytes = Vec::new();
    wire::protobuf(&message, Style::default(), &mut bytes);
    let limit = 65_536 + 16 * bytes.len();
    let refusal = DecodeError::TooMany { what: "bytes of memory for a decoded request of this length", limit };
    assert_eq!(otlp::metrics(&bytes, Protobuf, &Limits::default()).map(drop), Err(refusal));
}

#[test]
fn defaults_are_beyond_what_clients_send() {
    let Limits { depth, items, attributes, attributes_each, buckets, memory } = Limits::default();
    assert_eq!((depth, items, attributes, attributes_each, buckets), (32, 100_000, 1_000_000, 256, 10_000));
    assert_eq!(memory, 64 * 1024 * 1024);
}
