//! promtool's word on every golden page of the workspace, and our lint beside it.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::Stdio;

use exposition::lint::lint;
use exposition::parse::parse_text;

use crate::tools::{Tools, repository};

#[test]
fn promtool_reads_every_golden_page_and_finds_what_our_lint_finds() {
    let Some(tools) = Tools::find("golden", &["promtool"]) else { return };
    let pages = golden_pages();
    assert!(!pages.is_empty(), "there is no golden page");
    for path in pages {
        let page = fs::read(&path).expect("the page is readable");
        let ours: BTreeSet<String> = lint(&parse_text(&page).expect("a page that our parser reads"))
            .into_iter()
            .map(|problem| problem.metric)
            .collect();
        assert_eq!(promtool(&tools, &page), ours, "{}", path.display());
    }
}

/// The metrics that promtool finds fault with; their names are the peers', so that some are expected.
fn promtool(tools: &Tools, page: &[u8]) -> BTreeSet<String> {
    let mut command = tools.command("promtool");
    command.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("promtool starts");
    child.stdin.take().expect("its input is a pipe").write_all(page).expect("promtool reads the page");
    let output = child.wait_with_output().expect("promtool ends");
    let text = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    // 3 is what it says of names; 1 would be a page that it can't read.
    assert!(matches!(output.status.code(), Some(0 | 3)), "{text}");
    text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

fn golden_pages() -> Vec<PathBuf> {
    let entries = |folder: PathBuf| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let folders = entries(repository().join("crates")).map(|krate| krate.join("tests/golden"));
    let pages = folders.flat_map(entries).filter(|path| path.extension().is_some_and(|end| end == "prom"));
    pages.collect()
}
