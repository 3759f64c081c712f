//! Where unsafe code may live: the lints of each member, and the one place in the two members that call the system.

use std::fs;
use std::path::{Path, PathBuf};

use crate::Failure;

/// The members whose `src/ffi.rs` or `src/ffi/` may hold unsafe code. What a workspace forbids no module can allow, so they can't
/// inherit its lints: they repeat them and deny unsafe code instead.
const CALL_THE_SYSTEM: &[&str] = &["linux-procfs", "macos-sys"];

const FORBID: &str = r#"unsafe_code = "forbid""#;
const DENY: &str = r#"unsafe_code = "deny""#;

/// What is wrong with the text of the workspace's `Cargo.toml`; None when it forbids unsafe code.
pub(crate) fn unforbidden(root: &str) -> Option<String> {
    let forbidden = section(root, "workspace.lints.rust").contains(&FORBID);
    (!forbidden).then(|| format!("Cargo.toml: say {FORBID} in [workspace.lints.rust]"))
}

/// Every violation in the member `name` as a sentence with its remedy; `root` is the text of the workspace's `Cargo.toml`.
/// Fails when a file of the member can't be read.
pub(crate) fn violations(name: &str, manifest: &Path, root: &str) -> Result<Vec<String>, Failure> {
    let exempt = CALL_THE_SYSTEM.contains(&name);
    let mut violations = lint_violations(name, &read(manifest)?, root, exempt);
    if exempt {
        for file in rust_files(&manifest.with_file_name("src"))? {
            violations.extend(misplaced(&read(&file)?).map(|line| {
                format!("{}:{line}: unsafe code outside of src/ffi.rs and src/ffi/: move it there", file.display())
            }));
        }
    }
    Ok(violations)
}

/// Where the lints of the manifest `text` are not the workspace's, but for the exemption.
fn lint_violations(name: &str, text: &str, root: &str, exempt: bool) -> Vec<String> {
    if section(text, "lints") == ["workspace = true"] {
        return Vec::new();
    }
    if !exempt {
        return vec![format!("{name}: say workspace = true in [lints]")];
    }
    let mut violations = Vec::new();
    for tool in ["rust", "clippy"] {
        let inherited = section(root, &format!("workspace.lints.{tool}"));
        let expected: Vec<&str> = inherited.into_iter().map(|lint| if lint == FORBID { DENY } else { lint }).collect();
        if section(text, &format!("lints.{tool}")) != expected {
            violations.push(format!("{name}: [lints.{tool}] must be\n{}", expected.join("\n")));
        }
    }
    violations
}

/// The lines of one table of a manifest, without comments and blanks. Enough for flat tables of short values as cargo writes them.
fn section<'a>(manifest: &'a str, name: &str) -> Vec<&'a str> {
    let header = format!("[{name}]");
    manifest
        .lines()
        .map(str::trim)
        .skip_while(|line| *line != header)
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect()
}

/// The numbers of the lines that hold the keyword outside of a comment.
fn misplaced(source: &str) -> impl Iterator<Item = usize> {
    source.lines().enumerate().filter_map(|(index, line)| {
        let code = line.split("//").next().unwrap_or(line);
        let mut words = code.split(|c: char| !c.is_alphanumeric() && c != '_');
        words.any(|word| word == "unsafe").then_some(index + 1)
    })
}

/// The Rust files below `folder`, but those of the ffi module.
fn rust_files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(|err| format!("cannot list {}: {err}", folder.display()))? {
        let path = entry?.path();
        if path.file_stem().is_some_and(|stem| stem == "ffi") {
            continue;
        }
        if path.is_dir() {
            files.extend(rust_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(files)
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|err| format!("cannot read {}: {err}", path.display()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = r#"
[workspace.lints.rust]
unsafe_code = "forbid"
missing_docs = "warn"

[workspace.lints.clippy]
todo = "warn"
"#;

    #[test]
    fn inherited_lints() {
        let text = "[package]\nname = \"exposition\"\n\n[lints]\nworkspace = true\n";
        assert_eq!(lint_violations("exposition", text, ROOT, false), Vec::<String>::new());
        assert_eq!(lint_violations("macos-sys", text, ROOT, true), Vec::<String>::new());
    }

    #[test]
    fn repeated_lints_of_an_exempt_member() {
        let text = r#"
[lints.rust]
# One call per block.
unsafe_code = "deny"
missing_docs = "warn"

[lints.clippy]
todo = "warn"
"#;
        assert_eq!(lint_violations("macos-sys", text, ROOT, true), Vec::<String>::new());
        assert_eq!(lint_violations("pilotlight", text, ROOT, false), ["pilotlight: say workspace = true in [lints]"]);
    }

    #[test]
    fn exempt_member_that_takes_more() {
        let text = "[lints.rust]\nunsafe_code = \"allow\"\nmissing_docs = \"warn\"\n";
        assert_eq!(
            lint_violations("macos-sys", text, ROOT, true),
            [
                "macos-sys: [lints.rust] must be\nunsafe_code = \"deny\"\nmissing_docs = \"warn\"",
                "macos-sys: [lints.clippy] must be\ntodo = \"warn\"",
            ]
        );
    }

    #[test]
    fn workspace_that_forbids_nothing() {
        assert_eq!(unforbidden(ROOT), None);
        let remedy = r#"Cargo.toml: say unsafe_code = "forbid" in [workspace.lints.rust]"#;
        assert_eq!(unforbidden("[workspace]\n"), Some(remedy.to_owned()));
    }

    #[test]
    fn unsafe_code_in_a_line() {
        let source = "// unsafe in words\n#![deny(unsafe_code)]\nlet n = unsafe { call() };\nunsafe extern \"C\" {}\n";
        assert_eq!(misplaced(source).collect::<Vec<_>>(), [3, 4]);
    }
}
