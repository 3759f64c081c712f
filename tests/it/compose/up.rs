//! `docker compose up` on a real engine, of our image and of stand-ins for the stock ones.

use std::collections::BTreeSet;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;
use testkit::http;

use crate::compose::stand_in::stand_ins;
use crate::container::static_program;
use crate::docker::engine::Engine;
use crate::prometheus::{api_at, query_at};
use crate::stack::{replaced, shipped};
use crate::tools::{Tools, repository, skip};

/// Every service of the file.
const SERVICES: [&str; 7] =
    ["alertmanager", "docker-exporter", "host-exporter", "otlp-bridge", "prometheus", "redis-exporter", "socket-proxy"];
/// Where the published ports are.
const PORTS: [u16; 8] = [4317, 4318, 8889, 9090, 9093, 9100, 9121, 9487];
/// Programs of the image.
const PROGRAMS: [&str; 5] = ["host-exporter", "docker-exporter", "redis-exporter", "otlp-bridge", "pilotlight"];

/// What configurations that are there already scrape, and the proxy, which is in another network.
const PEERS: &str = r#"
  - job_name: peers
    static_configs:
      - targets: ["node-exporter:9100", "cadvisor:8080", "docker-exporter:9487", "otel-collector:8889"]

  - job_name: proxy
    static_configs:
      - targets: ["socket-proxy:2375"]
"#;

/// What the fixture says was spent.
const SPENT: &str = "claude_code_cost_usage_USD_total";
const DOLLARS: &str = "0.045315";

/// How long the stack may take until something is so.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn the_stack_comes_up_as_shipped_and_goes_without_a_trace() {
    let Some(stack) = Stack::new() else { return };
    stack.compose(&["up", "--detach"]);
    stack.wait_until("all are healthy", || stack.healthy() == SERVICES.map(str::to_owned).into());
    assert_eq!(stack.engine.within(listening), PORTS.map(at).into());

    // What the host mounts later comes, too, without being asked for.
    assert_eq!(stack.engine.inspect("pilotlight-host-exporter-1")["Mounts"][0]["Propagation"], "rslave");

    stack.wait_until("every target is up, by the names of its peers too", || {
        let up = stack.query("up{job!=\"proxy\"}");
        up.len() == 9 && up.iter().all(|(_, value)| *value == 1.0)
    });
    stack.wait_until("Prometheus has found the Alertmanager", || {
        stack.api("alertmanagers")["data"]["activeAlertmanagers"].as_array().is_some_and(|found| found.len() == 1)
    });
    stack.wait_until("nothing but docker-exporter reaches the proxy", || {
        stack.query("up{job=\"proxy\"}").iter().any(|(_, value)| *value == 0.0)
    });

    // What the exporter knows of the stack it knows through the proxy, and from the host's control groups and network.
    for metric in
        ["container_start_time_seconds", "container_memory_usage_bytes", "container_network_receive_bytes_total"]
    {
        let of_project =
            format!("{metric}{{job=\"docker\",container_label_com_docker_compose_project=\"pilotlight\"}}");
        stack.wait_until(metric, || {
            let series = stack.query(&of_project);
            let service = |(labels, _): &(Value, f64)| {
                labels["container_label_com_docker_compose_service"].as_str().unwrap_or_default().to_owned()
            };
            series.iter().map(service).collect::<BTreeSet<_>>() == SERVICES.map(str::to_owned).into()
        });
    }

    let ones = |promql| stack.query(promql).iter().filter(|(_, value)| *value == 1.0).count();
    assert_eq!(ones("docker_exporter_collector_success{job=\"docker\"}"), 3);
    assert_eq!(ones("docker_exporter_usage_source{job=\"docker\",source=\"cgroup\"}"), 1);
    // Nobody has said where a Redis is.
    assert_eq!(stack.query("redis_up"), []);
    assert_eq!(stack.query("ALERTS{job=~\"docker|redis\"}"), []);

    let export = fs::read(repository().join("tests/fixtures/otlp/claude-code/delta.metrics.pb")).expect("it is there");
    let protobuf = [("Content-Type", "application/x-protobuf")];
    let answer = stack.engine.within(|| http::post(at(4318), "/v1/metrics", &protobuf, &export));
    assert_eq!(answer.expect("it answers").status, 200);
    stack.wait_until("Prometheus knows what was spent", || {
        stack.query(SPENT).iter().any(|(_, value)| value.to_string() == DOLLARS)
    });

    // The totals are in a volume, which a stack that is taken down leaves.
    stack.compose(&["down"]);
    stack.compose(&["up", "--detach", "otlp-bridge"]);
    stack.wait_until("the bridge is healthy again", || stack.healthy().len() == 1);
    let page = stack.engine.within(|| http::get(at(8889), "/metrics", &[])).expect("it answers").text();
    let is_spent = |line: &str| line.starts_with(SPENT) && line.ends_with(&format!(" {DOLLARS}"));
    assert!(page.lines().any(is_spent), "{page}");

    stack.compose(&["down", "--volumes"]);
    for left in [&["ps", "--all"][..], &["volume", "ls"], &["network", "ls", "--filter=type=custom"]] {
        assert_eq!(stack.engine.docker(&[left, &["--quiet"]].concat()), "", "{left:?}");
    }
}

/// A copy of what a user has, at a pace for tests, and an engine with the images that it names.
struct Stack {
    engine: Engine,
    clone: TempDir,
}

