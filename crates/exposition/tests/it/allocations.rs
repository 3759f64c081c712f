use exposition::{Desc, Escaping, Families, Format, Histogram, Kind};

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
