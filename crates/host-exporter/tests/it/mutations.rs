use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use testkit::Validator;
use testkit::http::{PROMETHEUS, scrape};
use testkit::page::series;

use crate::tree::{Tree, log_of};

/// What gets into the middle of a file: the ends of every type of number, and bytes that mean something to a parser or a page.
const PIECES: [&[u8]; 24] = [
    b"",
    b"0",
    b"-1",
    b"2147483648",
    b"4294967295",
    b"4294967296",
    b"9223372036854775807",
    b"9223372036854775808",
    b"-9223372036854775808",
    b"18446744073709551615",
    b"18446744073709551616",
    b"1e400",
    b"NaN",
    b"-inf",
    b" ",
    b"\n",
    b"\t:",
    b"\0",
    b"\xff",
    b"\xc3",
    b"\"",
    b"\\",
    b"{a=\"b\"}",
    "ü".as_bytes(),
];

/// A piece, where it goes, and how many bytes make room for it.
type Mutation = (prop::sample::Index, usize, &'static [u8]);

fn mutated(text: &[u8], mutations: &[Mutation]) -> Vec<u8> {
    let mut text = text.to_vec();
    for (at, room, piece) in mutations {
        let at = at.index(text.len() + 1);
        let end = text.len().min(at + room);
        text.splice(at..end, piece.iter().copied());
    }
    text
}

/// Every file below `folder`, in an order that is the same each time; links are not followed.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(Result::unwrap).collect();
    entries.sort_by_key(fs::DirEntry::path);
    for entry in entries {
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            files(&entry.path(), found);
        } else if kind.is_file() {
            found.push(entry.path());
        }
    }
}

/// Whatever the files of a machine hold, those of devices too: the page has no defect, and no collector panics.
#[test]
fn any_files_of_the_machine_with_anything_in_them() {
    let tree = Tree::fixture("bare-metal");
    let process = tree.start_here(&["--collector.tcpstat", "--collector.cpu.info", "--collector.stat.softirq"]);
    let mut paths = Vec::new();
    ["proc", "sys", "udev"].iter().for_each(|folder| files(&tree.path(folder), &mut paths));
    let mutation = (any::<prop::sample::Index>(), 0..4_usize, prop::sample::select(&PIECES[..]));
    let damaged = (prop::sample::select(paths), prop::collection::vec(mutation, 1..6));
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(100) });
    let result = runner.run(&prop::collection::vec(damaged, 1..20), |damaged| {
        let before: Vec<Vec<u8>> = damaged.iter().map(|(path, _)| fs::read(path).unwrap()).collect();
        for ((path, mutations), text) in damaged.iter().zip(&before) {
            fs::write(path, mutated(text, mutations)).unwrap();
        }
        let page = scrape(process.address(), PROMETHEUS, &Validator::default(), None);
        // Backwards: a file may be in the list twice.
        for ((path, _), text) in damaged.iter().zip(&before).rev() {
            fs::write(path, text).unwrap();
        }
        let page = page.map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert!(series(&page.body).len() > 100);
        Ok(())
    });
    let log = log_of(process);
    assert!(!log.contains("panicked"), "{log}");
    result.unwrap();
}

/// A counter of 32 bits starts again at 0, and one of 64 is shown to its last digit.
#[test]
fn counters_at_the_ends_of_their_types() {
    let tree = Tree::fixture("vps");
    let process = tree.start_here(&[]);
    let path = tree.path("proc/1/net/dev");
    let text = fs::read_to_string(&path).unwrap();
    for value in ["4294967295", "0", "9223372036854775808", "18446744073709551615", "7"] {
        fs::write(&path, text.replace("eth0: 81203344501 ", &format!("eth0: {value} "))).unwrap();
        let page = scrape(process.address(), PROMETHEUS, &Validator::default(), None).unwrap();
        let line = format!("node_network_receive_bytes_total{{device=\"eth0\"}} {value}\n");
        assert!(String::from_utf8(page.body).unwrap().contains(&line), "{line}");
    }
}

/// A name that is not UTF-8 loses what is none; of names that become the same so, the first is shown, the others are counted.
#[test]
fn devices_whose_names_are_not_utf8() {
    let tree = Tree::fixture("vps");
    let process = tree.start_here(&["--collector.netdev.device-include=.", "--collector.diskstats.device-exclude=^$"]);
    let append = |file: &str, lines: &[u8]| {
        let path = tree.path(file);
        let text = fs::read(&path).unwrap();
        fs::write(path, [&text, lines].concat()).unwrap();
    };
    append("proc/1/net/dev", b"a\xff: 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\na\xfe: 2 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n");
    append("proc/diskstats", b" 250 0 d\xc3 3 0 0 0 0 0 0 0 0 0 0\n");
    append("proc/1/mountinfo", b"99 28 254:9 / /m\xff rw - ext4 /dev/v\xff rw\n");
    let page = || series(&scrape(process.address(), PROMETHEUS, &Validator::default(), None).unwrap().body);
    let first = page();
    for (series, value) in [
        ("node_network_receive_bytes_total{device=\"a\u{fffd}\"}", 1.0),
        ("node_disk_reads_completed_total{device=\"d\u{fffd}\"}", 3.0),
    ] {
        assert_eq!(first.get(series), Some(&value), "{series} in {:#?}", first.keys());
    }
    assert!(page()["pilotlight_refused_metrics_total{reason=\"duplicate\"}"] > 0.0);
}
