//! `cargo xtask docs`: the tables of metrics and flags below `docs/`, from the program itself: its command line, and its
//! pages on every machine whose files are described.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Arg;
use exporter_toolkit::args;
use exposition::parse::parse_text;
use testkit::http;
use testkit::process::{Process, binary, free_address};
use testkit::tree;

use crate::{Failure, output_of};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Write nothing; fail when a file is not what would be written.
    #[arg(long)]
    check: bool,
}

const MACHINES: &str = "crates/linux-procfs/fixtures";
const SOURCES: &str = "crates/host-exporter/src/collectors/linux";

/// Options that show what is off by default. The second zone's name takes the place of the first's metrics, so there are
/// two runs.
const OPTIONS: [&[&str]; 2] = [
    &["--collector.cpu.info.flags-include=.", "--collector.cpu.info.bugs-include=.", "--collector.stat.softirq"],
    &["--collector.rapl.enable-zone-label"],
];
/// What no machine's files have, since it is asked of the running kernel: of one collector, with an option.
const LIVE: (&str, &[&str]) = ("netdev", &["--collector.netdev.address-info"]);

/// A metric family as the pages show it.
#[derive(Default)]
struct Family {
    kind: &'static str,
    help: String,
    labels: BTreeSet<String>,
}

type Families = BTreeMap<String, Family>;

/// Writes or checks the tables. Fails when the program can't be built or run, when a metric that its sources name is on no
/// page, and with `--check` when a file has fallen behind.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    output_of("cargo", &["build", "--locked", "--package", "host-exporter"])?;
    let metrics = metrics()?;
    let shown: BTreeSet<&String> = metrics.values().flat_map(BTreeMap::keys).collect();
    let unseen: Vec<String> = declared()?.into_iter().filter(|name| !shown.contains(name)).collect();
    if !unseen.is_empty() {
        return Err(format!("no machine in {MACHINES} shows {}", unseen.join(", ")).into());
    }
    let mut behind = Vec::new();
    for (path, text) in [("docs/metrics/host.md", metrics_page(&metrics)?), ("docs/flags/host.md", flags_page()?)] {
        if fs::read_to_string(path).is_ok_and(|present| present == text) {
            continue;
        }
        if options.check {
            behind.push(path);
            continue;
        }
        fs::create_dir_all(Path::new(path).parent().unwrap_or(Path::new(".")))?;
        fs::write(path, text)?;
        writeln!(io::stdout(), "{path} written")?;
    }
    if behind.is_empty() { Ok(()) } else { Err(format!("cargo xtask docs changes {}", behind.join(", ")).into()) }
}

/// What every collector shows on any of the machines.
fn metrics() -> Result<BTreeMap<&'static str, Families>, Failure> {
    let mut metrics = BTreeMap::new();
    for machine in fs::read_dir(MACHINES)? {
        let folder = tempfile::tempdir()?;
        tree::unpack_machine(&machine?.path(), folder.path())?;
        let textfiles = folder.path().join("textfiles");
        fs::create_dir(&textfiles)?;
        fs::write(textfiles.join("backup.prom"), "")?;
        let mut paths = tree::flags(folder.path()).to_vec();
        paths.push(format!("--collector.textfile.directory={}", textfiles.display()));
        for options in OPTIONS {
            let process = start(&paths, options)?;
            for collector in host_exporter::collectors() {
                add_families(&process, collector.name, &mut metrics)?;
            }
        }
    }
    let (collector, options) = LIVE;
    add_families(&start(&[], options)?, collector, &mut metrics)?;
    Ok(metrics)
}

/// Adds what the page of one collector shows.
fn add_families(
    process: &Process,
    collector: &'static str,
    metrics: &mut BTreeMap<&'static str, Families>,
) -> Result<(), Failure> {
    let answer = http::get(process.address(), &format!("/metrics?collect[]={collector}"), &[])?;
    let page = parse_text(&answer.body).map_err(|error| format!("{collector}: {error}"))?;
    let families = metrics.entry(collector).or_default();
    for family in page.into_iter().filter(|family| !is_of_the_exporter(&family.name)) {
        let known = families.entry(family.name).or_default();
        known.kind = family.kind.word();
        known.help = family.help.unwrap_or_default();
        known.labels.extend(family.metrics.into_iter().flat_map(|metric| metric.labels).map(|(name, _)| name));
    }
    Ok(())
}

/// The program with every collector on.
fn start(paths: &[String], options: &[&str]) -> Result<Process, Failure> {
    let address = free_address()?;
    let mut command = Command::new(binary("host-exporter")?);
    command.arg(format!("--web.listen-address={address}")).arg("--web.disable-exporter-metrics");
    command.args(host_exporter::collectors().map(|collector| format!("--collector.{}", collector.name)));
    command.args(paths).args(options);
    Ok(Process::spawn(command, address, "/-/ready")?)
}

