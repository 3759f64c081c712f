//! What the exporter shows of a server is what redis-cli shows, and asking costs next to nothing.

use testkit::redis::loaded::KEYS;

use super::exporter::Exporter;
use super::load::load;
use super::server::Server;

/// Fields whose values do not move while nobody does anything, and their metrics.
const STILL: [(&str, &str); 29] = [
    ("process_id", "redis_process_id"),
    ("maxclients", "redis_config_maxclients"),
    ("blocked_clients", "redis_blocked_clients"),
    ("maxmemory", "redis_memory_max_bytes"),
    ("used_memory_startup", "redis_memory_used_startup_bytes"),
    ("total_system_memory", "redis_total_system_memory_bytes"),
    ("loading", "redis_loading_dump_file"),
    ("rdb_changes_since_last_save", "redis_rdb_changes_since_last_save"),
    ("rdb_bgsave_in_progress", "redis_rdb_bgsave_in_progress"),
    ("rdb_last_save_time", "redis_rdb_last_save_timestamp_seconds"),
    ("rdb_last_bgsave_time_sec", "redis_rdb_last_bgsave_duration_sec"),
    ("aof_enabled", "redis_aof_enabled"),
    ("expired_keys", "redis_expired_keys_total"),
    ("evicted_keys", "redis_evicted_keys_total"),
    ("keyspace_hits", "redis_keyspace_hits_total"),
    ("keyspace_misses", "redis_keyspace_misses_total"),
    ("rejected_connections", "redis_rejected_connections_total"),
    ("pubsub_channels", "redis_pubsub_channels"),
    ("pubsub_patterns", "redis_pubsub_patterns"),
    ("total_error_replies", "redis_total_error_replies"),
    ("connected_slaves", "redis_connected_slaves"),
    ("master_repl_offset", "redis_master_repl_offset"),
    ("repl_backlog_size", "redis_replication_backlog_bytes"),
    ("cluster_enabled", "redis_cluster_enabled"),
    ("tracking_clients", "redis_tracking_clients"),
    ("number_of_cached_scripts", "redis_number_of_cached_scripts"),
    ("number_of_functions", "redis_number_of_functions"),
    ("slave_expires_tracked_keys", "redis_slave_expires_tracked_keys"),
    ("lazyfree_pending_objects", "redis_lazyfree_pending_objects"),
];

#[test]
fn a_loaded_server_has_the_values_that_redis_cli_shows() {
    let Some(server) = Server::redis(&["--maxmemory", "200mb"]) else { return };
    load(&server);
    assert!(server.client().ask("HGET bench:0:0 f").is_ok(), "an error that is counted");
    // Who looks for queues that are not there misses keys.
    let exporter = Exporter::start(&server, &["--no-queues"]);
    exporter.page().is_good();
    let (page, info) = (exporter.page(), server.info());
    page.is_good();
    let differ: Vec<String> = STILL
        .iter()
        .filter(|(field, metric)| page.get(metric) != Some(info.number(field)))
        .map(|(field, metric)| format!("{metric} is {:?}, {field} {}", page.get(metric), info.get(field)))
        .collect();
    assert!(differ.is_empty(), "{}", differ.join("\n"));

    for (database, keys) in KEYS {
        let [shown, expiring] =
            ["keys", "keys_expiring"].map(|name| page.get(&format!("redis_db_{name}{{db=\"db{database}\"}}")).unwrap());
        assert!(shown >= f64::from(keys), "{database}: {shown}");
        assert_eq!(shown, info.part(&format!("db{database}"), "keys"));
        assert_eq!(expiring, info.part(&format!("db{database}"), "expires"));
    }
    assert_eq!(page.labels("redis_db_keys", "db").len(), 16, "the empty ones too");
    for command in ["get", "set", "hset", "expire", "xadd", "pfcount", "lpop"] {
        let field = format!("cmdstat_{command}");
        for (metric, part, unit) in [
            ("redis_commands_total", "calls", 1.0),
            ("redis_commands_failed_calls_total", "failed_calls", 1.0),
            ("redis_commands_rejected_calls_total", "rejected_calls", 1.0),
            ("redis_commands_duration_seconds_total", "usec", 1e6),
        ] {
            let shown = page.get(&format!("{metric}{{cmd=\"{command}\"}}")).unwrap();
            assert!((shown * unit - info.part(&field, part)).abs() < 1e-3, "{metric} {command} {shown}");
        }
        // What LATENCY HISTOGRAM has counted, each call is in.
        let count = format!("redis_commands_latencies_usec_count{{cmd=\"{command}\"}}");
        assert_eq!(page.get(&count), Some(info.part(&field, "calls")));
    }
    assert_eq!(page.get("redis_errors_total{err=\"WRONGTYPE\"}"), Some(info.part("errorstat_WRONGTYPE", "count")));
    let (series, _) = page.series("redis_instance_info").next().unwrap();
    for (name, field) in [
        ("role", "role"),
        ("redis_version", "redis_version"),
        ("redis_mode", "redis_mode"),
        ("os", "os"),
        ("maxmemory_policy", "maxmemory_policy"),
        ("run_id", "run_id"),
        ("tcp_port", "tcp_port"),
        ("process_id", "process_id"),
    ] {
        assert_eq!(super::exporter::label(series, name), info.get(field), "{name}");
    }
}

#[test]
fn an_empty_server() {
    let Some(server) = Server::redis(&[]) else { return };
    let page = Exporter::start(&server, &[]).page();
    page.is_good();
    assert_eq!((page.sum("redis_db_keys"), page.labels("redis_db_keys", "db").len()), (0.0, 16));
    assert_eq!(page.get("redis_connected_slaves"), Some(0.0));
    assert!(!page.shows("redis_connected_slave_") && !page.shows("redis_master_link_up"));
}

/// In steady state a scrape is one round trip over the connection that there is: the server has counted no other.
#[test]
fn the_server_counts_what_a_scrape_costs() {
    const SCRAPES: u32 = 20;
    let Some(server) = Server::redis(&[]) else { return };
    let exporter = Exporter::start(&server, &[]);
    let first = exporter.page();
    assert_eq!(first.get("redis_exporter_round_trips_total"), Some(2.0), "a login and a scrape");
    assert_eq!(first.get("redis_exporter_connections_opened_total"), Some(1.0));
    let before = server.info();
    for scrapes in 1..=SCRAPES {
        let page = exporter.page();
        assert_eq!(page.get("redis_exporter_round_trips_total"), Some(f64::from(2 + scrapes)));
    }
    let after = server.info();
    let grown = |field: &str| after.number(field) - before.number(field);
    // redis-cli itself comes by a connection of its own each time.
    assert_eq!(grown("total_connections_received"), 1.0);
    let calls = |command: &str| {
        let field = format!("cmdstat_{command}");
        after.part(&field, "calls") - if before.get(&field).is_empty() { 0.0 } else { before.part(&field, "calls") }
    };
    assert_eq!(calls("info"), f64::from(SCRAPES) + 1.0);
    // A server reads what comes together in one go.
    assert!(grown("total_reads_processed") <= f64::from(SCRAPES) + 4.0, "{}", grown("total_reads_processed"));
    assert!(grown("total_commands_processed") <= f64::from(SCRAPES) * 10.0, "{}", grown("total_commands_processed"));
}
