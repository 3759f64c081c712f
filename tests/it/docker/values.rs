//! What containers use, by the kernel's files and by `docker stats`.

use std::net::{Ipv4Addr, SocketAddr};

use serde_json::Value;
use testkit::http;

use super::engine::Engine;
use super::exporter::{Exporter, Page};
use super::kernel::group_file;

/// What the container is given.
const LIMITS: [&str; 7] = [
    "--memory=64m",
    "--memory-reservation=32m",
    "--memory-swap=96m",
    "--cpus=0.5",
    "--cpu-shares=512",
    "--pids-limit=50",
    "--publish=127.0.0.1:8080:8080",
];

/// Holds memory, writes past the cache, computes for a while and serves.
const SERVER: &str = "kept=$(head -c 8000000 /dev/zero | tr '\\000' x); dd if=/dev/zero of=/file bs=1M count=8 oflag=direct; \
                      i=0; while test $i -lt 20000; do i=$((i + 1)); done; httpd -p 8080 -h /; touch /tmp/ready; sleep 1000";

/// Files of a container's group.
const MEMORY: [&str; 3] = ["memory", "memory.usage_in_bytes", "memory.current"];
const THREADS: [&str; 3] = ["pids", "pids.current", "pids.current"];
const PROCESSES: [&str; 3] = ["memory", "cgroup.procs", "cgroup.procs"];

#[test]
fn values_are_those_of_the_kernel_and_of_docker_stats() {
    let Some(engine) = Engine::boot("docker") else { return };
    let id = engine.run("busy", &LIMITS, &["sh", "-c", SERVER]);
    engine.wait_for("its work is done", || engine.docker(&["exec", "busy", "ls", "/tmp"]).contains("ready"));
    let server = SocketAddr::from((Ipv4Addr::LOCALHOST, 8080));
    let fetched = engine.within(|| http::get(server, "/bin/busybox", &[])).expect("it answers");
    assert_eq!(fetched.status, 200);
    let exporter = Exporter::attentive(&engine, &[]);
    let is = |metric: &str, expected: f64| exporter.shows(metric, &Some(expected), |page| page.named(metric, "busy"));

    is("container_spec_memory_limit_bytes", f64::from(64 << 20));
    is("container_spec_memory_reservation_limit_bytes", f64::from(32 << 20));
    is("container_spec_cpu_shares", 512.0);
    is("container_spec_cpu_quota", 50_000.0);
    is("container_spec_cpu_period", 100_000.0);
    is("container_threads_max", 50.0);

    // It rests, so that values stand still but for a page or a packet now and then.
    let file = |[controller, old, new]: [&str; 3]| group_file(&engine, &id, controller, [old, new]);
    let agrees = |metric: &str, expected: &dyn Fn() -> f64| {
        engine.wait_for(metric, || {
            let before = expected();
            exporter.page().named(metric, "busy") == Some(before) && expected() == before
        });
    };
    agrees("container_memory_usage_bytes", &|| number(&file(MEMORY)));
    agrees("container_threads", &|| number(&file(THREADS)));
    #[expect(clippy::cast_precision_loss, reason = "there are few")]
    agrees("container_processes", &|| file(PROCESSES).lines().count() as f64);
    let interface = || engine.docker(&["exec", "busy", "grep", "eth0:", "/proc/net/dev"]);
    for (metric, column) in
        [("container_network_receive_bytes_total", 1), ("container_network_transmit_bytes_total", 9)]
    {
        agrees(metric, &|| number(interface().split_whitespace().nth(column).expect("it is a table")));
    }
    // A program of 1 MB or more was fetched.
    assert!(exporter.page().named("container_network_transmit_bytes_total", "busy") > Some(500_000.0));

    let differences = || {
        let (said, page) = (stats(&engine, "busy"), exporter.page());
        let shown = [
            value(&page, "container_memory_working_set_bytes", "busy"),
            value(&page, "container_spec_memory_limit_bytes", "busy"),
            value(&page, "container_network_receive_bytes_total", "busy"),
            value(&page, "container_network_transmit_bytes_total", "busy"),
            sum(&page, "container_fs_reads_bytes_total"),
            sum(&page, "container_fs_writes_bytes_total"),
            value(&page, "container_threads", "busy"),
        ];
        // What is said is rounded as people want it: to four digits, or three.
        let pairs = said.into_iter().zip(shown);
        pairs.filter(|(said, shown)| (said - shown).abs() > 0.01 * said.max(*shown)).collect::<Vec<_>>()
    };
    let differs = (0..5).map(|_| differences()).find(Vec::is_empty).unwrap_or_else(differences);
    assert_eq!(differs, [], "docker stats and the page");
    let page = exporter.page();
    assert!(sum(&page, "container_fs_writes_bytes_total") >= f64::from(8 << 20));
}

