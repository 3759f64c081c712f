//! Health checks that come to something else.

use super::engine::Engine;
use super::exporter::Exporter;
use super::truth::Truth;

#[test]
fn a_container_that_falls_ill_and_recovers_between_two_scrapes() {
    let Some(engine) = Engine::boot("docker") else { return };
    let truth = Truth::of(&engine);
    let exporter = Exporter::attentive(&engine, &[]);
    let check = ["--health-cmd=test ! -e /tmp/ill", "--health-interval=500ms", "--health-retries=2"];
    engine.run("plain", &[], &["sleep", "1000"]);
    engine.run("frail", &check, &["sleep", "1000"]);
    let becomes = |word: &str, times: usize| {
        let action = format!("health_status: {word}");
        engine.wait_for(&action, || truth.times("frail", &action) == times);
    };
    becomes("healthy", 1);
    exporter.shows("how they are", &(vec!["healthy".to_owned()], [Some(-1.0), Some(1.0), Some(0.0)]), |page| {
        let state = |name| page.named("container_health_state", name);
        let streak = page.named("container_health_failing_streak", "frail");
        (page.labels("container_health_status", &[], "status"), [state("plain"), state("frail"), streak])
    });

    for round in 1..=2 {
        engine.docker(&["exec", "frail", "touch", "/tmp/ill"]);
        becomes("unhealthy", round);
        engine.docker(&["exec", "frail", "rm", "/tmp/ill"]);
        becomes("healthy", round + 1);
    }
    exporter.shows("every change", &[Some(2.0), Some(3.0)], |page| {
        let to = |word| page.one("container_health_transitions_total", &[("name", "frail"), ("to", word)]);
        ["unhealthy", "healthy"].map(to)
    });

    engine.docker(&["exec", "frail", "touch", "/tmp/ill"]);
    becomes("unhealthy", 3);
    exporter.shows("that it is ill", &(vec!["unhealthy".to_owned()], Some(0.0), true), |page| {
        let streak = page.named("container_health_failing_streak", "frail");
        let words = page.labels("container_health_status", &[], "status");
        (words, page.named("container_health_state", "frail"), streak >= Some(2.0))
    });
    exporter.agrees(&truth);

    // What the engine keeps of one that is down says nothing.
    engine.docker(&["stop", "frail"]);
    exporter.shows("no word of one that is down", &(0, None), |page| {
        (page.series("container_health_status", &[]).len(), page.named("container_health_state", "frail"))
    });
    exporter.agrees(&truth);
}
