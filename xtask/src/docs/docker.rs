//! The pages of docker-exporter.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use testkit::engine::{FakeEngine, Version, id};
use testkit::http;
use testkit::process::{Process, binary, free_address};
use testkit::tree;

use super::{Families, GENERATED, add_page, all_shown, cell, declared, flags, table};
use crate::Failure;

const MACHINES: &str = "crates/docker-exporter/fixtures/cgroup";
const SOURCES: &str = "crates/docker-exporter/src";

/// Machines of cgroup v1 and v2 by the start of their files' names, and the engines that they have.
const CGROUPS: [(&str, Version); 2] = [("v1-", Version::V1_41), ("v2-", Version::V1_55)];

/// Show everything of containers, and totals as soon as they are new.
const OPTIONS: [&str; 4] = ["--no-collector.root", "--collector.blkio", "--expect=web", "--new-total-zero=0s"];

/// The container of the fixtures, by its number; its name, and that of another one.
const NUMBER: u32 = 0xd0c;
const NAME: &str = "web";
const JOB: (u32, &str) = (0xd0d, "job");

/// How long the exporter may take to tell what has happened.
const PATIENCE: Duration = Duration::from_secs(20);

/// What containers use, by cAdvisor's word for the set and the start of the names.
const USAGE: [(&str, &[&str]); 6] = [
    ("cpu", &["container_cpu_"]),
    ("memory", &["container_memory_"]),
    ("diskIO", &["container_fs_", "container_blkio_"]),
    ("network", &["container_network_"]),
    ("process", &["container_processes", "container_threads"]),
    ("pressure", &["container_pressure_"]),
];

/// The rest, in turn: what is not of a section before and begins so. With labels that its text tells of.
const SECTIONS: [(&str, &str, &[&str], &[&str]); 5] = [
    (
        "Containers, as cAdvisor has them",
        "`id`, `image`, `name` and `container_label_*` on every series. `container_oom_events_total` is the set `oom_event`.",
        &[
            "container_creation_time_seconds",
            "container_health_state",
            "container_last_seen",
            "container_oom_events_total",
            "container_spec_",
            "container_start_time_seconds",
        ],
        &OF_CONTAINERS,
    ),
    (
        "Containers, ours",
        "cAdvisor has no such metrics. The same labels, but for `container_info`, which has `image`, `id` and `name` and no \
         `container_label_*`: what joins with it need not be on every series.",
        &["container_health_failing_streak", "container_health_status", "container_info", "container_state"],
        &OF_CONTAINERS,
    ),
    (
        "The engine and its machine",
        "`machine_*` and `container_scrape_error` are cAdvisor's, the others are ours.",
        &["container_scrape_error", "docker_containers", "docker_engine_info", "docker_up", "machine_"],
        &[],
    ),
    (
        "By name, ours",
        "What is counted here goes on when a container is removed and made anew: `name` is all that tells it apart, or \
         `project`, the compose project. A counter begins at 0 with the exporter. One of a name is shown as 0 for the first 65 s \
         of its life (`--new-total-zero`), so that `increase()` sees all of it, and is forgotten a day after the last container \
         of that name.",
        &["container_"],
        &["name"],
    ),
    ("The exporter", "Whether it sees what it is for.", &["docker_exporter_"], &[]),
];

/// Labels of every series of a container.
const OF_CONTAINERS: [&str; 5] =
    ["container_label_com_docker_compose_project", "container_label_com_docker_compose_service", "id", "image", "name"];

/// What there is to see.
#[derive(Default)]
struct Seen {
    all: Families,
    /// The names of it that there are with each of [`CGROUPS`], from its files and from the engine.
    from_files: [BTreeSet<String>; 2],
    from_engine: [BTreeSet<String>; 2],
}

