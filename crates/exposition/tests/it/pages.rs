use exposition::{Desc, Escaping, Families, Format, Histogram, Kind, Summary};

static IDLE: Desc = Desc {
    name: "node_cpu_seconds_total",
    help: "Seconds \"each\" CPU spent.\\ Second line:\nhere.",
    kind: Kind::Counter,
    labels: &["cpu", "mode"],
};
static FAILCNT: Desc =
    Desc { name: "container_memory_failcnt", help: "Limit hits.", kind: Kind::Counter, labels: &["name"] };
static AVAIL: Desc = Desc {
    name: "node_filesystem_avail_bytes",
    help: "Space.",
    kind: Kind::Gauge,
    labels: &["device", "device_error", "mountpoint"],
};
static PGFAULT: Desc = Desc { name: "node_vmstat_pgfault", help: "Faults.", kind: Kind::Untyped, labels: &[] };

/// One family of each kind, staged out of order, with everything that needs care.
fn stage(page: &mut Families) {
    page.add(&PGFAULT, &[], u64::MAX);
    page.add(&IDLE, &["0", "idle"], 0.25);
    page.add(&FAILCNT, &["db\"1\"\\\n"], 3_u32);
    page.add(&IDLE, &["0", "user"], 7.0);
    page.add(&AVAIL, &["/dev/vda", "", "/mnt/\u{fffd}ü"], f64::NAN);
    let latency = page.family("latency_seconds", "", Kind::Histogram).unwrap();
    let buckets = [(0.5, 1), (1.0, 3), (1e6, 3)];
    page.histogram(latency, &[("path", "/")], &Histogram { buckets: &buckets, sum: 1.5, count: 4 });
    page.histogram(latency, &[], &Histogram { buckets: &[], sum: -0.0, count: 0 });
    let rpc = page.family("rpc_seconds", "Calls.", Kind::Summary).unwrap();
    page.summary(rpc, &[], &Summary { quantiles: &[(0.5, f64::NAN), (1.0, f64::INFINITY)], sum: 2.5, count: 2 });
    page.family("empty_total", "A family without samples is not shown.", Kind::Counter).unwrap();
}

