//! How the cluster is.

use exposition::{Desc, Kind};

use crate::page::Out;
use crate::parts::cluster::Cluster;

static SENT: Desc = Desc {
    name: "redis_cluster_messages_sent_total",
    help: "Messages that this node sent over the cluster's bus (CLUSTER INFO, cluster_stats_messages_sent).",
    kind: Kind::Gauge,
    labels: &[],
};
static RECEIVED: Desc = Desc {
    name: "redis_cluster_messages_received_total",
    help: "Messages that came to this node over the cluster's bus (CLUSTER INFO, cluster_stats_messages_received).",
    kind: Kind::Gauge,
    labels: &[],
};
static LINKS_EXCEEDED: Desc = Desc {
    name: "redis_cluster_links_buffer_limit_exceeded_total",
    help: "Links to other nodes that were cut as their buffers had grown beyond cluster-link-sendbuf-limit (CLUSTER INFO).",
    kind: Kind::Counter,
    labels: &[],
};

/// Stages the fields; those that nobody lists here have the server's name for them.
pub(crate) fn cluster(cluster: &Cluster, out: &mut Out<'_>) {
    for (field, value) in &cluster.fields {
        match field.as_str() {
            "cluster_stats_messages_sent" => out.add(&SENT, &[], *value),
            "cluster_stats_messages_received" => out.add(&RECEIVED, &[], *value),
            "total_cluster_links_buffer_limit_exceeded" => out.add(&LINKS_EXCEEDED, &[], *value),
            name if name.starts_with("cluster_") || name.starts_with("db") => {
                let name = name.replace(|char: char| !char.is_ascii_alphanumeric(), "_");
                out.add_named(&name, "A field of CLUSTER INFO.", Kind::Gauge, &[], *value);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::examples::staged;

    #[test]
    fn fields_by_their_own_names_and_by_the_peers() {
        let fields = [
            ("cluster_state", 1.0),
            ("cluster_stats_messages_auth-req_sent", 2.0),
            ("cluster_stats_messages_sent", 30.0),
            ("cluster_stats_messages_received", 40.0),
            ("total_cluster_links_buffer_limit_exceeded", 5.0),
            ("other", 1.0),
        ];
        let fields = fields.map(|(name, value)| (name.to_owned(), value)).to_vec();
        assert_eq!(
            staged(|out| cluster(&Cluster { fields }, out)),
            "redis_cluster_links_buffer_limit_exceeded_total 5\n\
             redis_cluster_messages_received_total 40\n\
             redis_cluster_messages_sent_total 30\n\
             redis_cluster_state 1\n\
             redis_cluster_stats_messages_auth_req_sent 2\n"
        );
    }
}
