//! CLIENT LIST: who is connected.

use std::collections::HashMap;

use exporter_toolkit::order;

use crate::parts::part::{Next, Part};
use crate::resp::{Commands, Replies, Reply, number};
use crate::server::Server;
use crate::settings::Settings;

/// With more clients than this they are not listed to be counted by name: the server writes some 350 bytes for each, and serves
/// nobody meanwhile.
const MOST_TO_COUNT: f64 = 1000.0;
/// Clients that have series of their own; the others are counted.
const MOST_SHOWN: usize = 1000;
/// Groups that have series of their own; the others are one.
const MOST_GROUPS: usize = 20;
/// Longer names are cut there.
const LONGEST_NAME: usize = 128;
/// What the names of the group of all other clients are.
const OTHER: &str = "other";

/// The clients of a server.
#[derive(Debug, Default)]
pub(crate) struct Clients {
    each: bool,
    pub(crate) with_port: bool,
    groups: bool,
    pub(crate) list: ClientList,
}

/// What is known of the clients.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct ClientList {
    /// Those with series of their own, in the server's order: by age.
    pub(crate) clients: Vec<Client>,
    /// How many there are besides; absent where none has series of its own.
    pub(crate) omitted: Option<u64>,
    pub(crate) groups: Vec<Group>,
}

/// A client; names as the server has them, numbers where it tells them.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) flags: String,
    pub(crate) db: String,
    pub(crate) host: String,
    pub(crate) port: String,
    pub(crate) user: Option<String>,
    pub(crate) resp: Option<String>,
    /// Unix time at which it connected, and since which it has said nothing; both to the second.
    pub(crate) created_seconds: Option<f64>,
    pub(crate) idle_since_seconds: Option<f64>,
    pub(crate) channels: Option<f64>,
    pub(crate) patterns: Option<f64>,
    pub(crate) shard_channels: Option<f64>,
    pub(crate) watched_keys: Option<f64>,
    pub(crate) query_bytes: Option<f64>,
    pub(crate) query_free_bytes: Option<f64>,
    pub(crate) output_bytes: Option<f64>,
    pub(crate) output_replies: Option<f64>,
    pub(crate) output_memory_bytes: Option<f64>,
    pub(crate) memory_bytes: Option<f64>,
}

/// Clients with the same library, name and user.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Group {
    pub(crate) library: String,
    pub(crate) name: String,
    pub(crate) user: String,
    pub(crate) clients: u64,
    /// Of the one that has said nothing for the longest time.
    pub(crate) max_idle_seconds: Option<f64>,
    pub(crate) output_memory_bytes: Option<f64>,
    pub(crate) memory_bytes: Option<f64>,
}

impl Clients {
    pub(crate) fn new(settings: &Settings) -> Self {
        let Settings { client_list, client_port, clients, .. } = *settings;
        Clients { each: client_list, with_port: client_port, groups: clients, list: ClientList::default() }
    }

    /// `now` in seconds since 1970.
    fn take_list(&mut self, text: &str, now: f64) {
        let mut groups: HashMap<[&str; 3], Group> = HashMap::new();
        let mut omitted = 0;
        for line in text.lines().filter(|line| line.starts_with("id=")) {
            if self.groups {
                let key = ["lib-name", "name", "user"].map(|key| cut(field(line, key).unwrap_or_default()));
                groups.entry(key).or_default().add(&group(line));
            }
            if self.each && self.list.clients.len() < MOST_SHOWN {
                self.list.clients.push(client(line, now));
            } else {
                omitted += 1;
            }
        }
        self.list.omitted = self.each.then_some(omitted);
        self.list.groups = largest(groups);
    }
}

impl Part for Clients {
    fn ask(&mut self, server: &Server, commands: &mut Commands) {
        let few = || server.info.number("connected_clients").is_some_and(|clients| clients <= MOST_TO_COUNT);
        if self.each || self.groups && few() {
            commands.add("CLIENT LIST", ["CLIENT", "LIST"]);
        }
    }

    fn take(&mut self, _: &mut Server, replies: &mut Replies<'_>) -> Next {
        self.list = ClientList::default();
        if let Some(text) = replies.next().and_then(Reply::text) {
            let now = exporter_toolkit::now_nanos() / 1_000_000_000;
            self.take_list(&text, now as f64);
        }
        Next::Done
    }

