//! Clients, and what they wait for.

use super::{Metric, gauge};

pub(super) const METRICS: &[Metric] = &[
    gauge!("connected_clients", "redis_connected_clients", "Connections of clients, without those of replicas"),
    gauge!("cluster_connections", "redis_cluster_connections", "Sockets of the cluster bus, approximately"),
    gauge!("blocked_clients", "redis_blocked_clients", "Clients that wait in a blocking command"),
    gauge!("maxclients", "redis_max_clients", "How many connections there may be at most"),
    gauge!("tracking_clients", "redis_tracking_clients", "Clients that have keys tracked"),
    gauge!("pubsub_clients", "redis_pubsub_clients", "Clients that are subscribed to a channel or pattern"),
    gauge!("watching_clients", "redis_watching_clients", "Clients that WATCH keys"),
    gauge!(
        "clients_in_timeout_table",
        "redis_clients_in_timeout_table",
        "Clients whose blocking command has a timeout"
    ),
    gauge!("total_watched_keys", "redis_total_watched_keys", "Keys that are watched now"),
    gauge!("total_blocking_keys", "redis_total_blocking_keys", "Keys that clients wait for now"),
    gauge!(
        "total_blocking_keys_on_nokey",
        "redis_total_blocking_keys_on_nokey",
        "Keys whose deletion clients wait for now"
    ),
    gauge!(
        "client_longest_output_list",
        "redis_client_longest_output_list",
        "Longest list of replies that waits for a client"
    ),
    gauge!(
        "client_biggest_input_buf",
        "redis_client_biggest_input_buf",
        "Bytes of the largest input buffer of a client"
    ),
    gauge!(
        "client_recent_max_output_buffer",
        "redis_client_recent_max_output_buffer_bytes",
        "Bytes of the largest output buffer of a client in the last seconds"
    ),
    gauge!(
        "client_recent_max_input_buffer",
        "redis_client_recent_max_input_buffer_bytes",
        "Bytes of the largest input buffer of a client in the last seconds"
    ),
];
