//! Containers that end again and again.

use super::engine::Engine;
use super::exporter::Exporter;
use super::truth::Truth;

#[test]
fn every_restart_of_a_crash_loop_is_counted_however_seldom_one_scrapes() {
    let Some(engine) = Engine::boot("docker") else { return };
    let truth = Truth::of(&engine);
    let exporter = Exporter::attentive(&engine, &[]);
    // The engine waits longer each time; who ends well is started again as well.
    engine.run("crashing", &["--restart=always"], &["sh", "-c", "sleep 1; exit 3"]);
    engine.run("finishing", &["--restart=always"], &["sleep", "0.2"]);
    engine.run("failing", &["--restart=on-failure:2"], &["sh", "-c", "exit 127"]);
    engine.wait_for("four restarts", || truth.times("crashing", "start") >= 5);
    exporter
        .shows("a container that is to run", &Some(1.0), |page| page.named("container_expected_running", "crashing"));
    // Between two runs.
    exporter.shows("that it waits", &vec!["restarting".to_owned()], |page| page.state("crashing"));
    exporter.shows("its last code", &Some(3.0), |page| page.named("container_last_exit_code", "crashing"));
    engine.docker(&["stop", "crashing", "finishing"]);

    let counts = exporter.agrees(&truth);
    assert!(counts.restarts["crashing"] >= 4.0, "{counts:?}");
    assert_eq!((counts.restarts["failing"], counts.exits["failing 126_127 exited"]), (2.0, 3.0));
    exporter.shows("that retries are used up", &Some(1.0), |page| page.named("container_expected_running", "failing"));
    exporter.shows("no change that events did not tell of", &Some(0.0), |page| {
        page.one("docker_exporter_reconciled_changes_total", &[])
    });
}
