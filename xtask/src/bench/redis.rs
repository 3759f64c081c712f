//! `cargo xtask bench redis`: redis-exporter and redis_exporter on the same Redis.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use testkit::process::{Signal, run as run_to_end};
use testkit::redis::loaded;
use testkit::usage::Memory;

use super::client::Client;
use super::exporter::Exporter;
use super::load::{Load, Size, megabytes, milliseconds, row};
use super::scrapes::percentile;
use super::table::{Bar, Row, Table};
use super::{programs, report};
use crate::Failure;
use server::Server;

pub(crate) mod server;

/// How the run is done.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Measured scrapes of each program with an empty and with a loaded server.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(10..=100_000))]
    scrapes: u32,
    /// Keys that are counted and looked at.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1_000..=1_000_000))]
    keys: u32,
    /// Measure this program instead of a static release build of redis-exporter.
    #[arg(long, value_name = "FILE")]
    ours: Option<PathBuf>,
    /// The peer.
    #[arg(long, value_name = "FILE", default_value = "/usr/bin/prometheus-redis-exporter")]
    peer: PathBuf,
}

/// How often each program is started; the median counts.
const STARTS: usize = 10;
/// Scrapes in which a sweep of all keys must have been completed.
const SWEEP: usize = 400;

/// Both programs, ours first.
struct Pair {
    ours: PathBuf,
    peer: PathBuf,
}

impl Pair {
    fn each(&self) -> [&Path; 2] {
        [&self.ours, &self.peer]
    }

    /// New processes of both.
    fn start(&self, server: &Server) -> Result<[Exporter; 2], Failure> {
        let [ours, peer] = self.each();
        Ok([start(ours, server, &[])?, start(peer, server, &[])?])
    }
}

fn start(program: &Path, server: &Server, flags: &[&str]) -> Result<Exporter, Failure> {
    let mut all = vec![format!("--redis.addr=redis://{}", server.address)];
    all.extend(flags.iter().map(|flag| (*flag).to_owned()));
    Exporter::start(program, &all, None)
}

/// Measures both programs, in turn, and prints a Markdown table. Fails when there is no Redis or no peer, when a program can't be
/// built, started or scraped, and when a bar is missed.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    if cfg!(not(target_os = "linux")) {
        return Err("the bench reads what programs use from /proc: run it on Linux".into());
    }
    let version = peer_version(&options.peer)?;
    let ours = options.ours.clone().map_or_else(|| programs::build("redis-exporter"), Ok)?;
    let pair = Pair { ours, peer: options.peer.clone() };
    let table = Table::new(&format!("redis_exporter {version}"), figures(&pair, options)?);
    let conditions = format!("{}; {} scrapes each with gzip", report::machine(), options.scrapes);
    writeln!(io::stdout(), "{conditions}; 1 MB = 1,000,000 bytes\n\n{table}")?;
    match table.missed {
        0 => Ok(()),
        missed => Err(format!("bars missed: {missed}").into()),
    }
}

fn peer_version(peer: &Path) -> Result<String, Failure> {
    let missing = |error| format!("{}: {error}; Debian's prometheus-redis-exporter has it", peer.display());
    let mut command = Command::new(peer);
    command.arg("--version");
    let ended = run_to_end(command, Duration::from_secs(10)).map_err(missing)?;
    let said = ended.stdout + &ended.stderr;
    let version =
        said.split_whitespace().find(|word| word.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit()));
    Ok(version.unwrap_or("of unknown version").trim_start_matches('v').to_owned())
}

fn figures(pair: &Pair, options: &Options) -> Result<Vec<Row>, Failure> {
    let mut server = Server::start()?;
    let size = |program: &Path| Ok::<f64, Failure>(megabytes(fs::metadata(program)?.len()));
    let mut rows = vec![row("binary, MB", 2, &[Bar::Value(4.0)], [size(&pair.ours)?, size(&pair.peer)?])];
    rows.push(row("start to first page, ms", 2, &[], starts(pair, &server)?));

    eprintln!("an empty server");
    rows.extend(Load::measure(&pair.start(&server)?, options.scrapes)?.rows(&EMPTY));
    eprintln!("10,000 keys");
    server.run(&loaded::commands())?;
    let programs = pair.start(&server)?;
    rows.extend(Load::measure(&programs, options.scrapes)?.rows(&LOADED));
    rows.extend(on_the_wire(&programs, &mut server)?);
    drop(programs);

    eprintln!("{} keys", options.keys);
    server.run(&[vec!["FLUSHALL".to_owned()]])?;
    server.run(&strings(options.keys))?;
    rows.extend(keys(pair, &server)?);
    eprintln!("a server that hangs");
    rows.push(row("server that hangs, seconds of a scrape with 10", 1, &[Bar::Value(9.5)], hung(pair, &mut server)?));
    Ok(rows)
}

/// So many short strings.
fn strings(count: u32) -> Vec<Vec<String>> {
    let set = |number| ["SET".to_owned(), format!("many:{number}"), format!("value-{number}")].to_vec();
    (0..count).map(set).collect()
}

const EMPTY: Size = Size {
    resident: ("empty, resident, MB", &[Bar::Value(3.5)]),
    anonymous: "empty, of it anonymous, MB",
    peak: "empty, at its peak, MB",
    processor: ("empty, processor per scrape, ms", &[]),
    p50: ("empty, scrape p50, ms", &[]),
    p99: ("empty, scrape p99, ms", &[]),
    series: "empty, series",
    page: "empty, page, kB",
};

