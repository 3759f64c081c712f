//! Which functions a program runs, as valgrind sees them.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::Failure;

/// Has `work` run a command to its end, and returns the names of the functions that `program` ran then. Fails without valgrind and
/// when the work does.
pub(super) fn functions(
    program: &Path,
    work: impl FnOnce(&[String]) -> Result<(), Failure>,
) -> Result<HashSet<String>, Failure> {
    Command::new("valgrind").arg("--version").output().map_err(|err| format!("valgrind: {err}: install it"))?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("calls");
    work(&[
        "valgrind".to_owned(),
        "--tool=callgrind".to_owned(),
        "--demangle=no".to_owned(),
        format!("--callgrind-out-file={}", file.display()),
        program.display().to_string(),
    ])?;
    let calls = fs::read_to_string(&file).map_err(|err| format!("{} left no calls: {err}", program.display()))?;
    Ok(calls.lines().filter_map(function).collect())
}

/// The function that a line of callgrind's output names: `fn=(1) main` or `cfn=(2) main'2`, where the number says how deep it calls
/// itself. A name is written once, and then its number alone.
fn function(line: &str) -> Option<String> {
    let named = line.strip_prefix("fn=(").or_else(|| line.strip_prefix("cfn=("))?;
    let name = named.split_once(") ")?.1;
    Some(name.split('\'').next().unwrap_or(name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_name_functions() {
        let lines = ["fn=(1) main", "cfn=(2) _ZN1a17h0E'2", "fn=(1)", "fl=(1) ???", "calls=1 0", "0 7"];
        assert_eq!(
            lines.map(function),
            [Some("main".to_owned()), Some("_ZN1a17h0E".to_owned()), None, None, None, None]
        );
    }
}
