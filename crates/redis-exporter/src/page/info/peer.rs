//! What redis_exporter 1.88 shows of the server whose INFO is `redis-7.0`, and of the same server before it had data: as far as
//! INFO tells, and without help texts.

use std::collections::{BTreeMap, BTreeSet};

use testkit::page;

use crate::page::info::golden::{fixture, page_of};
use crate::server::Server;
use crate::settings::Settings;

const WITH_DATA: &[u8] = include_bytes!("../../../fixtures/redis_exporter_1.88_redis-7.0.prom");
const EMPTY: &[u8] = include_bytes!("../../../fixtures/redis_exporter_1.88_redis-7.0-empty.prom");

/// What moved in the minutes between INFO and the peer's scrape, during which clients went on asking.
const MOVED: &[&str] = &[
    "redis_allocator_",
    "redis_client_recent_max_output_buffer_bytes",
    "redis_commands_duration_seconds_total",
    "redis_commands_processed_total",
    "redis_commands_total",
    "redis_connected_clients",
    "redis_connections_received_total",
    "redis_cpu_",
    "redis_db_avg_ttl_seconds",
    "redis_expire_cycle_cpu_time_ms_total",
    "redis_latency_percentiles_usec",
    "redis_mem_fragmentation_",
    "redis_memory_used_",
    "redis_net_",
    "redis_total_reads_processed",
    "redis_total_writes_processed",
    "redis_uptime_in_seconds",
];

/// Commands that were called for the first time in those minutes.
const NEW: [&str; 2] = ["cmd=\"command|info\"", "cmd=\"latency|histogram\""];

/// The peer's series of what had been called when INFO was.
fn series_of_the_peer() -> BTreeMap<String, f64> {
    let all = page::series(WITH_DATA).into_iter();
    all.filter(|(series, _)| !NEW.iter().any(|command| series.contains(command))).collect()
}

fn ours() -> Vec<u8> {
    page_of(
        &Server { info: fixture("redis-7.0"), databases: Some(16) },
        &Settings { system: false, ..Settings::default() },
    )
}

#[test]
fn every_family_has_the_peer_s_type() {
    let ours = page::types(&ours());
    for peer in [WITH_DATA, EMPTY] {
        let different: Vec<_> =
            page::types(peer).into_iter().filter(|(name, kind)| ours.get(name) != Some(kind)).collect();
        assert_eq!(different, []);
    }
}

#[test]
fn every_series_of_the_peer_is_there() {
    let ours: BTreeSet<_> = page::series(&ours()).into_keys().collect();
    let missing: Vec<_> = series_of_the_peer().into_keys().filter(|series| !ours.contains(series)).collect();
    assert_eq!(missing, [""; 0]);
}

#[test]
fn every_series_of_the_peer_of_an_empty_server_is_there() {
    // Commands are those that were called, and the two servers are different processes.
    let is_same = |series: &String| !series.contains("cmd=") && !series.starts_with("redis_instance_info");
    let ours: BTreeSet<_> = page::series(&ours()).into_keys().collect();
    let missing: Vec<_> =
        page::series(EMPTY).into_keys().filter(|series| is_same(series) && !ours.contains(series)).collect();
    assert_eq!(missing, [""; 0]);
}

#[test]
fn values_that_had_not_moved_are_the_peer_s() {
    let ours = page::series(&ours());
    let is_still = |series: &str| !MOVED.iter().any(|start| series.starts_with(start));
    let peer: BTreeMap<_, _> = series_of_the_peer().into_iter().filter(|(series, _)| is_still(series)).collect();
    let different: Vec<_> = peer.iter().filter(|(series, value)| ours.get(*series) != Some(value)).collect();
    assert_eq!(different, []);
    assert!(peer.len() > 200, "{}", peer.len());
}

#[test]
fn what_ours_has_besides() {
    let peer: BTreeSet<_> = page::types(WITH_DATA).into_keys().collect();
    let more: Vec<_> = page::types(&ours()).into_keys().filter(|name| !peer.contains(name)).collect();
    assert_eq!(
        more,
        [
            "redis_active_defrag_time_ms_total",
            "redis_aof_rewrites_consecutive_failures",
            "redis_aof_rewrites_total",
            "redis_current_cow_peak_bytes",
            "redis_current_cow_size_bytes",
            "redis_current_fork_percentage",
            "redis_current_save_keys",
            "redis_current_save_keys_processed",
            "redis_forks_total",
            "redis_rss_overhead_bytes",
            "redis_rss_overhead_ratio",
            "redis_server_info",
            "redis_server_time_seconds",
        ]
    );
}
