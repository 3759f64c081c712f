use std::fs;
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
    let all = collectors(&tree.start_here(&[]));
    assert!(all.len() > 40, "{all:?}");
    for (position, name) in all.iter().enumerate() {
        let (off, on) = (format!("--no-collector.{name}"), format!("--collector.{name}"));
        let mut others = all.clone();
        others.remove(position);
        assert_eq!(collectors(&tree.start_here(&[&off])), others);
        assert_eq!(collectors(&tree.start_here(&["--collector.disable-defaults", &on])), [name.as_str()]);
    }
    assert_eq!(collectors(&tree.start_here(&["--no-collector.cpu", "--collector.stat=false"])).len(), all.len() - 2);
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
        // The peer takes both for these.
        "--collector.arp.device-include=.",
        "--collector.arp.device-exclude=^eth0$",
    ]);
    let neighbours = |process: &Process| shows(process, "node_arp_entries{device=\"eth0\"}");
    assert!(neighbours(&default) && !neighbours(&chosen));
    assert!(shows(&chosen, "node_disk_io_now{device=\"vda1\"}") && !shows(&chosen, "node_disk_io_now{device=\"vda\"}"));
    assert!(shows(&chosen, "node_network_receive_bytes_total{device=\"docker0\"}"));
    assert!(!shows(&chosen, "node_network_receive_bytes_total{device=\"veth1a2b3c4\"}"));
    assert!(shows(&chosen, "node_filesystem_readonly{device=\"overlay\""));
    assert!(!shows(
        &chosen,
        "node_filesystem_readonly{device=\"/dev/vda1\",device_error=\"\",fstype=\"ext4\",mountpoint=\"/srv/shared\""
    ));
}

/// As the peer has it. A template that has nothing to fill in gives such patterns, and they must not hide all devices.
#[test]
fn empty_patterns_leave_out_nothing_and_let_in_all() {
    let tree = Tree::fixture("vps");
    let process = tree.start_here(&[
        "--collector.netdev.device-exclude=",
        "--collector.diskstats.device-include=",
        "--collector.filesystem.fs-types-exclude=",
        "--collector.filesystem.mount-points-exclude=",
        "--collector.cpu.info.flags-include=",
    ]);
    assert!(shows(&process, "node_network_receive_bytes_total{device=\"eth0\"}"));
    assert!(!shows(&process, "node_disk_io_now{device=\"vda1\"}"), "the default still leaves partitions out");
    assert!(shows(&process, "node_filesystem_readonly{device=\"proc\""));
    assert!(!shows(&process, "node_cpu_info") && !shows(&process, "node_cpu_flag_info"));
}

#[test]
fn every_flag_can_be_set_in_the_environment_and_the_command_line_wins() {
    let tree = Tree::fixture("vps");
    let variables = [
        ("HOST_EXPORTER_COLLECTOR_DISABLE_DEFAULTS", "true"),
        ("HOST_EXPORTER_COLLECTOR_STAT", "true"),
        ("HOST_EXPORTER_COLLECTOR_TIME", "true"),
        ("HOST_EXPORTER_COLLECTOR_STAT_SOFTIRQ", "1"),
        ("HOST_EXPORTER_PATH_PROCFS", "/nowhere"),
    ];
    let process = tree.start_with(&variables, &["--no-collector.time"]);
    assert_eq!(collectors(&process), ["stat"]);
    assert!(shows(&process, "node_softirqs_total{vector=\"hi\"}"));
    let output = Command::new(binary("host-exporter").unwrap()).env("HOST_EXPORTER_WEB_MAX_REQUESTS", "many").output();
    let output = output.unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && text.contains("many"), "{text}");
}

