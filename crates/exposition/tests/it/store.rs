use exposition::{
    Cursor, Escaping, ExponentialBuckets, ExponentialValue, Families, Format, HistogramValue, Kind, Number, Refusal,
    SeriesId, Store, SummaryValue, Value,
};

const TEXT: Format = Format::Text;
const OPENMETRICS: Format = Format::OpenMetrics(Escaping::Underscores);
const PROTOBUF: Format = Format::Protobuf(Escaping::Underscores);

fn page(store: &Store, cursor: Cursor, format: Format) -> String {
    let (mut cursor, mut out) = (cursor, Vec::new());
    while store.write(&mut cursor, &mut out, 1) {}
    format.end(&mut out);
    String::from_utf8(out).unwrap()
}

fn text(store: &Store) -> String {
    page(store, Cursor::new(TEXT, None), TEXT)
}

fn add(store: &mut Store, name: &str, kind: Kind, labels: &[(&str, &str)], value: impl Into<Value>) -> SeriesId {
    let family = store.family(name, "Help.", kind).unwrap();
    store.add(family, labels, 0, value.into()).unwrap()
}

fn buckets(offset: i32, counts: &[u64]) -> ExponentialBuckets {
    ExponentialBuckets { offset, counts: counts.into() }
}

/// One family of each kind, added out of order, with everything that needs care. All was created at 1.5 s.
fn one_of_each() -> Store {
    let mut store = Store::default();
    let cost = store.family("cost_USD_total", "What \"it\" cost.\\ Second line:\nhere.", Kind::Counter).unwrap();
    let money = |units, nanos| Value::Number(Number::Decimal { units, nanos });
    let mut add = |family, labels: &[(&str, &str)], value| store.add(family, labels, 1_500_000_000, value).unwrap();
    add(cost, &[("model", "opus"), ("user", "a\"b\"\\\n")], money(3, 135_936_000));
    add(cost, &[("model", "haiku"), ("user", "")], money(0, 1));
    let failcnt = store.family("failcnt", "A counter without its suffix.", Kind::Counter).unwrap();
    store.add(failcnt, &[], 1_500_000_000, 3_u32.into()).unwrap();
    let waits = store.family("wait_seconds", "", Kind::Histogram).unwrap();
    let histogram = HistogramValue::new(&[0.5, 1.0, 1e6], &[1, 2, 0, 1], 1.5).unwrap();
    store.add(waits, &[("path", "/")], 1_500_000_000, histogram.into()).unwrap();
    let exponential = ExponentialValue::new(0, 0.25, 1, buckets(0, &[2, 0, 1]), buckets(-1, &[1]), 9.75).unwrap();
    store.add(waits, &[], 1_500_000_000, exponential.into()).unwrap();
    let rpc = store.family("rpc_seconds", "Calls.", Kind::Summary).unwrap();
    let summary = SummaryValue::new(&[(0.5, f64::NAN), (1.0, f64::INFINITY)], 2.5, 2).unwrap();
    store.add(rpc, &[], 1_500_000_000, summary.into()).unwrap();
    let up = store.family("budget_ratio", "Used.", Kind::Gauge).unwrap();
    store.add(up, &[("team", "ü")], 1_500_000_000, money(-1, 500_000_000)).unwrap();
    let odd = store.family("odd", "Nobody says.", Kind::Untyped).unwrap();
    store.add(odd, &[], 1_500_000_000, u64::MAX.into()).unwrap();
    store.family("empty_total", "A family without series is not shown.", Kind::Counter).unwrap();
    store
}

