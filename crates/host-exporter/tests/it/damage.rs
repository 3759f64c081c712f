use std::collections::BTreeMap;
use std::fs;

use testkit::http::{PROMETHEUS, scrape};
use testkit::process::Process;
use testkit::{Validator, page};

use crate::tree::{Tree, log_of};

/// The files that are read at every scrape, and the collectors that need them. Each of these fails alone.
const FILES: [(&str, &[&str]); 11] = [
    ("proc/stat", &["cpu", "stat"]),
    ("proc/meminfo", &["meminfo"]),
    ("proc/loadavg", &["loadavg"]),
    ("proc/vmstat", &["vmstat"]),
    ("proc/diskstats", &["diskstats"]),
    ("proc/1/net/dev", &["netdev"]),
    ("proc/1/mountinfo", &["filesystem"]),
    ("proc/pressure/io", &["pressure"]),
    ("sys/devices/system/cpu/online", &["cpu"]),
    ("sys/devices/system/clocksource/clocksource0/current_clocksource", &["time"]),
    ("udev/b254:0", &[]),
];

/// Every way to damage a file's text, by name.
fn damages(text: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut damaged: Vec<(String, Vec<u8>)> =
        (0..8).map(|eighths| (format!("cut off at {eighths}/8"), text[..text.len() * eighths / 8].to_vec())).collect();
    let digits = |with: &[u8]| {
        let spread = text.iter().flat_map(|byte| if byte.is_ascii_digit() { with.to_vec() } else { vec![*byte] });
        spread.collect::<Vec<u8>>()
    };
    damaged.extend([
        ("overflowing".to_owned(), digits(b"99999999999999999999999")),
        ("negative".to_owned(), digits(b"-1")),
        ("with words for numbers".to_owned(), digits(b"x")),
        ("not UTF-8".to_owned(), text.iter().map(|byte| byte | 0x80).collect()),
        ("NUL bytes".to_owned(), vec![0; 5000]),
        ("one line without end".to_owned(), vec![b'1'; 300_000]),
        ("huge".to_owned(), vec![b'1'; (16 << 20) + 1]),
        ("twice".to_owned(), [text, text].concat()),
    ]);
    damaged
}

fn success(process: &Process) -> BTreeMap<String, f64> {
    // A file that stands twice holds every device twice: the second one is refused, and the page stays good.
    let response = scrape(process.address(), PROMETHEUS, &Validator::default(), None).unwrap();
    let mut series = page::series(&response.body);
    series.retain(|name, _| name.starts_with("node_scrape_collector_success"));
    series
}

#[test]
fn a_damaged_file_fails_at_most_its_own_collectors() {
    let folder = tempfile::tempdir().unwrap();
    let tree = Tree::copy_of("vps", folder.path());
    let process = tree.start_here(&[]);
    let healthy = success(&process);
    assert!(healthy.values().all(|success| *success == 1.0), "{healthy:?}");
    for (file, collectors) in FILES {
        let path = tree.path(file);
        let text = fs::read(&path).unwrap();
        for (what, damaged) in damages(&text) {
            fs::write(&path, damaged).unwrap();
            for (series, success) in success(&process) {
                let own = collectors.iter().any(|name| series.contains(&format!("\"{name}\"")));
                assert!(success == 1.0 || own, "{series} fails when {file} is {what}");
            }
        }
        fs::write(&path, &text).unwrap();
        assert_eq!(success(&process), healthy, "after {file} was mended");
    }
    // One line when a collector begins to fail, none when it goes on failing: the damages of a file follow each other.
    let log = log_of(process);
    let warnings = log.lines().filter(|line| line.contains("level=WARN msg=\"collector failed\"")).count();
    assert!(warnings < FILES.len() * 16, "{warnings} warnings\n{log}");
    assert!(!log.contains("panicked"), "{log}");
}

#[test]
fn a_file_that_vanishes_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let tree = Tree::copy_of("vps", folder.path());
    for file in ["proc/meminfo", "proc/pressure/cpu", "proc/diskstats"] {
        fs::rename(tree.path(file), tree.path("aside")).unwrap();
        let process = tree.start_here(&[]);
        let without = success(&process);
        fs::rename(tree.path("aside"), tree.path(file)).unwrap();
        let with = success(&process);
        assert!(with.values().all(|success| *success == 1.0), "{file}: {with:?}");
        // Pressure lacks one of four resources and shows the others.
        let failed = without.values().filter(|success| **success == 0.0).count();
        assert_eq!(failed, usize::from(file != "proc/pressure/cpu"), "{file}: {without:?}");
    }
}

#[test]
fn a_kernel_without_pressure_has_no_data_and_no_warning() {
    let process = Tree::fixture("container-guest").start_here(&[]);
    assert_eq!(success(&process)["node_scrape_collector_success{collector=\"pressure\"}"], 0.0);
    let log = log_of(process);
    assert!(!log.contains("level=WARN"), "{log}");
}

#[test]
fn a_processor_that_is_plugged_in_and_pulled_out() {
    let folder = tempfile::tempdir().unwrap();
    let tree = Tree::copy_of("vps", folder.path());
    let process = tree.start_here(&[]);
    let idle = |cpu: u32| {
        let body = scrape(process.address(), PROMETHEUS, &Validator::default(), None).unwrap().body;
        page::series(&body).get(&format!("node_cpu_seconds_total{{cpu=\"{cpu}\",mode=\"idle\"}}")).copied()
    };
    let path = tree.path("proc/stat");
    let two = fs::read_to_string(&path).unwrap();
    assert_eq!((idle(0), idle(1), idle(2)), (Some(440_598.11), Some(440_606.32), None));
    fs::write(&path, two.replace("intr ", "cpu2 1 1 1 100 0 0 0 0 0 0\nintr ")).unwrap();
    assert_eq!(idle(2), Some(1.0));
    let one: String = two.split_inclusive('\n').filter(|line| !line.starts_with("cpu1")).collect();
    fs::write(&path, one).unwrap();
    assert_eq!((idle(0), idle(1), idle(2)), (Some(440_598.11), None, None));
}
