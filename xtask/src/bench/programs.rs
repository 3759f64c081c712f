//! Where the measured programs come from.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::{Failure, output_of};

/// Builds the release of our program `name` as it is shipped on Linux, static, and returns its file. Fails when cargo does.
pub(crate) fn build(name: &str) -> Result<PathBuf, Failure> {
    build_with(name, &[])
}

/// The same, but not stripped of the names of its functions.
pub(crate) fn build_with_names(name: &str) -> Result<PathBuf, Failure> {
    build_with(
        name,
        &["--config", "profile.release.strip=false", "--config", "profile.release.package.otlp-bridge.strip=false"],
    )
}

fn build_with(name: &str, options: &[&str]) -> Result<PathBuf, Failure> {
    let target = format!("{}-unknown-linux-musl", std::env::consts::ARCH);
    eprintln!("building {name} for {target}");
    let usual = ["build", "--release", "--locked", "--target", &target, "--package", name];
    let messages = output_of("cargo", &[&usual, options, &["--message-format=json-render-diagnostics"]].concat())?;
    executable(&messages, name).ok_or_else(|| format!("cargo built no program {name}").into())
}

/// The file of the peer `name` in the folder `tools`, or in the one where the suites' tools are built. Fails when it isn't there.
pub(crate) fn tool(name: &str, tools: Option<&Path>) -> Result<PathBuf, Failure> {
    let tools = match tools {
        Some(folder) => folder.to_owned(),
        None => {
            let manifest = output_of("cargo", &["locate-project", "--workspace", "--message-format=plain"])?;
            let script = Path::new(manifest.trim()).with_file_name("tests/tools/build");
            PathBuf::from(output_of(&script.display().to_string(), &[])?.lines().last().unwrap_or_default())
        }
    };
    let file = tools.join(name);
    if !file.is_file() {
        return Err(format!("{} is missing: tests/tools/build builds it", file.display()).into());
    }
    Ok(file)
}

/// The version of the Go module that the program `file` was built from, which the Go linker writes into every program. Fails when
/// the file can't be read or names no such module.
pub(crate) fn module_version(file: &Path, module: &str) -> Result<String, Failure> {
    let bytes = fs::read(file).map_err(|err| format!("cannot read {}: {err}", file.display()))?;
    let name = format!("\t{module}\tv");
    let start = bytes.windows(name.len()).position(|window| window == name.as_bytes()).map(|at| at + name.len());
    let version = start.and_then(|start| bytes.get(start..)?.split(|byte| *byte == b'\t').next());
    match version.map(std::str::from_utf8) {
        Some(Ok(version)) => Ok(version.to_owned()),
        _ => Err(format!("{} does not say its version of {module}", file.display()).into()),
    }
}

/// The program `name` among the messages of `cargo build`.
fn executable(messages: &str, name: &str) -> Option<PathBuf> {
    messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).find_map(|message| {
        let file = message["executable"].as_str()?;
        (message["target"]["name"] == name).then(|| PathBuf::from(file))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn program_among_the_messages_of_a_build() {
        let messages = concat!(
            r#"{"reason":"compiler-artifact","target":{"name":"exposition"},"executable":null}"#,
            "\n",
            r#"{"reason":"compiler-artifact","target":{"name":"host-exporter"},"executable":"/t/release/host-exporter"}"#,
            "\n",
            r#"{"reason":"build-finished","success":true}"#,
            "\n",
        );
        assert_eq!(executable(messages, "host-exporter"), Some(PathBuf::from("/t/release/host-exporter")));
        assert_eq!(executable(messages, "redis-exporter"), None);
    }

    #[test]
    fn version_in_a_go_program() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), b"\x7fELF\0dep\tgithub.com/a/b\tv1.12.1\th1:x=\n\xff").unwrap();
        assert_eq!(module_version(file.path(), "github.com/a/b").unwrap(), "1.12.1");
        assert!(module_version(file.path(), "github.com/a/c").is_err());
    }
}
