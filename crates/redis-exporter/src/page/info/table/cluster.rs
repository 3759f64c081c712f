//! The cluster, as INFO and CLUSTER INFO tell of it. What they tell besides is shown under the field's own name.

use super::{Metric, counter, gauge};

pub(super) const METRICS: &[Metric] = &[
    gauge!("cluster_enabled", "redis_cluster_enabled", "1 if the server is a node of a cluster"),
    gauge!("cluster_state", "redis_cluster_state", "1 if the cluster takes queries, as this node sees it"),
    gauge!("cluster_slots_assigned", "redis_cluster_slots_assigned", "Slots that belong to a node"),
    gauge!("cluster_slots_ok", "redis_cluster_slots_ok", "Slots whose node is not failing"),
    gauge!("cluster_slots_pfail", "redis_cluster_slots_pfail", "Slots whose node does not answer this one"),
    gauge!("cluster_slots_fail", "redis_cluster_slots_fail", "Slots whose node has failed"),
    gauge!("cluster_known_nodes", "redis_cluster_known_nodes", "Nodes that this one knows, whatever their state"),
    gauge!("cluster_size", "redis_cluster_size", "Masters that have slots"),
    gauge!("cluster_current_epoch", "redis_cluster_current_epoch", "Epoch of the cluster"),
    gauge!("cluster_my_epoch", "redis_cluster_my_epoch", "Epoch of this node's slots"),
    gauge!(
        "cluster_stats_messages_sent",
        "redis_cluster_messages_sent_total",
        "Messages to other nodes of the cluster"
    ),
    gauge!(
        "cluster_stats_messages_received",
        "redis_cluster_messages_received_total",
        "Messages from other nodes of the cluster"
    ),
    counter!(
        "total_cluster_links_buffer_limit_exceeded",
        "redis_cluster_links_buffer_limit_exceeded_total",
        "Links to other nodes that were cut as too much waited to be sent"
    ),
];
