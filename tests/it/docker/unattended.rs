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
const CHECKS: usize = 40;

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
    let process = exporter.process().id();
    let window = || {
        let (before, processor) = (done(), Processor::of(process).expect("it runs"));
        proxy.take();
        engine.wait_for("checks", || done() >= before + CHECKS);
        (proxy.take(), Processor::of(process).expect("it runs").since(&processor))
    };
    // The first sees the end of what the last container has brought about; and every 45 seconds there is a list of everything.
    let windows = (0..4).map(|_| window());
    let (asked, used) = windows.min_by_key(|(asked, _)| asked.len()).expect("there are four");
    assert_eq!(asked, [""; 0]);
    // A request for each check would take several times as much.
    assert!(used < Duration::from_millis(100), "{used:?}");
}
