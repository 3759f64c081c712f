//! The edges between the crates of this workspace, checked against the ones that the design allows.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::{Failure, output_of, unsafe_code};

/// Checks the whole workspace and prints every violation on stderr. Fails when there is one.
pub(crate) fn run() -> Result<(), Failure> {
    let metadata = output_of("cargo", &["metadata", "--format-version", "1", "--locked"])?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let graph = Graph::from_metadata(&metadata)?;
    let mut violations = graph.violations();
    let root = fs::read_to_string(Path::new(string(&metadata, "workspace_root")?).join("Cargo.toml"))?;
    violations.extend(unsafe_code::unforbidden(&root));
    for (name, member) in &graph.members {
        violations.extend(unsafe_code::violations(name, &member.manifest, &root)?);
    }
    for violation in &violations {
        eprintln!("{violation}");
    }
    if !violations.is_empty() {
        return Err(format!("violations of the allowed edges: {}", violations.len()).into());
    }
    let edges: usize = graph.members.values().map(|member| member.uses.len()).sum();
    writeln!(io::stdout(), "{} crates, {edges} edges, all allowed", graph.members.len())?;
    Ok(())
}

/// Which crates of the workspace a crate may use.
enum MayUse {
    Only(&'static [&'static str]),
    Everything,
}

/// The design's table of edges. `testkit` is not in it: every crate may use it, in its tests alone.
static ALLOWED: &[(&str, MayUse)] = &[
    ("exposition", MayUse::Only(&[])),
    ("linux-procfs", MayUse::Only(&[])),
    ("macos-sys", MayUse::Only(&[])),
    ("exporter-toolkit", MayUse::Only(&["exposition", "linux-procfs", "macos-sys"])),
    ("host-exporter", MayUse::Only(&["exporter-toolkit", "exposition", "linux-procfs", "macos-sys"])),
    ("docker-exporter", MayUse::Only(&["exporter-toolkit", "exposition", "linux-procfs"])),
    ("otlp", MayUse::Only(&[])),
    ("ledger", MayUse::Only(&["otlp"])),
    ("otlp-bridge", MayUse::Only(&["exporter-toolkit", "exposition", "ledger", "otlp"])),
    ("redis-exporter", MayUse::Only(&["exporter-toolkit", "exposition"])),
    (
        "pilotlight",
        MayUse::Only(&[
            "docker-exporter",
            "exporter-toolkit",
            "host-exporter",
            "ledger",
            "otlp-bridge",
            "redis-exporter",
        ]),
    ),
    ("testkit", MayUse::Only(&["exposition"])),
    ("tests", MayUse::Everything),
    ("xtask", MayUse::Everything),
];

/// What tests share and no program may contain.
const TESTKIT: &str = "testkit";

/// The members of the workspace by name, and the one foreign choice that is checked with them.
#[derive(Debug, PartialEq)]
struct Graph {
    members: BTreeMap<String, Member>,
    /// The features with which the `prometheus` crate is built, by whoever asked for them.
    prometheus_features: Vec<String>,
}

#[derive(Debug, PartialEq)]
struct Member {
    /// The path of its `Cargo.toml`.
    manifest: PathBuf,
    uses: Vec<Edge>,
}

#[derive(Debug, PartialEq)]
struct Edge {
    /// The other member's name.
    to: String,
    /// Whether it is a dev-dependency; build dependencies count as normal ones.
    dev: bool,
}

impl Graph {
    /// Reads what `cargo metadata` prints with format version 1. Fails when a field that cargo documents is missing.
    fn from_metadata(metadata: &Value) -> Result<Self, Failure> {
        let mut members = BTreeMap::new();
        for package in array(metadata, "packages")? {
            // Members and their path dependencies alone have no source.
            if package["source"].is_null() {
                let manifest = PathBuf::from(string(package, "manifest_path")?);
                members.insert(string(package, "name")?.to_owned(), Member { manifest, uses: edges(package)? });
            }
        }
        let mut prometheus_features = Vec::new();
        for node in array(&metadata["resolve"], "nodes")? {
            if string(node, "id")?.contains("#prometheus@") {
                prometheus_features
                    .extend(array(node, "features")?.iter().filter_map(Value::as_str).map(str::to_owned));
            }
        }
        Ok(Self { members, prometheus_features })
    }

    /// Every violation as a sentence with its remedy; empty when all edges are allowed.
    fn violations(&self) -> Vec<String> {
        let mut violations = Vec::new();
        for (from, member) in &self.members {
            match ALLOWED.iter().find(|(name, _)| name == from) {
                Some((_, allowed)) => {
                    violations.extend(member.uses.iter().filter_map(|edge| violation(from, allowed, edge)));
                }
                None => violations.push(format!(
                    "{from} ({}) is unknown: add what it may use to the table of edges in xtask/src/edges.rs",
                    member.manifest.display()
                )),
            }
        }
        if self.prometheus_features.iter().any(|feature| feature == "protobuf") {
            violations.push(
                "prometheus is built with its feature protobuf, a second model of the page: \
                 find who asks for it with `cargo tree --invert prometheus --edges features`"
                    .to_owned(),
            );
        }
        violations
    }
}

