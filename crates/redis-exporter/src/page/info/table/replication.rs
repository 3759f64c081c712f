//! Replication, as far as it is not about one master or one replica.

use super::{Metric, gauge};

pub(super) const METRICS: &[Metric] = &[
    gauge!("connected_slaves", "redis_connected_slaves", "Replicas that are connected"),
    gauge!("min_slaves_good_slaves", "redis_min_slaves_good_slaves", "Replicas whose lag lets the master take writes"),
    gauge!(
        "replicas_waiting_psync",
        "redis_replicas_waiting_psync",
        "Replicas that load the data and wait for the rest"
    ),
    gauge!(
        "replicas_repl_buffer_size",
        "redis_replicas_repl_buffer_size_bytes",
        "Bytes that this replica holds back while it loads the data"
    ),
    gauge!(
        "replicas_repl_buffer_peak",
        "redis_replicas_repl_buffer_peak_bytes",
        "Most bytes that this replica held back while it loaded data"
    ),
    gauge!("repl_backlog_size", "redis_replication_backlog_bytes", "Bytes that the replication backlog may have"),
    gauge!("repl_backlog_active", "redis_repl_backlog_is_active", "1 if there is a replication backlog"),
    gauge!(
        "repl_backlog_first_byte_offset",
        "redis_repl_backlog_first_byte_offset",
        "Offset of the first byte in the replication backlog"
    ),
    gauge!("repl_backlog_histlen", "redis_repl_backlog_history_bytes", "Bytes that are in the replication backlog"),
    gauge!("master_repl_offset", "redis_master_repl_offset", "Bytes of the replication stream that were written"),
    gauge!(
        "second_repl_offset",
        "redis_second_repl_offset",
        "Up to which offset the id of the former master is accepted, -1 if it is not"
    ),
    gauge!(
        "slave_expires_tracked_keys",
        "redis_slave_expires_tracked_keys",
        "Keys that a writable replica expires itself"
    ),
    gauge!("slave_priority", "redis_slave_priority", "How likely this replica becomes the master, 0 for never"),
    gauge!("sync_full", "redis_replica_resyncs_full", "Full synchronizations of replicas"),
    gauge!("sync_partial_ok", "redis_replica_partial_resync_accepted", "Partial synchronizations that were accepted"),
    gauge!("sync_partial_err", "redis_replica_partial_resync_denied", "Partial synchronizations that were denied"),
];
