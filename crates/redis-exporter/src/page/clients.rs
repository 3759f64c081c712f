//! Who is connected.

use exposition::{Desc, Kind};

use crate::page::{Out, Samples};
use crate::parts::clients::{Client, ClientList, Clients};
use crate::server::Server;

static INFO: Desc = Desc {
    name: "redis_connected_client_info",
    help: "Always 1; a client and who it is (CLIENT LIST).",
    kind: Kind::Gauge,
    labels: &["db", "flags", "host", "id", "name"],
};
static OMITTED: Desc = Desc {
    name: "redis_connected_client_omitted",
    help: "Clients that have no series of their own, as there are too many.",
    kind: Kind::Gauge,
    labels: &[],
};
static CLIENTS: Desc = Desc {
    name: "redis_clients",
    help: "Clients by library, name and user; those beyond the twenty largest groups are other (CLIENT LIST).",
    kind: Kind::Gauge,
    labels: &["lib", "name", "user"],
};
static MAX_IDLE: Desc = Desc {
    name: "redis_clients_max_idle_seconds",
    help: "Seconds for which the quietest of these clients has said nothing (CLIENT LIST, idle).",
    kind: Kind::Gauge,
    labels: &["lib", "name", "user"],
};
static OUTPUT_MEMORY: Desc = Desc {
    name: "redis_clients_output_buffer_bytes",
    help: "Bytes that replies to these clients take before they are sent (CLIENT LIST, omem).",
    kind: Kind::Gauge,
    labels: &["lib", "name", "user"],
};
static MEMORY: Desc = Desc {
    name: "redis_clients_memory_bytes",
    help: "Bytes that these clients take (CLIENT LIST, tot-mem).",
    kind: Kind::Gauge,
    labels: &["lib", "name", "user"],
};

/// A number of a client.
type Number = fn(&Client) -> Option<f64>;

/// A gauge of one client.
const fn gauge(name: &'static str, help: &'static str) -> Desc {
    Desc { name, help, kind: Kind::Gauge, labels: &["id", "name"] }
}

static NUMBERS: [(Desc, Number); 12] = [
    (
        gauge(
            "redis_connected_client_output_buffer_memory_usage_bytes",
            "Bytes that replies to the client take before they are sent (CLIENT LIST, omem).",
        ),
        |client| client.output_memory_bytes,
    ),
    (
        gauge(
            "redis_connected_client_total_memory_consumed_bytes",
            "Bytes that the client takes with its buffers (CLIENT LIST, tot-mem).",
        ),
        |client| client.memory_bytes,
    ),
    (
        gauge(
            "redis_connected_client_created_at_timestamp",
            "Unix time at which the client connected (CLIENT LIST, age).",
        ),
        |client| client.created_seconds,
    ),
    (
        gauge(
            "redis_connected_client_idle_since_timestamp",
            "Unix time since which the client has said nothing (CLIENT LIST, idle).",
        ),
        |client| client.idle_since_seconds,
    ),
    (
        gauge(
            "redis_connected_client_channel_subscriptions_count",
            "Channels that the client has subscribed to (CLIENT LIST, sub).",
        ),
        |client| client.channels,
    ),
    (
        gauge(
            "redis_connected_client_pattern_matching_subscriptions_count",
            "Patterns of channels that the client has subscribed to (CLIENT LIST, psub).",
        ),
        |client| client.patterns,
    ),
    (
        gauge(
            "redis_connected_client_query_buffer_length_bytes",
            "Bytes that the client has sent and are not yet carried out (CLIENT LIST, qbuf).",
        ),
        |client| client.query_bytes,
    ),
    (
        gauge(
            "redis_connected_client_query_buffer_free_space_bytes",
            "Bytes that are free in the buffer of what the client sends (CLIENT LIST, qbuf-free).",
        ),
        |client| client.query_free_bytes,
    ),
    (
        gauge(
            "redis_connected_client_output_buffer_length_bytes",
            "Bytes in the client's own buffer of replies (CLIENT LIST, obl).",
        ),
        |client| client.output_bytes,
    ),
    (
        gauge(
            "redis_connected_client_output_list_length",
            "Replies that wait as its own buffer is full (CLIENT LIST, oll).",
        ),
        |client| client.output_replies,
    ),
    (
        gauge(
            "redis_connected_client_shard_channel_subscriptions_count",
            "Shard channels that the client has subscribed to (CLIENT LIST, ssub).",
        ),
        |client| client.shard_channels,
    ),
    (
        gauge(
            "redis_connected_client_shard_channel_watched_keys",
            "Keys that the client watches (CLIENT LIST, watch).",
        ),
        |client| client.watched_keys,
    ),
];

