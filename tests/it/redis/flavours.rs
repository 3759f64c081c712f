//! Other servers than the system's: an older Redis, and Valkey.

use super::exporter::{Exporter, label};
use super::load::load;
use super::server::{Make, Server};

#[test]
fn redis_6() {
    let Some(program) = Make::Redis6.find("redis_servers") else { return };
    let server = Server::start(&program, &[]);
    load(&server);
    let exporter = Exporter::start(&server, &[]);
    let page = exporter.page();
    page.is_good();
    assert_eq!(page.get("redis_commands_total{cmd=\"xadd\"}"), Some(200.0));
    assert!(page.sum("redis_db_keys") > 10_000.0 && page.get("redis_memory_used_bytes").is_some());
    let (info, _) = page.series("redis_instance_info").next().unwrap();
    assert!(label(info, "redis_version").starts_with("6.2."), "{info}");
    // It has no LATENCY HISTOGRAM, oliver006/redis_exporter#789: asked for once, and never again.
    assert!(!page.shows("redis_commands_latencies_usec"));
    assert_eq!(page.get("redis_exporter_command_success{command=\"LATENCY LATEST\"}"), Some(1.0));
    let errors = exporter.page().get("redis_total_error_replies");
    assert_eq!(exporter.page().get("redis_total_error_replies"), errors);
}

#[test]
fn valkey() {
    let Some(program) = Make::Valkey.find("redis_servers") else { return };
    let server = Server::start(&program, &[]);
    load(&server);
    let exporter = Exporter::start(&server, &[]);
    let page = exporter.page();
    page.is_good();
    assert_eq!(page.get("redis_commands_total{cmd=\"xadd\"}"), Some(200.0));
    assert_eq!(page.get("redis_commands_latencies_usec_count{cmd=\"xadd\"}"), Some(200.0));
    let (info, _) = page.series("redis_instance_info").next().unwrap();
    // It calls its mode by another name.
    assert_eq!(label(info, "redis_mode"), "standalone");
    assert_eq!(label(info, "redis_version"), "7.2.4", "the one that it is like");
    assert!(label(info, "valkey_version").starts_with('8'), "{info}");
    assert_eq!(page.get("redis_exporter_round_trips_total"), Some(2.0));
    assert_eq!(exporter.page().get("redis_exporter_round_trips_total"), Some(3.0));
}
