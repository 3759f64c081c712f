//! CLUSTER INFO: how the cluster is, as this node sees it.

use std::sync::Arc;

use crate::page::{self, Out};
use crate::parts::{Next, Part};
use crate::resp::{Commands, Replies, Reply};
use crate::server::Server;
use crate::settings::Settings;

/// More fields than this are not taken; there are some 40.
const MOST_FIELDS: usize = 200;

/// The fields of CLUSTER INFO with their values, in the server's order.
pub(crate) struct Cluster {
    settings: Arc<Settings>,
    fields: Vec<(String, String)>,
}

impl Cluster {
    pub(crate) fn new(settings: Arc<Settings>) -> Self {
        Cluster { settings, fields: Vec::new() }
    }
}

impl Part for Cluster {
    fn ask(&mut self, server: &Server, commands: &mut Commands) {
        if server.info.is_cluster() {
            commands.add("CLUSTER INFO", ["CLUSTER", "INFO"]);
        }
    }

    fn take(&mut self, _: &mut Server, replies: &mut Replies<'_>) -> Next {
        let reply = replies.next().and_then(Reply::text);
        let fields = reply.iter().flat_map(|text| text.lines()).filter_map(|line| line.split_once(':'));
        self.fields = fields.take(MOST_FIELDS).map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Next::Done
    }

    fn samples(&self, _: &Server, out: &mut Out<'_>) {
        page::info::fields::samples(&self.fields, &self.settings, out);
    }

    fn forget(&mut self) {
        self.fields.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::examples::staged;
    use crate::parts::examples::{asked, server};

    fn part() -> Cluster {
        Cluster::new(Arc::new(Settings::default()))
    }

    fn page(reply: &str) -> String {
        let mut part = part();
        let mut node = server("cluster_enabled:1");
        let reply = format!("${}\r\n{reply}\r\n", reply.len());
        assert_eq!(asked(&mut part, &mut node, reply.as_bytes()), ["CLUSTER INFO"]);
        staged(|out| part.samples(&node, out))
    }

    #[test]
    fn fields_by_the_peers_names_and_by_their_own() {
        let reply = "cluster_state:ok\r\ncluster_slots_ok:16384\r\ncluster_stats_messages_auth-req_sent:2\r\n\
                     cluster_stats_messages_sent:30\r\ncluster_stats_messages_received:40\r\ncluster_note:none\r\n\
                     total_cluster_links_buffer_limit_exceeded:5\r\nno field\r\ncluster_size:NaN\r\nother:1\r\n";
        assert_eq!(
            page(reply),
            "redis_cluster_links_buffer_limit_exceeded_total 5\n\
             redis_cluster_messages_received_total 40\n\
             redis_cluster_messages_sent_total 30\n\
             redis_cluster_slots_ok 16384\n\
             redis_cluster_state 1\n\
             redis_cluster_stats_messages_auth_req_sent 2\n"
        );
        assert_eq!(page("cluster_state:fail\r\n"), "redis_cluster_state 0\n");
    }

    #[test]
    fn a_reply_without_end() {
        let mut part = part();
        let reply = "cluster_x:1\n".repeat(300);
        let reply = format!("${}\r\n{reply}\r\n", reply.len());
        asked(&mut part, &mut server("cluster_enabled:1"), reply.as_bytes());
        assert_eq!(part.fields.len(), MOST_FIELDS);
    }

    #[test]
    fn who_is_in_no_cluster_is_not_asked() {
        assert_eq!(asked(&mut part(), &mut server("cluster_enabled:0"), b""), [""; 0]);
    }
}
