//! Protobuf, byte by byte: against messages that are put together by other code, and by the validator's own reader.

use exposition::{
    Cursor, Escaping, ExponentialBuckets, ExponentialValue, Families, Format, Histogram, HistogramValue, Kind, Number,
    Store, Summary, SummaryValue, Value,
};
use testkit::Validator;
use testkit::messages::{bytes, family, float, labels, signed, whole};
use testkit::responses::typed;

const PROTOBUF: Format = Format::Protobuf(Escaping::Underscores);

/// 1.5 s after 1970, as the field that has it in a counter, summary or histogram.
const CREATED: u64 = 1_500_000_000;

fn created(number: u8) -> Vec<u8> {
    bytes(number, [whole(1, 1), whole(2, 500_000_000)].concat())
}

fn bucket(bound: f64, count: u64) -> Vec<u8> {
    bytes(3, [whole(1, count), float(2, bound)].concat())
}

fn quantile(quantile: f64, value: f64) -> Vec<u8> {
    bytes(3, [float(1, quantile), float(2, value)].concat())
}

fn span(number: u8, offset: i64, length: u64) -> Vec<u8> {
    bytes(number, [signed(1, offset), whole(2, length)].concat())
}

#[track_caller]
fn assert_clean(page: &[u8]) {
    let validator = Validator { varying_labels: &["wait_seconds"], ..Validator::default() };
    assert_eq!(validator.check(&typed(PROTOBUF.content_type(), page), None), []);
}

#[test]
fn a_page_of_staged_families() {
    let (mut page, mut out) = (Families::default(), Vec::new());
    let waits = page.family("wait_seconds", "wait_seconds", Kind::Histogram).unwrap();
    page.histogram(waits, &[("path", "/")], &Histogram { buckets: &[(-0.0, 1), (1e6, 3)], sum: 1.5, count: 4 });
    page.histogram(waits, &[], &Histogram { buckets: &[], sum: 0.0, count: 0 });
    let rpc = page.family("rpc_seconds", "rpc_seconds", Kind::Summary).unwrap();
    page.summary(rpc, &[], &Summary { quantiles: &[(0.5, f64::INFINITY)], sum: 2.5, count: 2 });
    let jobs = page.family("jobs_total", "jobs_total", Kind::Counter).unwrap();
    page.sample(jobs, &[("text", "a\"b\\c\nd\\n,e=\"f\""), ("empty", "")], u64::MAX);
    page.sample(jobs, &[("text", ""), ("empty", "x")], 0.25);
    let up = page.family("up", "up", Kind::Gauge).unwrap();
    page.sample(up, &[], -0.0);
    let odd = page.family("odd", "odd", Kind::Untyped).unwrap();
    page.sample(odd, &[], Number::Decimal { units: -1, nanos: 500_000_000 });
    page.family("none", "A family without samples is not shown.", Kind::Gauge).unwrap();
    PROTOBUF.encode(&mut page, &mut out);
    let hostile = labels(&[("empty", ""), ("text", "a\"b\\c\nd\\n,e=\"f\"")]);
    let expected = [
        family(
            "jobs_total",
            0,
            &[
                [hostile, bytes(3, float(1, 18_446_744_073_709_551_616.0))].concat(),
                [labels(&[("empty", "x"), ("text", "")]), bytes(3, float(1, 0.25))].concat(),
            ],
        ),
        family("odd", 3, &[bytes(5, float(1, -0.5))]),
        family("rpc_seconds", 2, &[bytes(4, [quantile(0.5, f64::INFINITY), float(2, 2.5), whole(1, 2)].concat())]),
        family("up", 1, &[bytes(2, float(1, -0.0))]),
        family(
            "wait_seconds",
            4,
            &[
                [
                    labels(&[("path", "/")]),
                    bytes(7, [bucket(0.0, 1), bucket(1e6, 3), float(2, 1.5), whole(1, 4)].concat()),
                ]
                .concat(),
                bytes(7, [float(2, 0.0), whole(1, 0)].concat()),
            ],
        ),
    ];
    assert_eq!(out, expected.concat());
    assert_clean(&out);
}

