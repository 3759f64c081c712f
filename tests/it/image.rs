//! The image on a Docker engine, where one answers: built and run as its README says.

use std::fs;
use std::net::SocketAddr;
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use testkit::process::free_address;

use crate::container::{Plain, static_program};
use crate::machine::is_ready;
use crate::same_page::differences;
use crate::tools::{repository, skip};

/// How long the engine may take for a step.
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn the_image_as_its_readme_runs_it() {
    if !docker(&["version"]).status.success() {
        return skip("image", "a Docker engine that the command docker reaches");
    }
    let Some(program) = static_program("image", "host-exporter") else { return };
    let folder = tempfile::tempdir().expect("there is a folder for temporary files");
    for name in ["programs", "state"] {
        fs::create_dir(folder.path().join(name)).expect("the folder is ours");
    }
    fs::copy(&program, folder.path().join("programs/host-exporter")).expect("there is room for a copy");
    let container = Container(format!("pilotlight-{}", std::process::id()));
    let dockerfile = repository().join("Dockerfile").display().to_string();
    done(&[
        "build",
        "--target",
        "prebuilt",
        "--tag",
        &container.0,
        "--file",
        &dockerfile,
        &folder.path().display().to_string(),
    ]);

    let address = free_address().expect("loopback has a free port");
    let run = run(&container.0, address);
    done(&run.iter().map(String::as_str).collect::<Vec<_>>());
    wait_for("it answers", || is_ready(address));
    let plain = Plain::start(&program);
    let mut differences = differences(address, plain.address());
    // A scrape takes more sockets of the machine, since the engine hands it on.
    differences.retain(|series| !series.starts_with("node_sockstat_TCP_"));
    assert_eq!(differences, Vec::<String>::new());

    let state = container.state();
    let status = fs::read_to_string(format!("/proc/{}/status", state["Pid"])).expect("it runs");
    let none = "0000000000000000\n";
    for (name, value) in [
        ("Uid", "65534\t65534\t65534\t65534\n"),
        ("CapPrm", none),
        ("CapBnd", none),
        ("NoNewPrivs", "1\n"),
        ("Seccomp", "2\n"),
    ] {
        assert!(status.contains(&format!("{name}:\t{value}")), "{name} is not {value} in {status}");
    }
    wait_for("it is healthy", || container.state()["Health"]["Status"] == "healthy");

    let started = Instant::now();
    done(&["stop", "--time", "15", &container.0]);
    assert!(started.elapsed() < Duration::from_secs(6), "{:?}", started.elapsed());
    assert_eq!(container.state()["ExitCode"], 0);
}

/// The arguments of `docker run` in the README, for this container and address, and with a health check that comes soon.
fn run(name: &str, address: SocketAddr) -> Vec<String> {
    let readme = fs::read_to_string(repository().join("deploy/docker/README.md")).expect("it is text");
    let (_, command) = readme.split_once("\ndocker run ").expect("it says how to run it");
    let (command, _) = command.split_once("\n```").expect("the block ends");
    let command = command.replace("\\\n", " ").replace("--name host-exporter", &format!("--name {name}"));
    let command = command.replace(" pilotlight ", &format!(" {name} "));
    let mut arguments = vec!["run".to_owned(), "--health-interval=1s".to_owned()];
    arguments.extend(command.split_whitespace().map(|word| word.replace("127.0.0.1:9100:", &format!("{address}:"))));
    arguments
}

/// A container and its image, of the same name; both are gone when it is dropped.
struct Container(String);

impl Container {
    fn state(&self) -> Value {
        let state = done(&["inspect", "--type", "container", "--format", "{{json .State}}", &self.0]);
        serde_json::from_str(&state).expect("it is JSON")
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        docker(&["rm", "--force", "--volumes", &self.0]);
        docker(&["rmi", "--force", &self.0]);
    }
}

/// What a command of docker printed.
fn done(arguments: &[&str]) -> String {
    let output = docker(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("it is text")
}

/// A machine without the command has no engine either.
fn docker(arguments: &[&str]) -> Output {
    let output = Command::new("docker").args(arguments).output();
    output.or_else(|_| Command::new("false").output()).expect("every system has false")
}

fn wait_for(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "never: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}
