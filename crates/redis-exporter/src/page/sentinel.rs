//! What a sentinel watches.

use exposition::{Desc, Kind};

use crate::page::{Out, Samples};
use crate::parts::config::Setting;
use crate::parts::sentinel::{Master, QuorumCheck, Sentinel};
use crate::resp::number;
use crate::server::Server;

/// The labels of most of a master's samples.
const MASTER: &[&str] = &["master_address", "master_name"];

/// A gauge with these labels.
const fn gauge(name: &'static str, help: &'static str, labels: &'static [&'static str]) -> Desc {
    Desc { name, help, kind: Kind::Gauge, labels }
}

static CHECK: Desc = gauge(
    "redis_sentinel_master_ckquorum_status",
    "Whether a failover could come about; if not, what there are too few sentinels for (SENTINEL CKQUORUM).",
    &["master_name", "message"],
);
static QUORUM: Desc = gauge(
    "redis_sentinel_master_setting_ckquorum",
    "Sentinels that must agree that the master is down (SENTINEL MASTERS, quorum).",
    MASTER,
);
static FAILOVER_TIMEOUT: Desc = gauge(
    "redis_sentinel_master_setting_failover_timeout",
    "Milliseconds after which a failover has failed (SENTINEL MASTERS, failover-timeout).",
    MASTER,
);
static PARALLEL_SYNCS: Desc = gauge(
    "redis_sentinel_master_setting_parallel_syncs",
    "Replicas that turn to a new master at a time (SENTINEL MASTERS, parallel-syncs).",
    MASTER,
);
static DOWN_AFTER: Desc = gauge(
    "redis_sentinel_master_setting_down_after_milliseconds",
    "Milliseconds without an answer after which the master is taken to be down (SENTINEL MASTERS, down-after-milliseconds).",
    MASTER,
);
static CONFIG_EPOCH: Desc = gauge(
    "redis_sentinel_master_config_epoch",
    "Counts the failovers of the master (SENTINEL MASTERS, config-epoch).",
    MASTER,
);
static LAST_PING: Desc = gauge(
    "redis_sentinel_master_last_ok_ping_reply_seconds",
    "Seconds since the master last answered PING as it should (SENTINEL MASTERS, last-ok-ping-reply).",
    MASTER,
);
static OK_SENTINELS: Desc = gauge(
    "redis_sentinel_master_ok_sentinels",
    "Sentinels of the master that are not down, with the one that tells (SENTINEL SENTINELS).",
    MASTER,
);
static OK_SLAVES: Desc =
    gauge("redis_sentinel_master_ok_slaves", "Replicas of the master that are not down (SENTINEL SLAVES).", MASTER);
static PEER: Desc = gauge(
    "redis_sentinel_peer_info",
    "Always 1; another sentinel of the master (SENTINEL SENTINELS).",
    &["flags", "ip", "master_address", "master_name", "name", "port", "runid"],
);
static KEY_VALUE: Desc = gauge(
    "redis_sentinel_config_key_value",
    "Always 1; a setting with what it is set to (SENTINEL CONFIG GET *).",
    &["key", "value"],
);
static VALUE: Desc =
    gauge("redis_sentinel_config_value", "A setting that is a number (SENTINEL CONFIG GET *).", &["key"]);

impl Samples for Sentinel {
    fn samples(&self, _: &Server, out: &mut Out<'_>) {
        sentinel(&self.masters, &self.settings, out);
    }
}

/// Stages what a sentinel was asked.
fn sentinel(masters: &[Master], settings: &[Setting], out: &mut Out<'_>) {
    masters.iter().for_each(|master| master_samples(master, out));
    for Setting { name, value } in settings {
        out.add(&KEY_VALUE, &[name, value], true);
        out.add_some(&VALUE, &[name], number(value));
    }
}

fn master_samples(master: &Master, out: &mut Out<'_>) {
    let Master { name, address, .. } = master;
    let labels = [address.as_str(), name.as_str()];
    if let Some(check) = master.check {
        out.add(&CHECK, &[name, message(check)], check == QuorumCheck::Ok);
    }
    out.add_some(&QUORUM, &labels, master.quorum);
    out.add_some(&FAILOVER_TIMEOUT, &labels, master.failover_timeout);
    out.add_some(&PARALLEL_SYNCS, &labels, master.parallel_syncs);
    out.add_some(&DOWN_AFTER, &labels, master.down_after_milliseconds);
    out.add_some(&CONFIG_EPOCH, &labels, master.config_epoch);
    out.add_some(&LAST_PING, &labels, master.last_ok_ping_milliseconds.map(|milliseconds| milliseconds / 1e3));
    out.add_some(&OK_SENTINELS, &labels, master.ok_sentinels);
    out.add_some(&OK_SLAVES, &labels, master.ok_replicas);
    for peer in &master.peers {
        out.add(&PEER, &[&peer.flags, &peer.ip, address, name, &peer.name, &peer.port, &peer.run_id], true);
    }
}

fn message(check: QuorumCheck) -> &'static str {
    match check {
        QuorumCheck::Ok => "ok",
        QuorumCheck::NoQuorum => "no quorum",
        QuorumCheck::NoMajority => "no majority",
        QuorumCheck::NoQuorumNoMajority => "no quorum, no majority",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::examples::staged;
    use crate::parts::sentinel::Peer;

    /// redis_exporter: the message is the sentinel's own words, with a number in them.
    #[test]
    fn a_master() {
        let peer = Peer { name: "s".to_owned(), flags: "sentinel".to_owned(), ..Peer::default() };
        let master = Master {
            name: "a".to_owned(),
            address: "h:1".to_owned(),
            quorum: Some(2.0),
            failover_timeout: Some(3.0),
            parallel_syncs: Some(4.0),
            down_after_milliseconds: Some(5.0),
            config_epoch: Some(6.0),
            last_ok_ping_milliseconds: Some(700.0),
            check: Some(QuorumCheck::NoMajority),
            ok_sentinels: Some(8),
            ok_replicas: Some(9),
            peers: vec![peer],
        };
        let settings = [Setting { name: "announce-port".to_owned(), value: "0".to_owned() }];
        let page = staged(|out| sentinel(&[master], &settings, out));
        let page = page.replace("{master_address=\"h:1\",master_name=\"a\"}", "{}");
        assert_eq!(
            page,
            "redis_sentinel_config_key_value{key=\"announce-port\",value=\"0\"} 1\n\
             redis_sentinel_config_value{key=\"announce-port\"} 0\n\
             redis_sentinel_master_ckquorum_status{master_name=\"a\",message=\"no majority\"} 0\n\
             redis_sentinel_master_config_epoch{} 6\n\
             redis_sentinel_master_last_ok_ping_reply_seconds{} 0.7\n\
             redis_sentinel_master_ok_sentinels{} 8\n\
             redis_sentinel_master_ok_slaves{} 9\n\
             redis_sentinel_master_setting_ckquorum{} 2\n\
             redis_sentinel_master_setting_down_after_milliseconds{} 5\n\
             redis_sentinel_master_setting_failover_timeout{} 3\n\
             redis_sentinel_master_setting_parallel_syncs{} 4\n\
             redis_sentinel_peer_info{flags=\"sentinel\",ip=\"\",master_address=\"h:1\",master_name=\"a\",name=\"s\",port=\"\",runid=\"\"} 1\n"
        );
    }
}
