use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use testkit::http::{RawResponse, get, scrape};
use testkit::process::Process;
use testkit::{Validator, page};

use crate::tree::{Host, Tree, log_of};

/// The exporter with nothing but text files from these folders.
fn start(folders: &[&str]) -> Host {
    let mut flags = vec!["--collector.disable-defaults".to_owned(), "--collector.textfile".to_owned()];
    flags.extend(folders.iter().map(|folder| format!("--collector.textfile.directory={folder}")));
    Tree::fixture("vps").start_here(&flags.iter().map(String::as_str).collect::<Vec<_>>())
}

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The page, valid but for the label sets of users' own metrics, as series.
fn series(process: &Process) -> (RawResponse, BTreeMap<String, f64>) {
    let validator = Validator { varying_labels: &["job_seconds"], without_total: &["jobs"], ..Validator::default() };
    let response = scrape(process.address(), &[], &validator, None).unwrap();
    let series = page::series(&response.body);
    (response, series)
}

const ERROR: &str = "node_textfile_scrape_error";

#[test]
fn two_folders_a_pattern_and_every_type() {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in [
        (
            "a/one.prom",
            "# HELP job_seconds How long.\n# TYPE job_seconds gauge\njob_seconds{job=\"x\"} 1.5\njob_seconds 2\n",
        ),
        ("a/not-a-prom.txt", "broken\n"),
        (
            "b1/hist.prom",
            "# TYPE wait_seconds histogram\nwait_seconds_bucket{le=\"1\"} 2\nwait_seconds_bucket{le=\"+Inf\"} 3\nwait_seconds_sum 4.5\nwait_seconds_count 3\n",
        ),
        (
            "b2/summary.prom",
            "# HELP rpc_seconds Calls.\n# TYPE rpc_seconds summary\nrpc_seconds{quantile=\"0.5\"} 0.1\nrpc_seconds_sum 7\nrpc_seconds_count 8\n",
        ),
    ] {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let (a, b) = (root.path().join("a"), root.path().join("b*"));
    let (response, series) = series(&start(&[text(&a), text(&b)]));
    assert_eq!(series["job_seconds{job=\"x\"}"], 1.5);
    assert_eq!(series["job_seconds"], 2.0);
    assert_eq!(series["wait_seconds_bucket{le=\"+Inf\"}"], 3.0);
    assert_eq!(series["rpc_seconds{quantile=\"0.5\"}"], 0.1);
    assert_eq!(series[ERROR], 0.0);
    let read = series.keys().filter(|name| name.starts_with("node_textfile_mtime_seconds{")).count();
    assert_eq!(read, 3);
    let page = response.text();
    assert!(page.contains("job_seconds{job=\"\"} 2\n"), "a label that others have stands empty\n{page}");
    assert!(
        page.contains(&format!(
            "# HELP wait_seconds Metric read from {}\n",
            root.path().join("b1/hist.prom").display()
        ))
    );
}

#[test]
fn files_that_are_refused_leave_the_others_alone() {
    for (name, bad) in [
        ("a timestamp", "x 1 1700000000000\n"),
        ("no newline at the end", "x 1"),
        ("not UTF-8", "x{a=\"\u{fffd}"),
        ("a type twice", "# TYPE x gauge\n# TYPE x gauge\nx 1\n"),
        ("a number that is none", "x one\n"),
    ] {
        let folder = folder(&[("bad.prom", bad), ("good.prom", "# HELP y Y.\n# TYPE y gauge\ny 1\n")]);
        let process = start(&[text(folder.path())]);
        let (_, series) = series(&process);
        assert_eq!((series[ERROR], series["y"], series.get("x")), (1.0, 1.0, None), "{name}");
        get(process.address(), "/metrics", &[]).unwrap();
        let log = log_of(process);
        assert!(log.contains("bad.prom"), "{name}: {log}");
        assert_eq!(log.matches("text file left out").count(), 1, "{name}: one line until something changes\n{log}");
    }
}

#[test]
fn a_folder_that_is_not_there() {
    let process = start(&["/nowhere/textfiles"]);
    let (_, series) = series(&process);
    assert_eq!(series[ERROR], 1.0);
    let log = log_of(process);
    assert!(log.contains("/nowhere/textfiles"), "{log}");
}

/// The peer's scrape waits for a writer.
#[test]
fn a_fifo_and_a_folder_named_like_a_file() {
    let folder = folder(&[("good.prom", "# HELP y Y.\n# TYPE y gauge\ny 1\n")]);
    fs::create_dir(folder.path().join("folder.prom")).unwrap();
    assert!(Command::new("mkfifo").arg(folder.path().join("fifo.prom")).status().unwrap().success());
    let (_, series) = series(&start(&[text(folder.path())]));
    assert_eq!((series[ERROR], series["y"]), (1.0, 1.0));
}

/// node_exporter 1.12.1 dies of the third file.
#[test]
fn a_help_text_that_differs_from_an_earlier_file() {
    let folder = folder(&[
        ("a.prom", "# HELP x First.\n# TYPE x gauge\nx{file=\"a\"} 1\n"),
        ("b.prom", "# HELP x Second.\n# TYPE x gauge\nx{file=\"b\"} 2\n"),
        ("c.prom", "# TYPE x gauge\nx{file=\"c\"} 3\n"),
    ]);
    let (response, series) = series(&start(&[text(folder.path())]));
    assert_eq!((series[ERROR], series["x{file=\"a\"}"], series["x{file=\"c\"}"]), (1.0, 1.0, 3.0));
    assert!(!series.contains_key("x{file=\"b\"}"));
    assert!(response.text().contains("# HELP x First.\n"));
}

/// The first one stands, and what is refused is counted; a collector's own series come before those of files.
#[test]
fn series_that_are_there_already() {
    let folder = folder(&[
        ("a.prom", "# HELP x X.\n# TYPE x gauge\nx 1\nnode_load1 99\n"),
        ("b.prom", "# TYPE x counter\nx 2\n# TYPE node_load5 gauge\nnode_load5 99\n"),
        ("c.prom", "# TYPE x gauge\nx 3\n"),
    ]);
    // Twice the same folder: every series of it is there already, and its files.
    let flag = format!("--collector.textfile.directory={}", folder.path().display());
    let process = Tree::fixture("vps").start_here(&[&flag, &flag]);
    get(process.address(), "/metrics", &[]).unwrap();
    let (_, series) = series(&process);
    assert_eq!((series["x"], series["node_load1"], series["node_load5"]), (1.0, 0.62, 0.48));
    let refused = |reason: &str| series[&format!("pilotlight_refused_metrics_total{{reason=\"{reason}\"}}")];
    // Once: node_load5 and x of c; again: x of a, node_load5, x of c, and the times of the three files.
    assert_eq!(refused("duplicate"), 2.0 + 6.0);
    // node_load1 and x of b have another type, both times.
    assert_eq!(refused("clash"), 2.0 + 2.0);
    assert_eq!(series[ERROR], 0.0);
}

#[test]
fn things_that_are_no_text_files() {
    let folder = folder(&[("good.prom", "# HELP y Y.\n# TYPE y gauge\ny 1\n")]);
    let path = |name: &str| folder.path().join(name);
    symlink("/dev/zero", path("endless.prom")).unwrap();
    symlink("/nowhere", path("dangling.prom")).unwrap();
    symlink("loop.prom", path("loop.prom")).unwrap();
    let _socket = UnixListener::bind(path("socket.prom")).unwrap();
    fs::File::create(path("huge.prom")).unwrap().set_len((32 << 20) + 1).unwrap();
    let process = start(&[text(folder.path())]);
    let (_, series) = series(&process);
    assert_eq!((series[ERROR], series["y"]), (1.0, 1.0));
    let log = log_of(process);
    for name in ["endless", "dangling", "loop", "socket", "huge"] {
        assert_eq!(log.matches(&format!("{name}.prom: ")).count(), 1, "{name}: {log}");
    }
}

#[test]
fn a_file_that_is_mended_and_broken_again() {
    let folder = folder(&[]);
    let process = start(&[text(folder.path())]);
    let mut shown = Vec::new();
    for text in ["x 1\n", "x one\n", "x one\n", "x 2\n", "x two\n"] {
        fs::write(folder.path().join("x.prom"), text).unwrap();
        let (_, series) = series(&process);
        shown.push((series[ERROR], series.get("x").copied()));
    }
    assert_eq!(shown, [(0.0, Some(1.0)), (1.0, None), (1.0, None), (0.0, Some(2.0)), (1.0, None)]);
    let log = log_of(process);
    assert_eq!(log.matches("text file left out").count(), 2, "{log}");
}

#[test]
fn a_file_whose_metrics_have_a_label_of_their_own_each() {
    let mut wide = "# HELP x X.\n# TYPE x gauge\n".to_owned();
    (0..5000).for_each(|n| wide.push_str(&format!("x{{label_{n}=\"1\"}} 1\n")));
    let folder = folder(&[("wide.prom", &wide)]);
    let page = get(start(&[text(folder.path())]).address(), "/metrics", &[]).unwrap().text();
    assert!(page.len() < 500_000, "{} bytes", page.len());
    assert!(page.contains("x{label_4999=\"1\"} 1\n"));
}

#[test]
fn a_file_that_passes_itself_off_as_the_exporter() {
    let own = [
        "process_cpu_seconds_total",
        "process_max_fds",
        "pilotlight_refused_metrics_total{reason=\"clash\"}",
        "node_textfile_scrape_error",
        "node_scrape_collector_success{collector=\"textfile\"}",
    ];
    let lines: String = own.iter().map(|series| format!("{series} 77777\n")).collect();
    let folder = folder(&[("impostor.prom", &lines)]);
    let (_, series) = series(&start(&[text(folder.path())]));
    for name in own {
        assert!(series[name] != 77777.0, "{name}");
    }
    assert_eq!(series["node_textfile_scrape_error"], 1.0);
}

/// The peer takes files of any size. One of ten megabytes is somebody's mistake, and still shown whole; the next page without
/// it does not pay for it.
#[test]
fn a_file_of_ten_megabytes() {
    let mut text = "# TYPE backup_file_bytes gauge\n".to_owned();
    let mut files = 0;
    while text.len() < 10 << 20 {
        text.push_str(&format!("backup_file_bytes{{path=\"/srv/archive/2026/volume-{files:06}.tar\"}} {files}\n"));
        files += 1;
    }
    let folder = folder(&[("large.prom", &text), ("small.prom", "small 1\n")]);
    let process = start(&[folder.path().to_str().unwrap()]);
    let (_, shown) = series(&process);
    let of_file = shown.keys().filter(|name| name.starts_with("backup_file_bytes{")).count();
    assert_eq!((of_file, shown["small"], shown["node_textfile_scrape_error"]), (files, 1.0, 0.0));
    fs::remove_file(folder.path().join("large.prom")).unwrap();
    assert!(series(&process).0.body.len() < 10_000);
}
