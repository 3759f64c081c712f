//! The same `--web.config.file` for node_exporter and the host exporter: both start or refuse, and answer alike.

mod case;
mod client;
mod encrypted;
mod pki;
mod plain;
mod program;
mod refused;

use std::path::Path;

use serde_json::Value;
use testkit::process::binary;

use crate::tools::{Tools, entries, text};
use case::{CONFIG, Case, Step, Then, write};
use client::verdict;
use program::{Refusal, start};

/// The files and what differs with a reason.
const ALLOWED: &str = "parity/web_config.toml";

fn cases() -> impl Iterator<Item = &'static Case> {
    [refused::CASES, encrypted::CASES, plain::CASES].into_iter().flatten()
}

/// What became of a case: how it started, and the verdict on each request.
struct Outcome {
    start: Result<(), Refusal>,
    verdicts: Vec<String>,
}

/// Runs a case in a folder of its own.
fn run(program: &Path, case: &Case) -> Outcome {
    let folder = tempfile::tempdir().expect("there is a folder for temporary files");
    pki::write(folder.path());
    write(folder.path(), CONFIG, case.text);
    let serving = match start(program, &folder.path().join(CONFIG)) {
        Ok(serving) => serving,
        Err(refusal) => return Outcome { start: Err(refusal), verdicts: Vec::new() },
    };
    let steps = if let Then::Serves(steps) = case.then { steps } else { &[] };
    let verdicts = steps.iter().filter_map(|step| match step {
        Step::Ask(request, _) => Some(verdict(serving.address, request, folder.path())),
        Step::Write(name, text) => {
            write(folder.path(), name, text);
            None
        }
    });
    Outcome { start: Ok(()), verdicts: verdicts.collect() }
}

/// The end of a program whose configuration file is not there.
fn without_a_file(program: &Path) -> Refusal {
    let folder = tempfile::tempdir().expect("there is a folder for temporary files");
    pki::write(folder.path());
    start(program, &folder.path().join("none.yml")).err().expect("it does not start")
}

/// The verdicts that the table expects, in the order of the requests.
fn expected(case: &Case) -> Vec<&'static str> {
    let steps = if let Then::Serves(steps) = case.then { steps } else { &[] };
    let verdict = |step: &'static Step| if let Step::Ask(_, verdict) = step { Some(*verdict) } else { None };
    steps.iter().filter_map(verdict).collect()
}

/// So that the table is true.
#[test]
fn what_node_exporter_does() {
    let Some(tools) = Tools::find("web_config", &["node_exporter"]) else { return };
    let program = tools.command("node_exporter").get_program().to_owned();
    let mut wrong = Vec::new();
    for case in cases() {
        let Outcome { start, verdicts } = run(Path::new(&program), case);
        match (&start, &case.then) {
            (Ok(()), Then::Serves(_)) if verdicts == expected(case) => {}
            (Ok(()), Then::Serves(_)) => wrong.push(format!("{}: {verdicts:?}", case.name)),
            (Err(refusal), Then::Refuses(_)) if refusal.code == Some(1) => {}
            (Ok(()), Then::Refuses(_)) => wrong.push(format!("{}: starts", case.name)),
            (Err(Refusal { code, stderr }), _) => wrong.push(format!("{}: ends with {code:?}: {stderr}", case.name)),
        }
    }
    let refusal = without_a_file(Path::new(&program));
    assert_eq!(refusal.code, Some(1), "{}", refusal.stderr);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// As the table says, but for the allow-list. Each refusal is one line of the log.
#[test]
fn the_host_exporter_does_the_same() {
    let program = binary("host-exporter").expect("it is built");
    let mut differences = Differences::read();
    let mut wrong = Vec::new();
    for case in cases() {
        let Outcome { start, verdicts } = run(&program, case);
        let refusal = differences.of(case, 0).or(if let Then::Refuses(error) = case.then {
            Some(error.to_owned())
        } else {
            None
        });
        match (start, refusal) {
            (Ok(()), Some(_)) => wrong.push(format!("{}: starts", case.name)),
            (Err(Refusal { code, stderr }), None) => wrong.push(format!("{}: ends with {code:?}: {stderr}", case.name)),
            (Err(refused), Some(error)) => {
                if let Some(fault) = fault(&refused, &error) {
                    wrong.push(format!("{}: {fault}", case.name));
                }
            }
            (Ok(()), None) => {
                for (number, (verdict, expected)) in (1..).zip(verdicts.iter().zip(expected(case))) {
                    let expected = differences.of(case, number).unwrap_or_else(|| expected.to_owned());
                    if *verdict != expected {
                        wrong.push(format!("{}: request {number} is {verdict:?}, not {expected:?}", case.name));
                    }
                }
            }
        }
    }
    wrong.extend(fault(&without_a_file(&program), "none.yml"));
    wrong.extend(differences.unused());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is wrong with the way in which a file was refused.
fn fault(refusal: &Refusal, error: &str) -> Option<String> {
    let Refusal { code, stderr } = refusal;
    let errors: Vec<_> = stderr.lines().filter(|line| line.contains("level=ERROR")).collect();
    match errors.as_slice() {
        [line] if line.contains(error) && code.is_some_and(|code| code != 0) => None,
        _ => Some(format!("ends with {code:?} and says not {error:?} in one line but: {stderr}")),
    }
}

/// Where ours differs from node_exporter, each with a reason.
struct Differences {
    entries: Vec<(Value, bool)>,
}

impl Differences {
    fn read() -> Differences {
        let entries = entries(ALLOWED, "difference");
        assert!(entries.iter().all(|entry| !text(entry, "reason").is_empty()), "{ALLOWED}: a reason is missing");
        Differences { entries: entries.into_iter().map(|entry| (entry, false)).collect() }
    }

    /// What ours answers to a request, counted from 1, or says to the file, which is 0, if that is not what the table says.
    fn of(&mut self, case: &Case, request: u64) -> Option<String> {
        let fits =
            |entry: &Value| text(entry, "case") == case.name && entry["request"].as_u64().unwrap_or(0) == request;
        let (entry, is_used) = self.entries.iter_mut().find(|(entry, _)| fits(entry))?;
        *is_used = true;
        Some(text(entry, "ours").to_owned())
    }

    /// The entries that no case needed.
    fn unused(&self) -> impl Iterator<Item = String> {
        let unused = self.entries.iter().filter(|(_, is_used)| !is_used);
        unused.map(|(entry, _)| format!("{ALLOWED}: no case needs {entry}"))
    }
}