    fn forget(&mut self) {
        self.list = ClientList::default();
    }
}

impl Group {
    fn add(&mut self, other: &Group) {
        self.clients += other.clients;
        self.max_idle_seconds = joined(self.max_idle_seconds, other.max_idle_seconds, f64::max);
        self.output_memory_bytes = joined(self.output_memory_bytes, other.output_memory_bytes, |a, b| a + b);
        self.memory_bytes = joined(self.memory_bytes, other.memory_bytes, |a, b| a + b);
    }
}

fn joined(a: Option<f64>, b: Option<f64>, join: impl Fn(f64, f64) -> f64) -> Option<f64> {
    a.zip(b).map(|(a, b)| join(a, b)).or(a).or(b)
}

/// The group that a client is alone.
fn group(line: &str) -> Group {
    let number = |key| field(line, key).and_then(number);
    Group {
        clients: 1,
        max_idle_seconds: number("idle"),
        output_memory_bytes: number("omem"),
        memory_bytes: number("tot-mem"),
        ..Group::default()
    }
}

/// The groups with most clients, by how many they have and by name, and the others as one.
fn largest(groups: HashMap<[&str; 3], Group>) -> Vec<Group> {
    let mut groups: Vec<_> = groups.into_iter().collect();
    order::sort_by(&mut groups, |(a_names, a), (b_names, b)| {
        b.clients.cmp(&a.clients).then_with(|| a_names.cmp(b_names))
    });
    let others = groups.split_off(groups.len().min(MOST_GROUPS));
    let mut other = Group::default();
    others.iter().for_each(|(_, group)| other.add(group));
    groups.extend((other.clients > 0).then_some(([OTHER; 3], other)));
    let named = |([library, name, user], group): ([&str; 3], Group)| Group {
        library: library.to_owned(),
        name: name.to_owned(),
        user: user.to_owned(),
        ..group
    };
    groups.into_iter().map(named).collect()
}

/// `id=11 addr=127.0.0.1:63508 fd=8 name= age=6321 idle=6320 flags=N db=0 sub=0 …`
fn client(line: &str, now: f64) -> Client {
    let number = |key| field(line, key).and_then(number);
    let text = |key| field(line, key).map(|text| cut(text).to_owned());
    let address = field(line, "addr").unwrap_or_default();
    let (host, port) = address.rsplit_once(':').unwrap_or((address, ""));
    Client {
        id: text("id").unwrap_or_default(),
        name: text("name").unwrap_or_default(),
        flags: text("flags").unwrap_or_default(),
        db: text("db").unwrap_or_default(),
        host: cut(host).to_owned(),
        port: cut(port).to_owned(),
        user: text("user"),
        resp: text("resp"),
        created_seconds: number("age").map(|age| now - age),
        idle_since_seconds: number("idle").map(|idle| now - idle),
        channels: number("sub"),
        patterns: number("psub"),
        shard_channels: number("ssub"),
        watched_keys: number("watch"),
        query_bytes: number("qbuf"),
        query_free_bytes: number("qbuf-free"),
        output_bytes: number("obl"),
        output_replies: number("oll"),
        output_memory_bytes: number("omem"),
        memory_bytes: number("tot-mem"),
    }
}

