//! The pages of otlp-bridge.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use testkit::http;
use testkit::process::{Process, binary, free_address};

use super::{Families, GENERATED, add_page, all_shown, declared, flags, table};
use crate::Failure;

const SOURCES: &str = "crates/otlp-bridge/src";
/// What agents were seen to send, a folder for each.
const SENT: &str = "tests/fixtures/otlp";
const AGENTS: [(&str, &str, &str); 3] = [
    ("claude-code", "Claude Code", "claude_code_"),
    ("codex", "Codex", "codex_"),
    ("gemini", "Gemini CLI", "gemini_cli_"),
];

/// What the bridge shows of its own, by the start of the name.
const SESSIONS: &str = "claude_code_session_";
const SOURCES_COMPARED: &str = "pilotlight_agent_";
const RECEIVED: &str = "pilotlight_otlp_";
const LEDGER: &str = "pilotlight_ledger_";

/// Labels that every series of a sender has.
const OF_EVERY_SERIES: [&str; 4] = ["job", "otel_scope_name", "otel_scope_schema_url", "otel_scope_version"];

/// The page of its metrics.
pub(super) fn metrics_page() -> Result<String, Failure> {
    let families = families()?;
    let ours = declared(Path::new(SOURCES), "\"", &[SESSIONS, SOURCES_COMPARED, RECEIVED, LEDGER])?;
    let is_name = |name: &String| name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    let ours: BTreeSet<String> = ours.into_iter().filter(is_name).collect();
    // The names of two metrics of Claude Code begin like those of its sessions, and stand in tests.
    let ours: BTreeSet<String> = ours.into_iter().filter(|name| !name.ends_with("_count_total")).collect();
    all_shown(ours.clone(), &families.keys().collect(), &format!("nothing in {SENT} brings up"))?;
    let mut page = format!(
        "{GENERATED}# Metrics of otlp-bridge\n\n\
         What senders send is shown under the names and labels that the OpenTelemetry Collector gives it; \
         [switching.md](../switching.md#from-an-opentelemetry-collector) has the rules. Beside it stands what is the bridge's own.\n"
    );
    for (heading, text, start) in [
        (
            "Sessions",
            "All sessions are one series in the totals of Claude Code. The last 50 have gauges of their own, which can be \
             asked for by `session_id`.",
            SESSIONS,
        ),
        (
            "Agents",
            "Agents count their tokens twice: in metrics and in events. Where both come, each shows what the other has lost.",
            SOURCES_COMPARED,
        ),
        ("What is received", "Points are what metrics, logs and traces consist of: points, records, spans.", RECEIVED),
        ("The ledger", "What `pilotlight_ledger_writable` says is worth an alert.", LEDGER),
    ] {
        write!(page, "\n## {heading}\n\n{text}\n")?;
        page.push_str(&table(
            families.iter().filter(|(name, _)| ours.contains(*name) && name.starts_with(start)),
            &[],
        )?);
    }
    page.push_str(
        "\nAnd, unless `--web.disable-exporter-metrics` is given, `process_*`, `promhttp_*` and the `pilotlight_*` that every \
         exporter has.\n",
    );
    for (_, agent, start) in AGENTS {
        write!(
            page,
            "\n## What {agent} sends\n\nAs it was seen to; another version may send more. Every series has also `job` and \
             `otel_scope_*`.\n"
        )?;
        let sent = families.iter().filter(|(name, _)| name.starts_with(start) && !ours.contains(*name));
        page.push_str(&table(sent, &OF_EVERY_SERIES)?);
    }
    Ok(page)
}

/// The page of its flags.
pub(super) fn flags_page() -> Result<String, Failure> {
    flags::page(otlp_bridge::command(), otlp_bridge::LISTEN_ADDRESS, "otlp-bridge", "")
}

/// What is on the page once every agent has sent all that it was seen to send.
fn families() -> Result<Families, Failure> {
    let folder = tempfile::tempdir()?;
    let [otlp, grpc, page] = [free_address()?, free_address()?, free_address()?];
    let mut command = Command::new(binary("otlp-bridge")?);
    command.arg(format!("--otlp.http-address={otlp}")).arg(format!("--otlp.grpc-address={grpc}"));
    command.arg(format!("--web.listen-address={page}"));
    command.arg(format!("--ledger.file={}", folder.path().join("ledger.db").display()));
    let bridge = Process::spawn(command, page, "/-/ready")?;
    for (agent, _, _) in AGENTS {
        for file in sorted(&Path::new(SENT).join(agent))? {
            let name = file.to_string_lossy();
            let path = ["metrics", "logs"].into_iter().find(|signal| name.ends_with(&format!(".{signal}.pb")));
            let Some(signal) = path else { continue };
            let answer = http::post(
                otlp,
                &format!("/v1/{signal}"),
                &[("Content-Type", "application/x-protobuf")],
                &fs::read(&file)?,
            )?;
            if answer.status != 200 {
                return Err(format!("{name} was answered with status {}", answer.status).into());
            }
        }
    }
    let mut families = Families::new();
    add_page(bridge.address(), "/metrics", &mut families)?;
    Ok(families)
}

fn sorted(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut files =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()?;
    files.sort();
    Ok(files)
}
