//! The image on a Docker engine: built and run as the README in `deploy/docker` says.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt as _;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use testkit::http;

use crate::container::{PROGRAMS, Plain, static_program};
use crate::docker::engine::Engine;
use crate::machine::is_ready;
use crate::same_page::{differences_of, series};
use crate::tools::repository;

/// What differs as a scrape is a connection, and one to the container is not in the machine's network; tracked connections the kernel
/// shows to everybody of their own network alone.
const OF_NETWORK: [&str; 3] = ["node_netstat_Tcp_CurrEstab", "node_nf_conntrack_entries:", "node_sockstat_"];

/// What holds for every container, as the kernel says it.
const WITHOUT_RIGHTS: [(&str, &str); 5] = [
    ("Uid", "65534\t65534\t65534\t65534"),
    ("CapPrm", "0000000000000000"),
    ("CapBnd", "0000000000000000"),
    ("NoNewPrivs", "1"),
    ("Seccomp", "2"),
];

#[test]
fn the_host_exporter_as_its_readme_runs_it() {
    let Some(container) = Container::start("host-exporter", 9100) else { return };
    let program = static_program("image", "host-exporter").expect("it was there for the image");
    let plain = Plain::start(&program);
    let engine = &container.engine;
    let page = || engine.within(|| series(container.address));
    let mut differences = differences_of(page, || series(plain.address()));
    differences.retain(|difference| !OF_NETWORK.iter().any(|start| difference.starts_with(start)));
    assert_eq!(differences, Vec::<String>::new());
    container.assert_has_no_right();
    container.assert_ends();
}

#[test]
fn the_bridge_as_its_readme_runs_it() {
    let Some(container) = Container::start("otlp-bridge", 8889) else { return };
    let export = fs::read(repository().join("tests/fixtures/otlp/claude-code/delta.metrics.pb")).expect("it is there");
    let headers = [("Content-Type", "application/x-protobuf")];
    let post = || http::post(SocketAddr::from(([127, 0, 0, 1], 4318)), "/v1/metrics", &headers, &export);
    assert_eq!(container.engine.within(post).expect("it answers").status, 200);
    let page = || http::get(container.address, "/metrics", &[]).expect("it answers").text();
    let cost = "\nclaude_code_session_cost_usd{";
    assert!(container.engine.within(page).contains(cost));
    container.assert_has_no_right();
    container.assert_ends();

    // The ledger is on the volume.
    container.engine.docker(&["rm", container.name]);
    container.run();
    assert!(container.engine.within(page).contains(cost));
}

#[test]
fn the_docker_exporter_as_its_readme_runs_it() {
    let Some(container) = Container::start("docker-exporter", 9487) else { return };
    let page = || http::get(container.address, "/metrics", &[]).expect("it answers").text();
    container.engine.wait_for("it tells of itself", || {
        let page = container.engine.within(page);
        let has = |start: &str| page.lines().any(|line| line.starts_with(start));
        let name = "name=\"docker-exporter\"";
        let of_itself = |metric: &str| page.lines().any(|line| line.starts_with(metric) && line.contains(name));
        has("docker_exporter_usage_source{source=\"cgroup\"} 1")
            && ["container_memory_usage_bytes{", "container_network_receive_bytes_total{"].into_iter().all(of_itself)
    });
    container.assert_has_no_right();
    container.assert_ends();
}

/// A container of the program's name, on an engine of its own.
struct Container {
    engine: Engine,
    name: &'static str,
    /// Of its page, in the network of the engine: the README's.
    address: SocketAddr,
}

impl Container {
    /// `None`, and a line that says so, where there is no engine, or the static program is not built.
    fn start(name: &'static str, port: u16) -> Option<Container> {
        let folder = folder()?;
        let engine = Engine::boot("image")?;
        let (file, folder) = (repository().join("Dockerfile"), folder.path());
        let (file, folder) = (file.display().to_string(), folder.display().to_string());
        engine.docker(&["build", "--target", "prebuilt", "--tag", "pilotlight", "--file", &file, &folder]);
        let container = Container { engine, name, address: ([127, 0, 0, 1], port).into() };
        container.run();
        Some(container)
    }

    /// Runs the README's command, with a health check that comes soon.
    fn run(&self) {
        let readme = fs::read_to_string(repository().join("deploy/docker/README.md")).expect("it is text");
        let start = format!("\ndocker run --detach --name {} ", self.name);
        let (_, command) = readme.split_once(&start).expect("it says how to run it");
        let (command, _) = command.split_once("\n```").expect("the block ends");
        // The engine's socket is elsewhere; a shell would ask for its group.
        let socket = self.engine.socket();
        let group = fs::metadata(&socket).expect("the engine runs").gid().to_string();
        let command = command.replace("\"$(stat --format %g /var/run/docker.sock)\"", &group).replace("\\\n", " ");
        let command = command.replace(" /var/run/docker.sock:", &format!(" {}:", socket.display()));
        let mut arguments = vec!["run", "--detach", "--name", self.name, "--health-interval=1s"];
        arguments.extend(command.split_whitespace());
        self.engine.docker(&arguments);
        self.engine.wait_for("it answers", || self.engine.within(|| is_ready(self.address)));
    }

    /// It is nobody, can do nothing that nobody can't, and is healthy.
    fn assert_has_no_right(&self) {
        let process = self.engine.inspect(self.name)["State"]["Pid"].take();
        let status = fs::read_to_string(format!("/proc/{process}/status")).expect("it runs");
        for (name, value) in WITHOUT_RIGHTS {
            assert!(status.contains(&format!("\n{name}:\t{value}\n")), "{name} is not {value} in {status}");
        }
        let health = || self.engine.inspect(self.name)["State"]["Health"]["Status"].take();
        self.engine.wait_for("it is healthy", || health() == "healthy");
    }

    /// It ends by itself when it is asked to.
    fn assert_ends(&self) {
        let started = Instant::now();
        self.engine.docker(&["stop", "--time", "15", self.name]);
        assert!(started.elapsed() < Duration::from_secs(6), "{:?}", started.elapsed());
        assert_eq!(self.engine.inspect(self.name)["State"]["ExitCode"], 0);
    }
}

/// What the image is built in, as the README makes it.
fn folder() -> Option<TempDir> {
    let folder = tempfile::tempdir().expect("there is a folder for temporary files");
    for name in ["programs", "state"] {
        fs::create_dir(folder.path().join(name)).expect("the folder is ours");
    }
    for name in PROGRAMS {
        let copy = folder.path().join("programs").join(name);
        fs::copy(static_program("image", name)?, copy).expect("there is room for a copy");
    }
    Some(folder)
}