impl Samples for Clients {
    fn samples(&self, _: &Server, out: &mut Out<'_>) {
        clients(&self.list, self.with_port, out);
    }
}

/// Stages clients and groups of them. Whether `user` and `resp` are labels is decided for the page: where one client has them, all
/// do.
fn clients(list: &ClientList, with_port: bool, out: &mut Out<'_>) {
    let has_user = list.clients.iter().any(|client| client.user.is_some());
    let has_resp = list.clients.iter().any(|client| client.resp.is_some());
    for client in &list.clients {
        let Client { id, name, flags, db, host, .. } = client;
        let more = [
            ("port", &*client.port, with_port),
            ("resp", client.resp.as_deref().unwrap_or_default(), has_resp),
            ("user", client.user.as_deref().unwrap_or_default(), has_user),
        ];
        let more: Vec<_> = more.into_iter().filter(|more| more.2).map(|(name, value, _)| (name, value)).collect();
        out.add_labelled(&INFO, &more, &[db, flags, host, id, name], true);
        for (desc, number) in &NUMBERS {
            out.add_some(desc, &[id, name], number(client));
        }
    }
    out.add_some(&OMITTED, &[], list.omitted);
    for group in &list.groups {
        let names = [&*group.library, &*group.name, &*group.user];
        out.add(&CLIENTS, &names, group.clients);
        out.add_some(&MAX_IDLE, &names, group.max_idle_seconds);
        out.add_some(&OUTPUT_MEMORY, &names, group.output_memory_bytes);
        out.add_some(&MEMORY, &names, group.memory_bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::examples::staged;
    use crate::parts::clients::Group;

    fn client(id: &str) -> Client {
        let text = |text: &str| text.to_owned();
        Client { id: text(id), flags: text("N"), db: text("0"), host: text("h"), port: text("5"), ..Client::default() }
    }

    /// redis_exporter: the labels differ from client to client.
    #[test]
    fn all_clients_have_the_same_labels() {
        let with_user = Client { user: Some("u".to_owned()), memory_bytes: Some(7.0), ..client("2") };
        let list = ClientList { clients: vec![client("1"), with_user], omitted: Some(3), groups: vec![] };
        assert_eq!(
            staged(|out| clients(&list, true, out)),
            "redis_connected_client_info{db=\"0\",flags=\"N\",host=\"h\",id=\"1\",name=\"\",port=\"5\",user=\"\"} 1\n\
             redis_connected_client_info{db=\"0\",flags=\"N\",host=\"h\",id=\"2\",name=\"\",port=\"5\",user=\"u\"} 1\n\
             redis_connected_client_omitted 3\n\
             redis_connected_client_total_memory_consumed_bytes{id=\"2\",name=\"\"} 7\n"
        );
    }

    #[test]
    fn every_number_of_a_client() {
        let some = Some(1.0);
        let all = Client {
            created_seconds: some,
            idle_since_seconds: some,
            channels: some,
            patterns: some,
            shard_channels: some,
            watched_keys: some,
            query_bytes: some,
            query_free_bytes: some,
            output_bytes: some,
            output_replies: some,
            output_memory_bytes: some,
            memory_bytes: some,
            ..client("1")
        };
        let list = ClientList { clients: vec![all], ..ClientList::default() };
        let page = staged(|out| clients(&list, false, out));
        assert_eq!(page.matches("{id=\"1\",name=\"\"} 1\n").count(), 12);
        assert!(page.contains("redis_connected_client_info{db=\"0\",flags=\"N\",host=\"h\",id=\"1\",name=\"\"} 1\n"));
    }

    #[test]
    fn groups() {
        let group = Group {
            library: "redis-py".to_owned(),
            user: "u".to_owned(),
            clients: 2,
            max_idle_seconds: Some(5.0),
            memory_bytes: Some(300.0),
            ..Group::default()
        };
        let list = ClientList { groups: vec![group], ..ClientList::default() };
        assert_eq!(
            staged(|out| clients(&list, false, out)),
            "redis_clients{lib=\"redis-py\",name=\"\",user=\"u\"} 2\n\
             redis_clients_max_idle_seconds{lib=\"redis-py\",name=\"\",user=\"u\"} 5\n\
             redis_clients_memory_bytes{lib=\"redis-py\",name=\"\",user=\"u\"} 300\n"
        );
    }
}