impl Stack {
    /// `None`, and a line that says so, where something is missing.
    fn new() -> Option<Stack> {
        let tools = Tools::find("compose", &["docker-compose", "prometheus", "alertmanager"])?;
        let programs: Option<Vec<PathBuf>> = PROGRAMS.iter().map(|name| static_program("compose", name)).collect();
        let programs = programs?;
        let stand_ins = match stand_ins(&tools) {
            Ok(stand_ins) => stand_ins,
            Err(missing) => {
                skip("compose", missing);
                return None;
            }
        };
        let engine = Engine::boot("compose")?;
        engine.add_compose(&tools);

        let clone = clone(&engine.socket());
        let folder = tempfile::tempdir().expect("there is a folder for temporary files");
        let file = shipped("docker-compose.yml");
        for stand_in in stand_ins {
            let context = folder.path().join(stand_in.name);
            fs::create_dir_all(&context).expect("the folder is ours");
            stand_in.write(&context);
            let (_, image) = file.split_once(&format!("\n    image: {}:", stand_in.name)).expect("the file names it");
            let tag = image.lines().next().unwrap_or_default();
            build(&engine, &format!("{}:{tag}", stand_in.name), &[], &context);
        }
        let context = folder.path().join("image");
        for folder in ["programs", "state"] {
            fs::create_dir_all(context.join(folder)).expect("the folder is ours");
        }
        for (name, program) in PROGRAMS.iter().zip(programs) {
            fs::copy(program, context.join("programs").join(name)).expect("there is room for a copy");
        }
        let dockerfile = clone.path().join("Dockerfile").display().to_string();
        build(&engine, "pilotlight", &["--target", "prebuilt", "--file", &dockerfile], &context);
        Some(Stack { engine, clone })
    }

    /// What a command of compose prints.
    fn compose(&self, arguments: &[&str]) -> String {
        let folder = format!("--project-directory={}", self.clone.path().display());
        self.engine.docker(&[&["compose", &folder], arguments].concat())
    }

    /// The services that say that they are.
    fn healthy(&self) -> BTreeSet<String> {
        let containers = self.compose(&["ps", "--format", "{{.Service}} {{.Health}}"]);
        containers.lines().filter_map(|line| line.strip_suffix(" healthy")).map(str::to_owned).collect()
    }

    /// What Prometheus answers to a query.
    fn query(&self, promql: &str) -> Vec<(Value, f64)> {
        self.engine.within(|| query_at(at(9090), promql))
    }

    fn api(&self, path: &str) -> Value {
        self.engine.within(|| api_at(at(9090), path))
    }

    fn wait_until(&self, what: &str, is_so: impl Fn() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_so() {
            let log = || self.compose(&["logs", "--tail=15"]);
            assert!(Instant::now() < deadline, "not so after {PATIENCE:?}: {what}\n{}", log());
            thread::sleep(Duration::from_millis(100));
        }
    }
}

/// The files that a user has, with shorter intervals and more to scrape, and where the engine's socket is.
fn clone(socket: &Path) -> TempDir {
    let clone = tempfile::tempdir().expect("there is a folder for temporary files");
    for folder in ["prometheus", "alertmanager", "deploy/compose"] {
        copy_folder(&repository().join(folder), &clone.path().join(folder));
    }
    let compose = replaced(&shipped("docker-compose.yml"), "\n  interval: 30s\n", "\n  interval: 1s\n");
    let image = replaced(&shipped("Dockerfile"), " --interval=30s ", " --interval=1s ");
    let prometheus =
        replaced(&shipped("prometheus/compose.yml"), "scrape_interval: 15s", "scrape_interval: 1s") + PEERS;
    let settings = format!("DOCKER_SOCKET={}\n", socket.display());
    for (name, text) in [
        (".env", settings),
        ("docker-compose.yml", compose),
        ("Dockerfile", image),
        ("prometheus/compose.yml", prometheus),
    ] {
        fs::write(clone.path().join(name), text).expect("the folder is ours");
    }
    clone
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the folder is ours");
    for entry in fs::read_dir(from).expect("the folder exists") {
        let entry = entry.expect("the folder is readable");
        let copy = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &copy);
        } else {
            fs::copy(entry.path(), copy).expect("there is room for a copy");
        }
    }
}

fn build(engine: &Engine, tag: &str, options: &[&str], context: &Path) {
    let context = context.display().to_string();
    engine.docker(&[&["build", "--quiet", "--tag", tag], options, &[&context]].concat());
}

fn at(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

/// Where this thread's network is listened on.
fn listening() -> BTreeSet<SocketAddr> {
    let sockets = |file| fs::read_to_string(format!("/proc/thread-self/net/{file}")).expect("it is text");
    assert!(!sockets("tcp6").contains(LISTEN), "{}", sockets("tcp6"));
    sockets("tcp").lines().filter(|line| line.contains(LISTEN)).filter_map(local_address).collect()
}

/// The state of a listening socket, behind the port of its peer, which is none.
const LISTEN: &str = ":0000 0A ";

/// The address of a line of /proc/net/tcp: hexadecimal numbers of this machine's byte order and of the port.
fn local_address(line: &str) -> Option<SocketAddr> {
    let (address, port) = line.split_whitespace().nth(1)?.split_once(':')?;
    let address = u32::from_str_radix(address, 16).ok()?.to_ne_bytes();
    Some(SocketAddr::from((Ipv4Addr::from(address), u16::from_str_radix(port, 16).ok()?)))
}
