//! The engine's statistics, where cgroups can't be seen: a Mac without a container, an engine elsewhere.

use serde_json::json;
use testkit::engine::{Answer, FakeEngine, Version, id};

use crate::setting::{Docker, Proxy, asked, event, runs, until};

fn engine_of(count: u32) -> FakeEngine {
    let engine = FakeEngine::start(Version::V1_44);
    (1..=count).for_each(|number| engine.container(runs(number, &format!("box-{number}"))));
    engine
}

#[test]
fn five_are_asked_for_at_a_time() {
    let engine = engine_of(12);
    let docker = Docker::start(&engine, &[]);
    docker.until(|page| page.names("container_memory_usage_bytes").len() == 12);
    (1..=12).for_each(|number| engine.answer(&format!("/containers/{}/stats", id(number)), Answer::Hang));
    let before = asked(&engine, "/stats?");
    let page = docker.page_within("2");
    assert_eq!(asked(&engine, "/stats?") - before, 5);
    assert!(page.is_up() && page.names("container_memory_usage_bytes").is_empty());
    assert_eq!(page.get("docker_exporter_collector_success{collector=\"usage\"}"), Some(0.0));
    assert_eq!(page.names("container_state").len(), 12);
    engine.answer_truly();
    docker.until(|page| page.names("container_memory_usage_bytes").len() == 12);
}

#[test]
fn a_slow_container_costs_no_other_one_its_place() {
    let engine = engine_of(8);
    engine.answer(&format!("/containers/{}/stats", id(3)), Answer::Hang);
    engine.answer(&format!("/containers/{}/stats", id(4)), Answer::HangWithin);
    let docker = Docker::start(&engine, &[]);
    docker.until(|page| page.names("container_state").len() == 8);
    let page = docker.page_within("2");
    let names = ["box-1", "box-2", "box-5", "box-6", "box-7", "box-8"];
    assert_eq!(page.names("container_memory_usage_bytes"), names);
    assert_eq!(page.names("container_network_receive_bytes_total"), names);
    assert_eq!(page.get("container_scrape_error"), Some(1.0));
    let log = docker.log();
    let line = "level=WARN msg=\"collector failed\" collector=usage error=\"the engine told no statistics of 2 running containers\"";
    assert_eq!(log.matches(line).count(), 1, "{log}");
}

/// An engine has only zeros for a container that stops between the list and the question; a rate would take them for a new
/// beginning.
#[test]
fn zeros_of_a_container_that_has_stopped() {
    let engine = engine_of(2);
    let docker = Docker::start(&engine, &[]);
    docker.until(|page| page.names("container_cpu_usage_seconds_total") == ["box-1", "box-2"]);
    let none = json!({"cpu_usage": {"total_usage": 0, "usage_in_kernelmode": 0, "usage_in_usermode": 0}});
    engine.stats(
        &id(2),
        json!({"read": "0001-01-01T00:00:00Z", "cpu_stats": none, "memory_stats": {"usage": 0}, "networks": null}),
    );
    let page = docker.page();
    for family in
        ["container_cpu_usage_seconds_total", "container_memory_usage_bytes", "container_network_receive_bytes_total"]
    {
        assert_eq!(page.names(family), ["box-1"], "{family}");
    }
    assert_eq!(page.names("container_last_seen"), ["box-1", "box-2"]);
    assert_eq!(page.series("docker_exporter_usage_source"), ["docker_exporter_usage_source{source=\"stats\"} 1"]);
}

#[test]
fn an_engine_behind_a_proxy_on_another_host() {
    let engine = engine_of(3);
    let proxy = Proxy::before(&engine);
    let address = proxy.address;
    let docker = Docker::start_at(&format!("tcp://{address}"), &[]);
    docker.until(|page| page.names("container_memory_usage_bytes") == ["box-1", "box-2", "box-3"]);
    engine.event(event(1, "box-1", "oom", ""));
    docker.until(|page| page.total("container_oom_kills_total", "box-1") == Some(1.0));
    let log = docker.log();
    assert!(
        log.contains(&format!("msg=\"following the Docker engine\" engine=tcp://{address} version=25.0.5 api=1.44")),
        "{log}"
    );
    // No stream is left to hold the proxy up.
    until(|| engine.connections() == 0);
}
