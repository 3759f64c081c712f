use std::collections::BTreeSet;
use std::fs;

use testkit::http::{PROMETHEUS, scrape};
use testkit::{Validator, page};

use crate::tree::{Host, Tree, log_of};

/// The series of a page that start like this, sorted.
fn series(process: &Host, start: &str) -> Vec<String> {
    let response = scrape(process.address(), PROMETHEUS, &Validator::default(), None).unwrap();
    page::series(&response.body).into_keys().filter(|name| name.starts_with(start)).collect()
}

/// The values of a label on the series that start like this.
fn label(process: &Host, start: &str, name: &str) -> BTreeSet<String> {
    let value = |series: String| {
        let (_, rest) = series.split_once(&format!("{name}=\""))?;
        Some(rest.split('"').next()?.to_owned())
    };
    series(process, start).into_iter().filter_map(value).collect()
}

fn set<const N: usize>(values: [&str; N]) -> BTreeSet<String> {
    values.map(str::to_owned).into()
}

#[test]
fn settings_of_network_devices_as_far_as_they_are_asked_for() {
    let tree = Tree::fixture("vps");
    let all = tree.start_here(&["--collector.netclass.ignored-devices="]);
    assert_eq!(label(&all, "node_network_up", "device"), set(["docker0", "eth0", "lo", "veth1a2b3c4"]));
    assert_eq!(label(&all, "node_network_speed_bytes", "device"), set(["docker0", "eth0", "veth1a2b3c4"]));
    let some = tree
        .start_here(&["--collector.netclass.ignored-devices=^(lo|veth)", "--collector.netclass.ignore-invalid-speed"]);
    assert_eq!(label(&some, "node_network_up", "device"), set(["docker0", "eth0"]));
    assert_eq!(label(&some, "node_network_speed_bytes", "device"), set(["docker0"]));
}

/// Of one odd value the peer loses all devices.
#[test]
fn one_odd_network_device_takes_nothing_of_another_away() {
    let tree = Tree::fixture("vps");
    let path = |file: &str| tree.path("sys/class/net").join(file);
    fs::remove_file(path("eth0/mtu")).unwrap();
    fs::create_dir(path("eth0/mtu")).unwrap();
    fs::write(path("eth0/flags"), "0xnone\n").unwrap();
    fs::remove_file(path("veth1a2b3c4/operstate")).unwrap();
    fs::write(path("bonding_masters"), "bond0\n").unwrap();
    let process = tree.start_here(&["--collector.disable-defaults", "--collector.netclass"]);
    assert_eq!(label(&process, "node_network_up", "device"), set(["docker0", "eth0", "lo"]));
    assert_eq!(label(&process, "node_network_mtu_bytes", "device"), set(["docker0", "lo"]));
    assert_eq!(label(&process, "node_network_info", "adminstate"), set(["unknown", "up"]));
    let log = log_of(process);
    assert!(!log.contains("level=WARN"), "{log}");
}

#[test]
fn interrupts_as_far_as_they_are_asked_for() {
    let tree = Tree::fixture("vps");
    let types = |flags: &[&str]| {
        let process = tree.start_here(&[&["--collector.interrupts"], flags].concat());
        label(&process, "node_interrupts_total", "type")
    };
    assert_eq!(types(&[]), set(["1", "9", "24", "25", "26", "CAL", "LOC", "NMI", "PIN"]));
    assert_eq!(types(&["--no-collector.interrupts.include-zeros"]), set(["1", "25", "26", "CAL", "LOC"]));
    assert_eq!(
        types(&["--collector.interrupts.name-include=^2.;.*virtio", "--collector.interrupts.name-exclude=config$"]),
        set(["25", "26"])
    );
    assert_eq!(
        types(&["--collector.interrupts.include-zeros=false", "--collector.interrupts.name-exclude=^[A-Z]"]),
        set(["1", "25", "26"])
    );
}

/// The firmware's words stay until the next boot; an upgrade may change the system's name at any time.
#[test]
fn a_system_that_is_upgraded_while_it_runs() {
    let tree = Tree::fixture("vps");
    let process = tree.start_here(&[]);
    let shown = || [series(&process, "node_os_"), series(&process, "node_dmi_")].concat();
    assert_eq!(shown().len(), 3);
    fs::write(tree.path("rootfs/etc/os-release"), "ID=debian\nVERSION_ID=13.1.2\nSUPPORT_END=2030-06-30\n").unwrap();
    let upgraded = shown();
    assert_eq!(
        upgraded[1..3],
        ["node_os_support_end_timestamp_seconds".to_owned(), "node_os_version{id=\"debian\"}".to_owned()]
    );
    assert!(upgraded[3].contains("system_vendor=\"Hetzner\""), "{upgraded:?}");
}

/// Kernels of some boards have fields of their own, by names that no metric can bear.
#[test]
fn a_field_of_memory_that_a_vendor_has_named() {
    let tree = Tree::fixture("raspberry-pi");
    let path = tree.path("proc/meminfo");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text + "GPU-Used(video): 12 kB\n").unwrap();
    let process = tree.start_here(&["--collector.disable-defaults", "--collector.meminfo"]);
    assert_eq!(series(&process, "node_memory_GPU"), ["node_memory_GPU_Used_video_bytes"]);
}

#[test]
fn netlink_is_asked_for_in_vain() {
    let flags = ["--collector.netclass.netlink", "--collector.netclass_rtnl.with-stats"];
    let log = log_of(Tree::fixture("vps").start_here(&flags));
    for flag in flags {
        assert_eq!(log.matches(flag).count(), 1, "{flag}\n{log}");
    }
}
