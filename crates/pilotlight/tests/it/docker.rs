use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use serde_json::json;
use testkit::engine::{FakeEngine, Version, id};
use testkit::http::get;
use testkit::process::Process;

use crate::setting::{Setting, table};

#[test]
fn an_engine_to_which_a_variable_leads() {
    let engine = FakeEngine::start(Version::V1_52);
    engine.container(json!({"Id": id(1), "Name": "/web"}));
    let setting = Setting::new();
    let mut command = setting.command();
    command
        .env("DOCKER_HOST", engine.host())
        .env("DOCKER_EXPORTER_USAGE", "stats")
        .env("DOCKER_EXPORTER_EXPECT", "cache");
    let process = Process::spawn(command, setting.page, "/-/ready").unwrap();
    let page = get(setting.docker, "/metrics", &[]).unwrap().text();
    assert!(page.contains("\ndocker_up 1\n") && page.contains("\ncontainer_expected{name=\"cache\"} 1\n"), "{page}");
    assert!(page.contains(",image=\"box:1\",name=\"web\"} 454656\n"), "{page}");
    let told = table(process);
    let rows = format!(
        "\n  docker   on   http://{}/metrics\n                collectors: containers, usage, network\n",
        setting.docker
    );
    assert!(told.contains(&rows), "{told}");
}

#[test]
fn an_engine_that_is_not_there_yet_is_served_and_what_it_lacks_is_told() {
    let setting = Setting::new();
    let socket = setting.folder.path().join("docker.sock");
    let mut command = setting.command();
    command.env("DOCKER_HOST", format!("unix://{}", socket.display()));
    let process = Process::spawn(command, setting.page, "/-/ready").unwrap();
    assert!(get(setting.docker, "/metrics", &[]).unwrap().text().contains("\ndocker_up 0\n"));
    let told = table(process);
    let row = format!("\n  docker   on   http://{}/metrics\n", setting.docker);
    let why =
        format!("containers: there is no unix://{}; start the engine, or mount its socket there\n", socket.display());
    assert!(told.contains(&row) && told.contains(&why), "{told}");
}

#[test]
fn a_variable_that_leads_to_no_engine() {
    let setting = Setting::new();
    let process = Process::spawn(setting.command(), setting.page, "/-/ready").unwrap();
    assert!(get(setting.docker, "/metrics", &[]).is_err());
    let told = table(process);
    let row = "\n  docker   off  DOCKER_HOST: not an address of an engine; use unix:///PATH or tcp://HOST:PORT\n";
    assert!(told.contains(row), "{told}");
}

#[test]
fn no_variable_and_what_was_tried() {
    let setting = Setting::new();
    let mut command = setting.command();
    command.env_remove("DOCKER_HOST");
    let process = Process::spawn(command, setting.page, "/-/ready").unwrap();
    let told = table(process);
    let row = told.lines().find(|line| line.starts_with("  docker ")).unwrap();
    // This machine may have an engine of its own.
    let user = fs::metadata(setting.folder.path()).unwrap().uid();
    let own = format!("/var/run/docker.sock /run/docker.sock /run/podman/podman.sock /run/user/{user}/docker.sock");
    if own.split(' ').any(|socket| Path::new(socket).exists()) {
        assert!(row.starts_with("  docker   on   http://"), "{told}");
        return;
    }
    let home = setting.folder.path().display();
    assert!(row.starts_with("  docker   off  no Docker engine: none of /var/run/docker.sock, "), "{row}");
    assert!(row.contains(&format!(" {home}/docker.sock, ")) && row.contains(&format!("{home}/.docker/run/")), "{row}");
    assert!(row.ends_with(" is there; start it, or say where it is by --docker.host or DOCKER_HOST"), "{row}");
}
