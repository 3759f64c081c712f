//! Metrics that no agent sends, each for a rule of how OTLP becomes a page.
//!
//! Every case is a service of its own, so that the label `job` names it.

use testkit::otlp::Number::{Double, Int};
use testkit::otlp::Temporality::{Cumulative, Delta, Unspecified};
use testkit::otlp::{
    Attributes, Buckets, Data, Exponential, Histogram, Metric, Number, Point, Request, ResourceMetrics, ScopeMetrics,
    Summary, Temporality, Value, texts,
};

/// One situation: requests that follow each other.
pub(crate) struct Case {
    /// The situation; the service's name is this with `_` for blanks.
    pub(crate) name: &'static str,
    pub(crate) requests: Vec<Request>,
}

/// Nanoseconds between a case's points.
const MINUTE: u64 = 60_000_000_000;

/// Metrics that can't both be on a page are none of them: the Collector leaves it to the order of a map which one it drops.
///
/// All cases, with points that end at most some minutes after `beginning`, nanoseconds since 1970.
pub(crate) fn all(beginning: u64) -> Vec<Case> {
    let clock = Clock(beginning);
    let cases = [names(clock), units(clock), labels(clock), scopes_and_resources(clock), kinds(clock)];
    cases.into_iter().flatten().chain(histograms(clock)).chain(refused(clock)).collect()
}

#[derive(Clone, Copy)]
struct Clock(u64);

impl Clock {
    /// A point of the minute that ends so many after the beginning.
    fn point<V>(self, minute: u64, attributes: Attributes, value: V) -> Point<V> {
        let time = self.0 + minute * MINUTE;
        Point { attributes, start: time - MINUTE, time, flags: 0, value }
    }

    /// A point that counts from the beginning on.
    fn since_beginning<V>(self, minute: u64, attributes: Attributes, value: V) -> Point<V> {
        Point { start: self.0, ..self.point(minute, attributes, value) }
    }

    fn counter(self, name: &str, unit: &str) -> Metric {
        sum(name, unit, Cumulative, true, vec![self.since_beginning(1, Vec::new(), Int(1))])
    }

    fn gauge(self, name: &str, unit: &str) -> Metric {
        metric(name, unit, Data::Gauge(vec![self.point(1, Vec::new(), Double(0.5))]))
    }

    /// A gauge whose point has these attributes.
    fn labelled(self, name: &str, attributes: Attributes) -> Metric {
        metric(name, "", Data::Gauge(vec![self.point(1, attributes, Int(1))]))
    }
}

fn metric(name: &str, unit: &str, data: Data) -> Metric {
    Metric { name: name.to_owned(), description: String::new(), unit: unit.to_owned(), data }
}

fn sum(name: &str, unit: &str, temporality: Temporality, monotonic: bool, points: Vec<Point<Number>>) -> Metric {
    metric(name, unit, Data::Sum { points, temporality, monotonic })
}

fn scope(metrics: Vec<Metric>) -> ScopeMetrics {
    ScopeMetrics { name: "made.up".to_owned(), version: "1.2".to_owned(), metrics, ..ScopeMetrics::default() }
}

fn request(attributes: Attributes, scopes: Vec<ScopeMetrics>) -> Request {
    Request { resources: vec![ResourceMetrics { attributes, scopes, ..ResourceMetrics::default() }] }
}

/// A case of one request with these metrics.
fn case(name: &'static str, metrics: Vec<Metric>) -> Case {
    series_of_requests(name, vec![metrics])
}

fn series_of_requests(name: &'static str, requests: Vec<Vec<Metric>>) -> Case {
    let service = name.replace(' ', "_");
    let of_service = |metrics| request(texts(&[("service.name", &service)]), vec![scope(metrics)]);
    Case { name, requests: requests.into_iter().map(of_service).collect() }
}

