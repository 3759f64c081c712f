use std::collections::BTreeMap;
use std::fs;

use testkit::http::get;
use testkit::page;

use crate::tree::Tree;

/// The series that start like this, of a machine that is read with these flags.
fn series(tree: &Tree, flags: &[&str], start: &str) -> BTreeMap<String, f64> {
    let mut series = page::series(&get(tree.start_here(flags).address(), "/metrics", &[]).unwrap().body);
    series.retain(|name, _| name.starts_with(start));
    series
}

#[test]
fn errors_by_their_cause_and_the_alias_as_a_label() {
    let tree = Tree::fixture("bare-metal");
    let folder = tree.path("sys/class/net/bond0");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("ifalias"), "to \"core\"\n").unwrap();
    let flags = ["--collector.netdev.enable-detailed-metrics", "--collector.netdev.label-ifalias"];
    let detailed = series(&tree, &flags, "node_network_receive_");
    let bond =
        |name: &str| format!("node_network_receive_{name}_total{{device=\"bond0\",ifalias=\"to \\\"core\\\"\"}}");
    let eno1 = |name: &str| format!("node_network_receive_{name}_total{{device=\"eno1\"");
    let of_eno1 = |name: &str| detailed.iter().find(|(series, _)| series.starts_with(&eno1(name))).map(|(_, of)| *of);
    // Of these, /proc/net/dev has the errors and the queue.
    assert_eq!(
        ["errors", "fifo_errors", "dropped", "missed_errors", "crc_errors", "frame_errors", "nohandler"].map(of_eno1),
        [1.0, 3.0, 2.0, 0.0, 1.0, 1.0, 4.0].map(Some)
    );
    assert_eq!(detailed.get(&bond("bytes")), Some(&100.0), "{detailed:?}");
    // sysfs does not know the bond's.
    assert_eq!(detailed.get(&bond("dropped")), None);
    assert_eq!(["errs", "drop", "frame"].map(of_eno1), [None; 3]);
}

#[test]
fn neighbours_of_the_devices_asked_for() {
    let tree = Tree::fixture("vps");
    let entries = |flags: &[&str]| series(&tree, flags, "node_arp_entries").into_values().collect::<Vec<_>>();
    assert_eq!(entries(&[]), [2.0, 1.0]);
    assert_eq!(entries(&["--collector.arp.device-exclude=^docker"]), [1.0]);
    assert_eq!(entries(&["--collector.arp.device-include=^docker", "--no-collector.arp.netlink"]), [2.0]);
}

#[test]
fn every_field_of_the_protocols() {
    let every = series(&Tree::fixture("vps"), &["--collector.netstat.fields=."], "node_netstat_");
    assert!(every.len() > 250, "{}", every.len());
    assert_eq!(every["node_netstat_Tcp_MaxConn"], -1.0);
    let one = series(&Tree::fixture("vps"), &["--collector.netstat.fields=^Ip6_InOctets$"], "node_netstat_");
    assert_eq!(one.keys().collect::<Vec<_>>(), ["node_netstat_Ip6_InOctets"]);
}

/// Netlink tells of the program's own network only, and the machine's files are of another.
#[test]
fn another_network_is_read_from_its_files() {
    let flags = ["--collector.tcpstat", "--collector.netdev.address-info"];
    let tree = Tree::fixture("bare-metal");
    let states = series(&tree, &flags, "node_tcp_connection_states");
    let queued =
        ["rx", "tx"].map(|queue| states[&format!("node_tcp_connection_states{{state=\"{queue}_queued_bytes\"}}")]);
    assert_eq!((states.len(), queued), (13, [5.0 * 66.0 + 128.0, 3.0 * 66.0]));
    assert!(series(&tree, &flags, "node_network_address_info").is_empty());
}
