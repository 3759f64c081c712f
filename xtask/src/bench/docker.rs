//! `cargo xtask bench docker`: docker-exporter and cAdvisor on the same containers of an engine of the bench's own.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, thread};

use testkit::process::free_address;

use super::exporter::Exporter;
use super::load::{self, Load, Size, row};
use super::table::{Bar, Row, Table};
use super::{programs, report};
use crate::Failure;
use engine::Engine;

pub(crate) mod engine;

/// How the run is done.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Measured scrapes of each program with 10 and with 50 containers.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(10..=100_000))]
    scrapes: u32,
    /// Minutes in which both are scraped every 15 seconds.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=600))]
    scraped_minutes: u32,
    /// Minutes in which nobody scrapes either.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=600))]
    background_minutes: u32,
    /// Measure this program instead of a static release build of docker-exporter.
    #[arg(long, value_name = "FILE")]
    ours: Option<PathBuf>,
    /// The folder that holds cadvisor; without it tests/tools/build says where.
    #[arg(long, value_name = "FOLDER", env = "PILOTLIGHT_TOOLS")]
    tools: Option<PathBuf>,
}

/// Containers of the measurements.
const FEW: usize = 10;
const CHECKED: usize = 20;
const MANY: usize = 50;
/// How often each program is started; the median counts.
const STARTS: usize = 10;
/// How long both have to find every container and to settle.
const SETTLED: Duration = Duration::from_secs(5);

/// Both programs, ours first, and the engine that they tell of.
struct Pair {
    ours: PathBuf,
    peer: PathBuf,
    engine: Engine,
}

impl Pair {
    /// New processes of both.
    fn start(&self) -> Result<[Exporter; 2], Failure> {
        let pair = [self.start_ours()?, self.start_peer()?];
        thread::sleep(SETTLED);
        Ok(pair)
    }

    fn start_ours(&self) -> Result<Exporter, Failure> {
        self.start_one(&self.ours, "web.listen-address", &[&format!("--docker.host={}", self.engine.host())])
    }

    fn start_peer(&self) -> Result<Exporter, Failure> {
        self.start_one(&self.peer, "listen", &[&format!("--docker={}", self.engine.host()), "--docker_only"])
    }

    /// Where the engine is, as a program that runs beside it.
    fn start_one(&self, program: &Path, listen: &str, flags: &[&str]) -> Result<Exporter, Failure> {
        let address = free_address()?;
        let mut command = self.engine.command("sh");
        command.args(["-c", r#"echo; read -r line; exec "$@" >/dev/null"#, "sh"]).arg(program);
        command.arg(format!("--{listen}={address}")).args(flags);
        Exporter::start_held(command, program, address)
    }
}

/// Measures both programs, in turn or at the same time, and prints a Markdown table. Fails without root and an engine, when a
/// program can't be built, started or scraped, and when a bar is missed.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    if cfg!(not(target_os = "linux")) {
        return Err("the bench reads what programs use from /proc: run it on Linux".into());
    }
    let peer = programs::tool("cadvisor", options.tools.as_deref())?;
    let version = programs::module_version(&peer, "github.com/google/cadvisor/lib")?;
    let ours = options.ours.clone().map_or_else(|| programs::build("docker-exporter"), Ok)?;
    let pair = Pair { ours, peer, engine: Engine::boot()? };

    let rows = figures(&pair, options)?;
    let table = Table::new(&format!("cAdvisor {version}"), rows);
    let conditions = format!(
        "{}; {} scrapes each with gzip, {} min at 15 s, {} min without",
        report::machine(),
        options.scrapes,
        options.scraped_minutes,
        options.background_minutes
    );
    writeln!(io::stdout(), "{conditions}; 1 MB = 1,000,000 bytes\n\n{table}")?;
    match table.missed {
        0 => Ok(()),
        missed => Err(format!("bars missed: {missed}").into()),
    }
}

fn figures(pair: &Pair, options: &Options) -> Result<Vec<Row>, Failure> {
    let size = |program: &Path| Ok::<f64, Failure>(load::megabytes(fs::metadata(program)?.len()));
    let mut rows = vec![row("binary, MB", 2, &[], [size(&pair.ours)?, size(&pair.peer)?])];

    eprintln!("{FEW} containers");
    pair.engine.run("busy", FEW, &[])?;
    rows.push(row("start to first page, ms", 2, &[], starts(pair)?));
    let programs = pair.start()?;
    let few = Load::measure(&programs, options.scrapes)?;
    rows.extend(few.rows(&TEN_CONTAINERS));
    eprintln!("a scrape every 15 seconds");
    let used = load::scraped(&programs, minutes(options.scraped_minutes))?;
    rows.push(row("10 containers, scraped every 15 s, % of a core", 4, &[Bar::OnePartIn(10.0)], used));
    drop(programs);

    eprintln!("{MANY} containers");
    pair.engine.run("more", MANY - FEW, &[])?;
    let many = Load::measure(&pair.start()?, options.scrapes)?;
    rows.extend(many.rows(&FIFTY_CONTAINERS));
    let each = [0, 1].map(|side| (many.series[side] - few.series[side]) as f64 / (MANY - FEW) as f64);
    rows.push(row("series of a container", 1, &[Bar::Value(70.0)], each));
    pair.engine.remove_all()?;

    eprintln!("nobody scrapes");
    pair.engine.run("checked", CHECKED, &["--health-cmd=true", "--health-interval=10s"])?;
    let used = load::unscraped(&pair.start()?, minutes(options.background_minutes))?;
    rows.push(row("20 checked containers, not scraped, % of a core", 4, &[Bar::Value(0.02)], used));
    Ok(rows)
}

const TEN_CONTAINERS: Size = Size {
    resident: ("10 containers, resident, MB", &[Bar::Value(4.0)]),
    anonymous: "10 containers, of it anonymous, MB",
    peak: "10 containers, at its peak, MB",
    processor: ("10 containers, processor per scrape, ms", &[Bar::Value(2.0)]),
    p50: ("10 containers, scrape p50, ms", &[]),
    p99: ("10 containers, scrape p99, ms", &[Bar::Value(4.0)]),
    series: "10 containers, series",
    page: "10 containers, page, kB",
};

const FIFTY_CONTAINERS: Size = Size {
    resident: ("50 containers, resident, MB", &[Bar::Value(6.0)]),
    anonymous: "50 containers, of it anonymous, MB",
    peak: "50 containers, at its peak, MB",
    processor: ("50 containers, processor per scrape, ms", &[]),
    p50: ("50 containers, scrape p50, ms", &[]),
    p99: ("50 containers, scrape p99, ms", &[Bar::Value(12.0)]),
    series: "50 containers, series",
    page: "50 containers, page, kB",
};

/// The median times from start to first page of both programs, started in turn.
fn starts(pair: &Pair) -> Result<[f64; 2], Failure> {
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..STARTS {
        times[0].push(pair.start_ours()?.first_page_after);
        times[1].push(pair.start_peer()?.first_page_after);
    }
    Ok(times.map(|times| load::milliseconds(super::scrapes::percentile(&times, 50))))
}

fn minutes(minutes: u32) -> Duration {
    Duration::from_secs(60) * minutes
}
