//! The nodes of a cluster, for Prometheus' service discovery over HTTP.

use std::error::Error;
use std::net::Ipv6Addr;
use std::sync::Arc;

use serde::Serialize;

use crate::address::Place;
use crate::call::Call;
use crate::client::{Client, Target};
use crate::failure::{Class, Failure};
use crate::resp::Reply;

/// More nodes than this no cluster has.
const MOST_NODES: usize = 16_384;

/// Nodes that nobody can reach, or that are not part of the cluster yet.
const UNREACHABLE: [&str; 3] = ["fail", "handshake", "noaddr"];

/// Finds the nodes.
pub(crate) struct Discovery(Call<Vec<String>>);

/// One group of targets, as Prometheus reads them.
#[derive(Serialize)]
struct Group<'n> {
    targets: &'n [String],
    labels: NoLabels,
}

#[derive(Serialize)]
struct NoLabels {}

impl Discovery {
    /// Of the cluster that a server is part of. `hostnames`: as they have announced them, where they have.
    pub(crate) fn new(target: Arc<Target>, hostnames: bool) -> Self {
        Discovery(Call::new(target, Arc::new(move |client| nodes(client, hostnames))))
    }

    /// The nodes in JSON.
    pub(crate) async fn json(&self) -> Result<String, Box<dyn Error + Send + Sync>> {
        let targets = self.0.ask().await?;
        Ok(serde_json::to_string_pretty(&[Group { targets: &targets, labels: NoLabels {} }])?)
    }
}

fn nodes(client: &mut Client, hostnames: bool) -> Result<Vec<String>, Failure> {
    let scheme = if client.target().address.tls { "rediss" } else { "redis" };
    let asked = match &client.target().address.place {
        Place::Tcp(host, _) => host.clone(),
        Place::Unix(_) => "localhost".to_owned(),
    };
    let mut commands = client.commands();
    commands.add("CLUSTER NODES", ["CLUSTER", "NODES"]);
    match client.ask(&commands)?.next_or_error() {
        Some(Reply::Text(text)) => {
            let text = String::from_utf8_lossy(text);
            let nodes = text.lines().filter_map(|line| node(line, hostnames, &asked));
            Ok(nodes.take(MOST_NODES).map(|node| format!("{scheme}://{node}")).collect())
        }
        Some(Reply::Error(error)) => Err(Failure::of_server(error)),
        _ => Err(Failure::new(Class::Protocol, "CLUSTER NODES is answered with something else than text")),
    }
}

/// Where the node of a line is: `<id> <ip:port@cport[,hostname]> <flags> …`. One that knows no address of its own, as it has
/// met no other, is where it was asked.
fn node(line: &str, hostnames: bool, asked: &str) -> Option<String> {
    let mut fields = line.split_ascii_whitespace().skip(1);
    let (place, flags) = (fields.next()?, fields.next()?);
    if flags.split(',').any(|flag| UNREACHABLE.contains(&flag)) {
        return None;
    }
    let mut parts = place.split(',');
    let address = parts.next()?.split('@').next()?;
    let (ip, port) = address.rsplit_once(':')?;
    let port: u16 = port.parse().ok().filter(|port| *port > 0)?;
    let hostname = parts.next().filter(|name| hostnames && !name.is_empty() && !name.contains('=') && *name != "?");
    let host = match (hostname, ip) {
        (Some(name), _) => name,
        (None, "") => asked,
        (None, ip) => ip,
    };
    Some(if host.parse::<Ipv6Addr>().is_ok() { format!("[{host}]:{port}") } else { format!("{host}:{port}") })
}
