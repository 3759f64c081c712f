//! Engines that are not there, or not all the time.

use super::engine::Engine;
use super::exporter::{Exporter, Page};
use super::truth::Counts;

/// Whether the engine is there, and whether its events are heard.
fn up(page: &Page) -> [Option<f64>; 2] {
    ["docker_up", "docker_exporter_event_stream_connected"].map(|metric| page.one(metric, &[]))
}

/// What is counted for a name: restarts, and ends of whatever kind.
fn changes(page: &Page, name: &str) -> [f64; 2] {
    ["container_restarts_total", "container_exits_total"]
        .map(|metric| page.series(metric, &[("name", name)]).iter().map(|(_, value)| value).sum())
}

#[test]
fn an_exporter_that_is_there_before_the_engine() {
    let Some(mut engine) = Engine::boot("docker") else { return };
    engine.run("idle", &[], &["true"]);
    engine.run("always", &["--restart=always"], &["sleep", "1000"]);
    engine.stop();
    let exporter = Exporter::start(&engine, &[]);
    exporter.shows("that there is none", &[Some(0.0); 2], up);
    exporter
        .shows("why", &Some(0.0), |page| page.one("docker_exporter_collector_success", &[("collector", "containers")]));
    engine.start();
    exporter.listens();
    exporter.shows("its containers", &["exited", "running"].map(|state| vec![state.to_owned()]), |page| {
        ["idle", "always"].map(|name| page.state(name))
    });
    exporter.shows("what they were through before", &Some(0.0), |page| page.named("container_last_exit_code", "idle"));
    // `always` may have been started again while the exporter looked.
    exporter.counts("nothing that happened before", &[0.0; 2], |page| changes(page, "idle"));
}

#[test]
fn an_engine_that_stops_with_its_containers_and_is_started() {
    let Some(mut engine) = Engine::boot("docker") else { return };
    engine.run("idle", &[], &["true"]);
    engine.run("once", &[], &["sleep", "1000"]);
    engine.run("always", &["--restart=always"], &["sleep", "1000"]);
    engine.docker(&["create", "--name=new", super::engine::IMAGE, "true"]);
    engine.wait_for("it has ended", || engine.inspect("idle")["State"]["Status"] == "exited");
    let exporter = Exporter::attentive(&engine, &[]);
    engine.stop();
    exporter.shows("that it is gone", &[Some(0.0); 2], up);
    engine.start();
    exporter.listens();
    engine.wait_for("it is restarted", || engine.inspect("always")["State"]["Status"] == "running");
    exporter.counts("what has changed", &[[1.0, 1.0], [0.0, 1.0], [0.0; 2], [0.0; 2]], |page| {
        ["always", "once", "idle", "new"].map(|name| changes(page, name))
    });
    exporter.shows("how they are", &[Some(1.0), Some(0.0)], |page| {
        ["always", "once"].map(|name| page.named("container_expected_running", name))
    });
    assert!(exporter.page().one("docker_exporter_event_stream_reconnects_total", &[]) >= Some(1.0));
}

#[test]
fn an_engine_that_is_killed_while_its_containers_run_on() {
    let Some(mut engine) = Engine::boot("docker") else { return };
    engine.run("idle", &[], &["true"]);
    engine.run("once", &[], &["sleep", "1000"]);
    engine.run("always", &["--restart=always"], &["sleep", "1000"]);
    engine.wait_for("it has ended", || engine.inspect("idle")["State"]["Status"] == "exited");
    let exporter = Exporter::attentive(&engine, &[]);
    exporter
        .shows("what they use", &2, |page| page.series("container_memory_usage_bytes", &[("image", "box:1")]).len());
    let before = engine.inspect("always")["State"]["Pid"].clone();
    engine.kill();
    exporter.shows("that it is gone", &[Some(0.0); 2], up);
    // They are there, whether or not the engine is.
    exporter
        .shows("what they use", &2, |page| page.series("container_memory_usage_bytes", &[("image", "box:1")]).len());
    assert_eq!(exporter.page().counts(), Counts::default());

    engine.start();
    exporter.listens();
    let restarted = || {
        let state = engine.inspect("always")["State"].take();
        state["Status"] == "running" && state["Pid"] != before
    };
    engine.wait_for("it is restarted", restarted);
    exporter.counts("what has changed", &[[1.0, 1.0], [0.0, 1.0], [0.0; 2]], |page| {
        ["always", "once", "idle"].map(|name| changes(page, name))
    });
}
