//! What is told as fields with values, as INFO tells, by another command: CLUSTER INFO, and SERVER EXT of Tile38.

use std::sync::Arc;

use crate::page::{self, Out, Samples};
use crate::parts::part::{Next, Part};
use crate::resp::{Commands, Replies, Reply};
use crate::server::Server;
use crate::settings::Settings;

/// What all names of Tile38 begin with here; the server says it of some.
const TILE38: &str = "tile38_";
/// More fields than this are not taken; there are some 60.
const MOST_FIELDS: usize = 200;

/// The fields that a command tells with their values, in the server's order.
pub(crate) struct Told {
    by: By,
    settings: Arc<Settings>,
    fields: Vec<(String, String)>,
}

/// The command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// How the cluster is, as this node sees it.
    ClusterInfo,
    /// Objects and memory of Tile38.
    ServerExt,
}

impl Told {
    pub(crate) fn new(by: By, settings: &Arc<Settings>) -> Self {
        Told { by, settings: Arc::clone(settings), fields: Vec::new() }
    }
}

impl Part for Told {
    fn ask(&mut self, server: &Server, commands: &mut Commands) {
        match self.by {
            By::ClusterInfo if server.info.is_cluster() => commands.add("CLUSTER INFO", ["CLUSTER", "INFO"]),
            By::ClusterInfo => {}
            By::ServerExt => commands.add("SERVER EXT", ["SERVER", "EXT"]),
        }
    }

    fn take(&mut self, _: &mut Server, replies: &mut Replies<'_>) -> Next {
        let reply = replies.next();
        self.fields = match self.by {
            By::ClusterInfo => {
                let text = reply.and_then(Reply::text);
                let fields = text.iter().flat_map(|text| text.lines()).filter_map(|line| line.split_once(':'));
                fields.take(MOST_FIELDS).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
            }
            By::ServerExt => {
                let pairs = reply.into_iter().flat_map(|reply| reply.array().pairs());
                let fields = pairs.filter_map(|(name, value)| Some((name.text()?, value.text()?)));
                let named = fields.map(|(name, value)| {
                    (format!("{TILE38}{}", name.strip_prefix(TILE38).unwrap_or(&name)), value.into_owned())
                });
                named.take(MOST_FIELDS).collect()
            }
        };
        Next::Done
    }

    fn forget(&mut self) {
        self.fields.clear();
    }
}

impl Samples for Told {
    fn samples(&self, _: &Server, out: &mut Out<'_>) {
        page::info::fields::samples(&self.fields, &self.settings, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::examples::staged;
    use crate::parts::examples::{asked, server};

    fn part() -> Told {
        Told::new(By::ClusterInfo, &Arc::default())
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

    #[test]
    fn names_of_tile38_with_the_prefix_and_without() {
        let mut part = Told::new(By::ServerExt, &Arc::new(Settings { tile38: true, ..Settings::default() }));
        let text = |text: &str| format!("${}\r\n{text}\r\n", text.len());
        let words = ["alloc_bytes", "7", "tile38_read_only", "false", "tile38_version", "1.33", "go_threads", "4"];
        let reply = format!("*{}\r\n{}", words.len(), words.map(text).concat());
        assert_eq!(asked(&mut part, &mut server(""), reply.as_bytes()), ["SERVER EXT"]);
        assert_eq!(
            staged(|out| part.samples(&server(""), out)),
            "redis_tile38_mem_alloc_bytes 7\nredis_tile38_read_only 0\nredis_tile38_threads_total 4\n"
        );
        asked(&mut part, &mut server(""), b"-ERR unknown command 'SERVER'\r\n");
        assert_eq!(part.fields, []);
    }
}