#[test]
fn staged_exponential_histograms() {
    let (mut page, mut out) = (Families::default(), Vec::new());
    let buckets = |offset, counts: &[u64]| ExponentialBuckets { offset, counts: counts.into() };
    let histogram =
        |scale, positive| ExponentialValue::new(scale, 0.25, 1, positive, ExponentialBuckets::default(), 9.75).unwrap();
    let waits = page.family("wait_seconds", "wait_seconds", Kind::Histogram).unwrap();
    page.exponential(waits, &[("path", "/")], &histogram(0, buckets(-1, &[2, 0, 1])));
    page.exponential(waits, &[], &histogram(0, buckets(3, &[5])));
    page.exponential(waits, &[("path", "coarse")], &histogram(-5, buckets(0, &[3])));
    assert_eq!(page.samples(), 4 + 4 + 3);
    PROTOBUF.encode(&mut page, &mut out);
    let schema = |zeros| [signed(5, 0), float(6, 0.25), whole(7, zeros)].concat();
    let expected = [
        [
            labels(&[("path", "/")]),
            bytes(7, [float(2, 9.75), schema(1), span(12, 0, 3), bytes(13, [4, 3, 2]), whole(1, 4)].concat()),
        ]
        .concat(),
        bytes(7, [float(2, 9.75), schema(1), span(12, 4, 1), bytes(13, [10]), whole(1, 6)].concat()),
        [labels(&[("path", "coarse")]), bytes(7, [float(2, 9.75), whole(1, 4)].concat())].concat(),
    ];
    assert_eq!(out, family("wait_seconds", 4, &expected));

    out.clear();
    Format::Text.encode(&mut page, &mut out);
    let text = "# HELP wait_seconds wait_seconds\n# TYPE wait_seconds histogram\n\
                wait_seconds_bucket{path=\"/\",le=\"+Inf\"} 4\nwait_seconds_sum{path=\"/\"} 9.75\nwait_seconds_count{path=\"/\"} 4\n\
                wait_seconds_bucket{le=\"+Inf\"} 6\nwait_seconds_sum 9.75\nwait_seconds_count 6\n\
                wait_seconds_bucket{path=\"coarse\",le=\"+Inf\"} 4\nwait_seconds_sum{path=\"coarse\"} 9.75\nwait_seconds_count{path=\"coarse\"} 4\n";
    assert_eq!(String::from_utf8(out).unwrap(), text);

    page.clear();
    let waits = page.family("wait_seconds", "wait_seconds", Kind::Histogram).unwrap();
    page.exponential(waits, &[], &histogram(0, buckets(3, &[5])));
    let mut again = Vec::new();
    PROTOBUF.encode(&mut page, &mut again);
    assert_eq!(again, family("wait_seconds", 4, &expected[1..2]), "the page before is forgotten");
    assert_clean(&again);
}

/// One family of each kind; histograms of both sorts.
fn one_of_each() -> Store {
    let mut store = Store::default();
    let mut add = |name: &str, kind, labels: &[(&str, &str)], value: Value| {
        let family = store.family(name, name, kind).unwrap();
        store.add(family, labels, CREATED, value).unwrap();
    };
    add(
        "cost_USD_total",
        Kind::Counter,
        &[("user", "a\"\\\n")],
        Number::Decimal { units: 3, nanos: 135_936_000 }.into(),
    );
    add("rpc_seconds", Kind::Summary, &[], SummaryValue::new(&[(1.0, 2.0)], 2.5, 2).unwrap().into());
    add("up", Kind::Gauge, &[], 1.0.into());
    add("odd", Kind::Untyped, &[], 7_u32.into());
    add("wait_seconds", Kind::Histogram, &[("path", "/")], HistogramValue::new(&[0.5], &[1, 2], 1.5).unwrap().into());
    let positive = ExponentialBuckets { offset: -1, counts: [2, 0, 1].into() };
    let negative = ExponentialBuckets { offset: 3, counts: [0, 1].into() };
    let exponential = ExponentialValue::new(0, 0.25, 1, positive, negative, 9.75).unwrap();
    add("wait_seconds", Kind::Histogram, &[], exponential.into());
    store
}