fn names(clock: Clock) -> Vec<Case> {
    let counters = |names: &[&str]| names.iter().map(|name| clock.counter(name, "")).collect();
    let gauges = |names: &[&str]| names.iter().map(|name| clock.gauge(name, "")).collect();
    vec![
        case(
            "counter names",
            counters(&[
                "n1.plain",
                "n2.total",
                "n3.total.in.the.middle",
                "total.n4.first",
                "n5_total",
                "n6.total.total",
                "n7.Total",
                "n8.subtotal",
                "n9.count",
                "n10_sum",
                "n11_bucket",
                "n12.created",
                "n13.info",
            ]),
        ),
        case(
            "gauge names",
            gauges(&[
                "g1.plain",
                "g2.total",
                "g3_count",
                "g4:with:colons",
                "g5-with-hyphens",
                "g6 with blanks",
                "g7/with/slashes",
                "g8__double__underscore",
                "_g9.leading.underscore",
                "__g10.two",
                "g11.trailing_",
                "g12..dots",
                "13g.digit",
                "g14.größe.утф",
                "g15.ratio",
                "G16.CamelCase",
                "g17.%percent",
                "g18.a+b",
            ]),
        ),
        case("empty name", gauges(&["", "g30.beside.an.empty.name"])),
        case("name of underscores", gauges(&["___", "g31.beside.underscores"])),
        case("name of other letters alone", gauges(&["утф", "g32.beside.other.letters"])),
    ]
}

fn units(clock: Clock) -> Vec<Case> {
    const UNITS: [&str; 40] = [
        "",
        "1",
        "{token}",
        "tokens",
        "token",
        "{count}",
        "count",
        "USD",
        "By",
        "By/s",
        "bytes",
        "%",
        "s",
        "ms",
        "us",
        "ns",
        "min",
        "h",
        "d",
        "KiBy",
        "MBy",
        "m",
        "V",
        "Cel",
        "Hz",
        "{request}/s",
        "{request}/{second}",
        "1/s",
        "m/s",
        "By/{request}",
        "s/unknown",
        "/s",
        "/",
        " ms ",
        "requests per second",
        "m/s/s",
        "W.h",
        "µs",
        "ratio",
        "_x__y_",
    ];
    let numbered = |make: &dyn Fn(usize, &str) -> Metric| {
        UNITS.iter().enumerate().map(|(number, unit)| make(number, unit)).collect()
    };
    vec![
        case("units of counters", numbered(&|number, unit| clock.counter(&format!("uc{number}.use"), unit))),
        case("units of gauges", numbered(&|number, unit| clock.gauge(&format!("ug{number}.use"), unit))),
        case(
            "units that the name has",
            vec![
                clock.counter("un1.duration_ms", "ms"),
                clock.gauge("un2.duration.milliseconds", "ms"),
                clock.gauge("un3.seconds.spent", "s"),
                clock.counter("un4.tokens", "tokens"),
                clock.counter("un5.token.count", "count"),
                clock.gauge("un6.bytes.per.second", "By/s"),
                clock.gauge("un7.bytes", "By/s"),
                clock.gauge("un8.ratio.of.it", "1"),
                clock.gauge("un9.ratio", "1"),
                clock.counter("un10.ratio", "1"),
                clock.counter("un11.total.seconds", "s"),
                clock.counter("un12.seconds.total", "s"),
                clock.gauge("un13.total", "total"),
                clock.counter("un14.x", "total"),
                sum("un15.updown", "1", Cumulative, false, vec![clock.since_beginning(1, Vec::new(), Int(1))]),
            ],
        ),
    ]
}

fn labels(clock: Clock) -> Vec<Case> {
    let each = |name: &str, keys: &[&str]| {
        let metrics = keys.iter().enumerate();
        metrics.map(|(number, key)| clock.labelled(&format!("{name}{number}"), texts(&[(key, "v")]))).collect()
    };
    let value = |value: Value| vec![("value".to_owned(), value)];
    let text = |text: &str| Value::Text(text.to_owned());
    let values = [
        Value::Bool(true),
        Value::Bool(false),
        Value::Int(42),
        Value::Int(-7),
        Value::Int(i64::MAX),
        Value::Double(1.5),
        Value::Double(3.0),
        Value::Double(1e21),
        Value::Double(1e-7),
        Value::Double(f64::NAN),
        Value::Double(f64::INFINITY),
        Value::Array(vec![text("a"), Value::Int(1), Value::Bool(true), Value::Double(1.0), Value::Empty]),
        Value::Array(Vec::new()),
        Value::Map(vec![("z".to_owned(), text("<&>")), ("a".to_owned(), Value::Array(vec![text("x\"y")]))]),
        Value::Map(Vec::new()),
        Value::Bytes(vec![0, 1, 255]),
        Value::Empty,
        text(""),
        text("quote \" backslash \\ newline \n tab \t ümlaut"),
    ];
    let of_values = values.into_iter().enumerate();
    vec![
        case(
            "label names",
            each(
                "ln",
                &[
                    "plain",
                    "with.dots",
                    "with-hyphen",
                    "double__underscore",
                    "_leading",
                    "__two_leading",
                    "__reserved__",
                    "___",
                    "1digit",
                    "_1digit",
                    "größe",
                    "утф",
                    "a:colon",
                    "trailing_",
                    "blank in it",
                    "UPPER",
                    "le",
                    "quantile",
                    "__name__",
                    "job",
                    "instance",
                    "otel_scope_name",
                    "otel.scope.version",
                    "_",
                    "exported_job",
                ],
            ),
        ),
        case("empty label name", vec![clock.labelled("ln30", texts(&[("", "v")])), clock.labelled("ln31", Vec::new())]),
        case(
            "label values",
            of_values.map(|(number, one)| clock.labelled(&format!("lv{number}"), value(one))).collect(),
        ),
        case(
            "labels that collide",
            vec![
                clock.labelled("lc1", texts(&[("a.b", "dots"), ("a_b", "underscore")])),
                clock.labelled("lc2", texts(&[("a_b", "underscore"), ("a.b", "dots"), ("a-b", "hyphen")])),
                clock.labelled("lc3", texts(&[("a", "first"), ("a", "second")])),
                clock.labelled("lc4", Vec::new()),
            ],
        ),
    ]
}

