//! What the exporter does while nobody scrapes it.

use std::process::Command;
use std::time::Duration;

use testkit::process::Process;
use testkit::usage::Processor;

use super::engine::Engine;
use super::exporter::Exporter;
use super::proxy::Proxy;

/// Containers with a health check that runs again and again.
const COUNT: usize = 20;
/// Checks that are waited for.
const CHECKS: usize = 60;

#[test]
fn health_checks_that_run_all_the_time_cost_nothing() {
    let Some(engine) = Engine::boot("docker") else { return };
    let proxy = Proxy::start(&engine, |_| true);
    let exporter = Exporter::start_at(&engine, &proxy.host(), &[]);
    exporter.listens();
    let mut command = Command::new("docker");
    command.args(["--host", &engine.host(), "events", "--filter=event=exec_start", "--format={{.Action}}"]);
    let checks = Process::until(command, "its output", || true).expect("docker starts");
    for number in 0..COUNT {
        let check = ["--health-cmd=true", "--health-interval=2s", "--network=none"];
        engine.run(&format!("checked{number}"), &check, &["sleep", "1000"]);
    }
    let healthy = [("status", "healthy")];
    exporter
        .shows("that all are healthy", &COUNT, |page| page.labels("container_health_status", &healthy, "name").len());

    let done = || checks.stdout().lines().count();
    // A second look at the last of them, and a list every 45 seconds, are not to be mistaken for what a check brings about.
    let quiet = || {
        let before = done();
        engine.wait_for("checks", || done() >= before + COUNT);
        proxy.take().is_empty()
    };
    engine.wait_for("what it asked for is through", quiet);
    let (processor, before) = (Processor::of(exporter.process().id()).expect("it runs"), done());
    let mut asked = Vec::new();
    engine.wait_for("checks", || done() >= before + CHECKS);
    asked.extend(proxy.take());
    let used = Processor::of(exporter.process().id()).expect("it runs").since(&processor);
    if asked.iter().all(|request| !request.contains("/containers/json")) {
        assert_eq!(asked, [""; 0]);
    }
    // A request for each check would take several times as much.
    assert!(used < Duration::from_millis(100), "{used:?}");
}
