//! What users do with their containers.

use super::engine::Engine;
use super::exporter::{Exporter, Page, label};
use super::truth::Truth;

/// Heeds signals, and a file by which it is to fail.
const SERVER: &str =
    "trap : HUP; trap 'exit 0' TERM; touch /tmp/up; while ! test -e /tmp/fail; do sleep 0.1; done; exit 5";

/// Whether the page expects a container to run, and in which state it shows it.
fn state(page: &Page, name: &str) -> (Option<f64>, String) {
    (page.named("container_expected_running", name), page.state(name).join(" "))
}

fn is(expected: bool, state: &str) -> (Option<f64>, String) {
    (Some(if expected { 1.0 } else { 0.0 }), state.to_owned())
}

#[test]
fn containers_that_are_stopped_started_and_killed_and_one_that_crashes() {
    let Some(engine) = Engine::boot("docker") else { return };
    let truth = Truth::of(&engine);
    let exporter = Exporter::attentive(&engine, &[]);
    let server = ["sh", "-c", SERVER];
    engine.run("web", &["--restart=always"], &server);
    engine.run("job", &[], &server);
    for name in ["web", "job"] {
        engine.wait_for("it heeds signals", || engine.docker(&["exec", name, "ls", "/tmp"]).contains("up"));
    }
    exporter.shows("one that is to run", &is(true, "running"), |page| state(page, "web"));
    exporter.shows("one that may end", &is(false, "running"), |page| state(page, "job"));
    let began = exporter.page().named("container_start_time_seconds", "web");

    engine.docker(&["restart", "web"]);
    exporter.shows("one restart", &Some(1.0), |page| page.named("container_restarts_total", "web"));
    exporter.shows("one that is up again", &is(true, "running"), |page| state(page, "web"));
    exporter.shows("another start", &true, |page| page.named("container_start_time_seconds", "web") > began);

    engine.docker(&["stop", "web"]);
    exporter.shows("one that was stopped", &is(false, "exited"), |page| state(page, "web"));
    engine.docker(&["start", "web"]);
    exporter.shows("one that is to run", &is(true, "running"), |page| state(page, "web"));
    engine.docker(&["kill", "web"]);
    exporter.shows("one that was killed by hand", &is(false, "exited"), |page| state(page, "web"));

    // A signal that ends nothing excuses no crash.
    engine.docker(&["kill", "--signal=HUP", "job"]);
    engine.docker(&["exec", "job", "touch", "/tmp/fail"]);
    exporter.shows("one that has crashed", &is(false, "exited"), |page| state(page, "job"));
    exporter.shows("its code", &Some(5.0), |page| page.named("container_last_exit_code", "job"));

    let counts = exporter.agrees(&truth);
    assert_eq!((counts.restarts["web"], counts.exits["job 1_125 exited"]), (2.0, 1.0));
    assert_eq!(counts.exits["web 137 stopped"], 1.0);
}

#[test]
fn containers_that_get_another_name_or_are_made_anew() {
    let Some(engine) = Engine::boot("docker") else { return };
    let truth = Truth::of(&engine);
    let exporter = Exporter::attentive(&engine, &[]);
    let old = engine.run("web", &["--restart=always"], &["sleep", "1000"]);
    engine.docker(&["restart", "--time=0", "web"]);
    engine.docker(&["rm", "--force", "web"]);
    let new = engine.run("web", &["--restart=always"], &["sleep", "1000"]);
    engine.docker(&["restart", "--time=0", "web"]);
    exporter.shows("totals that go on", &Some(2.0), |page| page.named("container_restarts_total", "web"));
    let ids = |page: &Page, metric: &str| -> Vec<String> {
        page.series(metric, &[("name", "web")]).iter().map(|(series, _)| label(series, "id").to_owned()).collect()
    };
    let path = |id: &str| format!("/docker/{id}");
    exporter.shows("the new one alone", &vec![path(&new)], |page| ids(page, "container_info"));
    // Of the old one, when it was seen last.
    let mut both = vec![path(&old), path(&new)];
    both.sort();
    exporter.shows("when both were there", &both, |page| ids(page, "container_last_seen"));

    engine.docker(&["rename", "web", "site"]);
    exporter.shows("its new name", &is(true, "running"), |page| state(page, "site"));
    exporter.shows("no state of the old name", &(None, String::new()), |page| state(page, "web"));
    exporter
        .shows("what the old name has been through", &Some(2.0), |page| page.named("container_restarts_total", "web"));

    engine.docker(&["pause", "site"]);
    exporter.shows("that it is paused", &"paused".to_owned(), |page| state(page, "site").1);
    engine.docker(&["unpause", "site"]);
    exporter.shows("that it is not", &is(true, "running"), |page| state(page, "site"));
    engine.docker(&["rm", "--force", "site"]);
    exporter.shows("that it is gone", &(None, String::new()), |page| state(page, "site"));

    exporter.agrees(&truth);
}

#[test]
fn containers_that_live_for_a_moment() {
    let Some(engine) = Engine::boot("docker") else { return };
    let truth = Truth::of(&engine);
    let exporter = Exporter::attentive(&engine, &[]);
    let lives = |name: &str, command: &str| engine.run(name, &["--rm"], &["sh", "-c", command]);
    for _ in 0..4 {
        lives("good", "sleep 0.1");
        lives("bad", "sleep 0.1; exit 1");
        engine.wait_for("they are gone", || engine.docker(&["ps", "--all", "--quiet"]).is_empty());
    }
    let counts = exporter.agrees(&truth);
    assert_eq!((counts.exits["good 0 exited"], counts.exits["bad 1_125 exited"]), (4.0, 4.0));
    assert_eq!(exporter.page().series("container_state", &[]), []);
}