fn scopes_and_resources(clock: Clock) -> Vec<Case> {
    let gauge = |name: &str| vec![clock.gauge(name, "")];
    let one = |name, request| Case { name, requests: vec![request] };
    let named = |attributes: &[(&str, &str)], name: &str| request(texts(attributes), vec![scope(gauge(name))]);
    let full_scope = ScopeMetrics {
        attributes: vec![
            ("a.b".to_owned(), Value::Int(7)),
            ("plain".to_owned(), Value::from("yes")),
            ("name".to_owned(), Value::from("an attribute")),
        ],
        schema_url: "https://schema.example/1".to_owned(),
        ..scope(gauge("sc1"))
    };
    let bare_scope = ScopeMetrics { metrics: gauge("sc2"), ..ScopeMetrics::default() };
    let mut schema_of_resource = named(&[("service.name", "schema_of_resource")], "sc3");
    schema_of_resource.resources[0].schema_url = "https://schema.example/2".to_owned();
    let other_scope = ScopeMetrics { name: "another".to_owned(), ..scope(gauge("sc4")) };
    vec![
        one("scope with attributes and schema", request(texts(&[("service.name", "full_scope")]), vec![full_scope])),
        one("scope without a name", request(texts(&[("service.name", "bare_scope")]), vec![bare_scope])),
        one("schema of a resource", schema_of_resource),
        one("two scopes", request(texts(&[("service.name", "two_scopes")]), vec![scope(gauge("sc4")), other_scope])),
        one("no resource attributes", request(Vec::new(), vec![scope(gauge("re1"))])),
        one("resource without a service", named(&[("host.name", "h")], "re2")),
        one(
            "namespace and instance",
            named(
                &[
                    ("service.namespace", "ns"),
                    ("service.name", "re3"),
                    ("service.instance.id", "i-1"),
                    ("host.name", "h"),
                    ("a.b", "dots"),
                    ("a_b", "underscore"),
                    ("größe", "x"),
                    ("_leading", "y"),
                    ("1digit", "z"),
                ],
                "re3",
            ),
        ),
        one("namespace alone", named(&[("service.namespace", "ns")], "re4")),
        one("instance alone", named(&[("service.instance.id", "i-2"), ("host.name", "h")], "re5")),
        one(
            "service and more",
            named(&[("service.name", "re6"), ("service.version", "1"), ("os.type", "linux")], "re6"),
        ),
        one(
            "service of a number",
            request(vec![("service.name".to_owned(), Value::Int(6))], vec![scope(gauge("re7"))]),
        ),
        one("service and instance alone", named(&[("service.name", "re9"), ("service.instance.id", "i-3")], "re9")),
        one(
            "service and instance and more",
            named(&[("service.name", "re10"), ("service.instance.id", "i-4"), ("os.type", "linux")], "re10"),
        ),
        one(
            "the same job with another host",
            named(
                &[
                    ("service.namespace", "ns"),
                    ("service.name", "re3"),
                    ("service.instance.id", "i-1"),
                    ("host.name", "other"),
                ],
                "re8",
            ),
        ),
    ]
}

