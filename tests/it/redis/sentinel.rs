//! Sentinels: what they know of a master.

use super::exporter::Exporter;
use super::server::{Make, Server, wait_until};

#[test]
fn a_sentinel_with_a_master_a_replica_and_another_sentinel() {
    let Some(program) = Make::Redis.find("redis") else { return };
    let (master, replica) =
        (Server::start(&program, &["--repl-diskless-sync-delay", "0"]), Server::start(&program, &[]));
    replica.ask(&format!("REPLICAOF {}", master.words()));
    let configuration =
        format!("sentinel monitor shop {} 2\nsentinel down-after-milliseconds shop 1000\n", master.words());
    let sentinels = [(); 2].map(|()| Server::sentinel(&program, &configuration));
    let exporter = Exporter::start(&sentinels[0], &[]);
    let address = format!("master_address=\"{}\",master_name=\"shop\"", master.address());
    let get = |name: &str| exporter.page().get(&format!("redis_sentinel_{name}{{{address}}}"));
    wait_until("it has found the others", || get("master_sentinels") == Some(2.0) && get("master_slaves") == Some(1.0));
    wait_until("they have been asked", || {
        get("master_ok_slaves") == Some(1.0) && get("master_ok_sentinels") == Some(2.0)
    });
    let page = exporter.page();
    page.is_good();
    for (series, value) in [
        ("redis_sentinel_masters".to_owned(), 1.0),
        ("redis_sentinel_tilt".to_owned(), 0.0),
        ("redis_sentinel_running_scripts".to_owned(), 0.0),
        (format!("redis_sentinel_master_setting_down_after_milliseconds{{{address}}}"), 1000.0),
        (format!("redis_sentinel_master_status{{{address},master_status=\"ok\"}}"), 1.0),
    ] {
        assert_eq!(page.get(&series), Some(value), "{series}");
    }
    let quorum =
        |message: &str| format!("redis_sentinel_master_ckquorum_status{{master_name=\"shop\",message=\"{message}\"}}");
    assert_eq!(page.get(&quorum("ok")), Some(1.0));

    let trips = || exporter.page().get("redis_exporter_round_trips_total").unwrap();
    let before = trips();
    assert_eq!(trips() - before, 1.0, "the masters are known by then");

    let [_first, second] = sentinels;
    drop(second);
    wait_until("one sentinel alone is no quorum", || {
        let page = exporter.page();
        page.is_good();
        page.get(&quorum("no quorum, no majority")) == Some(0.0)
    });
}
