//! The exporter behind proxies that let little through.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;

use regex_lite::Regex;
use serde_json::Value;
use testkit::http;
use testkit::process::binary;

use super::engine::Engine;
use super::exporter::{Exporter, Page, scrape};
use super::proxy::{HaProxy, Proxy};
use super::truth::Truth;
use crate::stack::shipped;
use crate::tools::repository;

/// What nobody else is to know.
const SECRET: &str = "hunter2-correct-horse";

/// A container with a secret that is up, and one that is down.
fn run(engine: &Engine) {
    let web = [format!("--env=PASSWORD={SECRET}"), format!("--label=token={SECRET}"), "--restart=always".to_owned()];
    engine.run("web", &web.each_ref().map(String::as_str), &["sleep", "1000"]);
    engine.run("job", &[], &["sh", "-c", "exit 3"]);
}

/// What the page has of the two, from each source.
fn whole(page: &Page) -> [Option<f64>; 6] {
    [
        page.one("docker_up", &[]),
        page.one("docker_exporter_usage_source", &[("source", "cgroup")]),
        page.named("container_expected_running", "web"),
        page.named("container_threads", "web"),
        page.series("container_network_receive_bytes_total", &[("name", "web"), ("interface", "eth0")])
            .first()
            .map(|_| 1.0),
        page.named("container_last_exit_code", "job"),
    ]
}
const WHOLE: [Option<f64>; 6] = [Some(1.0), Some(1.0), Some(1.0), Some(1.0), Some(1.0), Some(3.0)];

/// An address of a container's network.
fn address(container: &Value, key: &str) -> Ipv4Addr {
    let address = container["NetworkSettings"][key].as_str().unwrap_or_default();
    address.parse().unwrap_or_else(|err| panic!("{key} {address:?}: {err}"))
}

/// A request that a rule of the documentation lets through.
fn documented() -> impl Fn(&str) -> bool + Send + Sync + 'static {
    let readme = shipped("deploy/docker/README.md");
    let rule = readme.lines().find_map(|line| line.trim_start().strip_prefix("- -allowGET=")).expect("it has the rule");
    let rule = Regex::new(&format!("^GET {rule}$")).expect("it is a pattern");
    move |request| rule.is_match(request.split('?').next().unwrap_or_default())
}

#[test]
fn behind_a_proxy_with_paths_and_without_a_word_of_secrets() {
    let Some(engine) = Engine::boot("docker") else { return };
    let truth = Truth::of(&engine);
    let proxy = Proxy::start(&engine, documented());
    let exporter = Exporter::start_at(&engine, &proxy.host(), &["--log.level=debug"]);
    exporter.listens();
    run(&engine);
    exporter.shows("all there is", &WHOLE, whole);
    engine.docker(&["restart", "--time=0", "web"]);
    engine.docker(&["rm", "--force", "web", "job"]);
    exporter.agrees(&truth);

    let asked = proxy.take();
    assert!(asked.iter().any(|request| request.contains("/events?")), "{asked:?}");
    assert_eq!(asked.iter().filter(|request| request.starts_with("denied")).collect::<Vec<_>>(), [""; 0]);
    let address = exporter.process().address();
    for path in ["/", "/metrics", "/-/ready"] {
        assert!(!http::get(address, path, &[]).expect("it answers").text().contains(SECRET), "{path}");
    }
    let log = exporter.process().stderr();
    assert!(!log.is_empty() && !log.contains(SECRET), "{log}");
}

#[test]
fn behind_a_proxy_that_lets_whole_branches_through() {
    let Some(engine) = Engine::boot("docker") else { return };
    let truth = Truth::of(&engine);
    let rules = fs::read_to_string(repository().join("tests/fixtures/docker/branches.cfg")).expect("it is there");
    let Some(proxy) = HaProxy::start("docker", &rules, &engine.socket()) else { return };
    let exporter = Exporter::start_at(&engine, &format!("tcp://{}", proxy.address), &[]);
    exporter.listens();
    run(&engine);
    exporter.shows("all there is", &WHOLE, whole);
    engine.docker(&["restart", "--time=0", "web"]);
    exporter.agrees(&truth);
    let successes = exporter.page().labels("docker_exporter_collector_success", &[], "collector");
    assert_eq!(successes, ["containers", "network", "usage"]);

    let log = proxy.process.stdout();
    let requests: Vec<(&str, &str)> = log.lines().filter_map(|line| line.rsplit_once(' ')).collect();
    assert!(requests.iter().any(|(request, _)| request.contains("/events")), "{log}");
    let is_asked = documented();
    for (request, status) in requests {
        assert!(is_asked(request), "{request}");
        // Digests are in a branch of their own; the exporter does without.
        assert_eq!(status == "403", request.contains("/images/"), "{request} {status}");
    }
}

#[test]
fn in_a_container_as_nobody_with_two_mounts_and_a_proxy() {
    let Some(engine) = Engine::boot("docker") else { return };
    run(&engine);
    let gateway = address(&engine.inspect("web"), "Gateway");
    let listener = engine.within(|| TcpListener::bind((gateway, 0))).expect("the bridge is there");
    let proxy = Proxy::on(listener, &engine, documented());

    let program = binary("docker-exporter").expect("it is built");
    let mut mounts = vec![format!("{}:/docker-exporter:ro", program.display())];
    // What it is linked with.
    mounts.extend(
        ["/lib", "/lib64"].into_iter().filter(|path| Path::new(path).exists()).map(|path| format!("{path}:{path}:ro")),
    );
    mounts.extend(["/proc:/host/proc:ro".to_owned(), "/sys/fs/cgroup:/host/sys/fs/cgroup:ro".to_owned()]);
    let mut options: Vec<&str> = mounts.iter().flat_map(|mount| ["--volume", mount]).collect();
    options.extend(["--user=65534:65534", "--cap-drop=ALL", "--security-opt=no-new-privileges:true", "--read-only"]);
    options.extend(["--pids-limit=64", "--memory=64m", "--cgroupns=host"]);
    let host = format!("--docker.host={}", proxy.host());
    let flags =
        ["--web.listen-address=0.0.0.0:9487", "--path.procfs=/host/proc", "--path.cgroupfs=/host/sys/fs/cgroup"];
    engine.run("exporter", &options, &[&["/docker-exporter", &host], &flags[..]].concat());

    let state = engine.inspect("exporter");
    let status = fs::read_to_string(format!("/proc/{}/status", state["State"]["Pid"])).expect("it runs");
    for line in
        ["Uid:\t65534\t65534\t65534\t65534", "CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1"]
    {
        assert!(status.contains(line), "{line}: {status}");
    }
    let address = SocketAddr::from((address(&state, "IPAddress"), 9487));
    engine.within(|| {
        engine.wait_for("it is ready", || {
            http::get(address, "/-/ready", &[]).is_ok_and(|response| response.status == 200)
        });
        engine.wait_for("all there is", || whole(&Page::of(&scrape(address, None))) == WHOLE);
        let response = scrape(address, None);
        assert!(!response.text().contains(SECRET));
        // The kernel may not list them; then they are not told of.
        assert_ne!(Page::of(&response).named("container_processes", "web"), Some(0.0));
    });
    let asked = proxy.take();
    assert_eq!(asked.iter().filter(|request| request.starts_with("denied")).collect::<Vec<_>>(), [""; 0]);
}
