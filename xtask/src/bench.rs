//! `cargo xtask bench host`: what an exporter and the peer that it replaces cost on this machine, measured in one run.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::Failure;
use cgroup::Cgroup;
use exporter::Exporter;
use floor::Floor;
use report::Figures;
use scrapes::Scrapes;

mod cgroup;
pub(crate) mod client;
pub(crate) mod docker;
mod exporter;
mod floor;
mod load;
pub(crate) mod otlp;
mod page;
pub(crate) mod programs;
pub(crate) mod redis;
mod report;
pub(crate) mod scale;
mod scrapes;
mod table;
pub(crate) mod web;

/// How the run is done.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Measured scrapes of each program.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(10..=100_000))]
    scrapes: u32,
    /// Ask for the page as it is; Prometheus asks for gzip.
    #[arg(long)]
    identity: bool,
    /// Measure this program instead of a static release build of host-exporter.
    #[arg(long, value_name = "FILE")]
    ours: Option<PathBuf>,
    /// The folder that holds node_exporter; without it tests/tools/build says where.
    #[arg(long, value_name = "FOLDER", env = "PILOTLIGHT_TOOLS")]
    tools: Option<PathBuf>,
}

/// In what the pages may differ, from the workspace's root.
const ALLOW_LIST: &str = "tests/parity/host.toml";

/// How often each program is started; the median counts.
const STARTS: usize = 10;

/// Measures both programs with their default collectors, in turn, and prints a Markdown table. Fails when a program can't be built, started or scraped, when the
/// pages differ in their metrics, and when a bar is missed.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    if cfg!(not(target_os = "linux")) {
        return Err("the bench reads what programs use from /proc: run it on Linux".into());
    }
    let peer = programs::tool("node_exporter", options.tools.as_deref())?;
    let peer_version = programs::module_version(&peer, "github.com/prometheus/node_exporter")?;
    let ours = options.ours.clone().map_or_else(|| programs::build("host-exporter"), Ok)?;

    let starts = starts(&ours, &peer)?;
    let start = |program: &Path| Exporter::start(program, &[], Cgroup::create());
    let exporters = [start(&ours)?, start(&peer)?];
    let pages = [exporters[0].page()?, exporters[1].page()?];
    let allowed = page::allowed(&fs::read_to_string(ALLOW_LIST).map_err(|error| format!("{ALLOW_LIST}: {error}"))?)?;
    if let Some(difference) = page::difference(&pages[0], &pages[1], &allowed) {
        return Err(format!("figures count only between pages with the same metrics\n{difference}").into());
    }
    let encoding = if options.identity { "identity" } else { "gzip" };
    let scrapes = scrapes::interleaved(&exporters, encoding, options.scrapes)?;
    let floor = Floor::measure(&exporters[0])?;

    let [ours_start, peer_start] = starts;
    let [ours_scrapes, peer_scrapes] = scrapes;
    let ours = figures(&ours, ours_start, &pages[0], ours_scrapes)?;
    let peer = figures(&peer, peer_start, &pages[1], peer_scrapes)?;
    let table = report::table(&format!("node_exporter {peer_version}"), &ours, &peer);
    let conditions = format!("{}; {} scrapes each, {encoding}", report::machine(), options.scrapes);
    writeln!(io::stdout(), "{conditions}; 1 MB = 1,000,000 bytes\n\n{table}")?;
    if let Some(floor) = floor {
        writeln!(io::stdout(), "{}", report::floor(&floor, ours.scrapes.processor))?;
    }
    match table.missed {
        0 => Ok(()),
        missed => Err(format!("bars missed: {missed}").into()),
    }
}

/// The median times from start to first page of both programs, started in turn.
fn starts(ours: &Path, peer: &Path) -> Result<[Duration; 2], Failure> {
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..STARTS {
        for (file, times) in [ours, peer].into_iter().zip(&mut times) {
            times.push(Exporter::start(file, &[], None)?.first_page_after);
        }
    }
    Ok(times.map(|times| scrapes::percentile(&times, 50)))
}

fn figures(program: &Path, start: Duration, page: &str, scrapes: Scrapes) -> Result<Figures, Failure> {
    Ok(Figures { binary: fs::metadata(program)?.len(), start, series: page::series(page), page: page.len(), scrapes })
}