fn violation(from: &str, allowed: &MayUse, edge: &Edge) -> Option<String> {
    let to = edge.to.as_str();
    if to == TESTKIT {
        // xtask is automation, not a program that anybody is given.
        return (!edge.dev && from != "xtask")
            .then(|| format!("{from} → {to} is not allowed: make it a dev-dependency"));
    }
    match allowed {
        MayUse::Everything => None,
        MayUse::Only(crates) if crates.contains(&to) => None,
        MayUse::Only([]) => Some(format!("{from} → {to} is not allowed: {from} uses nothing of the workspace")),
        MayUse::Only(crates) => Some(format!("{from} → {to} is not allowed: {from} may use {}", crates.join(", "))),
    }
}

fn edges(package: &Value) -> Result<Vec<Edge>, Failure> {
    let mut edges = Vec::new();
    for dependency in array(package, "dependencies")? {
        if dependency["path"].is_string() {
            edges.push(Edge { to: string(dependency, "name")?.to_owned(), dev: dependency["kind"] == "dev" });
        }
    }
    Ok(edges)
}

fn array<'a>(value: &'a Value, field: &str) -> Result<&'a Vec<Value>, Failure> {
    value[field].as_array().ok_or_else(|| format!("cargo metadata: no list {field}").into())
}

fn string<'a>(value: &'a Value, field: &str) -> Result<&'a str, Failure> {
    value[field].as_str().ok_or_else(|| format!("cargo metadata: no text {field}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(to: &str, dev: bool) -> Edge {
        Edge { to: to.to_owned(), dev }
    }

    fn graph(members: Vec<(&str, Vec<Edge>)>) -> Graph {
        let member = |(name, uses): (&str, _)| {
            (name.to_owned(), Member { manifest: PathBuf::from(format!("/w/{name}/Cargo.toml")), uses })
        };
        Graph { members: members.into_iter().map(member).collect(), prometheus_features: Vec::new() }
    }

    #[test]
    fn allowed_edges() {
        let graph = graph(vec![
            ("exposition", vec![edge("testkit", true)]),
            ("host-exporter", vec![edge("exporter-toolkit", false), edge("linux-procfs", false)]),
            ("tests", vec![edge("host-exporter", false), edge("testkit", true)]),
        ]);
        assert_eq!(graph.violations(), Vec::<String>::new());
    }

    #[test]
    fn reader_that_uses_the_page() {
        assert_eq!(
            graph(vec![("linux-procfs", vec![edge("exposition", false)])]).violations(),
            ["linux-procfs → exposition is not allowed: linux-procfs uses nothing of the workspace"]
        );
    }

    #[test]
    fn dev_dependency_backwards() {
        assert_eq!(
            graph(vec![("exporter-toolkit", vec![edge("host-exporter", true)])]).violations(),
            ["exporter-toolkit → host-exporter is not allowed: \
              exporter-toolkit may use exposition, linux-procfs, macos-sys"]
        );
    }

    #[test]
    fn testkit_in_a_program() {
        assert_eq!(
            graph(vec![("host-exporter", vec![edge("testkit", false)]), ("xtask", vec![edge("testkit", false)])])
                .violations(),
            ["host-exporter → testkit is not allowed: make it a dev-dependency"]
        );
    }

    #[test]
    fn unknown_crate() {
        assert_eq!(
            graph(vec![("utils", vec![])]).violations(),
            ["utils (/w/utils/Cargo.toml) is unknown: add what it may use to the table of edges in xtask/src/edges.rs"]
        );
    }

    #[test]
    fn prometheus_with_protobuf() {
        let mut graph = graph(vec![]);
        graph.prometheus_features = vec!["default".to_owned(), "protobuf".to_owned()];
        assert_eq!(
            graph.violations(),
            ["prometheus is built with its feature protobuf, a second model of the page: \
              find who asks for it with `cargo tree --invert prometheus --edges features`"]
        );
    }

    #[test]
    fn metadata_of_two_members_and_a_registry_crate() {
        let metadata = serde_json::json!({
            "packages": [
                {"name": "prometheus", "source": "registry+index", "manifest_path": "/r/Cargo.toml", "dependencies": []},
                {"name": "testkit", "source": null, "manifest_path": "/w/testkit/Cargo.toml", "dependencies": [
                    {"name": "exposition", "kind": null, "path": "/w/exposition"},
                    {"name": "flate2", "kind": null},
                ]},
                {"name": "tests", "source": null, "manifest_path": "/w/tests/Cargo.toml", "dependencies": [
                    {"name": "testkit", "kind": "dev", "path": "/w/testkit"},
                    {"name": "host-exporter", "kind": "build", "path": "/w/host-exporter"},
                ]},
            ],
            "resolve": {"nodes": [
                {"id": "registry+index#prometheus@0.14.0", "features": ["protobuf"]},
                {"id": "path+file:///w/testkit#0.1.0", "features": ["other"]},
            ]},
        });
        let mut expected = graph(vec![
            ("testkit", vec![edge("exposition", false)]),
            ("tests", vec![edge("testkit", true), edge("host-exporter", false)]),
        ]);
        expected.prometheus_features = vec!["protobuf".to_owned()];
        assert_eq!(Graph::from_metadata(&metadata).unwrap(), expected);
    }

    #[test]
    fn metadata_without_the_resolved_graph() {
        let metadata = serde_json::json!({"packages": [], "resolve": null});
        let failure = Graph::from_metadata(&metadata).unwrap_err();
        assert_eq!(failure.to_string(), "cargo metadata: no list nodes");
    }
}