fn encode(format: Format) -> String {
    let (mut page, mut out) = (Families::default(), Vec::new());
    stage(&mut page);
    assert_eq!(page.refused().total(), 0);
    format.encode(&mut page, &mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn text() {
    assert_eq!(
        encode(Format::Text),
        r#"# HELP container_memory_failcnt Limit hits.
# TYPE container_memory_failcnt counter
container_memory_failcnt{name="db\"1\"\\\n"} 3
# TYPE latency_seconds histogram
latency_seconds_bucket{path="/",le="0.5"} 1
latency_seconds_bucket{path="/",le="1"} 3
latency_seconds_bucket{path="/",le="1e+06"} 3
latency_seconds_bucket{path="/",le="+Inf"} 4
latency_seconds_sum{path="/"} 1.5
latency_seconds_count{path="/"} 4
latency_seconds_bucket{le="+Inf"} 0
latency_seconds_sum -0.0
latency_seconds_count 0
# HELP node_cpu_seconds_total Seconds "each" CPU spent.\\ Second line:\nhere.
# TYPE node_cpu_seconds_total counter
node_cpu_seconds_total{cpu="0",mode="idle"} 0.25
node_cpu_seconds_total{cpu="0",mode="user"} 7
# HELP node_filesystem_avail_bytes Space.
# TYPE node_filesystem_avail_bytes gauge
node_filesystem_avail_bytes{device="/dev/vda",device_error="",mountpoint="/mnt/�ü"} NaN
# HELP node_vmstat_pgfault Faults.
# TYPE node_vmstat_pgfault untyped
node_vmstat_pgfault 18446744073709551615
# HELP rpc_seconds Calls.
# TYPE rpc_seconds summary
rpc_seconds{quantile="0.5"} NaN
rpc_seconds{quantile="1"} +Inf
rpc_seconds_sum 2.5
rpc_seconds_count 2
"#
    );
}

#[test]
fn openmetrics() {
    assert_eq!(
        encode(Format::OpenMetrics(Escaping::Underscores)),
        r#"# HELP container_memory_failcnt Limit hits.
# TYPE container_memory_failcnt unknown
container_memory_failcnt{name="db\"1\"\\\n"} 3
# TYPE latency_seconds histogram
latency_seconds_bucket{path="/",le="0.5"} 1
latency_seconds_bucket{path="/",le="1.0"} 3
latency_seconds_bucket{path="/",le="1e+06"} 3
latency_seconds_bucket{path="/",le="+Inf"} 4
latency_seconds_sum{path="/"} 1.5
latency_seconds_count{path="/"} 4
latency_seconds_bucket{le="+Inf"} 0
latency_seconds_sum -0.0
latency_seconds_count 0
# HELP node_cpu_seconds Seconds \"each\" CPU spent.\\ Second line:\nhere.
# TYPE node_cpu_seconds counter
node_cpu_seconds_total{cpu="0",mode="idle"} 0.25
node_cpu_seconds_total{cpu="0",mode="user"} 7
# HELP node_filesystem_avail_bytes Space.
# TYPE node_filesystem_avail_bytes gauge
node_filesystem_avail_bytes{device="/dev/vda",device_error="",mountpoint="/mnt/�ü"} NaN
# HELP node_vmstat_pgfault Faults.
# TYPE node_vmstat_pgfault unknown
node_vmstat_pgfault 18446744073709551615
# HELP rpc_seconds Calls.
# TYPE rpc_seconds summary
rpc_seconds{quantile="0.5"} NaN
rpc_seconds{quantile="1.0"} +Inf
rpc_seconds_sum 2.5
rpc_seconds_count 2
# EOF
"#
    );
}

#[test]
fn a_counter_whose_bare_name_is_another_family_stays_whole_in_openmetrics() {
    let (mut page, mut out) = (Families::default(), Vec::new());
    let total = page.family("jobs_total", "Jobs.", Kind::Counter).unwrap();
    page.sample(total, &[], 1_u32);
    let gauge = page.family("jobs", "Jobs now.", Kind::Gauge).unwrap();
    page.sample(gauge, &[], 2_u32);
    Format::OpenMetrics(Escaping::Underscores).encode(&mut page, &mut out);
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "# HELP jobs Jobs now.\n# TYPE jobs gauge\njobs 2\n\
         # HELP jobs_total Jobs.\n# TYPE jobs_total unknown\njobs_total 1\n# EOF\n"
    );
}

/// The family of a counter must not have the ending of its samples.
#[test]
fn a_counter_with_its_suffix_twice_is_unknown_in_openmetrics() {
    let (mut page, mut out) = (Families::default(), Vec::new());
    let total = page.family("jobs_total_total", "Jobs.", Kind::Counter).unwrap();
    page.sample(total, &[], 1_u32);
    Format::OpenMetrics(Escaping::Underscores).encode(&mut page, &mut out);
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "# HELP jobs_total_total Jobs.\n# TYPE jobs_total_total unknown\njobs_total_total 1\n# EOF\n"
    );
}

#[test]
fn labels_of_a_run_time_family_are_sorted() {
    let (mut page, mut out) = (Families::default(), Vec::new());
    let family = page.family("up", "Up.", Kind::Gauge).unwrap();
    page.sample(family, &[("job", "a"), ("instance", "b")], 1_u32);
    Format::Text.encode(&mut page, &mut out);
    assert!(String::from_utf8(out).unwrap().ends_with("\nup{instance=\"b\",job=\"a\"} 1\n"));
}

#[test]
fn a_hundred_labels_besides_the_declared_ones() {
    let (mut page, mut out) = (Families::default(), Vec::new());
    let more: Vec<_> = (0..100).map(|number| (format!("container_label_{number:03}"), number.to_string())).collect();
    page.add_labelled(&FAILCNT, &more, &["db"], 1_u32);
    Format::Text.encode(&mut page, &mut out);
    let labels: String = more.iter().map(|(name, value)| format!("{name}=\"{value}\",")).collect();
    let expected = format!("\ncontainer_memory_failcnt{{{labels}name=\"db\"}} 1\n");
    assert!(String::from_utf8(out).unwrap().ends_with(&expected));
}
