//! Prometheus' and Alertmanager's own checkers over the shipped configuration, and what they leave unchecked.

use std::fs;
use std::process::Command;

use crate::tools::{Tools, repository};

/// What each alert proves in `prometheus/rules/tests/`, as the start of a case's name after the alert's.
const CASES: [&str; 4] = ["fires", "does not fire", "resolves", "with missing data"];

#[test]
fn configuration_passes_its_servers_own_checks() {
    let Some(tools) = Tools::find("rules", &["promtool", "amtool"]) else { return };
    let mut promtool = tools.command("promtool");
    let files = ["prometheus/prometheus.yml", "prometheus/compose.yml"];
    succeeds(promtool.args(["check", "config", "--lint=all", "--lint-fatal"]).args(files));
    succeeds(tools.command("amtool").args(["check-config", "alertmanager/alertmanager.yml"]));
}

#[test]
fn rules_pass_their_cases() {
    let Some(tools) = Tools::find("rules", &["promtool"]) else { return };
    for file in yaml_files("prometheus/rules") {
        succeeds(tools.command("promtool").args(["check", "rules", "--lint=all", "--lint-fatal", &file]));
    }
    for file in yaml_files("prometheus/rules/tests") {
        succeeds(tools.command("promtool").args(["test", "rules", &file]));
    }
}

#[test]
fn alerts_have_a_case_for_each_situation() {
    let alerts = values("prometheus/rules", "- alert: ");
    let cases = values("prometheus/rules/tests", "- name: ");
    assert!(!alerts.is_empty(), "prometheus/rules names no alert");

    for alert in &alerts {
        for situation in CASES {
            let name = format!("{alert} {situation}");
            assert!(
                cases.iter().any(|case| case.starts_with(&name)),
                "prometheus/rules/tests has no case \"{name} …\""
            );
        }
    }
    let records = values("prometheus/rules", "- record: ");
    for case in &cases {
        let of_alert = alerts.iter().any(|alert| CASES.iter().any(|name| case.starts_with(&format!("{alert} {name}"))));
        let of_record = records.iter().any(|record| case.starts_with(&format!("{record} ")));
        assert!(of_alert || of_record, "the case \"{case}\" is of no alert and situation, and of no recorded name");
    }
}

/// Runs a checker in the repository's root.
fn succeeds(command: &mut Command) {
    let output = command.current_dir(repository()).output().expect("the tool starts");
    assert!(
        output.status.success(),
        "{command:?}\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The YAML files of a folder, relative to the root, in order.
pub(crate) fn yaml_files(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(repository().join(folder)).expect("the folder exists");
    let names = entries.map(|entry| entry.expect("the folder is readable").file_name());
    let mut files: Vec<String> = names.map(|name| format!("{folder}/{}", name.to_string_lossy())).collect();
    files.retain(|file| file.ends_with(".yml"));
    files.sort();
    files
}

/// What follows `key` on the lines of a folder's files that start with it. promtool has checked that they are YAML.
fn values(folder: &str, key: &str) -> Vec<String> {
    let mut values = Vec::new();
    for file in yaml_files(folder) {
        let content = fs::read_to_string(repository().join(file)).expect("the file is text");
        values.extend(content.lines().filter_map(|line| line.trim_start().strip_prefix(key)).map(str::to_owned));
    }
    values
}