fn kinds(clock: Clock) -> Vec<Case> {
    let at = |minute, value| clock.point(minute, Vec::new(), value);
    let since = |minute, value| clock.since_beginning(minute, Vec::new(), value);
    let described =
        |name: &str, description: &str| Metric { description: description.to_owned(), ..clock.gauge(name, "") };
    let no_value = |minute| Point { flags: 1, ..since(minute, Int(0)) };
    vec![
        case(
            "kinds of sums",
            vec![
                sum("ks1.cumulative", "", Cumulative, true, vec![since(1, Double(1.5)), since(2, Double(2.5))]),
                sum("ks2.delta", "", Delta, true, vec![at(1, Double(1.5)), at(2, Double(2.5))]),
                sum("ks3.updown.cumulative", "", Cumulative, false, vec![since(1, Int(5)), since(2, Int(3))]),
                sum("ks4.updown.delta", "", Delta, false, vec![at(1, Int(5)), at(2, Int(-2))]),
                sum("ks5.unspecified", "", Unspecified, true, vec![since(1, Int(1))]),
                sum("ks6.negative", "", Cumulative, true, vec![since(1, Int(-1))]),
                sum("ks7.zero", "", Delta, true, vec![at(1, Int(0))]),
                sum("ks8.nan", "", Cumulative, true, vec![since(1, Double(f64::NAN))]),
                sum("ks9.large", "", Cumulative, true, vec![since(1, Int(9_007_199_254_740_993))]),
                sum("ks10.no.points", "", Cumulative, true, Vec::new()),
            ],
        ),
        case(
            "values of gauges",
            vec![
                metric("kg1", "", Data::Gauge(vec![at(1, Double(f64::NAN))])),
                metric("kg2", "", Data::Gauge(vec![at(1, Double(f64::NEG_INFINITY))])),
                metric("kg3", "", Data::Gauge(vec![at(1, Int(i64::MIN))])),
                metric("kg4", "", Data::Gauge(vec![at(1, Double(1e21))])),
                metric("kg5", "", Data::Gauge(vec![at(1, Double(0.1))])),
                metric("kg6.later.first", "", Data::Gauge(vec![at(2, Int(2)), at(1, Int(1))])),
            ],
        ),
        case(
            "descriptions",
            vec![
                described("kd1", "One line."),
                described("kd2", "Two\nlines, a \\ and a \"quote\"."),
                described("kd3", "ümlaut \t tab"),
            ],
        ),
        series_of_requests(
            "no recorded value",
            vec![
                vec![
                    sum("kn1", "", Cumulative, true, vec![since(1, Int(1))]),
                    sum("kn2", "", Cumulative, true, vec![since(1, Int(1))]),
                ],
                vec![
                    sum(
                        "kn1",
                        "",
                        Cumulative,
                        true,
                        vec![no_value(2), clock.since_beginning(2, texts(&[("after", "it")]), Int(2))],
                    ),
                    sum("kn3", "", Cumulative, true, vec![no_value(2)]),
                ],
            ],
        ),
        series_of_requests(
            "conflict of units",
            vec![
                vec![clock.counter("ku1", "s")],
                vec![sum(
                    "ku1.seconds",
                    "",
                    Cumulative,
                    true,
                    vec![clock.since_beginning(2, texts(&[("a", "b")]), Int(9))],
                )],
            ],
        ),
        series_of_requests(
            "a cumulative sum that falls and restarts",
            vec![
                vec![sum("kr1", "", Cumulative, true, vec![since(1, Int(5))])],
                vec![sum("kr1", "", Cumulative, true, vec![since(2, Int(3))])],
                vec![sum("kr1", "", Cumulative, true, vec![at(4, Int(4))])],
            ],
        ),
    ]
}

