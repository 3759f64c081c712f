//! A cluster of six nodes.

use testkit::process::free_address;

use super::exporter::{Exporter, label};
use super::server::{Make, Server, wait_until};

#[test]
fn a_cluster_of_three_masters_and_three_replicas() {
    let Some(program) = Make::Redis.find("redis") else { return };
    let nodes: Vec<Server> = (0..6)
        .map(|_| {
            // The bus would be 10,000 ports above the node, which may be above all.
            let bus = free_address().expect("loopback has a free port").port().to_string();
            let options = ["--cluster-enabled", "yes", "--cluster-port", &bus, "--cluster-node-timeout", "2000"];
            Server::start(
                &program,
                &[&options[..], &["--repl-diskless-sync-delay", "0", "--cluster-allow-replica-migration", "no"]]
                    .concat(),
            )
        })
        .collect();
    let bus = |node: &Server| match node.ask("CONFIG GET cluster-port") {
        testkit::redis::Value::Array(pair) => pair[1].text().to_owned(),
        other => panic!("{other:?}"),
    };
    let exporters: Vec<Exporter> = nodes.iter().map(|node| Exporter::start(node, &[])).collect();
    let page = exporters[0].page();
    page.is_good();
    assert_eq!((page.get("redis_cluster_enabled"), page.get("redis_cluster_state")), (Some(1.0), Some(0.0)));
    assert_eq!(page.get("redis_cluster_slots_assigned"), Some(0.0));

    for (node, slots) in nodes.iter().zip(["0 5460", "5461 10922", "10923 16383"]) {
        node.ask(&format!("CLUSTER ADDSLOTSRANGE {slots}"));
    }
    for node in &nodes[1..] {
        nodes[0].ask(&format!("CLUSTER MEET {} {}", node.words(), bus(node)));
    }
    let everybody = |value: &str, field: &str| {
        nodes.iter().all(|node| node.ask("CLUSTER INFO").text().contains(&format!("{field}:{value}\r\n")))
    };
    wait_until("they all know each other", || everybody("6", "cluster_known_nodes"));
    wait_until("each has heard of all slots", || everybody("16384", "cluster_slots_ok"));
    for (replica, master) in nodes[3..].iter().zip(&nodes) {
        let id = master.ask("CLUSTER MYID");
        wait_until("the master is known", || {
            replica.client().ask(&format!("CLUSTER REPLICATE {}", id.text())).is_ok_and(|reply| reply.text() == "OK")
        });
    }
    wait_until("it is well", || everybody("ok", "cluster_state"));
    wait_until("replicas follow", || {
        exporters[3..].iter().all(|exporter| exporter.page().sum("redis_master_link_up") == 1.0)
    });
    exporters.iter().for_each(Exporter::forget);
    for (position, exporter) in exporters.iter().enumerate() {
        let page = exporter.page();
        page.is_good();
        for (metric, value) in [
            ("redis_cluster_state", 1.0),
            ("redis_cluster_slots_assigned", 16384.0),
            ("redis_cluster_slots_ok", 16384.0),
            ("redis_cluster_slots_fail", 0.0),
            ("redis_cluster_slots_pfail", 0.0),
            ("redis_cluster_known_nodes", 6.0),
            ("redis_cluster_size", 3.0),
        ] {
            assert_eq!(page.get(metric), Some(value), "{position}: {metric}");
        }
        assert!(page.get("redis_cluster_messages_sent_total").is_some_and(|sent| sent > 0.0));
        let (info, _) = page.series("redis_instance_info").next().unwrap();
        assert_eq!(label(info, "role"), if position < 3 { "master" } else { "slave" });
        assert_eq!(label(info, "redis_mode"), "cluster");
        assert_eq!(page.labels("redis_db_keys", "db"), ["db0"], "a node has one database");
    }
    // A scrape is one round trip here too.
    let trips = || exporters[0].page().get("redis_exporter_round_trips_total").unwrap();
    let before = trips();
    assert_eq!(trips() - before, 1.0);
}
