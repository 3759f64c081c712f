//! Protobuf messages put together by hand: a good page, and what to build bad ones from.

/// The Content-Type of delimited protobuf.
pub const PROTOBUF_TYPE: &str =
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";

/// A field that is a text or a message.
pub fn bytes(number: u8, value: impl AsRef<[u8]>) -> Vec<u8> {
    let value = value.as_ref();
    [&[number << 3 | 2][..], &varint(value.len() as u64), value].concat()
}

/// A field that is a whole number, or the number of an enumeration's word.
pub fn whole(number: u8, value: u64) -> Vec<u8> {
    [&[number << 3][..], &varint(value)].concat()
}

/// A field that is a whole number and may be negative.
pub fn signed(number: u8, value: i64) -> Vec<u8> {
    whole(number, (value.cast_unsigned() << 1) ^ (value >> 63).cast_unsigned())
}

/// A field that is a float.
pub fn float(number: u8, value: f64) -> Vec<u8> {
    [&[number << 3 | 1][..], &value.to_le_bytes()].concat()
}

/// A message with its length before it.
pub fn delimited(message: impl AsRef<[u8]>) -> Vec<u8> {
    let message = message.as_ref();
    [&varint(message.len() as u64), message].concat()
}

/// A family with its length, of a type by its number and some metrics; its help is its name.
pub fn family(name: &str, kind: u64, metrics: &[Vec<u8>]) -> Vec<u8> {
    let metrics: Vec<u8> = metrics.iter().flat_map(|metric| bytes(4, metric)).collect();
    delimited([bytes(1, name), bytes(2, name), whole(3, kind), metrics].concat())
}

/// The labels of a metric.
pub fn labels(pairs: &[(&str, &str)]) -> Vec<u8> {
    let pair = |(name, value): &(&str, &str)| bytes(1, [bytes(1, name), bytes(2, value)].concat());
    pairs.iter().flat_map(pair).collect()
}

/// The parts of a native histogram of schema 3 with three observations between 1 and 1.3, and one of 0.
pub fn native() -> [Vec<u8>; 8] {
    [
        whole(1, 4),
        float(2, 3.5),
        signed(5, 3),
        float(6, 1e-128),
        whole(7, 1),
        bytes(12, [signed(1, 1), whole(2, 3)].concat()),
        signed(13, 1),
        // −1 and 2, packed.
        bytes(13, [1, 4]),
    ]
}

/// All five types, a native histogram, one that is empty, and a family in two messages.
pub fn page() -> Vec<u8> {
    let created = |number| bytes(number, [whole(1, 1_795_226_778), whole(2, 500_000_000)].concat());
    let jobs = |state, value| [labels(&[("state", state)]), bytes(3, [float(1, value), created(3)].concat())].concat();
    let bucket = |bound, count| bytes(3, [whole(1, count), float(2, bound)].concat());
    let quantile = |quantile, value| bytes(3, [float(1, quantile), float(2, value)].concat());
    let classic = [whole(1, 2), float(2, 2.5), bucket(0.005, 1), bucket(1.0, 1), created(15)].concat();
    let empty = [signed(5, 8), bytes(12, [signed(1, 0), whole(2, 0)].concat())].concat();
    [
        family(
            "build_info",
            1,
            &[[labels(&[("path", "C:\\t\n\"é"), ("branch", "")]), bytes(2, float(1, 1.0))].concat()],
        ),
        family("jobs_total", 0, &[jobs("done", 1.8446744073709552e19)]),
        family("jobs_total", 0, &[jobs("lost", 0.0)]),
        family("load1", 3, &[bytes(5, float(1, f64::NAN))]),
        family("wait_seconds", 4, &[bytes(7, classic)]),
        family("size_bytes", 4, &[bytes(7, native().concat())]),
        family("none_bytes", 4, &[bytes(7, empty)]),
        family("pause_seconds", 2, &[bytes(4, [whole(1, 3), float(2, 0.75), quantile(1.0, 0.5)].concat())]),
    ]
    .concat()
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    bytes.push(value.to_le_bytes()[0]);
    bytes
}
