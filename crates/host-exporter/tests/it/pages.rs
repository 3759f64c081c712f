use std::path::{Path, PathBuf};

use testkit::Validator;
use testkit::http::{OPENMETRICS, PROMETHEUS, PROTOBUF, get, scrape};
use testkit::{golden, page};

use crate::tree::{Host, MACHINES, Tree};

/// What another machine or another moment changes; the file systems are those of the machine that runs the test.
const MASKED: [&str; 7] = [
    "node_filesystem_avail_bytes",
    "node_filesystem_files",
    "node_filesystem_files_free",
    "node_filesystem_free_bytes",
    "node_filesystem_size_bytes",
    "node_scrape_collector_duration_seconds",
    "node_time_seconds",
];

/// Checks two pages in each format, and one of them against the golden file. Some are of the running kernel.
fn check(process: &Host, name: &str) {
    let path = "/metrics?exclude[]=uname&exclude[]=timex&exclude[]=selinux";
    for headers in [PROMETHEUS, OPENMETRICS, PROTOBUF] {
        let first = scrape(process.address(), headers, &Validator::default(), None).unwrap();
        scrape(process.address(), headers, &Validator::default(), Some(&first)).unwrap();
    }
    let page = get(process.address(), path, &[]).unwrap().body;
    // Some labels are paths of files.
    let text = String::from_utf8(page).unwrap().replace(process.folder().to_str().unwrap(), "");
    // What the program was built from is not of the fixture.
    let lines = text.split_inclusive('\n').filter(|line| !line.contains("_build_info"));
    golden::check(&golden_path(name), lines.collect::<String>().as_bytes(), &MASKED).unwrap();
}

fn golden_path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(format!("{name}.prom"))
}

const BARE: &str = "--web.disable-exporter-metrics";

#[test]
fn a_virtual_server() {
    check(&Tree::fixture("vps").start_here(&[BARE]), "vps");
}

#[test]
fn a_bare_metal_box_with_every_option_on() {
    let options = [
        BARE,
        "--collector.cpu.info.flags-include=^(avx512f|tsc)$",
        "--collector.cpu.info.bugs-include=^(mds|spectre)",
        "--collector.stat.softirq",
        "--collector.vmstat.fields=^(pg|oom_kill)",
    ];
    check(&Tree::fixture("bare-metal").start_here(&options), "bare-metal");
}

/// Mounts and network are those of process 1 of the host's procfs, not of the container, and read-only is what the mount
/// options say, since in the container statvfs would call everything read-only. The host's mount points are not there
/// on the machine that runs this, so they answer with an error.
#[test]
fn a_container_that_watches_its_host() {
    check(&Tree::fixture("container-guest").start("/host", &[BARE]), "container-guest");
}

#[test]
fn a_raspberry_pi() {
    check(&Tree::fixture("raspberry-pi").start_here(&[BARE, "--collector.cpu.info"]), "raspberry-pi");
}

#[test]
fn a_server_with_an_old_kernel() {
    check(&Tree::fixture("old-kernel").start_here(&[BARE]), "old-kernel");
}

#[test]
fn a_workstation_with_a_new_kernel() {
    check(&Tree::fixture("new-kernel").start_here(&[BARE]), "new-kernel");
}

/// node_exporter 1.12.1 shows no processor then.
#[test]
fn a_sysfs_without_processors() {
    let tree = Tree::fixture("container-guest");
    std::fs::remove_dir(tree.path("sys/devices/system/cpu/cpu0")).unwrap();
    let process = tree.start("/host", &[]);
    let series = page::series(&get(process.address(), "/metrics", &[]).unwrap().body);
    assert!(series.contains_key("node_cpu_seconds_total{cpu=\"0\",mode=\"user\"}"), "{series:?}");
}

#[test]
fn nothing_is_refused_on_any_machine() {
    for name in MACHINES {
        let process = Tree::fixture(name).start_here(&["--collector.cpu.info", "--collector.stat.softirq"]);
        let series = page::series(&get(process.address(), "/metrics", &[]).unwrap().body);
        for reason in ["duplicate", "clash", "invalid"] {
            assert_eq!(series[&format!("pilotlight_refused_metrics_total{{reason=\"{reason}\"}}")], 0.0, "{name}");
        }
    }
}
