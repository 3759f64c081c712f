//! What the server has done since its start, or since CONFIG RESETSTAT.

use super::{Metric, counter, gauge};

pub(super) const METRICS: &[Metric] = &[
    counter!("total_connections_received", "redis_connections_received_total", "Connections that were accepted"),
    counter!("total_commands_processed", "redis_commands_processed_total", "Commands that were executed"),
    counter!("rejected_connections", "redis_rejected_connections_total", "Connections refused because of maxclients"),
    counter!("total_net_input_bytes", "redis_net_input_bytes_total", "Bytes that were read from the network"),
    counter!("total_net_output_bytes", "redis_net_output_bytes_total", "Bytes that were written to the network"),
    counter!("total_net_repl_input_bytes", "redis_net_repl_input_bytes_total", "Bytes that were read for replication"),
    counter!(
        "total_net_repl_output_bytes",
        "redis_net_repl_output_bytes_total",
        "Bytes that were written for replication"
    ),
    counter!(
        "total_net_cluster_slot_import_bytes",
        "redis_net_cluster_slot_import_bytes_total",
        "Bytes that were read to take over slots"
    ),
    counter!(
        "total_net_cluster_slot_export_bytes",
        "redis_net_cluster_slot_export_bytes_total",
        "Bytes that were written to hand over slots"
    ),
    counter!("expired_keys", "redis_expired_keys_total", "Keys that expired"),
    counter!(
        "expired_keys_active",
        "redis_expired_keys_active_total",
        "Keys that expired before anybody asked for them"
    ),
    counter!("expired_subkeys", "redis_expired_subkeys_total", "Fields of hashes that expired, on Redis"),
    counter!(
        "expired_subkeys_active",
        "redis_expired_subkeys_active_total",
        "Fields of hashes that expired before anybody asked for them"
    ),
    counter!("expired_fields", "redis_expired_fields_total", "Fields of hashes that expired, on Valkey"),
    counter!(
        "expired_time_cap_reached_count",
        "redis_expired_time_cap_reached_total",
        "Rounds of expiry that ended early because they took too long"
    ),
    counter!(
        "expire_cycle_cpu_milliseconds",
        "redis_expire_cycle_cpu_time_ms_total",
        "Milliseconds that rounds of expiry took"
    ),
    gauge!(
        "expired_stale_perc",
        "redis_expired_stale_percentage",
        "Keys that have expired and are still there, in percent"
    ),
    gauge!(
        "expired_keys_with_volatile_items_stale_perc",
        "redis_expired_keys_with_volatile_items_stale_percentage",
        "Hashes with expired fields that are still there, in percent"
    ),
    counter!("evicted_keys", "redis_evicted_keys_total", "Keys evicted because of maxmemory"),
    counter!("evicted_clients", "redis_evicted_clients_total", "Clients evicted because of maxmemory-clients"),
    counter!("evicted_scripts", "redis_evicted_scripts_total", "Scripts of EVAL that were evicted"),
    counter!(
        "total_eviction_exceeded_time",
        "redis_eviction_exceeded_time_ms_total",
        "Milliseconds in which more memory was used than maxmemory"
    ),
    gauge!(
        "current_eviction_exceeded_time",
        "redis_current_eviction_exceeded_time_ms",
        "Milliseconds since more memory is used than maxmemory"
    ),
    counter!("keyspace_hits", "redis_keyspace_hits_total", "Look-ups of keys that were there"),
    counter!("keyspace_misses", "redis_keyspace_misses_total", "Look-ups of keys that were not there"),
    gauge!("pubsub_channels", "redis_pubsub_channels", "Channels that somebody is subscribed to"),
    gauge!("pubsub_patterns", "redis_pubsub_patterns", "Patterns of channels that somebody is subscribed to"),
    gauge!("pubsubshard_channels", "redis_pubsubshard_channels", "Channels of shards that somebody is subscribed to"),
    counter!("total_forks", "redis_forks_total", "Forks of the process"),
    gauge!("migrate_cached_sockets", "redis_migrate_cached_sockets_total", "Sockets that are open for MIGRATE"),
    gauge!("active_defrag_hits", "redis_defrag_hits", "Values that defragmentation has moved"),
    gauge!("active_defrag_misses", "redis_defrag_misses", "Values that defragmentation has left where they were"),
    gauge!("active_defrag_key_hits", "redis_defrag_key_hits", "Keys that defragmentation has moved something of"),
    gauge!("active_defrag_key_misses", "redis_defrag_key_misses", "Keys that defragmentation has moved nothing of"),
    counter!(
        "total_active_defrag_time",
        "redis_active_defrag_time_ms_total",
        "Milliseconds in which there was too much fragmentation"
    ),
    gauge!("tracking_total_keys", "redis_tracking_total_keys", "Keys that are tracked for clients"),
    gauge!("tracking_total_items", "redis_tracking_total_items", "Keys that are tracked, once for each client"),
    gauge!("tracking_total_prefixes", "redis_tracking_total_prefixes", "Prefixes of keys that are tracked"),
    counter!(
        "unexpected_error_replies",
        "redis_unexpected_error_replies",
        "Errors of replication and of loading a file"
    ),
    counter!("total_error_replies", "redis_total_error_replies", "Errors that were answered to clients"),
    counter!(
        "dump_payload_sanitizations",
        "redis_dump_payload_sanitizations",
        "Values of RESTORE that were looked through"
    ),
    counter!("total_reads_processed", "redis_total_reads_processed", "Times that something was read from a client"),
    counter!("total_writes_processed", "redis_total_writes_processed", "Times that something was written to a client"),
    counter!(
        "io_threaded_reads_processed",
        "redis_io_threaded_reads_processed",
        "Times that another thread has read from a client"
    ),
    counter!(
        "io_threaded_writes_processed",
        "redis_io_threaded_writes_processed",
        "Times that another thread has written to a client"
    ),
    counter!(
        "io_threaded_accept_processed",
        "redis_io_threaded_accepts_total",
        "Connections that another thread has accepted"
    ),
    counter!(
        "io_threaded_freed_objects",
        "redis_io_threaded_freed_objects_total",
        "Objects that other threads have freed"
    ),
    counter!("io_threaded_poll_processed", "redis_io_threaded_polls_total", "Times that other threads have polled"),
    counter!(
        "io_threaded_total_prefetch_batches",
        "redis_io_threaded_prefetch_batches_total",
        "Batches of keys that were fetched ahead of their commands"
    ),
    counter!(
        "io_threaded_total_prefetch_entries",
        "redis_io_threaded_prefetch_entries_total",
        "Keys that were fetched ahead of their commands"
    ),
    counter!(
        "client_query_buffer_limit_disconnections",
        "redis_client_query_buffer_limit_disconnections_total",
        "Clients disconnected because of their input buffer"
    ),
    counter!(
        "client_output_buffer_limit_disconnections",
        "redis_client_output_buffer_limit_disconnections_total",
        "Clients disconnected because of their output buffer"
    ),
    counter!(
        "reply_buffer_shrinks",
        "redis_reply_buffer_shrinks_total",
        "Times that an output buffer was made smaller"
    ),
    counter!("reply_buffer_expands", "redis_reply_buffer_expands_total", "Times that an output buffer was made larger"),
    counter!("eventloop_cycles", "redis_eventloop_cycles_total", "Rounds of the event loop"),
    counter!("eventloop_duration_sum", "redis_eventloop_duration_sum_usec_total", "Microseconds in the event loop"),
    counter!(
        "eventloop_duration_cmd_sum",
        "redis_eventloop_duration_cmd_sum_usec_total",
        "Microseconds in the event loop for commands"
    ),
    counter!(
        "eventloop_duration_aof_sum",
        "redis_eventloop_duration_aof_sum_usec_total",
        "Microseconds in the event loop for the append-only file"
    ),
    counter!(
        "eventloop_duration_cron_sum",
        "redis_eventloop_duration_cron_sum_usec_total",
        "Microseconds in the event loop for background tasks"
    ),
    gauge!(
        "eventloop_duration_max",
        "redis_eventloop_duration_max_usec",
        "Microseconds of the longest round of the event loop"
    ),
    gauge!(
        "eventloop_cmd_per_cycle_max",
        "redis_eventloop_cmd_per_cycle_max",
        "Most commands in a round of the event loop"
    ),
    gauge!(
        "instantaneous_eventloop_cycles_per_sec",
        "redis_instantaneous_eventloop_cycles_per_sec",
        "Rounds of the event loop in the last second"
    ),
    gauge!(
        "instantaneous_eventloop_duration_usec",
        "redis_instantaneous_eventloop_duration_usec",
        "Microseconds that a round of the event loop took of late"
    ),
    counter!("acl_access_denied_auth", "redis_acl_access_denied_auth_total", "Log-ins that failed"),
    counter!("acl_access_denied_cmd", "redis_acl_access_denied_cmd_total", "Commands that their user may not use"),
    counter!(
        "acl_access_denied_key",
        "redis_acl_access_denied_key_total",
        "Commands with keys that their user may not use"
    ),
    counter!(
        "acl_access_denied_channel",
        "redis_acl_access_denied_channel_total",
        "Commands with channels that their user may not use"
    ),
    counter!(
        "acl_access_denied_tls_cert",
        "redis_acl_access_denied_tls_cert_total",
        "Log-ins by certificate that failed"
    ),
    counter!(
        "acl_access_denied_db",
        "redis_acl_access_denied_db_total",
        "Commands in databases that their user may not use"
    ),
];
