//! Text files, one folder of them after the other, as the host exporter and node_exporter show them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use testkit::http;
use testkit::process::{Process, free_address};
use testkit::seeds::seeds;
use testkit::textfiles::{TEXTFILES, shown};

use crate::tools::{Tools, entries, text};

/// In what ours may differ, each with its reason.
const ALLOWED: &str = "parity/textfile.toml";

/// What is in the folder at a time.
struct Situation {
    name: String,
    files: Vec<(String, Vec<u8>)>,
}

/// Folders on which the two might fall out: what one of them takes by accident, and what clashes.
#[rustfmt::skip]
const CLASHES: [(&str, &[(&str, &str)]); 9] = [
    ("a gauge histogram", &[("a.prom", "# TYPE x gaugehistogram\nx_bucket{le=\"+Inf\"} 1\nx_gsum 1\nx_gcount 1\n")]),
    ("a letter beyond ASCII in a type", &[("a.prom", "# TYPE x gaugeé\nx 1\n")]),
    ("a backslash in a type", &[("a.prom", "# TYPE x gau\\ge\nx 1\n")]),
    ("a bound twice", &[("a.prom", "# TYPE x histogram\nx_bucket{le=\"1\",le=\"2\"} 1\nx_sum 1\nx_count 1\n")]),
    ("one series in two files", &[("a.prom", "# HELP x X.\nx 1\n"), ("b.prom", "# HELP x X.\nx 2\n")]),
    ("one name with two types", &[
        ("a.prom", "# HELP x X.\n# TYPE x gauge\nx{file=\"a\"} 1\n"),
        ("b.prom", "# HELP x X.\n# TYPE x counter\nx{file=\"b\"} 2\n"),
    ]),
    ("another help, and then none", &[
        ("a.prom", "# HELP x X.\nx{file=\"a\"} 1\n"),
        ("b.prom", "# HELP x Y.\nx{file=\"b\"} 2\n"),
        ("c.prom", "x{file=\"c\"} 3\n"),
    ]),
    ("a name of the collector's own", &[("a.prom", "node_textfile_scrape_error 7\nx 1\n")]),
    ("a name of the exporter's own", &[
        ("a.prom", "node_scrape_collector_success{collector=\"textfile\"} 7\nx 1\n"),
    ]),
];

#[test]
fn text_files_get_the_verdict_of_node_exporter() {
    let Some(tools) = Tools::find("textfile", &["node_exporter"]) else { return };
    let folder = tempfile::tempdir().expect("there is a folder for temporary files");
    let ours = Process::start("host-exporter", &flags(folder.path()).each_ref().map(String::as_str));
    let ours = ours.expect("the exporter starts");
    let mut peer = start_peer(&tools, folder.path());
    let mut found = BTreeMap::new();
    for Situation { name, files } in situations() {
        for (file, content) in &files {
            fs::write(folder.path().join(file), content).expect("the folder is ours");
        }
        let own = scraped(&ours).unwrap_or_else(|| panic!("{name}: the exporter does not answer"));
        let theirs = scraped(&peer);
        files.iter().for_each(|(file, _)| fs::remove_file(folder.path().join(file)).expect("the folder is ours"));
        match theirs {
            None => {
                found.insert(name, ("dies", String::new()));
                peer = start_peer(&tools, folder.path());
            }
            Some(theirs) => found.extend(difference(&own, &theirs).map(|difference| (name, difference))),
        }
    }
    let wrong = unexplained(found);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Nothing but the textfile collector.
fn flags(folder: &Path) -> [String; 4] {
    let fixed = ["--web.disable-exporter-metrics", "--collector.disable-defaults", "--collector.textfile"];
    let [metrics, defaults, textfile] = fixed.map(str::to_owned);
    [metrics, defaults, textfile, format!("--collector.textfile.directory={}", folder.display())]
}

fn start_peer(tools: &Tools, folder: &Path) -> Process {
    let address = free_address().expect("loopback has a free port");
    let mut command = tools.command("node_exporter");
    command.arg(format!("--web.listen-address={address}")).args(flags(folder));
    Process::spawn(command, address, "/metrics").expect("node_exporter starts")
}

/// The folders whose pages are known, those on which the two might fall out, and the page of each of the validator's
/// seeds as a file.
fn situations() -> Vec<Situation> {
    let known = TEXTFILES.iter().map(|folder| (folder.situation, folder.files));
    let folders = known.chain(CLASHES).map(|(name, files)| Situation {
        name: name.to_owned(),
        files: files.iter().map(|(name, content)| ((*name).to_owned(), content.as_bytes().to_vec())).collect(),
    });
    let seeded = seeds().into_iter().flat_map(|seed| {
        let name = format!("{:?}: {}", seed.rule, seed.situation);
        let before = seed.previous.map(|response| (format!("{name}, before"), response));
        std::iter::once((name, seed.response)).chain(before)
    });
    let files = seeded
        .map(|(name, response)| Situation { name, files: vec![("metrics.prom".to_owned(), body(&response).to_vec())] });
    folders.chain(files).collect()
}

/// What stands behind the head of a response, all of it where there is none.
fn body(response: &[u8]) -> &[u8] {
    let head = response.windows(4).position(|end| end == b"\r\n\r\n");
    head.map_or(response, |end| &response[end + 4..])
}

/// What a program shows; `None` if it does not answer.
fn scraped(process: &Process) -> Option<BTreeMap<String, String>> {
    let response = http::get(process.address(), "/metrics", &[]).ok()?;
    let mut shown = shown(&response.body);
    shown.insert("the status".to_owned(), response.status.to_string());
    Some(shown)
}

/// What differs and of what kind that is; `None` if nothing does.
fn difference(own: &BTreeMap<String, String>, theirs: &BTreeMap<String, String>) -> Option<(&'static str, String)> {
    let names: BTreeSet<&String> = own.keys().chain(theirs.keys()).collect();
    let differing = names.into_iter().filter(|name| own.get(*name) != theirs.get(*name));
    let lines: Vec<String> =
        differing.map(|name| format!("{name}: {:?}, the peer {:?}", own.get(name), theirs.get(name))).collect();
    let is_verdict = lines.iter().any(|line| line.starts_with("node_textfile_scrape_error:"));
    (!lines.is_empty()).then(|| (if is_verdict { "verdict" } else { "page" }, lines.join("; ")))
}

/// What no entry of the allow-list explains, and entries that explain nothing or give no reason.
fn unexplained(mut found: BTreeMap<String, (&'static str, String)>) -> Vec<String> {
    let mut faults = Vec::new();
    for entry in entries(ALLOWED, "deviation") {
        let situation = text(&entry, "situation");
        let is_met = found.get(situation).is_some_and(|(kind, _)| *kind == text(&entry, "kind"));
        if is_met && !text(&entry, "reason").is_empty() {
            found.remove(situation);
        } else {
            faults.push(format!("tests/{ALLOWED}: {entry} explains nothing, or has no reason"));
        }
    }
    faults.extend(found.into_iter().map(|(situation, (kind, what))| format!("{situation}: {kind}: {what}")));
    faults
}
