//! `cargo xtask bench otlp`: the bridge and the OpenTelemetry Collector, with the same streams in one run: what they count, and
//! what it costs.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use testkit::usage::Memory;

use super::scrapes::percentile;
use super::table::{Bar, Row, Table};
use super::{programs, report};
use crate::Failure;
use exports::Exports;
use server::Server;

mod exactness;
mod exports;
mod load;
mod server;

/// How the run is done.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Measured scrapes of each program and encoding at 10,000 series.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(10..=10_000))]
    scrapes: u32,
    /// Measure this program instead of a static release build of otlp-bridge.
    #[arg(long, value_name = "FILE")]
    ours: Option<PathBuf>,
    /// The folder that holds otelcol; without it tests/tools/build says where.
    #[arg(long, value_name = "FOLDER", env = "PILOTLIGHT_TOOLS")]
    tools: Option<PathBuf>,
}

/// Sessions of 17 series: 9,996 and 100,011 of them.
const SESSIONS: u32 = 588;
const MANY_SESSIONS: u32 = 5_883;
/// Exports of each session: 109,956 points.
const ROUNDS: u64 = 11;
/// The Collector takes seconds for one of 100,000: ours is scraped so often for each.
const OURS_FOR_EACH: u32 = 10;
/// Exports of a client that waits for each answer.
const EXPORTS: usize = 500;
/// How long both have before their idle memory is read.
const IDLE: Duration = Duration::from_secs(2);
/// Longer than the Collector keeps a batch.
const SETTLED: Duration = Duration::from_secs(1);

/// Both programs, ours first.
struct Pair {
    ours: PathBuf,
    peer: PathBuf,
    /// Where ledgers are: on a disk, not in a temporary folder that may be memory.
    folder: tempfile::TempDir,
}

impl Pair {
    /// New processes without a series.
    fn start(&self) -> Result<[Server; 2], Failure> {
        Ok([Server::bridge(&self.ours, self.folder.path())?, Server::collector(&self.peer, self.folder.path())?])
    }
}

/// Measures both programs and prints Markdown tables. Fails when a program can't be built, started or reached, when a page is
/// not what was sent, and when a bar is missed.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    if cfg!(not(target_os = "linux")) {
        return Err("the bench reads what programs use from /proc: run it on Linux".into());
    }
    let peer = programs::tool("otelcol", options.tools.as_deref())?;
    let version = programs::module_version(&peer, "go.opentelemetry.io/collector/receiver/otlpreceiver")?;
    let ours = options.ours.clone().map_or_else(|| programs::build("otlp-bridge"), Ok)?;
    let pair = Pair { ours, peer, folder: tempfile::tempdir_in("target")? };
    let mut out = io::stdout();

    eprintln!("streams with known totals");
    let exactness = exactness::measure(&pair.start()?)?;
    writeln!(out, "{}\n\n{}", report::machine(), exactness.table)?;
    let rows = figures(&pair, options.scrapes)?;
    let table = Table::new(&format!("otelcol {version}"), rows);
    writeln!(
        out,
        "{} scrapes of each encoding, a tenth of the Collector's 100,000; 1 MB = 1,000,000 bytes\n\n{table}",
        options.scrapes
    )?;
    match (exactness.wrong.as_slice(), table.missed) {
        ([], 0) => Ok(()),
        ([], missed) => Err(format!("bars missed: {missed}").into()),
        (wrong, _) => Err(format!("ours is not exact\n{}", wrong.join("\n")).into()),
    }
}

fn figures(pair: &Pair, scrapes: u32) -> Result<Vec<Row>, Failure> {
    let size = |program: &Path| Ok::<f64, Failure>(megabytes(fs::metadata(program)?.len()));
    let mut rows = vec![row("binary, MB", 1, &[], [size(&pair.ours)?, size(&pair.peer)?])];

    eprintln!("idle, and a client that waits");
    let servers = pair.start()?;
    for server in &servers {
        server.page()?;
    }
    thread::sleep(IDLE);
    let idle = memory(&servers)?;
    rows.push(row("idle, resident, MB", 1, &[Bar::Value(5.0)], idle.each_ref().map(|one| megabytes(one.resident))));
    rows.extend(export_rows(&servers)?);
    drop(servers);

    eprintln!("10,000 series");
    let servers = pair.start()?;
    let ingested = load::ingest(&servers, SESSIONS, ROUNDS)?;
    rows.push(row("processor per point, µs", 2, &[Bar::OnePartIn(3.0)], ingested.processor.map(microseconds)));
    rows.push(row("points a second", 0, &[], ingested.points_a_second));
    same_page(&servers)?;
    rows.extend(scrape_rows(&TEN_THOUSAND, &servers, [scrapes, 1])?);
    drop(servers);

    eprintln!("100,000 series");
    let servers = pair.start()?;
    load::ingest(&servers, MANY_SESSIONS, 1)?;
    same_page(&servers)?;
    rows.extend(scrape_rows(&HUNDRED_THOUSAND, &servers, [scrapes.div_ceil(OURS_FOR_EACH), OURS_FOR_EACH])?);
    Ok(rows)
}