#[test]
fn text_page() {
    assert_eq!(
        text(&one_of_each()),
        r#"# HELP budget_ratio Used.
# TYPE budget_ratio gauge
budget_ratio{team="ü"} -0.5
# HELP cost_USD_total What "it" cost.\\ Second line:\nhere.
# TYPE cost_USD_total counter
cost_USD_total{model="opus",user="a\"b\"\\\n"} 3.135936
cost_USD_total{model="haiku",user=""} 0.000000001
# HELP failcnt A counter without its suffix.
# TYPE failcnt counter
failcnt 3
# HELP odd Nobody says.
# TYPE odd untyped
odd 18446744073709551615
# HELP rpc_seconds Calls.
# TYPE rpc_seconds summary
rpc_seconds{quantile="0.5"} NaN
rpc_seconds{quantile="1"} +Inf
rpc_seconds_sum 2.5
rpc_seconds_count 2
# TYPE wait_seconds histogram
wait_seconds_bucket{path="/",le="0.5"} 1
wait_seconds_bucket{path="/",le="1"} 3
wait_seconds_bucket{path="/",le="1e+06"} 3
wait_seconds_bucket{path="/",le="+Inf"} 4
wait_seconds_sum{path="/"} 1.5
wait_seconds_count{path="/"} 4
wait_seconds_bucket{le="-1"} 0
wait_seconds_bucket{le="-0.5"} 1
wait_seconds_bucket{le="0.25"} 2
wait_seconds_bucket{le="1"} 2
wait_seconds_bucket{le="2"} 4
wait_seconds_bucket{le="4"} 4
wait_seconds_bucket{le="8"} 5
wait_seconds_bucket{le="+Inf"} 5
wait_seconds_sum 9.75
wait_seconds_count 5
"#
    );
}

#[test]
fn openmetrics_page() {
    assert_eq!(
        page(&one_of_each(), Cursor::new(OPENMETRICS, None), OPENMETRICS),
        r#"# HELP budget_ratio Used.
# TYPE budget_ratio gauge
budget_ratio{team="ü"} -0.5
# HELP cost_USD What \"it\" cost.\\ Second line:\nhere.
# TYPE cost_USD counter
cost_USD_total{model="opus",user="a\"b\"\\\n"} 3.135936
cost_USD_total{model="haiku",user=""} 0.000000001
# HELP failcnt A counter without its suffix.
# TYPE failcnt unknown
failcnt 3
# HELP odd Nobody says.
# TYPE odd unknown
odd 18446744073709551615
# HELP rpc_seconds Calls.
# TYPE rpc_seconds summary
rpc_seconds{quantile="0.5"} NaN
rpc_seconds{quantile="1.0"} +Inf
rpc_seconds_sum 2.5
rpc_seconds_count 2
# TYPE wait_seconds histogram
wait_seconds_bucket{path="/",le="0.5"} 1
wait_seconds_bucket{path="/",le="1.0"} 3
wait_seconds_bucket{path="/",le="1e+06"} 3
wait_seconds_bucket{path="/",le="+Inf"} 4
wait_seconds_sum{path="/"} 1.5
wait_seconds_count{path="/"} 4
wait_seconds_bucket{le="-1.0"} 0
wait_seconds_bucket{le="-0.5"} 1
wait_seconds_bucket{le="0.25"} 2
wait_seconds_bucket{le="1.0"} 2
wait_seconds_bucket{le="2.0"} 4
wait_seconds_bucket{le="4.0"} 4
wait_seconds_bucket{le="8.0"} 5
wait_seconds_bucket{le="+Inf"} 5
wait_seconds_sum 9.75
wait_seconds_count 5
# EOF
"#
    );
}

#[test]
fn what_was_added_since_the_last_scrape_is_shown_as_0() {
    let store = one_of_each();
    let shown = |births| page(&store, Cursor::new(TEXT, Some(births)), TEXT);
    assert_eq!(shown(store.births()), text(&store));
    let zero = shown(0);
    let expected: String = text(&store)
        .lines()
        .map(|line| match line.rsplit_once(' ') {
            Some((series, _)) if ["cost", "failcnt", "wait"].iter().any(|name| series.starts_with(name)) => {
                format!("{series} 0\n")
            }
            _ => format!("{line}\n"),
        })
        .collect();
    assert_eq!(zero, expected);
}

