//! An engine that is not there, not yet or not any more, and one that may not be asked.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::thread;
use std::time::Duration;

use testkit::engine::{FakeEngine, Version};
use testkit::process::binary;

use crate::setting::{Docker, Page, runs};

/// 65534 is nobody, whom permissions stop.
const NOBODY: u32 = 65_534;

/// Puts an engine's socket where the program looks for it.
fn put(engine: &FakeEngine, path: &Path) {
    drop(fs::remove_file(path));
    symlink(engine.socket(), path).unwrap();
}

#[test]
fn an_engine_that_comes_goes_and_comes_back_as_another_version() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("docker.sock");
    let docker = Docker::start_at(&format!("unix://{}", path.display()), &["--expect=web"]);
    let page = docker.page();
    assert!(!page.is_up() && page.get("docker_up") == Some(0.0));
    assert_eq!(page.get("docker_exporter_collector_success{collector=\"containers\"}"), Some(0.0));
    assert_eq!(page.total("container_expected", "web"), Some(1.0));

    let engine = FakeEngine::start(Version::V1_41);
    engine.container(runs(1, "web"));
    put(&engine, &path);
    let page = docker.until(|page| page.is_up() && page.names("container_memory_usage_bytes") == ["web"]);
    assert!(page.shows("docker_engine_info{api_version=\"1.41\""));

    drop(engine);
    let page = docker.until(|page| !page.is_up());
    assert!(!page.shows("container_memory_") && !page.shows("container_cpu_"), "{:?}", page.series("container_"));
    assert_eq!(page.get("docker_exporter_event_stream_connected"), Some(0.0));

    let engine = FakeEngine::start(Version::V1_55);
    engine.container(runs(1, "web"));
    put(&engine, &path);
    let page = docker.until(|page| page.is_up() && page.names("container_memory_usage_bytes") == ["web"]);
    assert!(
        page.shows("docker_engine_info{api_version=\"1.55\"") && !page.shows("docker_engine_info{api_version=\"1.41\"")
    );
    assert_eq!(page.total("container_restarts_total", "web"), Some(0.0));
    assert!(engine.requests().iter().any(|request| request.starts_with("GET /v1.55/containers/json")));

    let log = docker.log();
    let lines: Vec<&str> = log.lines().filter(|line| line.contains("level=WARN")).collect();
    let absent = lines
        .iter()
        .filter(|line| line.contains("the Docker engine can't be followed") && line.contains("there is no unix://"))
        .count();
    assert!((1..=2).contains(&absent), "{log}");
    assert_eq!(log.matches("msg=\"following the Docker engine\"").count(), 2, "{log}");
}

#[test]
fn containers_of_an_engine_that_is_gone_were_seen_until_then_and_go_like_it() {
    let engine = FakeEngine::start(Version::V1_52);
    engine.container(runs(1, "web"));
    let docker = Docker::start(&engine, &["--last-seen-linger=3s"]);
    docker.until(Page::is_up);
    drop(engine);
    let page = docker.until(|page| !page.is_up());
    assert!(!page.shows("docker_containers") && !page.shows("docker_engine_info"));
    let seen = page.series("container_last_seen");
    assert_eq!((seen.len(), page.names("container_state")), (1, vec!["web"]));
    thread::sleep(Duration::from_millis(1100));
    assert_eq!(docker.page().series("container_last_seen"), seen, "it stands still");

    let page = docker.until(|page| !page.shows("container_last_seen"));
    assert!(!page.shows("container_state") && !page.shows("container_info"));
    // What was counted is remembered.
    assert_eq!(page.total("container_restarts_total", "web"), Some(0.0));
}

#[test]
fn an_engine_that_this_user_may_not_ask() {
    let engine = FakeEngine::start(Version::V1_44);
    engine.container(runs(1, "web"));
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(engine.socket().parent().unwrap(), Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(engine.socket(), Permissions::from_mode(0o000)).unwrap();
    let is_root = fs::metadata(folder.path()).unwrap().uid() == 0;
    // Root may connect to anything: a copy of the program, where another user can reach it, as that user.
    let (built, program) = (binary("docker-exporter").unwrap(), folder.path().join("docker-exporter"));
    fs::hard_link(&built, &program).or_else(|_| fs::copy(&built, &program).map(drop)).unwrap();
    let host = format!("--docker.host={}", engine.host());
    let docker = Docker::run_program(&program, &[&host, "--usage=stats"], |command| {
        if is_root {
            command.uid(NOBODY).gid(NOBODY);
        }
    });
    let page = docker.page();
    assert!(page.get("docker_up") == Some(0.0) && !page.shows("container_state"));
    // It tries again, and does not say so again.
    thread::sleep(Duration::from_secs(2));
    let log = docker.log();
    let line = format!(
        "error=\"may not connect to {}; run as a member of the group that the socket belongs to (docker), or let a socket proxy \
         ask the engine and name it by --docker.host\"",
        engine.host()
    );
    assert_eq!(log.matches(&line).count(), 2, "once for the engine and once for the collector: {log}");
    assert!(log.contains("msg=\"the Docker engine can't be followed\"") && engine.requests().is_empty(), "{log}");
}
