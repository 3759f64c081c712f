use exposition::{Cursor, Desc, Escaping, Families, Format, Histogram, Kind, Store};

static SECONDS: Desc =
    Desc { name: "node_cpu_seconds_total", help: "Seconds.", kind: Kind::Counter, labels: &["cpu", "mode"] };

/// 300 families of 10 samples, one with unsorted labels, one with an empty label, and a histogram.
fn scrape(page: &mut Families, out: &mut Vec<u8>, names: &[String]) {
    page.clear();
    out.clear();
    for name in names {
        let family = page.family(name, "Some help.", Kind::Gauge).unwrap();
        for cpu in ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"] {
            page.sample(family, &[("mode", "idle"), ("cpu", cpu), ("device_error", "")], 0.25);
        }
    }
    page.add(&SECONDS, &["0", "user"], 12_345.678);
    let latency = page.family("latency_seconds", "Latency.", Kind::Histogram).unwrap();
    page.histogram(latency, &[], &Histogram { buckets: &[(0.1, 1), (1.0, 2)], sum: 1.0, count: 2 });
    assert_eq!(page.refused().total(), 0);
    Format::Text.encode(page, out);
    Format::OpenMetrics(Escaping::Underscores).encode(page, out);
}

#[test]
fn a_steady_scrape_allocates_nothing() {
    let names: Vec<String> = (0..300).map(|n| format!("metric_{n}")).collect();
    let (mut page, mut out) = (Families::default(), Vec::new());
    scrape(&mut page, &mut out, &names);
    let steady = allocation_counter::measure(|| scrape(&mut page, &mut out, &names));
    assert_eq!(steady.count_total, 0);
}

#[test]
fn one_huge_page_does_not_pin_its_memory() {
    let mut page = Families::default();
    let huge = "x".repeat(10_000_000);
    page.family("a", &huge, Kind::Gauge).unwrap();
    let held = allocation_counter::measure(|| {
        page.clear();
        page.family("a", "A.", Kind::Gauge).unwrap();
        page.clear();
    });
    assert!(held.bytes_current < -9_000_000, "{held:?}");
}

/// Counters as agents send them: twelve labels that many series share, a session that 17 share, and a type.
fn sessions(store: &mut Store, count: u64) {
    let family = store.family("claude_code_token_usage_tokens_total", "Tokens.", Kind::Counter).unwrap();
    let shared: Vec<(String, String)> =
        (0..12).map(|n| (format!("label_{n:02}"), format!("the value of label {n}, as long as most"))).collect();
    for n in 0..count {
        let (session, kind) = (format!("{:08x}-4a6b-4c1d-9f2e-{:012x}", n / 17, n / 17), format!("type-{}", n % 17));
        let mut labels: Vec<(&str, &str)> =
            shared.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        labels.extend([("session_id", session.as_str()), ("type", kind.as_str())]);
        store.add(family, &labels, n, n.into()).unwrap();
    }
}

#[test]
fn a_hundred_thousand_series_take_little_and_give_it_back() {
    let mut store = Store::default();
    let filled = allocation_counter::measure(|| sessions(&mut store, 100_000));
    assert!(filled.bytes_current < 20_000_000 && filled.bytes_max < 25_000_000, "{filled:?}");
    let (family, _) = store.find("claude_code_token_usage_tokens_total").unwrap();
    let emptied = allocation_counter::measure(|| store.remove_family(family));
    assert!(filled.bytes_current + emptied.bytes_current < 10_000_000, "{emptied:?}");
}

#[test]
fn a_page_of_a_store_allocates_its_plan_alone() {
    let mut store = Store::default();
    sessions(&mut store, 3_000);
    let mut out = Vec::with_capacity(200_000);
    for format in [Format::Text, Format::OpenMetrics(Escaping::Underscores)] {
        let mut cursor = Cursor::new(format, None);
        let written = allocation_counter::measure(|| {
            while store.write(&mut cursor, &mut out, 100_000) {
                out.clear();
            }
        });
        assert!(written.count_total <= 3, "{written:?}");
    }
}