const LOADED: Size = Size {
    resident: ("10,000 keys, resident, MB", &[Bar::Value(3.5)]),
    anonymous: "10,000 keys, of it anonymous, MB",
    peak: "10,000 keys, at its peak, MB",
    processor: ("10,000 keys, processor per scrape, ms", &[Bar::Value(1.0)]),
    p50: ("10,000 keys, scrape p50, ms", &[Bar::Value(1.5)]),
    p99: ("10,000 keys, scrape p99, ms", &[Bar::Value(3.0)]),
    series: "10,000 keys, series",
    page: "10,000 keys, page, kB",
};

/// The median times from start to first page of both programs, started in turn.
fn starts(pair: &Pair, server: &Server) -> Result<[f64; 2], Failure> {
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..STARTS {
        for (program, times) in pair.each().into_iter().zip(&mut times) {
            times.push(start(program, server, &[])?.first_page_after);
        }
    }
    Ok(times.map(|times| milliseconds(percentile(&times, 50))))
}

/// What a scrape costs the server, by its own count: times that it read something, and connections.
fn on_the_wire(programs: &[Exporter; 2], server: &mut Server) -> Result<[Row; 2], Failure> {
    const SCRAPES: u8 = 20;
    let mut counts = [[0.0; 2]; 2];
    for (side, program) in programs.iter().enumerate() {
        let fields = ["total_reads_processed", "total_connections_received"];
        let mut count = || Ok::<_, Failure>([server.number(fields[0])?, server.number(fields[1])?]);
        let before = count()?;
        for _ in 0..SCRAPES {
            program.page()?;
        }
        let after = count()?;
        // Each count takes two readings itself, of which one is before it.
        counts[side] = [after[0] - before[0] - 2.0, after[1] - before[1]].map(|count| count / f64::from(SCRAPES));
    }
    let [[our_trips, our_connections], [their_trips, their_connections]] = counts;
    Ok([
        row("10,000 keys, round trips of a scrape", 2, &[Bar::Value(1.0)], [our_trips, their_trips]),
        row("10,000 keys, connections of a scrape", 2, &[Bar::Value(0.0)], [our_connections, their_connections]),
    ])
}

/// What it takes to count all keys, and to look at each.
fn keys(pair: &Pair, server: &Server) -> Result<Vec<Row>, Failure> {
    let mut count = [Sweep::default(), Sweep::default()];
    let mut check = [Sweep::default(), Sweep::default()];
    for (side, program) in pair.each().into_iter().enumerate() {
        count[side] = Sweep::of(&start(program, server, &["--count-keys=db0=many:*"])?, "redis_keys_count{")?;
        check[side] = Sweep::of(&start(program, server, &["--check-keys=db0=many:*"])?, "redis_key_size{")?;
    }
    let of = |sweeps: &[Sweep; 2], value: fn(&Sweep) -> f64| sweeps.each_ref().map(value);
    Ok(vec![
        row(
            "keys counted, longest scrape, ms",
            1,
            &[Bar::Value(100.0)],
            of(&count, |sweep| milliseconds(sweep.longest)),
        ),
        row("keys counted, scrapes until it is known", 0, &[], of(&count, |sweep| sweep.scrapes as f64)),
        row("keys counted, at its peak, MB", 1, &[Bar::Value(12.0)], of(&count, |sweep| megabytes(sweep.peak))),
        row(
            "keys looked at, longest scrape, ms",
            1,
            &[Bar::Value(100.0)],
            of(&check, |sweep| milliseconds(sweep.longest)),
        ),
        row("keys looked at, scrapes until it is known", 0, &[], of(&check, |sweep| sweep.scrapes as f64)),
        row("keys looked at, at its peak, MB", 1, &[Bar::Value(12.0)], of(&check, |sweep| megabytes(sweep.peak))),
        row("keys looked at, page, MB", 2, &[], of(&check, |sweep| sweep.page as f64 / 1e6)),
    ])
}

/// Scrapes until a result of all keys is on the page.
#[derive(Default)]
struct Sweep {
    longest: Duration,
    scrapes: usize,
    peak: u64,
    page: usize,
}

impl Sweep {
    fn of(program: &Exporter, result: &str) -> Result<Sweep, Failure> {
        let mut client = Client::connect(program.address, "identity")?;
        let mut sweep = Sweep::default();
        while sweep.scrapes < SWEEP {
            let asked = Instant::now();
            client.get()?;
            sweep.longest = sweep.longest.max(asked.elapsed());
            sweep.scrapes += 1;
            sweep.page = client.body.len();
            sweep.peak = Memory::of(program.id())?.peak;
            if String::from_utf8_lossy(&client.body).lines().any(|line| line.starts_with(result)) {
                return Ok(sweep);
            }
        }
        Err(format!("no {result} within {SWEEP} scrapes").into())
    }
}

/// How long a scrape of a server takes that answers nothing, once it has answered before.
fn hung(pair: &Pair, server: &mut Server) -> Result<[f64; 2], Failure> {
    let programs = pair.start(server)?;
    server.signal(Signal::STOP)?;
    let took = programs.each_ref().map(|program| {
        let mut client = Client::connect(program.address, "identity")?;
        let asked = Instant::now();
        client.get()?;
        Ok::<f64, Failure>(asked.elapsed().as_secs_f64())
    });
    server.signal(Signal::CONT)?;
    let [ours, peer] = took;
    Ok([ours?, peer?])
}
