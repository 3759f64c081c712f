use std::net::TcpListener;
use std::process::{Command, Output};
use std::time::Duration;

use testkit::http::get;
use testkit::page;
use testkit::process::{Process, binary};

use crate::tree::{Tree, log_of};

fn run(arguments: &[&str]) -> Output {
    Command::new(binary("host-exporter").unwrap()).args(arguments).output().unwrap()
}

/// The collectors that a page tells of, sorted.
fn collectors(process: &Process) -> Vec<String> {
    let series = page::series(&get(process.address(), "/metrics", &[]).unwrap().body);
    let name = |series: &String| {
        Some(series.strip_prefix("node_scrape_collector_success{collector=\"")?.trim_end_matches("\"}").to_owned())
    };
    series.keys().filter_map(name).collect()
}

/// Whether any series on the page starts like this.
fn shows(process: &Process, start: &str) -> bool {
    page::series(&get(process.address(), "/metrics", &[]).unwrap().body).keys().any(|name| name.starts_with(start))
}

#[test]
fn collectors_are_switched_one_by_one_or_all_but_some() {
    let tree = Tree::fixture("vps");
    assert_eq!(collectors(&tree.start_here(&["--no-collector.cpu", "--collector.stat=false"])).len(), 10);
    let bare = ["--collector.disable-defaults", "--collector.time", "--collector.cpu"];
    assert_eq!(collectors(&tree.start_here(&bare)), ["cpu", "time"]);
    assert_eq!(collectors(&tree.start_here(&["--collector.disable-defaults"])), [""; 0]);
}

#[test]
fn patterns_leave_out_and_let_in() {
    let tree = Tree::fixture("vps");
    let default = tree.start_here(&[]);
    assert!(
        shows(&default, "node_disk_io_now{device=\"vda\"}") && !shows(&default, "node_disk_io_now{device=\"vda1\"}")
    );
    assert!(
        shows(&default, "node_filesystem_readonly{device=\"tmpfs\"")
            && !shows(&default, "node_filesystem_readonly{device=\"overlay\"")
    );
    let chosen = tree.start_here(&[
        "--collector.diskstats.device-include=^vda1$",
        "--collector.netdev.device-exclude=^(lo|veth.*)$",
        "--collector.filesystem.fs-types-exclude=^$",
        "--collector.filesystem.ignored-mount-points=^/srv",
    ]);
    assert!(shows(&chosen, "node_disk_io_now{device=\"vda1\"}") && !shows(&chosen, "node_disk_io_now{device=\"vda\"}"));
    assert!(shows(&chosen, "node_network_receive_bytes_total{device=\"docker0\"}"));
    assert!(!shows(&chosen, "node_network_receive_bytes_total{device=\"veth1a2b3c4\"}"));
    assert!(shows(&chosen, "node_filesystem_readonly{device=\"overlay\""));
    assert!(!shows(
        &chosen,
        "node_filesystem_readonly{device=\"/dev/vda1\",device_error=\"\",fstype=\"ext4\",mountpoint=\"/srv/shared\""
    ));
}

#[test]
fn mistakes_end_it_with_status_2_and_a_word_on_what_is_wrong() {
    for (arguments, named) in [
        (&["--collector.netdv"][..], "--collector.netdev"),
        (&["--collector.netdev.device-exclude=("], "'('"),
        (&["--collector.netdev.device-include=a", "--collector.netdev.device-exclude=b"], "cannot be used with"),
        (&["--web.max-requests=many"], "many"),
        (&["--log.level=loud"], "debug, info, warn, error"),
        (&["stray"], "stray"),
    ] {
        let output = run(arguments);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text.contains(named), "{arguments:?}: {text}");
    }
}

#[test]
fn the_version_says_what_it_was_built_from() {
    let text = String::from_utf8(run(&["--version"]).stdout).unwrap();
    assert!(text.starts_with("host-exporter 0.1.0 (rev ") && text.contains("rustc 1."), "{text}");
}

#[test]
fn an_address_that_can_not_be_had_ends_it_with_status_1() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    for (flag, named) in [
        (format!("--web.listen-address={address}"), "stop the program that has it"),
        ("--web.listen-address=127.0.0.1".to_owned(), "127.0.0.1"),
        ("--web.listen-address=192.0.2.1:9100".to_owned(), "192.0.2.1:9100"),
    ] {
        let output = run(&[&flag]);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{flag}: {text}");
        assert!(text.contains("can't start") && text.contains(named), "{flag}: {text}");
    }
}

#[test]
fn a_signal_ends_it_with_status_0() {
    let mut process = Tree::fixture("vps").start_here(&[]);
    process.terminate().unwrap();
    assert!(process.wait(Duration::from_secs(5)).unwrap().success());
    assert!(process.stderr().contains("msg=stopping"), "{}", process.stderr());
}

#[test]
fn logs_in_json() {
    let log = log_of(Tree::fixture("vps").start_here(&["--log.format=json"]));
    let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().any(|line| line["message"] == "listening" && line["level"] == "INFO"), "{log}");
}
