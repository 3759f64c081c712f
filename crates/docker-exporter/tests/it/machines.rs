//! Cgroups of other machines, and an engine that tells whose they are.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::engine::{FakeEngine, Version, id};
use testkit::tree;

use crate::setting::Docker;

const V1_HYBRID: &str = include_str!("../../fixtures/cgroup/v1-hybrid.tree");
const V2_SYSTEMD: &str = include_str!("../../fixtures/cgroup/v2-systemd.tree");

/// A machine in a folder, with one container.
struct Machine(TempDir);

impl Machine {
    fn new(text: &str) -> Machine {
        let folder = tempfile::tempdir().unwrap();
        tree::unpack(&text.replace("{id}", &id(1)).replace("{other}", &id(2)), folder.path()).unwrap();
        Machine(folder)
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn start(&self, engine: &FakeEngine, usage: &str) -> Docker {
        let host = format!("--docker.host={}", engine.host());
        let [procfs, sysfs] = [("procfs", "proc"), ("sysfs", "sys")]
            .map(|(flag, path)| format!("--path.{flag}={}", self.path(path).display()));
        Docker::run(&[&host, usage, "--new-total-zero=0s", &procfs, &sysfs], |_| {})
    }
}

fn container() -> Value {
    json!({"Id": id(1), "Name": "/web", "State": {"Pid": 4711}})
}

#[test]
fn usage_from_cgroups_of_both_versions() {
    for (machine, version, path, controllers) in [
        (V1_HYBRID, Version::V1_41, format!("/docker/{}", id(1)), 4),
        (V2_SYSTEMD, Version::V1_52, format!("/system.slice/docker-{}.scope", id(1)), 4),
    ] {
        let engine = FakeEngine::start(version);
        engine.container(container());
        let machine = Machine::new(machine);
        let docker = machine.start(&engine, "--usage=cgroup");
        let page = docker.page();
        assert!(
            page.shows(&format!("container_memory_usage_bytes{{id=\"{path}\",image=\"box:1\",name=\"web\"}}")),
            "{:?}",
            page.series("container_")
        );
        assert_eq!(page.names("container_network_receive_bytes_total"), ["web"]);
        assert!(page.shows("container_cpu_usage_seconds_total{cpu=\"total\",id=\"/\"}"));
        assert!(page.series("docker_exporter_cgroup_controller_enabled").len() >= controllers);
        assert_eq!(page.series("docker_exporter_usage_source"), ["docker_exporter_usage_source{source=\"cgroup\"} 1"]);
        assert!(!engine.requests().iter().any(|request| request.contains("/stats")));
    }
}

#[test]
fn where_no_cgroup_can_be_seen_the_engine_is_asked_until_one_can() {
    let engine = FakeEngine::start(Version::V1_52);
    engine.container(container());
    let machine = Machine::new(V2_SYSTEMD);
    let (cgroups, hidden) = (machine.path("sys/fs/cgroup/system.slice"), machine.path("hidden"));
    fs::rename(&cgroups, &hidden).unwrap();
    let docker = machine.start(&engine, "--usage=auto");
    let source = |source| format!("docker_exporter_usage_source{{source=\"{source}\"}}");
    let stats = docker.until(|page| page.get(&source("stats")) == Some(1.0));
    assert_eq!(stats.names("container_memory_usage_bytes"), ["web"]);
    assert_eq!(stats.names("container_network_receive_bytes_total"), ["web"]);
    docker.page();
    // A mount that was forgotten.
    fs::rename(&hidden, &cgroups).unwrap();
    let page = docker.until(|page| page.get(&source("cgroup")) == Some(1.0));
    assert_eq!(page.names("container_memory_usage_bytes"), ["web"]);
    assert!(page.shows("container_pressure_cpu_waiting_seconds_total{"));
    let log = docker.log();
    assert_eq!(log.matches("msg=\"cgroups can be seen: containers' usage is read from them\"").count(), 1, "{log}");
    let line = "msg=\"no container's cgroup can be seen: the engine is asked for its usage\"";
    assert_eq!((log.matches(line).count(), log.matches("level=WARN").count()), (1, 1), "{log}");
}
