//! What containers have been through before the exporter is there.

use super::engine::Engine;
use super::exporter::{Exporter, Page};
use super::truth::Counts;

#[test]
fn an_exporter_that_is_restarted_beside_containers_with_a_past() {
    let Some(engine) = Engine::boot("docker") else { return };
    // Fails four times.
    let restarted = "echo >>/tmp/runs; test $(wc -l </tmp/runs) -gt 4 && exec sleep 1000; exit 3";
    engine.run("restarted", &["--restart=always"], &["sh", "-c", restarted]);
    let eat = "dd if=/dev/zero of=/dev/null bs=64M count=1";
    let killed = format!(
        "for i in 1 2 3; do {eat}; done; touch /tmp/done; while ! test -e /tmp/more; do sleep 0.1; done; {eat}; exec sleep 1000"
    );
    engine.run("killed", &["--memory=16m"], &["sh", "-c", &killed]);
    engine.run("ended", &[], &["sh", "-c", "exit 2"]);
    engine.wait_for("its restarts", || {
        let container = engine.inspect("restarted");
        container["RestartCount"] == 4 && container["State"]["Status"] == "running"
    });
    engine.wait_for("its kills", || engine.docker(&["exec", "killed", "ls", "/tmp"]).contains("done"));

    let nothing = |exporter: &Exporter| {
        exporter.counts("nothing that was before", &(Counts::default(), 3, 0.0), |page| {
            let kills = page.series("container_oom_events_total", &[]);
            (page.counts(), kills.len(), kills.iter().map(|(_, value)| value).sum::<f64>())
        });
        exporter.shows("how it ended", &Some(2.0), |page| page.named("container_last_exit_code", "ended"));
        exporter
            .shows("that it was no crash of now", &Some(0.0), |page| page.named("container_expected_running", "ended"));
    };
    let exporter = Exporter::attentive(&engine, &[]);
    nothing(&exporter);
    // What comes then is counted, whatever was before.
    engine.docker(&["restart", "--time=0", "restarted"]);
    engine.docker(&["exec", "killed", "touch", "/tmp/more"]);
    exporter.counts("what is new", &[Some(1.0); 2], |page: &Page| {
        [page.named("container_restarts_total", "restarted"), page.named("container_oom_kills_total", "killed")]
    });
    drop(exporter);
    nothing(&Exporter::attentive(&engine, &[]));
}
