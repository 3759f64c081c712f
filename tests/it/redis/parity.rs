//! redis_exporter 1.45, of Debian 12, and ours side by side on servers of every kind: the same names, types, labels and values.

use std::net::SocketAddr;
use std::process::Command;

use testkit::process::{self, Process, free_address};

use super::exporter::{Exporter, VALIDATOR};
use super::load::load;
use super::server::{Make, Server, wait_until};
use crate::parity::Parity;
use crate::tools::{find_program, skip};

const ROUNDS: usize = 6;
const SUITE: &str = "redis_parity";

/// Keys of every type, streams, counts and groups.
const KEYS: [&str; 6] = [
    "--check-keys=db0=bench:0:1?,db1=bench:1:*7",
    "--check-single-keys=db0=bench:hll,bench:ctr,db2=nokey",
    "--count-keys=db0=bench:0:*,db2=bench:*,db3=*",
    "--check-streams=db0=bench:str*",
    "--check-single-streams=bench:jobs",
    "--check-key-groups=^(bench:%d):.*$,^(bench).*$",
];
const OPTIONS: [&str; 5] = [
    "--include-config-metrics",
    "--redact-config-metrics",
    "--export-client-list",
    "--export-client-port",
    "--ping-on-connect",
];

#[test]
fn the_exporter_is_redis_exporter() {
    let Some(program) = Make::Redis.find(SUITE) else { return };
    let (Some(older), Some(valkey)) = (Make::Redis6.find(SUITE), Make::Valkey.find(SUITE)) else { return };
    let Some(peer) = Peer::find() else { return };
    let quick = ["--repl-diskless-sync-delay", "0"];
    let empty = Server::start(&program, &[]);
    let loaded = Server::start(&program, &["--maxmemory", "500mb", "--maxmemory-policy", "allkeys-lru"]);
    load(&loaded);
    for command in [
        "HGET bench:0:0 f",
        "XGROUP CREATE bench:stream workers 0",
        "XREADGROUP GROUP workers mia COUNT 3 STREAMS bench:stream >",
        "XADD bench:jobs 7-1 k v",
    ] {
        // The first one is an error that is counted.
        loaded.client().ask(command).expect("it answers");
    }
    let [master, replica] = [(); 2].map(|()| Server::start(&program, &quick));
    load(&master);
    replica.ask(&format!("REPLICAOF {}", master.words()));
    wait_until("the replica follows", || replica.info().get("master_link_status") == "up");
    let spikes = Server::start(
        &program,
        &["--latency-monitor-threshold", "1", "--slowlog-log-slower-than", "0", "--enable-debug-command", "yes"],
    );
    spikes.ask("DEBUG SLEEP 0.01");
    let node = Server::start(&program, &["--cluster-enabled", "yes"]);
    node.ask("CLUSTER ADDSLOTSRANGE 0 16383");
    wait_until("it is well", || node.ask("CLUSTER INFO").text().contains("cluster_state:ok"));
    let sentinel = Server::sentinel(&program, &format!("sentinel monitor shop {} 1", master.words()));
    wait_until("it has found the replica", || sentinel.info().get("master0").contains("slaves=1"));

    let others = [("redis 6.2", older), ("valkey", valkey)];
    let others = others.map(|(name, program)| (name, Server::start(&program, &[])));
    others.iter().for_each(|(_, server)| load(server));

    let plain = |place, server| (place, server, Vec::new());
    let mut places = vec![
        plain("empty", &empty),
        plain("loaded", &loaded),
        plain("master", &master),
        plain("replica", &replica),
        plain("spikes", &spikes),
        plain("node", &node),
        plain("sentinel", &sentinel),
        ("keys", &loaded, KEYS.to_vec()),
        ("options", &loaded, OPTIONS.to_vec()),
    ];
    places.extend(others.iter().map(|(name, server)| plain(name, server)));
    let mut parity = Parity::new("parity/redis.toml");
    for (place, server, flags) in places {
        let (ours, theirs) = (Exporter::start(server, &flags), peer.start(server, &flags));
        // The first scrape of each is not like the others: what it asks is counted for the first time.
        ours.page().is_good();
        parity.compare_at(place, [ours.process().address(), theirs.address()], &VALIDATOR, ROUNDS);
    }
    parity.finish();
}

/// Where the peer is.
struct Peer(std::path::PathBuf);

impl Peer {
    /// The one whose differences are listed; `None`, and a line that says so, where there is none.
    fn find() -> Option<Peer> {
        let program = find_program("prometheus-redis-exporter");
        let is_known = |program: &std::path::PathBuf| {
            let mut command = Command::new(program);
            command.arg("--version");
            let ended = process::run(command, std::time::Duration::from_secs(10));
            ended.is_ok_and(|ended| (ended.stdout + &ended.stderr).contains("Exporter 1.45.0"))
        };
        let program = program.filter(is_known);
        if program.is_none() {
            skip(
                SUITE,
                "redis_exporter 1.45.0, which ./test --install installs on Debian 12 as prometheus-redis-exporter",
            );
        }
        program.map(Peer)
    }

    fn start(&self, server: &Server, flags: &[&str]) -> Process {
        let address: SocketAddr = free_address().expect("loopback has a free port");
        let mut command = Command::new(&self.0);
        command.arg(format!("--web.listen-address={address}")).arg(format!("--redis.addr={}", server.url()));
        command.arg("--include-system-metrics").args(flags);
        Process::spawn(command, address, "/").expect("the peer starts")
    }
}
