//! `cargo xtask fuzz`: runs the targets of `fuzz/`, each for its share of the time, and prints what came of it.

use std::env;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::{Failure, output_of};
use report::Report;

mod report;
mod seeds;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Only these; `cargo fuzz list` prints all.
    targets: Vec<String>,
    /// Time for each target.
    #[arg(long, default_value_t = 20, conflicts_with = "minutes")]
    seconds: u64,
    /// Time for all targets together.
    #[arg(long)]
    minutes: Option<u64>,
    /// Where the inputs are kept that reached something new.
    #[arg(long, value_name = "FOLDER", default_value_os_t = cache().join("fuzz"))]
    corpus: PathBuf,
}

/// Inputs written by hand, and the words of each target's language.
const SEEDS: &str = "fuzz/seeds";
const DICTIONARIES: &str = "fuzz/dictionaries";

/// The longest input. A file of the kernel that is longer repeats itself.
const LONGEST_INPUT: u32 = 64 * 1024;
/// An input that takes longer is a finding: the slowest should take some milliseconds.
const LONGEST_RUN: Duration = Duration::from_secs(10);
/// A run that needs more is a finding.
const MOST_MEMORY_MB: u32 = 1024;

/// Builds the targets and runs them in turn. Fails when they can't be built or a target has a finding.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let folder = target_folder()?.join("fuzz");
    let targets = targets(&options.targets)?;
    let seconds = options.minutes.map_or(options.seconds, |minutes| minutes * 60 / targets.len() as u64);

    cargo_fuzz(&["build", "--sanitizer", "none", "--target-dir", text(&folder)?])?;
    let seeds = folder.join("seeds");
    seeds::write(&seeds)?;
    let mut table = format!("{}\n", report::HEADING);
    let mut findings = String::new();
    for target in &targets {
        writeln!(io::stdout(), "{target}: {seconds} s")?;
        let log = folder.join(format!("{target}.log"));
        let corpus = options.corpus.join(target);
        fs::create_dir_all(&corpus)?;
        let inputs = [seeds.join(target), Path::new(SEEDS).join(target)];
        let inputs: Vec<&Path> = inputs.iter().map(PathBuf::as_path).filter(|folder| folder.is_dir()).collect();
        let ended_well = fuzz(target, &folder, &[&[&*corpus], &*inputs].concat(), seconds, &log)?;
        let report = Report::of(&fs::read(&log)?);
        writeln!(table, "{}", report.row(target, !ended_well))?;
        if !ended_well {
            writeln!(findings, "{target}: {}\n(all of it: {})", report.finding, log.display())?;
        }
    }
    writeln!(io::stdout(), "\n{table}")?;
    if findings.is_empty() { Ok(()) } else { Err(format!("inputs that must not do this\n{findings}").into()) }
}

/// What `./test` keeps for other clones and later runs is there.
fn cache() -> PathBuf {
    let cache = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(env::home_dir()?.join(".cache"))).unwrap_or_else(env::temp_dir);
    cache.join("pilotlight")
}

/// Where cargo builds.
fn target_folder() -> Result<PathBuf, Failure> {
    let metadata = output_of("cargo", &["metadata", "--format-version", "1", "--no-deps"])?;
    let metadata: serde_json::Value = serde_json::from_str(&metadata)?;
    Ok(PathBuf::from(metadata["target_directory"].as_str().ok_or("cargo metadata: no target_directory")?))
}

/// The named targets, or all.
fn targets(named: &[String]) -> Result<Vec<String>, Failure> {
    let known = cargo_fuzz(&["list"]).map_err(|error| {
        format!("{error}; it takes `rustup toolchain install nightly` and `cargo install cargo-fuzz`")
    })?;
    let known: Vec<String> = known.lines().map(str::to_owned).collect();
    match named.iter().find(|target| !known.contains(target)) {
        Some(target) => Err(format!("there is no fuzz target {target}: these are {}", known.join(", ")).into()),
        None if named.is_empty() => Ok(known),
        None => Ok(named.to_vec()),
    }
}

/// What cargo-fuzz prints.
fn cargo_fuzz(args: &[&str]) -> Result<String, Failure> {
    output_of("rustup", &[&["run", "nightly", "cargo", "fuzz"], args].concat())
}

/// Runs one target on what the folders of `inputs` hold, the first of which gets more; its messages go to `log`. Whether it has
/// nothing to say against the target.
fn fuzz(target: &str, folder: &Path, inputs: &[&Path], seconds: u64, log: &Path) -> Result<bool, Failure> {
    let mut command = Command::new("rustup");
    command.args(["run", "nightly", "cargo", "fuzz", "run", "--sanitizer", "none", "--target-dir"]).arg(folder);
    command.arg(target).args(inputs).arg("--");
    command.arg(format!("-max_total_time={seconds}")).arg(format!("-max_len={LONGEST_INPUT}"));
    command.arg(format!("-timeout={}", LONGEST_RUN.as_secs())).arg(format!("-rss_limit_mb={MOST_MEMORY_MB}"));
    command.arg("-print_final_stats=1");
    let dictionary = Path::new(DICTIONARIES).join(format!("{target}.dict"));
    if dictionary.is_file() {
        command.arg(format!("-dict={}", dictionary.display()));
    }
    let log = File::create(log)?;
    Ok(command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).status()?.success())
}

fn text(path: &Path) -> Result<&str, Failure> {
    path.to_str().ok_or_else(|| format!("{} is not UTF-8", path.display()).into())
}
