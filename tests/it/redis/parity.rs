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

#[test]
fn the_exporter_is_redis_exporter() {
    let Some(program) = Make::Redis.find(SUITE) else { return };
    let Some(peer) = Peer::find() else { return };
    let quick = ["--repl-diskless-sync-delay", "0"];
    let empty = Server::start(&program, &[]);
    let loaded = Server::start(&program, &["--maxmemory", "500mb", "--maxmemory-policy", "allkeys-lru"]);
    load(&loaded);
    loaded.client().ask("HGET bench:0:0 f").expect("an error that is counted");
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

    let mut parity = Parity::new("parity/redis.toml");
    for (place, server) in [
        ("empty", &empty),
        ("loaded", &loaded),
        ("master", &master),
        ("replica", &replica),
        ("spikes", &spikes),
        ("node", &node),
        ("sentinel", &sentinel),
    ] {
        let (ours, theirs) = (Exporter::start(server, &[]), peer.start(server));
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

    fn start(&self, server: &Server) -> Process {
        let address: SocketAddr = free_address().expect("loopback has a free port");
        let mut command = Command::new(&self.0);
        command.arg(format!("--web.listen-address={address}")).arg(format!("--redis.addr={}", server.url()));
        command.arg("--include-system-metrics");
        Process::spawn(command, address, "/").expect("the peer starts")
    }
}