fn written(store: &Store, zero_after: Option<u64>, limit: usize) -> Vec<u8> {
    let (mut cursor, mut out) = (Cursor::new(PROTOBUF, zero_after), Vec::new());
    while store.write(&mut cursor, &mut out, limit) {}
    out
}

#[test]
fn a_page_of_a_store() {
    let cost = [labels(&[("user", "a\"\\\n")]), bytes(3, [float(1, 3.135936), created(3)].concat())].concat();
    let rpc = bytes(4, [quantile(1.0, 2.0), float(2, 2.5), whole(1, 2), created(4)].concat());
    let waits =
        [labels(&[("path", "/")]), bytes(7, [bucket(0.5, 1), float(2, 1.5), whole(1, 3), created(15)].concat())];
    // Whoever does not read native histograms finds classic buckets.
    let classic = [(-32.0, 0), (-16.0, 1), (-8.0, 1), (0.25, 2), (0.5, 2), (1.0, 4), (2.0, 4), (4.0, 5)];
    let classic: Vec<u8> = classic.into_iter().flat_map(|(bound, count)| bucket(bound, count)).collect();
    let native = [
        [float(2, 9.75), whole(1, 5), signed(5, 0), float(6, 0.25), whole(7, 1)].concat(),
        [span(9, 5, 1), bytes(10, [2])].concat(),
        [span(12, 0, 3), bytes(13, [4, 3, 2])].concat(),
        created(15),
    ];
    let expected = [
        family("cost_USD_total", 0, &[cost]),
        family("odd", 3, &[bytes(5, float(1, 7.0))]),
        family("rpc_seconds", 2, &[rpc]),
        family("up", 1, &[bytes(2, float(1, 1.0))]),
        family("wait_seconds", 4, &[waits.concat(), bytes(7, [classic, native.concat()].concat())]),
    ];
    let page = written(&one_of_each(), None, usize::MAX);
    assert_eq!(page, expected.concat());
    assert_clean(&page);
}

#[test]
fn a_family_in_pieces_is_a_message_each() {
    let page = written(&one_of_each(), None, 1);
    let heads = page.windows(12).filter(|window| window == b"wait_seconds").count();
    assert_eq!(heads, 4); // Name and help of two messages.
    assert_clean(&page);
}

#[test]
fn histograms_since_the_last_scrape_are_empty_and_keep_their_sort() {
    let page = written(&one_of_each(), Some(0), usize::MAX);
    assert_clean(&page);
    let buckets = [-32.0, -16.0, -8.0, 0.25, 0.5, 1.0, 2.0, 4.0].map(|bound| bucket(bound, 0)).concat();
    let native = [float(2, 0.0), whole(1, 0), signed(5, 0), float(6, 0.25), whole(7, 0), span(12, 0, 0), created(15)];
    let empty = bytes(4, bytes(7, [buckets, native.concat()].concat()));
    assert!(page.ends_with(&empty));
    assert!(page.windows(9).any(|window| window == float(1, 0.0)), "the counter is 0");
}

#[test]
fn a_histogram_too_coarse_to_be_native_is_classic() {
    let mut store = Store::default();
    let waits = store.family("wait_seconds", "wait_seconds", Kind::Histogram).unwrap();
    let positive = ExponentialBuckets { offset: 0, counts: [2].into() };
    let coarse = ExponentialValue::new(-5, 0.0, 0, positive, ExponentialBuckets::default(), 9.5).unwrap();
    store.add(waits, &[], 0, coarse.into()).unwrap();
    let buckets = [bucket(0.0, 0), bucket(1.0, 0), bucket(4_294_967_296.0, 2)].concat();
    let expected = family("wait_seconds", 4, &[bytes(7, [buckets, float(2, 9.5), whole(1, 2)].concat())]);
    assert_eq!(written(&store, None, usize::MAX), expected);
}