impl Seen {
    /// Three cells of a table: with v1, with v2, from the engine.
    fn cells(&self, name: &str) -> String {
        let [v1, v2] = self.from_files.each_ref().map(|names| if names.contains(name) { "yes" } else { "" });
        let engine = match self.from_engine.each_ref().map(|names| names.contains(name)) {
            [true, true] => "yes",
            [true, false] => "with v1",
            [false, true] => "with v2",
            [false, false] => "",
        };
        format!("{v1} | {v2} | {engine}")
    }
}

/// The page of its metrics.
pub(super) fn metrics_page() -> Result<String, Failure> {
    let mut seen = see()?;
    let mut all = std::mem::take(&mut seen.all);
    let ours = declared(Path::new(SOURCES), "name: \"", &["container_", "docker_", "machine_"])?;
    all_shown(ours, &all.keys().collect(), &format!("no machine in {MACHINES} shows"))?;
    let mut page = format!(
        "{GENERATED}# Metrics of docker-exporter\n\n\
         Names, types and labels are cAdvisor's, but for those that are said to be ours; [switching.md](../switching.md#from-cadvisor) has what \
         differs. A metric is absent where nothing tells its value.\n\n\
         Every page also has `process_*`, `promhttp_*` and `pilotlight_*` about the exporter itself, unless \
         `--web.disable-exporter-metrics` is given.\n\n\
         ## What containers use\n\n\
         Of containers that are up, with `id`, `image` and `name`, and those labels of the container that `--container-label` \
         names, as `container_label_*`. With `id=\"/\"`, and the other two empty, it is the whole machine \
         (`--no-collector.root`). The headings are cAdvisor's words for `--disable_metrics` and `--enable_metrics`.\n\n\
         What it comes from: the files of cgroup v1 or v2, or the engine's statistics where those can't be seen, which tell \
         less. Pressure is there with v1 where a hierarchy of v2 is mounted beside it, as systemd does.\n"
    );
    for (set, starts) in USAGE {
        write!(
            page,
            "\n### {set}\n\n| Metric | Type | Labels | v1 | v2 | Statistics | |\n|---|---|---|---|---|---|---|\n"
        )?;
        for (name, family) in take(&mut all, starts) {
            let labels = family.labels.iter().filter(|label| !OF_CONTAINERS.contains(&label.as_str()));
            let labels: Vec<String> = labels.map(|label| format!("`{label}`")).collect();
            let (labels, told) = (labels.join(", "), seen.cells(&name));
            writeln!(page, "| `{name}` | {} | {labels} | {told} | {} |", family.kind, cell(&family.help))?;
        }
    }
    for (heading, text, starts, hidden) in SECTIONS {
        write!(page, "\n## {heading}\n\n{text}\n")?;
        page.push_str(&table(take(&mut all, starts).iter(), hidden)?);
    }
    page.push_str(
        "\n## Sets of cAdvisor that are not here\n\n\
         `--disable_metrics` takes them, and `--enable_metrics` warns of them.\n\n| Set | Why not |\n|---|---|\n",
    );
    for (set, why) in docker_exporter::absent_sets() {
        writeln!(page, "| {set} | {} |", cell(why))?;
    }
    Ok(page)
}

/// The page of its flags.
pub(super) fn flags_page() -> Result<String, Failure> {
    let mut page = flags::page(
        docker_exporter::command(),
        docker_exporter::LISTEN_ADDRESS,
        "docker-exporter",
        " Patterns are Go's, without `\\p` classes. A flag may have one dash or two, as cAdvisor's have.",
    )?;
    page.push_str(
        "\n## Flags of cAdvisor that others stand for\n\n\
         A command line made for cAdvisor works as it is. `--disable_metrics` and `--enable_metrics`, above, are the same.\n\n\
         | Flag | Here |\n|---|---|\n",
    );
    for (flag, ours) in docker_exporter::in_our_words() {
        writeln!(page, "| `--{flag}` | {} |", cell(ours))?;
    }
    page.push_str(
        "\n## Flags of cAdvisor without effect\n\nThey are taken, each with one warning that says why.\n\n| Flags | Why |\n|---|---|\n",
    );
    let flags: Vec<_> = docker_exporter::without_effect().collect();
    for same in flags.chunk_by(|(_, why), (_, next)| why == next) {
        let names: Vec<String> = same.iter().map(|(flag, _)| format!("`--{flag}`")).collect();
        writeln!(page, "| {} | {} |", names.join(", "), cell(same[0].1))?;
    }
    Ok(page)
}

