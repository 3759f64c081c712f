//! What the exporter asks changes nothing on a server.

use super::exporter::Exporter;
use super::load::load;
use super::server::Server;

/// What it may send to a server with its defaults.
const ASKED: [&str; 12] = [
    "client|setname",
    "client|list",
    "cluster|info",
    "command|info",
    "config|get",
    "info",
    "latency|histogram",
    "latency|latest",
    "slowlog|get",
    "slowlog|len",
    "ping",
    "hello",
];

#[test]
fn a_server_is_as_it_was() {
    let Some(server) = Server::redis(&[]) else { return };
    load(&server);
    server.ask("CONFIG RESETSTAT");
    let changes = server.info().number("rdb_changes_since_last_save");
    let exporter = Exporter::start(&server, &[]);
    for _ in 0..5 {
        exporter.page().is_good();
    }
    let page = exporter.page();
    let mut asked: Vec<&str> = page.labels("redis_commands_total", "cmd");
    // That of this test.
    asked.retain(|command| *command != "config|resetstat" && *command != "command|docs");
    let unknown: Vec<&&str> =
        asked.iter().filter(|command| !ASKED.contains(command) && !is_of_queues(command)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    let info = server.info();
    assert_eq!(info.number("rdb_changes_since_last_save"), changes);
    assert_eq!(info.number("total_error_replies"), 0.0);
}

/// What task queues are looked for with.
fn is_of_queues(command: &str) -> bool {
    ["exists", "llen", "scan", "scard", "smembers", "sscan", "type", "zcard"].contains(&command)
}
