//! What engines of several times tell, and what none should.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use testkit::engine::{Answer, FakeEngine, Version, id};

use crate::setting::{Docker, Page, runs};

/// What of a page is of containers, but for the time.
fn of_containers(page: &Page) -> Vec<String> {
    let all = [page.series("container_"), page.series("docker_containers"), page.series("machine_")].concat();
    all.into_iter().filter(|series| !series.starts_with("container_last_seen")).collect()
}

#[test]
fn the_same_containers_in_the_shapes_of_every_version() {
    let pages = [Version::V1_41, Version::V1_44, Version::V1_52, Version::V1_55].map(|version| {
        let engine = FakeEngine::start(version);
        let health = json!({"Status": "unhealthy", "FailingStreak": 4, "Log": []});
        let limits = json!({"Memory": 16_777_216, "CpuQuota": 50_000, "CpuPeriod": 100_000, "PidsLimit": 100});
        engine.container(json!({"Id": id(1), "Name": "/web", "State": {"Health": health}, "HostConfig": limits}));
        engine.container(json!({"Id": id(2), "Name": "/job", "State": {"Status": "exited", "ExitCode": 3}}));
        let docker = Docker::start(&engine, &[]);
        let page = docker.page();
        (of_containers(&page), page.series("docker_engine_info"))
    });
    let [(old, _), others @ ..] = &pages;
    let versions: Vec<_> = pages.iter().map(|(_, info)| info.join("")).collect();
    assert_eq!(
        versions,
        [
            ("1.41", "cgroupfs", "1", "overlay2", "20.10.24"),
            ("1.44", "systemd", "2", "overlayfs", "25.0.5"),
            ("1.52", "systemd", "2", "overlayfs", "29.0.1"),
            ("1.55", "systemd", "2", "overlayfs", "29.7.2")
        ]
        .map(|(api, driver, cgroup, storage, version)| format!(
            "docker_engine_info{{api_version=\"{api}\",cgroup_driver=\"{driver}\",cgroup_version=\"{cgroup}\",\
             storage_driver=\"{storage}\",version=\"{version}\"}} 1"
        ))
    );
    assert!(others.iter().all(|(page, _)| *page == others[0].0), "{others:?}");
    // One is on cgroup v1, whose statistics say more, the others on v2, where the engine names a container's cgroup otherwise.
    let (v1, v2) = (names(old), names(&others[0].0));
    assert_eq!(
        v1.difference(&v2).copied().collect::<Vec<_>>(),
        [
            "container_fs_reads_total",
            "container_fs_writes_total",
            "container_memory_failcnt",
            "container_memory_max_usage_bytes",
        ]
    );
    assert_eq!(v2.difference(&v1).copied().collect::<Vec<_>>(), ["container_memory_slab_reclaimable_bytes"]);
    assert!(old.iter().any(|series| series.contains("{cpu=\"total\",id=\"/docker/0")));
    assert!(others[0].0.iter().any(|series| series.contains("{cpu=\"total\",id=\"/system.slice/docker-0")));
}

fn names(series: &[String]) -> BTreeSet<&str> {
    series.iter().filter_map(|series| series.split(['{', ' ']).next()).collect()
}

#[test]
fn words_and_fields_that_nobody_knows() {
    let engine = FakeEngine::start(Version::V1_55);
    engine.container(runs(1, "web"));
    engine.container(json!({
        "Id": id(2),
        "Name": "/pod",
        "State": {"Status": "hibernating", "Health": {"Status": "reluctant", "FailingStreak": 1}, "Mood": ["odd"]},
        "HostConfig": {"RestartPolicy": {"Name": "whenever"}},
        "Planet": {"Name": "Mars"},
    }));
    let docker = Docker::start(&engine, &[]);
    let page = docker.page();
    assert_eq!(page.names("container_info"), ["pod", "web"]);
    // Of a state that is not known it is not said that it is in none.
    assert_eq!(page.names("container_state"), ["web"]);
    assert!(!page.shows("container_health_status"));
    assert_eq!(page.get("docker_exporter_inspect_failures_total"), Some(0.0));
}

/// Every field of it that may be absent is null.
fn nulls(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| (key.clone(), if key == "Id" { value.clone() } else { nulls(value) }))
            .collect(),
        _ => Value::Null,
    }
}

#[test]
fn nothing_but_null() {
    let engine = FakeEngine::start(Version::V1_44);
    let state = json!({"Status": null, "Pid": null, "StartedAt": null, "FinishedAt": null, "ExitCode": null});
    let container = json!({
        "Id": id(2),
        "Name": "/none",
        "Created": "",
        "State": state,
        "HostConfig": {"RestartPolicy": {"Name": "", "MaximumRetryCount": 0}, "NetworkMode": ""},
        "Config": {"Image": "", "Labels": {"a": "b"}},
    });
    engine.container(runs(1, "web"));
    engine.container(runs(2, "none"));
    engine.answer(&format!("/containers/{}/json", id(2)), Answer::Json(200, nulls(&container)));
    engine.answer(&format!("/containers/{}/stats", id(2)), Answer::Json(200, Value::Null));
    engine.answer("/info", Answer::Json(200, json!({"NCPU": null, "MemTotal": null, "CgroupVersion": null})));
    let page = Docker::start(&engine, &[]).page();
    assert!(page.is_up());
    assert_eq!(page.names("container_memory_rss"), ["web"]);
    assert!(!page.shows("machine_"));
    let empty = FakeEngine::start(Version::V1_44);
    empty.answer("/containers/json", Answer::Json(200, Value::Null));
    let page = Docker::start(&empty, &[]).page();
    assert_eq!((page.is_up(), page.names("container_info").len()), (true, 0));
}

/// One strange entry has cost whole lists (fussybeaver/bollard#701).
#[test]
fn an_entry_and_an_inspection_that_cannot_be_decoded() {
    let engine = FakeEngine::start(Version::V1_52);
    for (number, name) in [(1, "web"), (2, "odd"), (3, "db")] {
        engine.container(runs(number, name));
    }
    let entry =
        |number: u32, names: Value| json!({"Id": id(number), "Names": names, "State": "running", "Status": "Up"});
    let list = json!([
        entry(1, json!(["/web"])),
        "odd",
        7,
        null,
        entry(2, json!({"first": "/odd"})),
        entry(3, json!(["/db"]))
    ]);
    engine.answer("/containers/json", Answer::Json(200, list));
    let page = Docker::start(&engine, &[]).page();
    assert_eq!((page.is_up(), page.names("container_info")), (true, vec!["db", "web"]));

    let engine = FakeEngine::start(Version::V1_52);
    for (number, name) in [(1, "web"), (2, "odd"), (3, "db")] {
        engine.container(runs(number, name));
    }
    engine.answer(&format!("/containers/{}/json", id(2)), Answer::Json(200, json!({"Id": id(2), "State": "running"})));
    let docker = Docker::start(&engine, &[]);
    let page = docker.page();
    assert_eq!((page.is_up(), page.names("container_info")), (true, vec!["db", "web"]));
    docker.until(|page| page.get("docker_exporter_inspect_failures_total") == Some(1.0));
}