/// What every page has, whatever the collector.
fn is_of_the_exporter(name: &str) -> bool {
    name.starts_with("node_scrape_collector_") || name.ends_with("_build_info")
}

/// The metrics whose full name stands in the sources.
fn declared() -> Result<Vec<String>, Failure> {
    let mut names = Vec::new();
    for file in fs::read_dir(SOURCES)? {
        let path: PathBuf = file?.path();
        let source = fs::read_to_string(&path)?;
        let literals = source.split("name: \"").skip(1).filter_map(|rest| rest.split('"').next());
        names.extend(literals.filter(|name| name.starts_with("node_")).map(str::to_owned));
    }
    Ok(names)
}

const GENERATED: &str = "<!-- Written by `cargo xtask docs`. -->\n";

fn metrics_page(metrics: &BTreeMap<&'static str, Families>) -> Result<String, Failure> {
    let mut page = format!(
        "{GENERATED}# Metrics of host-exporter on Linux\n\n\
         Names, types and labels are node_exporter's, but for the collectors that are said to be ours. \
         A collector is switched by `--collector.NAME` and `--no-collector.NAME`. \
         A metric is absent where the machine does not say its value.\n\n\
         Every page also has `node_scrape_collector_success` and `node_scrape_collector_duration_seconds` by `collector`, \
         `node_exporter_build_info`, and, unless `--web.disable-exporter-metrics` is given, `process_*`, `promhttp_*` and \
         `pilotlight_*` about the exporter itself.\n"
    );
    for collector in host_exporter::collectors() {
        let state = if collector.default { "" } else { " Off by default." };
        let origin = if collector.ours { " Ours; node_exporter has no such collector." } else { "" };
        write!(page, "\n## {}\n\n{}{state}{origin}\n", collector.name, collector.help)?;
        let Some(families) = metrics.get(collector.name).filter(|families| !families.is_empty()) else { continue };
        page.push_str("\n| Metric | Type | Labels | |\n|---|---|---|---|\n");
        for (name, Family { kind, help, labels }) in families {
            let labels: Vec<String> = labels.iter().map(|label| format!("`{label}`")).collect();
            writeln!(page, "| `{name}` | {kind} | {} | {} |", labels.join(", "), cell(help))?;
        }
    }
    page.push_str("\n## Collectors of node_exporter that are not here\n\n");
    page.push_str("`--no-collector.NAME` of these is accepted, and so are their options; `--collector.NAME` ends the program with the reason.\n\n");
    page.push_str("| Collector | Why not |\n|---|---|\n");
    for (name, reason) in host_exporter::absent_collectors() {
        writeln!(page, "| {name} | {} |", cell(reason))?;
    }
    Ok(page)
}

fn flags_page() -> Result<String, Failure> {
    let command = args::complete(host_exporter::command(), host_exporter::LISTEN_ADDRESS);
    let mut page = format!(
        "{GENERATED}# Flags of host-exporter on Linux\n\n\
         Every flag can be set by an environment variable instead: `HOST_EXPORTER_` and its name in capitals, with `_` for \
         dots and dashes; the command line wins. A boolean flag takes a value (`--a=false`) or none, and has a form `--no-a`. \
         Patterns are Go's, without `\\p` classes. Flags of node_exporter that have no effect here are accepted and say so once.\n"
    );
    let shown = |arg: &&Arg| !arg.is_hide_set() && arg.get_long().is_some();
    let mut headings: Vec<&str> = Vec::new();
    for heading in command.get_arguments().filter(shown).map(heading) {
        if !headings.contains(&heading) {
            headings.push(heading);
        }
    }
    for name in headings {
        write!(page, "\n## {name}\n\n| Flag | Default | |\n|---|---|---|\n")?;
        for arg in command.get_arguments().filter(shown).filter(|arg| heading(arg) == name) {
            let long = arg.get_long().unwrap_or_default();
            let value = arg.get_value_names().filter(|_| !arg.is_require_equals_set()).unwrap_or_default();
            let value = value.first().map(|value| format!(" {value}")).unwrap_or_default();
            let defaults = arg.get_default_values().iter().map(|value| format!("`{}`", value.to_string_lossy()));
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            // That is the column before.
            let help = help.trim_end_matches("[default: on]").trim_end_matches("[default: off]").trim_end();
            let defaults = defaults.collect::<Vec<_>>().join(", ");
            writeln!(page, "| `--{long}{value}` | {} | {} |", cell(&defaults), cell(help))?;
        }
    }
    Ok(page)
}

fn heading(arg: &Arg) -> &str {
    arg.get_help_heading().unwrap_or("General")
}

/// Text as a cell of a Markdown table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
