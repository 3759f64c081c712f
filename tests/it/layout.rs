//! Whether what programs run is still put side by side: see `cargo xtask layout`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::container::static_program;
use crate::tools::repository;

const SUITE: &str = "layout";
const SCRIPT: &str = "crates/exporter-toolkit/layout/used.ld";
const PROGRAMS: [&str; 5] = ["host-exporter", "docker-exporter", "redis-exporter", "otlp-bridge", "pilotlight"];

#[test]
fn the_layout_is_of_these_programs() {
    let script = fs::read_to_string(repository().join(SCRIPT)).expect("it is there");
    let lines: Vec<&str> = script.lines().filter_map(|line| line.strip_prefix("      .text.")).collect();
    let mut names = BTreeSet::new();
    for program in PROGRAMS {
        let Some(program) = static_program(SUITE, program) else { return };
        let sections = output("readelf", &["--sections", "--wide"], &program);
        let place = |section: &str| sections.find(section).unwrap_or_else(|| panic!("{program:?} has no {section}"));
        assert!(place(" .text.used ") < place(" .text "), "{program:?}");
        let table = output("nm", &["--defined-only"], &program);
        names.extend(table.lines().filter_map(|line| line.split(' ').nth(2)).map(without_hashes));
    }
    let is_there = |line: &&&str| match line.strip_suffix('*') {
        Some(beginning) => names.range(beginning.to_owned()..).next().is_some_and(|name| name.starts_with(beginning)),
        None => names.contains(**line),
    };
    let found = lines.iter().filter(is_there).count();
    assert!(lines.len() > 1_000, "{} lines", lines.len());
    assert!(
        found * 5 >= lines.len() * 4,
        "of {} names in {SCRIPT} programs have {found}: run cargo xtask layout",
        lines.len()
    );
}

/// A name as the script has it: a `*` for the hash of a crate.
fn without_hashes(name: &str) -> String {
    if !name.starts_with("_R") {
        return name.to_owned();
    }
    let hash = regex_lite::Regex::new("Cs[0-9A-Za-z]+_").expect("it is one");
    hash.replace_all(name, "Cs*_").into_owned()
}

/// What a program of binutils, which links ours, says of one.
fn output(tool: &str, options: &[&str], program: &Path) -> String {
    let ended = Command::new(tool).args(options).arg(program).output().unwrap_or_else(|err| panic!("{tool}: {err}"));
    String::from_utf8(ended.stdout).expect("it prints text")
}
