//! `cargo xtask docs`: the tables of metrics and flags below `docs/`, from the programs themselves: their command lines, and
//! their pages on every machine whose files are described, with everything that agents were seen to send, before an engine that
//! tells what there is to tell.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::Path;

use exposition::parse::parse_text;
use testkit::http;

use crate::{Failure, output_of};

mod bridge;
mod docker;
mod flags;
mod host;
mod redis;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Write nothing; fail when a file is not what would be written.
    #[arg(long)]
    check: bool,
}

const GENERATED: &str = "<!-- Written by `cargo xtask docs`. -->\n";

/// A metric family as the pages show it.
#[derive(Default)]
struct Family {
    kind: &'static str,
    help: String,
    labels: BTreeSet<String>,
}

type Families = BTreeMap<String, Family>;

/// Writes or checks the tables. Fails when the programs can't be built or run, when a metric that their sources name is on no
/// page, and with `--check` when a file has fallen behind.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let programs = ["host-exporter", "docker-exporter", "redis-exporter", "otlp-bridge"];
    let packages = programs.iter().flat_map(|program| ["--package", program]);
    output_of("cargo", &["build", "--locked"].into_iter().chain(packages).collect::<Vec<_>>())?;
    let mut behind = Vec::new();
    for (path, text) in [
        ("docs/metrics/host.md", host::metrics_page()?),
        ("docs/flags/host.md", host::flags_page()?),
        ("docs/metrics/docker.md", docker::metrics_page()?),
        ("docs/flags/docker.md", docker::flags_page()?),
        ("docs/metrics/redis.md", redis::metrics_page()?),
        ("docs/flags/redis.md", redis::flags_page()?),
        ("docs/metrics/otlp.md", bridge::metrics_page()?),
        ("docs/flags/otlp.md", bridge::flags_page()?),
    ] {
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

/// Adds what is on a page; what was there before gets the labels that it lacks.
fn add_page(address: SocketAddr, path: &str, families: &mut Families) -> Result<(), Failure> {
    let answer = http::get(address, path, &[])?;
    for family in parse_text(&answer.body).map_err(|error| format!("{path}: {error}"))? {
        let known = families.entry(family.name).or_default();
        known.kind = family.kind.word();
        known.help = family.help.unwrap_or_default();
        known.labels.extend(family.metrics.into_iter().flat_map(|metric| metric.labels).map(|(name, _)| name));
    }
    Ok(())
}

/// A table of metrics, ending with a line feed; labels that `hidden` names are left out.
fn table<'f>(families: impl Iterator<Item = (&'f String, &'f Family)>, hidden: &[&str]) -> Result<String, Failure> {
    let mut table = String::from("\n| Metric | Type | Labels | |\n|---|---|---|---|\n");
    for (name, Family { kind, help, labels }) in families {
        let shown = labels.iter().filter(|label| !hidden.contains(&label.as_str()));
        let labels: Vec<String> = shown.map(|label| format!("`{label}`")).collect();
        writeln!(table, "| `{name}` | {kind} | {} | {} |", labels.join(", "), cell(help))?;
    }
    Ok(table)
}

/// The metrics whose full name stands between quotes in the sources below a folder, if it starts with one of these.
fn declared(folder: &Path, before: &str, starts: &[&str]) -> Result<BTreeSet<String>, Failure> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            names.extend(declared(&path, before, starts)?);
            continue;
        }
        let source = fs::read_to_string(&path)?;
        let literals = source.split(before).skip(1).filter_map(|rest| rest.split('"').next());
        names.extend(literals.filter(|name| starts.iter().any(|start| name.starts_with(start))).map(str::to_owned));
    }
    Ok(names)
}

/// Fails when a metric is on none of the pages.
fn all_shown(declared: BTreeSet<String>, shown: &BTreeSet<&String>, remedy: &str) -> Result<(), Failure> {
    let unseen: Vec<String> = declared.into_iter().filter(|name| !shown.contains(name)).collect();
    if unseen.is_empty() { Ok(()) } else { Err(format!("{remedy} {}", unseen.join(", ")).into()) }
}

/// Text as a cell of a Markdown table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
