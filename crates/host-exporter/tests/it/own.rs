//! The collectors that are ours alone.

use std::collections::BTreeMap;
use std::fs;

use testkit::http::{PROMETHEUS, scrape};
use testkit::{Validator, page};

use crate::tree::{Host, Tree, log_of};

const OWN: [&str; 4] = ["--collector.disable-defaults", "--collector.ext4", "--collector.reboot", "--collector.zram"];

const REBOOT: &str = "node_reboot_required";

/// What the page says but for how long it took.
fn shown(process: &Host) -> BTreeMap<String, f64> {
    let mut series = page::series(&scrape(process.address(), PROMETHEUS, &Validator::default(), None).unwrap().body);
    series.retain(|name, _| name.starts_with("node_") && !name.starts_with("node_scrape_collector_duration"));
    series
}

fn success(collector: &str) -> String {
    format!("node_scrape_collector_success{{collector=\"{collector}\"}}")
}

/// A machine without any of it is as well as others.
#[test]
fn a_machine_without_ext4_zram_and_news_of_reboots() {
    let process = Tree::fixture("container-guest").start_here(&OWN);
    let mut series = shown(&process);
    series.retain(|name, _| !name.contains("_build_info"));
    assert_eq!(series, ["ext4", "reboot", "zram"].map(|name| (success(name), 1.0)).into());
}

#[test]
fn an_upgrade_that_waits_for_a_reboot() {
    let tree = Tree::fixture("vps");
    let process = tree.start_here(&OWN);
    let reboot = || shown(&process).get(REBOOT).copied();
    assert_eq!(reboot(), Some(0.0));
    let required = tree.path("rootfs/run/reboot-required");
    fs::write(&required, "").unwrap();
    assert_eq!(reboot(), Some(1.0));
    fs::remove_file(&required).unwrap();
    fs::remove_dir_all(tree.path("rootfs/etc/kernel")).unwrap();
    assert_eq!(reboot(), None);
}

/// prometheus-community/node-exporter-textfile-collector-scripts has the metric from the same file, and Debian runs its
/// script for every exporter.
#[test]
fn a_text_file_that_says_the_same() {
    let tree = Tree::fixture("raspberry-pi");
    let text = "# HELP node_reboot_required Node reboot is required for software updates.\n\
                # TYPE node_reboot_required gauge\nnode_reboot_required 0\nnode_other 1\n";
    fs::create_dir(tree.path("text")).unwrap();
    fs::write(tree.path("text/apt.prom"), text).unwrap();
    let folder = format!("--collector.textfile.directory={}", tree.path("text").display());
    let process = tree.start_here(&[&folder]);
    let series = shown(&process);
    assert_eq!((series[REBOOT], series["node_other"], series["node_textfile_scrape_error"]), (1.0, 1.0, 0.0));
    let without = shown(&tree.start_here(&[&folder, "--no-collector.reboot"]));
    assert_eq!(without[REBOOT], 0.0);
    let log = log_of(process);
    assert!(!log.contains("level=WARN"), "{log}");
}

/// One that can't be read takes nothing of another away.
#[test]
fn disks_in_memory_that_are_damaged_and_taken_away() {
    let tree = Tree::fixture("new-kernel");
    let block = tree.path("sys/block");
    fs::create_dir(block.join("zram2")).unwrap();
    fs::write(block.join("zram2/disksize"), "4096\n").unwrap();
    fs::write(block.join("zram2/mm_stat"), "0 0 0\n").unwrap();
    let process = tree.start_here(&OWN);
    let broken = shown(&process);
    assert_eq!(broken[&success("zram")], 0.0);
    assert_eq!(broken["node_zram_size_bytes{device=\"zram0\"}"], 8_589_934_592.0);
    assert!(!broken.keys().any(|name| name.contains("zram2")), "{broken:?}");
    fs::remove_dir_all(block.join("zram2")).unwrap();
    fs::remove_dir_all(block.join("zram0")).unwrap();
    let gone = shown(&process);
    assert_eq!(gone[&success("zram")], 1.0);
    assert!(!gone.keys().any(|name| name.starts_with("node_zram_")), "{gone:?}");
}
