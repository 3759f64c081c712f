//! A master and its replica, and the day when they change roles.

use super::exporter::{Exporter, label};
use super::load::load;
use super::server::{Make, Server, wait_until};

#[test]
fn a_replica_and_a_failover() {
    let Some(program) = Make::Redis.find("redis") else { return };
    let quick = ["--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1"];
    let servers = [(); 2].map(|()| Server::start(&program, &quick));
    let [master, replica] = &servers;
    load(master);
    let exporters = [Exporter::start(master, &[]), Exporter::start(replica, &[])];
    let [of_master, of_replica] = &exporters;
    of_replica.page().is_good();
    replica.ask(&format!("REPLICAOF {}", master.words()));
    wait_until("the link is up", || of_replica.page().sum("redis_master_link_up") == 1.0);
    wait_until("the replica is online", || of_master.page().sum("redis_connected_slaves") == 1.0);
    wait_until("it has told how far it is", || of_master.page().sum("redis_connected_slave_offset_bytes") > 0.0);

    let (page, info) = (of_master.page(), master.info());
    let (offset, value) = page.series("redis_connected_slave_offset_bytes").next().unwrap();
    assert!(value <= info.number("master_repl_offset"), "{value}");
    let port = replica.address().port().to_string();
    let labels = ["slave_ip", "slave_port", "slave_state"].map(|name| label(offset, name));
    assert_eq!(labels, ["127.0.0.1", &port, "online"]);
    assert!(page.sum("redis_connected_slave_lag_seconds") <= 2.0);
    assert!(!page.shows("redis_master_link_up"), "a master has none");

    let page = of_replica.page();
    let port = master.address().port().to_string();
    let of_link = format!("{{master_host=\"127.0.0.1\",master_port=\"{port}\"}}");
    assert_eq!(page.get(&format!("redis_master_link_up{of_link}")), Some(1.0));
    assert_eq!(page.get(&format!("redis_master_sync_in_progress{of_link}")), Some(0.0));
    assert!(page.get(&format!("redis_master_last_io_seconds_ago{of_link}")).is_some());
    assert!(page.get(&format!("redis_slave_repl_offset{of_link}")).is_some_and(|offset| offset > 0.0));
    let info = format!("redis_slave_info{{master_host=\"127.0.0.1\",master_port=\"{port}\",read_only=\"1\"}}");
    assert_eq!(page.get(&info), Some(1.0));
    assert_eq!(page.sum("redis_db_keys"), of_master.page().sum("redis_db_keys"));

    // The roles change between two scrapes.
    replica.ask("REPLICAOF NO ONE");
    master.ask(&format!("REPLICAOF {}", replica.words()));
    exporters.iter().for_each(Exporter::forget);
    wait_until("the old master follows", || of_master.page().sum("redis_master_link_up") == 1.0);
    for (exporter, role, other) in
        [(of_master, "slave", "redis_connected_slave_"), (of_replica, "master", "redis_master_link_up")]
    {
        let page = exporter.page();
        page.is_good();
        let infos: Vec<_> = page.series("redis_instance_info").collect();
        assert_eq!((infos.len(), label(infos[0].0, "role")), (1, role));
        assert!(!page.shows(other), "{other}");
        assert!(!exporter.log().contains("level=WARN"), "{}", exporter.log());
    }
}

#[test]
fn a_replica_whose_master_is_gone() {
    let Some(program) = Make::Redis.find("redis") else { return };
    let (master, replica) =
        (Server::start(&program, &["--repl-diskless-sync-delay", "0"]), Server::start(&program, &[]));
    replica.ask(&format!("REPLICAOF {}", master.words()));
    let exporter = Exporter::start(&replica, &[]);
    wait_until("the link is up", || exporter.page().sum("redis_master_link_up") == 1.0);
    drop(master);
    wait_until("the link is down", || {
        let page = exporter.page();
        page.is_good();
        page.series("redis_master_link_up").next().is_some_and(|(_, up)| up == 0.0)
    });
}