#[test]
fn a_series_that_is_set_and_removed() {
    let mut store = Store::default();
    let a = add(&mut store, "x", Kind::Gauge, &[("a", "1")], 1.0);
    let b = add(&mut store, "x", Kind::Gauge, &[("a", "2")], 2.0);
    store.set(a, Value::from(3_u64));
    assert_eq!(store.value(a), &Value::Number(Number::Integer(3)));
    assert_eq!((store.len(), store.families()), (2, 1));
    assert_eq!(text(&store), "# HELP x Help.\n# TYPE x gauge\nx{a=\"1\"} 3\nx{a=\"2\"} 2\n");
    store.remove(a);
    assert_eq!(add(&mut store, "x", Kind::Gauge, &[("a", "1")], 4.0), a); // The slot is given again, the place is not.
    assert_eq!(text(&store), "# HELP x Help.\n# TYPE x gauge\nx{a=\"2\"} 2\nx{a=\"1\"} 4\n");
    store.remove(a);
    store.remove(b);
    assert_eq!((text(&store), store.is_empty(), store.families()), (String::new(), true, 1));
}

#[test]
fn a_value_of_another_kind_is_not_taken() {
    let mut store = Store::default();
    let histogram = || HistogramValue::new(&[], &[7], 7.0).unwrap();
    let x = add(&mut store, "x", Kind::Gauge, &[], 1.0);
    store.set(x, histogram().into());
    assert_eq!(text(&store), "# HELP x Help.\n# TYPE x gauge\nx 1\n");
    let (family, _) = store.find("x").unwrap();
    assert_eq!(store.add(family, &[("a", "")], 0, histogram().into()), Err(Refusal::Invalid));
    let waits = store.family("wait_seconds", "", Kind::Histogram).unwrap();
    assert_eq!(store.add(waits, &[], 0, 1.0.into()), Err(Refusal::Invalid));
}

#[test]
fn families_that_clash() {
    let mut store = Store::default();
    let x = store.family("x", "First.", Kind::Histogram).unwrap();
    assert_eq!(store.family("x", "Second.", Kind::Histogram), Ok(x));
    assert_eq!(store.find("x"), Some((x, Kind::Histogram)));
    assert_eq!(store.family("x", "", Kind::Gauge), Err(Refusal::Clash));
    for name in ["x_bucket", "x_sum", "x_count"] {
        assert_eq!(store.family(name, "", Kind::Gauge), Err(Refusal::Clash));
    }
    store.family("s_count", "", Kind::Gauge).unwrap();
    assert_eq!(store.family("s", "", Kind::Summary), Err(Refusal::Clash));
    for name in ["", "2up", "up-time", "up\n"] {
        assert_eq!(store.family(name, "", Kind::Gauge), Err(Refusal::Invalid));
        assert_eq!(store.find(name), None);
    }
    store.remove_family(x);
    assert_eq!(store.find("x"), None);
    assert_eq!(store.family("x_sum", "", Kind::Gauge), Ok(x)); // The slot is given again.
}

#[test]
fn labels_that_do_not_fit() {
    let mut store = Store::default();
    let gauge = store.family("x", "", Kind::Gauge).unwrap();
    for labels in [
        &[("b", "1"), ("a", "1")][..],
        &[("a", "1"), ("a", "2")],
        &[("", "1")],
        &[("2", "1")],
        &[("a:b", "1")],
        &[("__name__", "1")],
    ] {
        assert_eq!(store.add(gauge, labels, 0, 1.0.into()), Err(Refusal::Invalid), "{labels:?}");
    }
    let waits = store.family("wait_seconds", "", Kind::Histogram).unwrap();
    let histogram = HistogramValue::new(&[], &[0], 0.0).unwrap();
    assert_eq!(store.add(waits, &[("le", "1")], 0, histogram.into()), Err(Refusal::Invalid));
    assert!(store.add(gauge, &[("le", "1")], 0, 1.0.into()).is_ok());
}

#[test]
fn a_family_that_is_removed_takes_its_series_along() {
    let mut store = Store::default();
    add(&mut store, "a", Kind::Gauge, &[("x", "1")], 1.0);
    let gone = add(&mut store, "b", Kind::Gauge, &[("x", "1")], 1.0);
    add(&mut store, "b", Kind::Gauge, &[("x", "2")], 1.0);
    let (family, _) = store.find("b").unwrap();
    store.remove_family(family);
    store.remove_family(family); // There is none any more.
    assert_eq!((store.len(), store.families()), (1, 1));
    assert_eq!(text(&store), "# HELP a Help.\n# TYPE a gauge\na{x=\"1\"} 1\n");
    let again = add(&mut store, "c", Kind::Counter, &[("x", "2")], 1.0);
    assert_ne!(again, gone); // The last slot is given first.
    assert_eq!(
        text(&store),
        "# HELP a Help.\n# TYPE a gauge\na{x=\"1\"} 1\n# HELP c Help.\n# TYPE c counter\nc{x=\"2\"} 1\n"
    );
}

