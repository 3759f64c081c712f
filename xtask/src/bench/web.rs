//! `cargo xtask bench web`: what clients cost that mean harm, and what TLS and passwords cost.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use testkit::tls::Identity;
use testkit::usage::Memory;

use super::exporter::Exporter;
use super::{programs, report};
use crate::Failure;

mod crowd;
mod passwords;
mod slow;

/// How the run is done.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Measure this program instead of a static release build of host-exporter.
    #[arg(long, value_name = "FILE")]
    ours: Option<PathBuf>,
    /// Show size and idle memory of this program too, such as the one before a change.
    #[arg(long, value_name = "FILE")]
    before: Option<PathBuf>,
    /// The folder that holds node_exporter; without it tests/tools/build says where.
    #[arg(long, value_name = "FOLDER", env = "PILOTLIGHT_TOOLS")]
    tools: Option<PathBuf>,
}

/// One line of the table: what was measured, ours, and the peer's.
type Row = (&'static str, [String; 2]);

/// The configuration files of the guarded servers.
struct Files {
    folder: tempfile::TempDir,
    identity: Identity,
}

impl Files {
    fn write() -> Result<Self, Failure> {
        let files = Files { folder: tempfile::tempdir()?, identity: Identity::new()? };
        let path = files.folder.path();
        fs::write(path.join("cert.pem"), &files.identity.certificate)?;
        fs::write(path.join("key.pem"), &files.identity.key)?;
        fs::write(path.join("tls.yml"), "tls_server_config:\n  cert_file: cert.pem\n  key_file: key.pem\n")?;
        let hash = bcrypt::hash(passwords::PASSWORD, passwords::COST).map_err(|error| error.to_string())?;
        fs::write(path.join("users.yml"), format!("basic_auth_users:\n  {}: {hash}\n", passwords::USER))?;
        Ok(files)
    }

    /// The flag that guards a server by one of them.
    fn flag(&self, name: &str) -> [String; 1] {
        [format!("--web.config.file={}", self.folder.path().join(name).display())]
    }
}

/// Measures both programs one after the other and prints a Markdown table. Fails when a program can't be built, started or
/// reached.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    if cfg!(not(target_os = "linux")) {
        return Err("the bench reads what programs use from /proc: run it on Linux".into());
    }
    let peer = programs::tool("node_exporter", options.tools.as_deref())?;
    let version = programs::module_version(&peer, "github.com/prometheus/node_exporter")?;
    let ours = options.ours.clone().map_or_else(|| programs::build("host-exporter"), Ok)?;
    let files = Files::write()?;

    let of_ours = measured(&ours, &files)?;
    let of_peer = measured(&peer, &files)?;
    let rows = of_ours.into_iter().zip(of_peer).map(|((name, ours), (_, peer))| (name, [ours, peer]));
    let mut text = table(&format!("node_exporter {version}"), rows);
    writeln!(text, "\n| idle after a scrape | binary, MB | resident, MB | anonymous, MB |\n|---|---|---|---|")?;
    for program in [Some(&ours), options.before.as_ref(), Some(&peer)].into_iter().flatten() {
        writeln!(text, "{}", idle(program)?)?;
    }
    writeln!(io::stdout(), "{}; 1 MB = 1,000,000 bytes\n\n{text}", report::machine())?;
    Ok(())
}

/// All figures of one program, always the same ones in the same order.
fn measured(program: &Path, files: &Files) -> Result<Vec<(&'static str, String)>, Failure> {
    let during = |part: &'static str| move |error: Failure| format!("{}: {part}: {error}", program.display());
    let client = files.identity.client()?;
    let mut figures = slow::measure(&Exporter::start(program, &[], None)?).map_err(during("slow clients"))?;
    figures.extend(crowd::plain(&Exporter::start(program, &[], None)?).map_err(during("scrapes at once"))?);
    let guarded = Exporter::listen(program, &files.flag("tls.yml"))?;
    figures.extend(crowd::over_tls(&guarded, &client).map_err(during("connections with TLS"))?);
    let guarded = Exporter::listen(program, &files.flag("users.yml"))?;
    figures.extend(passwords::measure(&guarded).map_err(during("passwords"))?);
    Ok(figures)
}

/// Size and memory of a program that has served one page.
fn idle(program: &Path) -> Result<String, Failure> {
    let exporter = Exporter::start(program, &[], None)?;
    exporter.page()?;
    let memory = Memory::of(exporter.id())?;
    let binary = megabytes(fs::metadata(program)?.len());
    let (resident, anonymous) = (megabytes(memory.resident), megabytes(memory.anonymous));
    Ok(format!("| {} | {binary} | {resident} | {anonymous} |", program.display()))
}

fn table(peer: &str, rows: impl Iterator<Item = Row>) -> String {
    let head = ("", ["ours".to_owned(), peer.to_owned()]);
    let rows: Vec<Row> = std::iter::once(head).chain(rows).collect();
    let name = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
    let width = |at: usize| rows.iter().map(|(_, cells)| cells[at].chars().count()).max().unwrap_or_default();
    let widths = [width(0), width(1)];
    let mut text = String::new();
    for (index, (what, cells)) in rows.iter().enumerate() {
        let [ours, peer] = cells;
        text.push_str(&format!("| {what:name$} | {ours:0$} | {peer:1$} |\n", widths[0], widths[1]));
        if index == 0 {
            let line = [name, widths[0], widths[1]].map(|width| format!("{}|", "-".repeat(width + 2)));
            text.push_str(&format!("|{}\n", line.concat()));
        }
    }
    text
}

fn megabytes(bytes: u64) -> String {
    format!("{:.2}", bytes as f64 / 1e6)
}

fn milliseconds(duration: Duration) -> String {
    format!("{:.2}", duration.as_secs_f64() * 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_two_rows() {
        let cell = |text: &str| text.to_owned();
        let rows = [("connections left", [cell("0"), cell("200")]), ("p99, ms", [cell("0.75"), cell("1.20")])];
        let expected = "\
|                  | ours | node_exporter 1.12.1 |
|------------------|------|----------------------|
| connections left | 0    | 200                  |
| p99, ms          | 0.75 | 1.20                 |
";
        assert_eq!(table("node_exporter 1.12.1", rows.into_iter()), expected);
    }
}
