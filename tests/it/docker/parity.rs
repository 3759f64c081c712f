//! The Docker exporter and cAdvisor side by side on containers that stand still: the same names, types, labels and values.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::process::Command;
use std::thread;
use std::time::Duration;

use serde_json::Value;
use testkit::http::{self, PROMETHEUS};
use testkit::page;
use testkit::process::{Process, binary, free_address};

use super::engine::Engine;
use crate::tools::{Tools, entries, text};

/// How often both are asked: what came in at the very moment is there the next time.
const ROUNDS: usize = 8;
/// cAdvisor reads every second.
const TICK: Duration = Duration::from_secs(1);
const SHOP: &str = "com.docker.compose.project=shop";

#[test]
fn the_docker_exporter_is_cadvisor() {
    let Some(tools) = Tools::find("docker", &["cadvisor"]) else { return };
    let Some(engine) = Engine::boot("docker") else { return };
    run_containers(&engine);
    // Whatever both read afterwards stands still.
    engine.docker(&[&["pause"], &RUNNING[..]].concat());

    let cadvisor = started(engine.command(tools.path("cadvisor")), |address| {
        // Idle containers are looked at less and less often unless it is told otherwise.
        let often = "--allow_dynamic_housekeeping=false".to_owned();
        vec![format!("--listen={address}"), format!("--docker={}", engine.host()), "--docker_only".to_owned(), often]
    });
    let ours = started(engine.command(binary("docker-exporter").expect("it is built")), |address| {
        let flags = ["--container-label=*", "--collector.blkio", "--new-total-zero=0s"].map(str::to_owned);
        let places = [format!("--web.listen-address={address}"), format!("--docker.host={}", engine.host())];
        places.into_iter().chain(flags).collect()
    });
    // Of some, cAdvisor tells of memory first, and of disks when it has looked at those.
    let (memory, disks) = ("container_memory_usage_bytes", "container_fs_reads_total");
    engine.wait_for("both know them all", || {
        let pages = [Page::of(&cadvisor), Page::of(&ours)];
        RUNNING.iter().all(|name| pages.iter().all(|page| page.knows(memory, name)) && pages[0].knows(disks, name))
    });

    let mut allowed = AllowList::read();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for _ in 0..ROUNDS {
        for difference in differences(&Page::of(&cadvisor), &Page::of(&ours), &mut allowed) {
            *seen.entry(difference).or_default() += 1;
        }
        thread::sleep(TICK);
    }
    let always = seen.into_iter().filter(|(_, times)| *times == ROUNDS).map(|(difference, _)| difference);
    let wrong: Vec<String> = always.chain(allowed.faults()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Those that are up while the two are compared.
const RUNNING: [&str; 6] = ["plain", "shop-web-1", "shop-client-1", "shared", "hosted", "alone"];

/// Containers with each kind of network, with limits, health checks, labels and writes, and two that do not run.
fn run_containers(engine: &Engine) {
    let idle = ["sleep", "1000"];
    engine.run("plain", &[], &idle);
    engine.docker(&["network", "create", "shop"]);
    let web = [
        &["--network=shop", "--network-alias=server", "--memory=64m", "--memory-reservation=32m", "--cpus=0.5"][..],
        &["--pids-limit=50", "--health-cmd=true", "--health-interval=1s", "--label", SHOP],
        &["--label=com.docker.compose.service=web", "--label=com.docker.compose.project.working_dir=/srv/shop"],
        &["--label=org.label-schema.group=front"],
    ];
    let serve = "echo ready >/tmp/ready; exec httpd -f -p 8080 -h /tmp";
    engine.run("shop-web-1", &web.concat(), &["sh", "-c", serve]);
    let client = ["--network=shop", "--volume=/data", "--cpu-shares=512", "--memory=32m", "--memory-swap=48m"];
    // What is synchronized is counted for who wrote it.
    let work = "dd if=/dev/zero of=/data/file bs=64k count=32 conv=fsync; until wget -qO /tmp/got http://server:8080/ready; \
                do sleep 0.1; done; touch /tmp/done; exec sleep 1000";
    engine.run("shop-client-1", &[&client[..], &["--label", SHOP]].concat(), &["sh", "-c", work]);
    engine.run("shared", &["--network=container:shop-web-1"], &idle);
    engine.run("hosted", &["--network=host"], &idle);
    let unhealthy = ["--network=none", "--health-cmd=false", "--health-interval=1s", "--health-retries=1"];
    engine.run("alone", &unhealthy, &idle);
    // Of one that ends at once, the engine may know the end before it knows the start.
    engine.run("ended", &[], &["sh", "-c", "sleep 0.3; exit 1"]);
    engine.docker(&["create", "--name", "made", super::engine::IMAGE, "true"]);
    let health = |name: &str| engine.inspect(name)["State"]["Health"]["Status"].take();
    engine.wait_for("checks have come to something", || {
        health("shop-web-1") == "healthy" && health("alone") == "unhealthy"
    });
    engine.wait_for("it has ended", || engine.inspect("ended")["State"]["Status"] == "exited");
    engine.wait_for("it has asked", || engine.docker(&["exec", "shop-client-1", "ls", "/tmp"]).contains("done"));
}

/// A program that serves a page.
fn started(mut command: Command, flags: impl FnOnce(SocketAddr) -> Vec<String>) -> Process {
    let address = free_address().expect("loopback has a free port");
    command.args(flags(address));
    Process::spawn(command, address, "/metrics").expect("it starts")
}

/// What one page says.
struct Page {
    series: BTreeMap<String, f64>,
    types: BTreeMap<String, String>,
}

impl Page {
    fn of(process: &Process) -> Page {
        let body = http::get(process.address(), "/metrics", PROMETHEUS).expect("it answers").body;
        let mut page = Page { series: page::series(&body), types: page::types(&body) };
        // What a program tells of itself is its own.
        let own = ["cadvisor_version_info", "docker_", "go_", "pilotlight_", "process_", "promhttp_"];
        page.series.retain(|series, _| !own.iter().any(|start| series.starts_with(start)));
        page.add_all_processors();
        page
    }

    /// cAdvisor has with cgroup v1 a series of each processor, and with v2 one for all: that is what ours has.
    fn add_all_processors(&mut self) {
        let name = "container_cpu_usage_seconds_total{";
        let each: Vec<(String, f64)> =
            self.series.iter().filter(|(series, _)| series.starts_with(name)).map(|(s, v)| (s.clone(), *v)).collect();
        for (series, seconds) in each {
            let Some((start, rest)) = series.split_once("cpu=\"cpu") else { continue };
            let Some((_, end)) = rest.split_once('"') else { continue };
            self.series.remove(&series);
            *self.series.entry(format!("{start}cpu=\"total\"{end}")).or_default() += seconds;
        }
    }

    fn knows(&self, metric: &str, container: &str) -> bool {
        let label = format!("name=\"{container}\"");
        self.series.keys().any(|series| name(series) == metric && series.contains(&label))
    }

    fn names(&self) -> BTreeSet<&str> {
        self.series.keys().map(|series| name(series)).collect()
    }
}

fn name(series: &str) -> &str {
    series.split('{').next().unwrap_or(series)
}

/// A line for each thing in which the pages differ and may not.
fn differences(theirs: &Page, ours: &Page, allowed: &mut AllowList) -> Vec<String> {
    let mut found = Vec::new();
    let mut differs = |kind: &str, subject: &str, detail: String| {
        if !allowed.permits(kind, subject) {
            found.push(format!("{kind}: {subject}{detail}"));
        }
    };
    let (their_names, our_names) = (theirs.names(), ours.names());
    their_names.difference(&our_names).for_each(|name| differs("missing", name, String::new()));
    our_names.difference(&their_names).for_each(|name| differs("extra", name, String::new()));
    for name in their_names.intersection(&our_names) {
        let [theirs, ours] = [theirs, ours].map(|page| page.types.get(*name));
        if theirs != ours {
            differs("type", name, format!(" is {ours:?}, not {theirs:?}"));
        }
    }
    for (series, value) in theirs.series.iter().filter(|(series, _)| our_names.contains(name(series))) {
        match ours.series.get(series) {
            None => differs("series only there", series, String::new()),
            Some(own) if !is_same(name(series), *value, *own) => {
                differs("value", series, format!(" is {own}, not {value}"));
            }
            Some(_) => {}
        }
    }
    for series in ours.series.keys().filter(|series| their_names.contains(name(series))) {
        if !theirs.series.contains_key(series) {
            differs("series only here", series, String::new());
        }
    }
    found
}

/// Within 1 %; moments, of which cAdvisor shows whole seconds, within one.
fn is_same(name: &str, theirs: f64, ours: f64) -> bool {
    let moments = ["container_creation_time_seconds", "container_last_seen", "container_start_time_seconds"];
    let most = if moments.contains(&name) { 1.0 } else { theirs.abs() * 0.01 };
    (theirs - ours).abs() <= most
}

/// The differences that are meant, each with its reason.
struct AllowList {
    entries: Vec<Value>,
    needed: BTreeSet<usize>,
}

impl AllowList {
    fn read() -> AllowList {
        AllowList { entries: entries("parity/docker.toml", "difference"), needed: BTreeSet::new() }
    }

    /// Whether an entry covers this; it is needed from now on.
    fn permits(&mut self, kind: &str, subject: &str) -> bool {
        let entry = self.entries.iter().position(|entry| {
            let metric = text(entry, "metric");
            let is_metric =
                metric.strip_suffix('*').map_or(metric == name(subject), |start| subject.starts_with(start));
            text(entry, "kind") == kind && is_metric && subject.contains(text(entry, "with"))
        });
        self.needed.extend(entry);
        entry.is_some()
    }

    /// Entries without a reason, and entries without a difference.
    fn faults(self) -> impl Iterator<Item = String> {
        let AllowList { entries, needed } = self;
        entries.into_iter().enumerate().filter_map(move |(index, entry)| {
            let fault = match (needed.contains(&index), text(&entry, "reason")) {
                (false, _) => "is not needed any more",
                (true, "") => "has no reason",
                (true, _) => return None,
            };
            Some(format!("tests/parity/docker.toml: {entry} {fault}"))
        })
    }
}