#[test]
fn staged_families_come_first_and_win() {
    let mut staged = Families::default();
    for (name, kind) in [("a", Kind::Gauge), ("b_total", Kind::Counter), ("c_sum", Kind::Gauge)] {
        let family = staged.family(name, "Staged.", kind).unwrap();
        staged.sample(family, &[], 1.0);
    }
    staged.family("d", "Without a sample.", Kind::Gauge).unwrap();
    let mut store = Store::default();
    for (name, kind) in [("a", Kind::Counter), ("a_total", Kind::Counter), ("b", Kind::Gauge), ("d", Kind::Gauge)] {
        add(&mut store, name, kind, &[], 2.0);
    }
    add(&mut store, "c", Kind::Summary, &[], SummaryValue::new(&[], 0.0, 0).unwrap());
    let mut both = |format: Format| {
        let (mut out, mut cursor) = (Vec::new(), Cursor::new(format, None).after(&staged));
        format.encode_open(&mut staged, &mut out);
        while store.write(&mut cursor, &mut out, 1) {}
        format.end(&mut out);
        (String::from_utf8(out).unwrap().replace("# HELP", "\n# HELP"), cursor.skipped())
    };
    let (text, skipped) = both(TEXT);
    let names =
        |page: &str| page.lines().filter_map(|line| Some(line.strip_prefix("# TYPE ")?.to_owned())).collect::<Vec<_>>();
    assert_eq!(names(&text), ["a gauge", "b_total counter", "c_sum gauge", "a_total counter", "b gauge", "d gauge"]);
    assert_eq!(skipped, 2);
    // There the staged counter is called b, and a_total cannot be called a.
    let (openmetrics, skipped) = both(OPENMETRICS);
    assert_eq!(names(&openmetrics), ["a gauge", "b counter", "c_sum gauge", "a_total unknown", "d gauge"]);
    assert_eq!(skipped, 3);
    assert!(openmetrics.ends_with("\nd 2\n# EOF\n") && openmetrics.matches("# EOF").count() == 1);
}

/// What a page shows is settled by its first piece: a counter keeps its name though another family goes.
#[test]
fn a_counter_whose_bare_name_comes_free_while_the_page_is_written() {
    let mut store = Store::default();
    add(&mut store, "jobs", Kind::Gauge, &[], 1.0);
    add(&mut store, "jobs_total", Kind::Counter, &[], 2.0);
    let (mut cursor, mut out) = (Cursor::new(OPENMETRICS, None), Vec::new());
    assert!(store.write(&mut cursor, &mut out, 1));
    let (jobs, _) = store.find("jobs").unwrap();
    store.remove_family(jobs);
    while store.write(&mut cursor, &mut out, 1) {}
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "# HELP jobs Help.\n# TYPE jobs gauge\njobs 1\n# HELP jobs_total Help.\n# TYPE jobs_total unknown\njobs_total 2\n"
    );
}

#[test]
fn a_piece_ends_after_the_series_that_fills_it() {
    let mut store = Store::default();
    for n in 0..100 {
        add(&mut store, "x", Kind::Gauge, &[("n", &format!("{n:02}"))], 1.0);
    }
    let line = "x{n=\"00\"} 1\n".len();
    for (format, few) in [(TEXT, 9..=11), (PROTOBUF, 16..=24)] {
        let (mut cursor, mut out, mut pieces) = (Cursor::new(format, None), Vec::new(), 0);
        while store.write(&mut cursor, &mut out, 10 * line) {
            pieces += 1;
        }
        assert!(few.contains(&pieces), "{pieces}");
    }
    let (mut cursor, mut out) = (Cursor::new(TEXT, None), Vec::new());
    assert!(!store.write(&mut cursor, &mut out, usize::MAX));
    assert_eq!(String::from_utf8(out).unwrap(), text(&store));
}
