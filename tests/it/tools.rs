//! The servers, checkers and peers that `tests/tools/build` made, and what happens where they are missing.

use std::env;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// A folder that holds every tool which the suite asked for.
pub(crate) struct Tools(PathBuf);

impl Tools {
    /// The tools of `suite`, from the folder that `PILOTLIGHT_TOOLS` names; `None` where one is missing and the suite is
    /// [skipped](skip).
    pub(crate) fn find(suite: &str, needed: &[&str]) -> Option<Tools> {
        let folder = env::var_os("PILOTLIGHT_TOOLS").map(PathBuf::from);
        let missing = needed.iter().find(|tool| !folder.as_ref().is_some_and(|folder| folder.join(tool).is_file()));
        let Some(missing) = missing else { return folder.map(Tools) };

        skip(suite, missing);
        None
    }

    /// A command that runs the tool.
    pub(crate) fn command(&self, tool: &str) -> Command {
        Command::new(self.path(tool))
    }

    /// Where the tool is.
    pub(crate) fn path(&self, tool: &str) -> PathBuf {
        self.0.join(tool)
    }
}

/// Where a program of the system is.
#[cfg(target_os = "linux")]
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    let folders = env::var_os("PATH")?;
    env::split_paths(&folders).map(|folder| folder.join(name)).find(|program| program.is_file())
}

/// Says that a suite is skipped for want of something, past the capture of the test harness.
///
/// # Panics
/// With `CI=true`, if `not-here.toml` does not list it.
pub(crate) fn skip(suite: &str, missing: &str) {
    let hosted = env::var_os("CI").is_some_and(|ci| ci == "true");
    let listed = entries("not-here.toml", "suite");
    assert!(
        !hosted || listed.iter().any(|entry| text(entry, "name") == suite && !text(entry, "reason").is_empty()),
        "{suite} needs {missing}, and tests/not-here.toml does not excuse it"
    );
    writeln!(io::stderr(), "SKIP {suite}: needs {missing}; run ./test").expect("stderr is open");
}

/// The root of the repository.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the suites are a folder of the repository")
}

/// The tables called `key` of a TOML file of this crate.
pub(crate) fn entries(file: &str, key: &str) -> Vec<Value> {
    let path = repository().join("tests").join(file);
    let content = fs::read_to_string(&path).unwrap_or_else(|err| panic!("{}: {err}", path.display()));
    let mut table: Value = toml::from_str(&content).unwrap_or_else(|err| panic!("{}: {err}", path.display()));
    match table[key].take() {
        Value::Array(entries) => entries,
        Value::Null => Vec::new(),
        other => panic!("{}: {key} is not a list of tables but {other}", path.display()),
    }
}

/// A text of an entry; empty if there is none.
pub(crate) fn text<'a>(entry: &'a Value, key: &str) -> &'a str {
    entry[key].as_str().unwrap_or_default()
}