/// Takes those out that begin so.
fn take(all: &mut Families, starts: &[&str]) -> Families {
    let (taken, left) =
        std::mem::take(all).into_iter().partition(|(name, _)| starts.iter().any(|start| name.starts_with(start)));
    *all = left;
    taken
}

/// What the exporter shows on every machine, and of its engine alone.
fn see() -> Result<Seen, Failure> {
    let mut seen = Seen::default();
    for machine in fs::read_dir(MACHINES)? {
        let path = machine?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let version = CGROUPS.iter().position(|(start, _)| name.starts_with(start));
        let version = version.ok_or_else(|| format!("{} is of no version of cgroups", path.display()))?;
        let folder = tempfile::tempdir()?;
        let text = fs::read_to_string(&path)?.replace("{id}", &id(NUMBER)).replace("{other}", &id(1));
        tree::unpack(&text, folder.path())?;
        let families = look(folder.path(), CGROUPS[version].1, "--usage=cgroup")?;
        seen.from_files[version].extend(families.keys().cloned());
        merge(&mut seen.all, families);
    }
    for ((_, version), names) in CGROUPS.into_iter().zip(&mut seen.from_engine) {
        let families = look(tempfile::tempdir()?.path(), version, "--usage=stats")?;
        names.extend(families.keys().cloned());
        merge(&mut seen.all, families);
    }
    Ok(seen)
}

fn merge(all: &mut Families, families: Families) {
    for (name, family) in families {
        let known = all.entry(name).or_default();
        known.labels.extend(family.labels);
        (known.kind, known.help) = (family.kind, family.help);
    }
}

/// What is on the page on a machine whose files are there, once a container has ended.
fn look(machine: &Path, version: Version, usage: &str) -> Result<Families, Failure> {
    let engine = FakeEngine::start(version);
    engine.container(json!({
        "Id": id(NUMBER),
        "Name": format!("/{NAME}"),
        "State": {"Pid": 4711, "Health": {"Status": "healthy", "FailingStreak": 0}},
        "HostConfig": {
            "RestartPolicy": {"Name": "always"},
            "NanoCpus": 500_000_000,
            "Memory": 64 << 20,
            "MemorySwap": 128 << 20,
        },
        "Config": {"Labels": {"com.docker.compose.project": "shop", "com.docker.compose.service": NAME}},
    }));
    let (number, name) = JOB;
    let job =
        |state: &str| json!({"Id": id(number), "Name": format!("/{name}"), "State": {"Status": state, "ExitCode": 1}});
    engine.container(job("running"));
    let address = free_address()?;
    let mut command = Command::new(binary("docker-exporter")?);
    command.args([format!("--web.listen-address={address}"), format!("--docker.host={}", engine.host())]);
    command.args(["proc", "sys"].map(|root| format!("--path.{root}fs={}", machine.join(root).display())));
    command.args(OPTIONS).arg(usage);
    let process = Process::spawn(command, address, "/-/ready")?;
    wait_for(process.address(), "container_restarts_total{name=\"job\"}")?;
    engine.container(job("exited"));
    engine.event(json!({"Action": "die", "Actor": {"ID": id(number), "Attributes": {"name": name, "exitCode": "1"}}}));
    wait_for(process.address(), "container_exits_total{")?;
    let mut families = Families::new();
    add_page(process.address(), "/metrics", &mut families)?;
    Ok(families)
}

/// Waits until that is on the page.
fn wait_for(address: SocketAddr, series: &str) -> Result<(), Failure> {
    let deadline = Instant::now() + PATIENCE;
    while !http::get(address, "/metrics", &[])?.text().contains(series) {
        if Instant::now() > deadline {
            return Err(format!("docker-exporter never shows {series}").into());
        }
        thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}
