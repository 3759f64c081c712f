//! Processes that the kernel kills for memory.

use super::engine::Engine;
use super::exporter::Exporter;
use super::kernel::group_file;
use super::truth::Truth;

/// What does not fit into the memory of these containers.
const LIMIT: &str = "--memory=16m";
const EAT: &str = "dd if=/dev/zero of=/dev/null bs=64M count=1";

#[test]
fn a_container_that_runs_out_of_memory_each_time_it_is_started() {
    let Some(engine) = Engine::boot("docker") else { return };
    let truth = Truth::of(&engine);
    let exporter = Exporter::attentive(&engine, &[]);
    // Of one that is killed as soon as it starts the engine does not always tell why.
    engine.run("hungry", &[LIMIT, "--restart=always"], &["sh", "-c", &format!("sleep 0.5; exec {EAT}")]);
    engine.wait_for("three kills", || truth.times("hungry", "oom") >= 3);
    engine.docker(&["rm", "--force", "hungry"]);

    let counts = exporter.agrees(&truth);
    assert!(counts.exits["hungry 137 oom"] >= 2.0, "{counts:?}");
    exporter.shows("its last code", &Some(137.0), |page| page.named("container_last_exit_code", "hungry"));
}

#[test]
fn a_container_that_survives_its_processes() {
    let Some(engine) = Engine::boot("docker") else { return };
    let exporter = Exporter::attentive(&engine, &[]);
    // The kernel takes the one that has the most memory.
    let parent = format!("for i in 1 2 3; do sleep 1; {EAT}; done; exec sleep 1000");
    let id = engine.run("parent", &[LIMIT], &["sh", "-c", &parent]);
    let killed = || {
        let text = group_file(&engine, &id, "memory", ["memory.oom_control", "memory.events"]);
        let count = text.lines().find_map(|line| line.strip_prefix("oom_kill "));
        count.expect("the kernel counts them").to_owned()
    };
    engine.wait_for("three kills", || killed() == "3");
    exporter.counts("each of them", &[Some(3.0); 2], |page| {
        ["container_oom_kills_total", "container_oom_events_total"].map(|metric| page.named(metric, "parent"))
    });
    let page = exporter.page();
    assert_eq!((page.state("parent"), page.counts().exits.len()), (vec!["running".to_owned()], 0));
}