/// The value of a client's field.
fn field<'l>(line: &'l str, key: &str) -> Option<&'l str> {
    line.split(' ').find_map(|field| field.strip_prefix(key)?.strip_prefix('='))
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST_NAME)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parts::examples::{asked, server};

    const REDIS_7: &str = "id=11 addr=127.0.0.1:63508 laddr=127.0.0.1:6379 fd=8 name=a=\"b age=60 idle=50 flags=N db=2 sub=1 psub=2 ssub=3 multi=-1 qbuf=26 qbuf-free=20448 argv-mem=10 multi-mem=0 rbs=1024 rbp=0 obl=4 oll=5 omem=6 tot-mem=22298 events=r cmd=client|list user=default redir=-1 resp=2";

    fn part(each: bool) -> Clients {
        Clients { each, groups: !each, ..Clients::default() }
    }

    fn taken(each: bool, text: &str) -> ClientList {
        let mut part = part(each);
        part.take_list(text, 1000.0);
        part.list
    }

    #[test]
    fn a_client() {
        let list = taken(true, &format!("{REDIS_7}\n\nnonsense\n"));
        let text = |text: &str| text.to_owned();
        let client = Client {
            id: text("11"),
            name: text("a=\"b"),
            flags: text("N"),
            db: text("2"),
            host: text("127.0.0.1"),
            port: text("63508"),
            user: Some(text("default")),
            resp: Some(text("2")),
            created_seconds: Some(940.0),
            idle_since_seconds: Some(950.0),
            channels: Some(1.0),
            patterns: Some(2.0),
            shard_channels: Some(3.0),
            watched_keys: None,
            query_bytes: Some(26.0),
            query_free_bytes: Some(20448.0),
            output_bytes: Some(4.0),
            output_replies: Some(5.0),
            output_memory_bytes: Some(6.0),
            memory_bytes: Some(22298.0),
        };
        assert_eq!(list, ClientList { clients: vec![client], omitted: Some(0), groups: vec![] });
    }

    #[test]
    fn addresses() {
        for (address, host, port) in [
            ("fd40:1481:21:dbe0:7021:300:a03:1a06:44426", "fd40:1481:21:dbe0:7021:300:a03:1a06", "44426"),
            ("[::1]:5", "[::1]", "5"),
            ("/run/redis.sock:0", "/run/redis.sock", "0"),
            ("", "", ""),
        ] {
            let client = client(&format!("id=1 addr={address} fd=8"), 0.0);
            assert_eq!((&*client.host, &*client.port), (host, port));
        }
    }

    #[test]
    fn clients_beyond_the_cap_are_counted() {
        let list = taken(true, &"id=1 addr=a:1 name=x\n".repeat(1003));
        assert_eq!((list.clients.len(), list.omitted), (1000, Some(3)));
    }

    #[test]
    fn groups_by_library_name_and_user() {
        let line = |library: &str, name: &str, idle, memory| {
            format!(
                "id=1 addr=a:1 name={name} idle={idle} omem=1 tot-mem={memory} user=u lib-name={library} lib-ver=1\n"
            )
        };
        let text = line("redis-py", "worker", 5, 100) + &line("", "", 7, 10) + &line("redis-py", "worker", 3, 200);
        let group = |library: &str, name: &str, clients, idle, output, memory| Group {
            library: library.to_owned(),
            name: name.to_owned(),
            user: "u".to_owned(),
            clients,
            max_idle_seconds: Some(idle),
            output_memory_bytes: Some(output),
            memory_bytes: Some(memory),
        };
        let groups = [group("redis-py", "worker", 2, 5.0, 2.0, 300.0), group("", "", 1, 7.0, 1.0, 10.0)];
        assert_eq!(taken(false, &text).groups, groups);
    }

    #[test]
    fn groups_beyond_the_cap_are_one() {
        let text: String = (0..30).map(|n| format!("id={n} addr=a:1 name=n{n:02} idle={n} omem=1\n")).collect();
        let groups = taken(false, &text).groups;
        assert_eq!((groups.len(), &*groups[19].name), (21, "n19"));
        let other = &groups[20];
        assert_eq!((&*other.name, &*other.library, &*other.user, other.clients), (OTHER, OTHER, OTHER, 10));
        assert_eq!(
            (other.max_idle_seconds, other.output_memory_bytes, other.memory_bytes),
            (Some(29.0), Some(10.0), None)
        );
    }

    #[test]
    fn many_clients_are_listed_only_where_each_is_to_be_shown() {
        let asks = |each, info: &str| asked(&mut part(each), &mut server(info), b"").len();
        assert_eq!((asks(false, "connected_clients:1000"), asks(false, "connected_clients:1001")), (1, 0));
        assert_eq!((asks(true, "connected_clients:1001"), asks(false, "")), (1, 0));
    }

    #[test]
    fn long_names_and_bytes_that_are_no_text() {
        let mut part = part(true);
        let mut line = b"id=1 addr=a:1 name=\xff\xfe ".to_vec();
        line.extend_from_slice(format!("user={} age=x\n", "é".repeat(100)).as_bytes());
        let reply = [format!("${}\r\n", line.len()).as_bytes(), &line, b"\r\n"].concat();
        asked(&mut part, &mut server("connected_clients:1"), &reply);
        let client = &part.list.clients[0];
        assert_eq!((&*client.name, client.user.as_deref()), ("��", Some(&*"é".repeat(64))));
        assert_eq!(client.created_seconds, None);
    }
}