#[test]
fn processor_time_is_that_of_the_kernel() {
    let Some(engine) = Engine::boot("docker") else { return };
    let id = engine.run("spinning", &["--cpus=0.2"], &["sh", "-c", "while :; do :; done"]);
    let exporter = Exporter::attentive(&engine, &[]);
    exporter.shows("throttling", &true, |page| {
        page.named("container_cpu_cfs_throttled_periods_total", "spinning") > Some(3.0)
    });
    let seconds = || {
        let text = group_file(&engine, &id, "cpuacct", ["cpuacct.usage", "cpu.stat"]);
        match text.lines().find_map(|line| line.strip_prefix("usage_usec ")) {
            Some(micros) => number(micros) / 1e6,
            None => number(&text) / 1e9,
        }
    };
    let before = seconds();
    let page = exporter.page();
    let after = seconds();
    let shown = value(&page, "container_cpu_usage_seconds_total", "spinning");
    assert!((before..=after).contains(&shown), "{before} {shown} {after}");
    let parts = ["container_cpu_user_seconds_total", "container_cpu_system_seconds_total"]
        .map(|metric| value(&page, metric, "spinning"));
    // They are ticks of a hundredth, counted by themselves.
    assert!((parts[0] + parts[1] - shown).abs() < 0.1 * shown + 0.1, "{parts:?} {shown}");
}

fn number(text: &str) -> f64 {
    text.trim().parse().unwrap_or_else(|err| panic!("{text}: {err}"))
}

fn value(page: &Page, metric: &str, name: &str) -> f64 {
    page.named(metric, name).expect(metric)
}

fn sum(page: &Page, metric: &str) -> f64 {
    page.series(metric, &[("name", "busy")]).iter().map(|(_, value)| value).sum()
}

/// What `docker stats` says of a container, in bytes and numbers: memory, its limit, received, sent, read, written, threads.
fn stats(engine: &Engine, name: &str) -> [f64; 7] {
    let text = engine.docker(&["stats", "--no-stream", "--format={{json .}}", name]);
    let said: Value = serde_json::from_str(&text).expect("docker prints JSON");
    let pair = |key: &str| {
        let (first, second) = said[key].as_str().and_then(|text| text.split_once(" / ")).expect("two values");
        (bytes(first), bytes(second))
    };
    let ((memory, limit), (received, sent), (read, written)) = (pair("MemUsage"), pair("NetIO"), pair("BlockIO"));
    let threads = number(said["PIDs"].as_str().expect("it is text"));
    [memory, limit, received, sent, read, written, threads]
}

/// `8.277MiB`, `1.16kB`.
fn bytes(text: &str) -> f64 {
    let unit = text.find(|letter: char| letter.is_ascii_alphabetic()).expect("it has a unit");
    let (value, unit) = text.split_at(unit);
    let factor = match unit {
        "B" => 1.0,
        "kB" => 1e3,
        "MB" => 1e6,
        "GB" => 1e9,
        "KiB" => 1024.0,
        "MiB" => 1024.0 * 1024.0,
        other => panic!("{other}"),
    };
    number(value) * factor
}