#[test]
fn mistakes_end_it_with_status_2_and_a_word_on_what_is_wrong() {
    for (arguments, named) in [
        (&["--collector.netdv"][..], "--collector.netdev"),
        (&["--collector.netdev.device-exclude=("], "'('"),
        (&["--collector.vmstat.fields=[a"], "--collector.vmstat.fields"),
        (&["--collector.cpu.info.flags-include=a{2,1}"], "--collector.cpu.info.flags-include"),
        (&["--collector.netdev.device-include=a", "--collector.netdev.device-exclude=b"], "cannot be used with"),
        (&["--collector.diskstats.device-include=a", "--collector.diskstats.device-exclude=b"], "cannot be used with"),
        (
            &["--collector.filesystem.fs-types-include=a", "--collector.filesystem.fs-types-exclude=b"],
            "cannot be used with",
        ),
        (
            &["--collector.filesystem.mount-points-include=a", "--collector.filesystem.mount-points-exclude=b"],
            "cannot be used with",
        ),
        (&["--collector.cpu=maybe"], "--collector.cpu"),
        (&["--no-collector.diskstats.device-include"], "--no-collector.diskstats.device-include"),
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

/// One line when a collector begins to fail and none while it goes on failing, in either format.
#[test]
fn a_failing_collector_is_logged_once_with_its_name_and_the_reason() {
    let tree = Tree::fixture("vps");
    fs::write(tree.path("proc/meminfo"), "MemTotal: some kB\n").unwrap();
    let error = format!(
        "{} line 1: expected a name, a colon, a number, and kB or nothing",
        tree.path("proc/meminfo").display()
    );
    let log = |format: &str| {
        let process = tree.start_here(&[format, "--collector.disable-defaults", "--collector.meminfo"]);
        (0..3).for_each(|_| assert_eq!(collectors(&process), ["meminfo"]));
        log_of(process)
    };
    let text = log("--log.format=logfmt");
    let line = format!("level=WARN msg=\"collector failed\" collector=meminfo error=\"{error}\"\n");
    assert_eq!((text.matches(&line).count(), text.matches("level=WARN").count()), (1, 1), "{text}");
    let json = log("--log.format=json");
    let lines = json.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let warnings: Vec<_> = lines.filter(|line| line["level"] == "WARN").collect();
    assert_eq!(warnings.len(), 1, "{json}");
    assert_eq!((&warnings[0]["collector"], &warnings[0]["error"]), (&"meminfo".into(), &error.into()), "{json}");
}

#[test]
fn flags_of_the_peer_that_have_no_effect_are_taken_and_say_so_once() {
    let log = log_of(Tree::fixture("vps").start_here(&[
        "--collector.filesystem.mount-timeout=5s",
        "--collector.filesystem.stat-workers",
        "4",
        "--no-collector.netdev.netlink",
        "--runtime.gomaxprocs=2",
    ]));
    for flag in ["mount-timeout", "stat-workers", "netlink", "gomaxprocs"] {
        assert_eq!(log.matches(flag).count(), 1, "{flag}\n{log}");
    }
}

/// Compose files write ${X:-}, and mean a variable that is not set.
#[test]
fn an_empty_variable_is_none() {
    let variables = ["LOG_LEVEL", "PATH_PROCFS", "COLLECTOR_CPU", "COLLECTOR_FILESYSTEM_MOUNT_POINTS_INCLUDE"];
    let mut command = Command::new(binary("host-exporter").unwrap());
    command.envs(variables.map(|name| (format!("HOST_EXPORTER_{name}"), "")));
    // Every argument is taken; this address is what it fails with.
    let output = command.arg("--web.listen-address=192.0.2.1:9100").output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Command lines made for node_exporter: what it has and this has not may be switched off, and its options are taken; to
/// switch it on is a mistake, with the remedy.
#[test]
fn collectors_of_the_peer_that_are_not_here() {
    let tree = Tree::fixture("vps");
    let log = log_of(tree.start_here(&[
        "--no-collector.systemd",
        "--collector.bcache=false",
        "--collector.systemd.unit-include=ssh.service",
        "--no-collector.ipvs",
        "--collector.ipvs.backend-labels=proto",
    ]));
    let warnings: Vec<&str> = log.lines().filter(|line| line.contains("has no effect")).collect();
    assert_eq!(warnings.len(), 2, "{log}");
    let output = run(&["--collector.systemd"]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{text}");
    for word in ["--collector.systemd", "D-Bus", "run node_exporter beside it"] {
        assert!(text.contains(word), "{text}");
    }
    let help = String::from_utf8(run(&["--help"]).stdout).unwrap();
    assert!(help.contains("--collector.stat[=<BOOL>]") && !help.contains("collector.systemd"), "{help}");
}
