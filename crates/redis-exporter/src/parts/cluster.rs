//! CLUSTER INFO: how the cluster is, as this node sees it.

use crate::page::{self, Out};
use crate::parts::{Next, Part};
use crate::resp::{Commands, Replies, Reply, number};
use crate::server::Server;

/// More fields than this are not taken; there are some 40.
const MOST_FIELDS: usize = 200;

/// The fields of CLUSTER INFO that are numbers, or words that stand for one, in the server's order.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Cluster {
    pub(crate) fields: Vec<(String, f64)>,
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
        let fields = fields.filter_map(|(name, value)| Some((name.to_owned(), meaning(value)?)));
        self.fields = fields.take(MOST_FIELDS).collect();
        Next::Done
    }

    fn samples(&self, _: &Server, out: &mut Out<'_>) {
        page::cluster(self, out);
    }

    fn forget(&mut self) {
        self.fields.clear();
    }
}

/// The number that a field is, or that its word stands for.
fn meaning(value: &str) -> Option<f64> {
    match value {
        "ok" => Some(1.0),
        "fail" => Some(0.0),
        value => number(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parts::examples::{asked, server};

    fn fields(reply: &str) -> Vec<(String, f64)> {
        let mut part = Cluster::default();
        let reply = format!("${}\r\n{reply}\r\n", reply.len());
        assert_eq!(asked(&mut part, &mut server("cluster_enabled:1"), reply.as_bytes()), ["CLUSTER INFO"]);
        part.fields
    }

    #[test]
    fn numbers_and_words() {
        let text =
            "cluster_state:ok\r\ncluster_slots_ok:16384\r\ncluster_note:none\r\nno field\r\ncluster_size:NaN\r\n";
        assert_eq!(fields(text), [("cluster_state".to_owned(), 1.0), ("cluster_slots_ok".to_owned(), 16384.0)]);
        assert_eq!(fields("cluster_state:fail\r\n"), [("cluster_state".to_owned(), 0.0)]);
        assert_eq!(fields(&"cluster_x:1\n".repeat(300)).len(), MOST_FIELDS);
    }

    #[test]
    fn who_is_in_no_cluster_is_not_asked() {
        assert_eq!(asked(&mut Cluster::default(), &mut server("cluster_enabled:0"), b""), [""; 0]);
    }
}
