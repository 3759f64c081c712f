//! The pages of host-exporter.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use testkit::process::{Process, binary, free_address};
use testkit::tree;

use super::{Families, GENERATED, add_page, all_shown, cell, declared, flags, table};
use crate::Failure;

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

/// The page of its metrics.
pub(super) fn metrics_page() -> Result<String, Failure> {
    let metrics = &metrics()?;
    let shown = metrics.values().flat_map(BTreeMap::keys).collect();
    all_shown(
        declared(Path::new(SOURCES), "name: \"", &["node_"])?,
        &shown,
        &format!("no machine in {MACHINES} shows"),
    )?;
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
        page.push_str(&table(families.iter(), &[])?);
    }
    page.push_str("\n## Collectors of node_exporter that are not here\n\n");
    page.push_str("`--no-collector.NAME` of these is accepted, and so are their options; `--collector.NAME` ends the program with the reason.\n\n");
    page.push_str("| Collector | Why not |\n|---|---|\n");
    for (name, reason) in host_exporter::absent_collectors() {
        writeln!(page, "| {name} | {} |", cell(reason))?;
    }
    Ok(page)
}

/// The page of its flags.
pub(super) fn flags_page() -> Result<String, Failure> {
    flags::page(
        host_exporter::command(),
        host_exporter::LISTEN_ADDRESS,
        "host-exporter on Linux",
        " Patterns are Go's, without `\\p` classes. Flags of node_exporter that have no effect here are accepted and say so once.",
    )
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
    let families = metrics.entry(collector).or_default();
    add_page(process.address(), &format!("/metrics?collect[]={collector}"), families)?;
    families.retain(|name, _| !is_of_the_exporter(name));
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