fn histograms(clock: Clock) -> Vec<Case> {
    let histogram =
        |name: &str, unit: &str, temporality, points| metric(name, unit, Data::Histogram { points, temporality });
    let first = Histogram {
        count: 6,
        sum: Some(25.5),
        min: Some(0.5),
        max: Some(12.0),
        buckets: vec![1, 2, 3],
        bounds: vec![1.0, 10.0],
    };
    let second = Histogram { count: 3, sum: Some(7.0), buckets: vec![1, 1, 1], ..first.clone() };
    let other_bounds = Histogram { bounds: vec![2.0, 20.0], ..second.clone() };
    let no_bounds = Histogram { count: 4, sum: Some(9.0), buckets: vec![4], bounds: Vec::new(), ..first.clone() };
    let no_buckets = Histogram { count: 4, sum: Some(9.0), buckets: Vec::new(), bounds: Vec::new(), ..first.clone() };
    let no_sum = Histogram { sum: None, ..first.clone() };
    let nothing = Histogram { buckets: vec![0, 0, 0], bounds: vec![1.0, 10.0], sum: Some(0.0), ..Histogram::default() };
    let since = |minute, value: &Histogram| clock.since_beginning(minute, Vec::new(), value.clone());
    let at = |minute, value: &Histogram| clock.point(minute, Vec::new(), value.clone());
    let exponential = |name: &str, temporality, points| metric(name, "s", Data::Exponential { points, temporality });
    let native = Exponential {
        count: 10,
        sum: Some(20.0),
        scale: 1,
        zero_count: 2,
        positive: Buckets { offset: -1, counts: vec![3, 0, 4] },
        negative: Buckets { offset: 0, counts: vec![1] },
    };
    let summary = Summary { count: 5, sum: 7.5, quantiles: vec![(0.5, 1.0), (0.99, 3.5), (1.0, f64::NAN)] };
    let no_quantiles = Summary { count: 5, sum: 7.5, quantiles: Vec::new() };
    vec![
        case(
            "histograms",
            vec![
                histogram("hi1.cumulative", "ms", Cumulative, vec![since(1, &first)]),
                histogram("hi2.no.bounds", "", Cumulative, vec![since(1, &no_bounds)]),
                histogram("hi3.no.buckets", "", Cumulative, vec![since(1, &no_buckets)]),
                histogram("hi4.no.sum", "", Cumulative, vec![since(1, &no_sum)]),
                histogram("hi5.nothing", "", Cumulative, vec![since(1, &nothing)]),
                histogram("hi6.total", "1", Cumulative, vec![since(1, &first)]),
                histogram("hi7.unspecified", "", Unspecified, vec![since(1, &first)]),
            ],
        ),
        series_of_requests(
            "delta histograms",
            vec![
                vec![
                    histogram("hd1.aligned", "", Delta, vec![at(1, &first)]),
                    histogram("hd2.gap", "", Delta, vec![at(1, &first)]),
                ],
                vec![
                    histogram("hd1.aligned", "", Delta, vec![at(2, &second)]),
                    histogram("hd2.gap", "", Delta, vec![at(4, &second)]),
                ],
            ],
        ),
        series_of_requests(
            "delta histograms with other bounds",
            vec![
                vec![histogram("hb1", "", Delta, vec![at(1, &first)])],
                vec![histogram("hb1", "", Delta, vec![at(2, &other_bounds)])],
            ],
        ),
        series_of_requests(
            "exponential histograms",
            vec![
                vec![
                    exponential(
                        "he1.cumulative",
                        Cumulative,
                        vec![clock.since_beginning(1, Vec::new(), native.clone())],
                    ),
                    exponential("he2.delta", Delta, vec![clock.point(1, Vec::new(), native.clone())]),
                ],
                vec![exponential("he2.delta", Delta, vec![clock.point(2, Vec::new(), native)])],
            ],
        ),
        case(
            "summaries",
            vec![
                metric("su1", "s", Data::Summary(vec![clock.since_beginning(1, texts(&[("a", "b")]), summary)])),
                metric("su2", "", Data::Summary(vec![clock.since_beginning(1, Vec::new(), no_quantiles)])),
            ],
        ),
    ]
}

/// What the Collector takes and then drops.
fn refused(clock: Clock) -> Vec<Case> {
    vec![
        case(
            "delta without a start",
            vec![sum("rf1", "", Delta, true, vec![Point { start: 0, ..clock.point(1, Vec::new(), Int(3)) }])],
        ),
        case(
            "no times at all",
            vec![
                metric("rf2", "", Data::Gauge(vec![Point { start: 0, time: 0, ..clock.point(1, Vec::new(), Int(3)) }])),
                sum(
                    "rf3",
                    "",
                    Cumulative,
                    true,
                    vec![Point { start: 0, time: 0, ..clock.point(1, Vec::new(), Int(3)) }],
                ),
                sum("rf4", "", Delta, true, vec![Point { start: 0, time: 0, ..clock.point(1, Vec::new(), Int(3)) }]),
            ],
        ),
        Case { name: "nothing", requests: vec![Request::default(), request(Vec::new(), Vec::new())] },
    ]
}