/// How the rows about so many series are called, and their bars.
struct Size {
    resident: (&'static str, &'static [Bar]),
    peak: &'static str,
    /// Median and 99th percentile of pages as they are.
    identity: ([&'static str; 2], &'static [Bar]),
    gzip: ([&'static str; 2], &'static [Bar]),
    processor: &'static str,
}

const TEN_THOUSAND: Size = Size {
    resident: ("10,000 series, resident, MB", &[Bar::Value(15.0)]),
    peak: "10,000 series, at its peak, MB",
    identity: (["10,000 series, scrape p50, ms", "10,000 series, scrape p99, ms"], &[Bar::Value(15.0)]),
    gzip: (["10,000 series, gzip p50, ms", "10,000 series, gzip p99, ms"], &[Bar::Value(40.0)]),
    processor: "10,000 series, processor per scrape, ms",
};

const HUNDRED_THOUSAND: Size = Size {
    resident: ("100,000 series, resident, MB", &[Bar::Value(80.0)]),
    peak: "100,000 series, at its peak, MB",
    identity: (["100,000 series, scrape p50, ms", "100,000 series, scrape p99, ms"], &[Bar::Value(150.0)]),
    gzip: (["100,000 series, gzip p50, ms", "100,000 series, gzip p99, ms"], &[Bar::Value(400.0)]),
    processor: "100,000 series, processor per scrape, ms",
};

/// In so many rounds, ours so often in each. Memory is read last, when every buffer has grown.
fn scrape_rows(size: &Size, servers: &[Server; 2], [rounds, ours_each]: [u32; 2]) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    for (encoding, (names, bars)) in [("identity", size.identity), ("gzip", size.gzip)] {
        let taken = load::scrape(servers, encoding, rounds, ours_each)?;
        for (name, percent) in names.into_iter().zip([50, 99]) {
            let figures = taken.each_ref().map(|one| milliseconds(percentile(&one.latencies, percent)));
            rows.push(row(name, 2, bars, figures));
        }
        if encoding == "gzip" {
            rows.push(row(size.processor, 2, &[], taken.map(|one| milliseconds(one.processor))));
        }
    }
    let memory = memory(servers)?;
    let (resident, bars) = size.resident;
    rows.push(row(resident, 1, bars, memory.each_ref().map(|one| megabytes(one.resident))));
    rows.push(row(size.peak, 1, &[], memory.map(|one| megabytes(one.peak))));
    Ok(rows)
}

/// What a real client waits for, one export after the other. Ours answers when it is on the disk.
fn export_rows(servers: &[Server; 2]) -> Result<Vec<Row>, Failure> {
    let exports = Exports::read()?;
    let latencies = load::export_times(servers, &exports, EXPORTS)?;
    let at = |percent| latencies.each_ref().map(|one| milliseconds(percentile(one, percent)));
    Ok(vec![
        row("acknowledged export p50, ms", 3, &[], at(50)),
        row("acknowledged export p99, ms", 3, &[Bar::Value(10.0)], at(99)),
    ])
}

/// Fails unless both pages have the same series of the client with the same values: figures of anything else mean nothing.
fn same_page(servers: &[Server; 2]) -> Result<(), Failure> {
    thread::sleep(SETTLED);
    let [ours, peer] = servers;
    let (ours, peer) = (ours.series()?, peer.series()?);
    let differing = peer.iter().find(|(series, value)| ours.get(*series) != Some(*value));
    match differing {
        None if ours.len() == peer.len() => Ok(()),
        None => Err(format!("ours has {} series, the peer {}", ours.len(), peer.len()).into()),
        Some((series, value)) => Err(format!("{series} is {value} and in ours {:?}", ours.get(series)).into()),
    }
}

fn memory(servers: &[Server; 2]) -> Result<[Memory; 2], Failure> {
    let [ours, peer] = servers;
    Ok([Memory::of(ours.id())?, Memory::of(peer.id())?])
}

fn row(name: &'static str, digits: usize, bars: &'static [Bar], [ours, peer]: [f64; 2]) -> Row {
    Row { name, ours, peer, digits, bars }
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn microseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}
