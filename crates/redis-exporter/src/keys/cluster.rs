//! The masters of a cluster, each with a connection of its own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use exporter_toolkit::Watch;

use crate::address::{Address, Place};
use crate::client::{Client, Login, Target};
use crate::failure::Failure;
use crate::keys::connection::{Connection, Trouble};
use crate::keys::nodes::Nodes;
use crate::login::authenticate;
use crate::resp::{Commands, Replies, Reply};

/// As many masters are connected to.
const MOST_MASTERS: usize = 64;
/// Longer than this no connection to one of them is waited for, as the others wait meanwhile.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
const SLOTS: u16 = 16_384;

/// What is known of a cluster.
#[derive(Debug, Default)]
pub(super) struct Cluster {
    masters: Vec<Master>,
    /// First and last slot, and the position of the master that has them.
    slots: Vec<(u16, u16, usize)>,
}

/// A master.
#[derive(Debug)]
struct Master {
    client: Client,
    /// Whether it could not be connected to, or the connection broke, in this scrape.
    failed: bool,
    /// Whether it has said that keys are elsewhere.
    moved: bool,
}

/// The masters during a scrape.
pub(super) struct Masters<'c> {
    pub(super) cluster: &'c mut Cluster,
    pub(super) watch: &'c Watch<'c>,
}

/// Slots and whose they are, as CLUSTER SLOTS tells.
#[derive(Debug, Default, PartialEq)]
struct Map {
    masters: Vec<(String, u16)>,
    slots: Vec<(u16, u16, usize)>,
}

impl Cluster {
    /// Begins a scrape, with what any node tells of the cluster if that is not known or has proved wrong. Whether its masters are
    /// other ones than before.
    pub(super) fn begin(&mut self, client: &mut Client, until: Instant) -> Result<bool, Trouble> {
        let known = !self.masters.is_empty() && self.masters.iter().all(|master| !master.failed && !master.moved);
        let changed = !known && self.learn(client)?;
        for master in &mut self.masters {
            (master.failed, master.moved) = (false, false);
            master.client.begin(until);
        }
        Ok(changed)
    }

    fn learn(&mut self, client: &mut Client) -> Result<bool, Trouble> {
        let own = match &client.target().address.place {
            Place::Tcp(host, _) => host.clone(),
            Place::Unix(_) => "localhost".to_owned(),
        };
        let mut commands = client.commands();
        commands.add("CLUSTER SLOTS", ["CLUSTER", "SLOTS"]);
        let reply = client.ask(&commands)?.next_or_error();
        let Some(map) = reply.and_then(|reply| read(reply, &own)) else {
            return Err(Trouble::refused("CLUSTER SLOTS", reply));
        };
        if map.masters.len() > MOST_MASTERS {
            return Err(Trouble::Refused(format!("a cluster of more than {MOST_MASTERS} masters")));
        }
        let tls = client.target().address.tls;
        let addresses: Vec<_> =
            map.masters.into_iter().map(|(host, port)| Address { place: Place::Tcp(host, port), tls }).collect();
        self.slots = map.slots;
        if self.masters.iter().map(|master| &master.client.target().address).eq(&addresses) {
            return Ok(false);
        }
        self.masters = addresses.into_iter().map(|address| Master::new(client.target(), address)).collect();
        Ok(true)
    }
}

impl Master {
    /// Not connected yet; logged in to as the node is that told of it.
    fn new(like: &Target, address: Address) -> Self {
        let target = Target {
            address,
            login: Login { password: like.login.password(&like.address), ..like.login.clone() },
            tls: like.tls.clone(),
            connect_timeout: like.connect_timeout.min(CONNECT_TIMEOUT),
        };
        Master { client: Client::new(Arc::new(target)), failed: false, moved: false }
    }

    fn connect(&mut self, watch: &Watch<'_>) -> Result<(), Failure> {
        self.client.connect(watch)?;
        let mut commands = self.client.commands();
        authenticate(self.client.target(), &mut commands);
        self.client.ask(&commands).map(drop)
    }
}

impl Connection for Master {
    fn commands(&self) -> Commands {
        self.client.commands()
    }

    fn ask(&mut self, commands: &Commands) -> Result<Replies<'_>, Failure> {
        match self.client.ask(commands) {
            Ok(replies) => {
                let moved = |reply| matches!(reply, Some(Reply::Error(error)) if error.code() == "MOVED");
                self.moved |= replies.clone().outcomes().any(|(_, reply)| moved(reply));
                Ok(replies)
            }
            Err(failure) => {
                self.failed = true;
                Err(failure)
            }
        }
    }

    fn disconnect(&mut self) {
        self.client.disconnect();
    }

    fn now(&self) -> Instant {
        Instant::now()
    }
}

impl Nodes for Masters<'_> {
    fn count(&self) -> usize {
        self.cluster.masters.len()
    }

    fn of(&self, name: &str) -> usize {
        let slot = slot(name.as_bytes());
        let holder = self.cluster.slots.iter().find(|(first, last, _)| (*first..=*last).contains(&slot));
        holder.map_or(0, |(_, _, master)| *master)
    }

    fn node(&mut self, index: usize) -> Result<&mut dyn Connection, Trouble> {
        let Some(master) = self.cluster.masters.get_mut(index) else {
            return Err(Trouble::Refused("a cluster without masters".to_owned()));
        };
        let problem = if master.failed {
            Some("not connected".to_owned())
        } else if master.client.is_connected() {
            None
        } else {
            master.connect(self.watch).err().map(|failure| failure.to_string())
        };
        let Some(problem) = problem else { return Ok(master) };
        master.failed = true;
        Err(Trouble::Refused(format!("{}: {problem}", master.client.target().address)))
    }

    fn now(&self) -> Instant {
        Instant::now()
    }
}

/// Reads CLUSTER SLOTS: for each range of slots its first, its last, and its nodes, of which the first is the master. A node without
/// a host is where the one is that was asked.
fn read(reply: Reply<'_>, own: &str) -> Option<Map> {
    let Reply::Array(ranges) = reply else { return None };
    let mut map = Map::default();
    for mut range in ranges.map(Reply::array) {
        let mut slot = || range.next()?.integer()?.try_into().ok();
        let (first, last) = (slot()?, slot()?);
        let mut master = range.next()?.array();
        let host = master.next()?.text().filter(|host| !host.is_empty()).unwrap_or(own.into());
        let port = master.next()?.integer()?.try_into().ok()?;
        if host == "?" {
            continue;
        }
        let master = (host.into_owned(), port);
        let position = map.masters.iter().position(|known| *known == master).unwrap_or_else(|| {
            map.masters.push(master);
            map.masters.len() - 1
        });
        map.slots.push((first, last, position));
    }
    Some(map)
}

/// The slot of a key: of what is between its first braces, if that is something.
fn slot(name: &[u8]) -> u16 {
    let tag = name.iter().position(|byte| *byte == b'{').and_then(|open| {
        let rest = &name[open + 1..];
        let close = rest.iter().position(|byte| *byte == b'}')?;
        Some(&rest[..close]).filter(|tag| !tag.is_empty())
    });
    crc16(tag.unwrap_or(name)) % SLOTS
}

/// CRC-16 of XMODEM: polynomial 0x1021, from 0.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8)
            .fold(crc ^ (u16::from(*byte) << 8), |crc, _| if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resp::{Refused, scanned};

    /// As CLUSTER KEYSLOT says.
    #[test]
    fn slots_of_keys() {
        assert_eq!(crc16(b"123456789"), 0x31C3);
        for (name, expected) in [
            ("", 0),
            ("foo", 12182),
            ("{user1000}.following", slot(b"user1000")),
            ("foo{}{bar}", 8363),
            ("foo{{bar}}zap", slot(b"{bar")),
            ("foo{bar}{zap}", slot(b"bar")),
            ("foo{bar", slot(b"foo{bar")),
        ] {
            assert_eq!(slot(name.as_bytes()), expected, "{name}");
        }
    }

    #[test]
    fn ranges_and_their_masters() {
        let mut commands = Commands::without(&Refused::new());
        commands.add("CLUSTER SLOTS", ["CLUSTER", "SLOTS"]);
        let bytes = b"*4\r\n\
            *4\r\n:0\r\n:5460\r\n*4\r\n$9\r\n127.0.0.1\r\n:7001\r\n$1\r\na\r\n*0\r\n*4\r\n$9\r\n127.0.0.1\r\n:7004\r\n$1\r\nd\r\n*0\r\n\
            *3\r\n:5461\r\n:5461\r\n*3\r\n$-1\r\n:7002\r\n$1\r\nb\r\n\
            *3\r\n:5462\r\n:10922\r\n*3\r\n$9\r\n127.0.0.1\r\n:7001\r\n$1\r\na\r\n\
            *3\r\n:10923\r\n:16383\r\n*3\r\n$1\r\n?\r\n:7003\r\n$1\r\nc\r\n";
        let scanner = scanned(&commands, bytes);
        let reply = Replies::new(&commands, bytes, scanner.extents()).next().unwrap();
        let map = Map {
            masters: vec![("127.0.0.1".to_owned(), 7001), ("own".to_owned(), 7002)],
            slots: vec![(0, 5460, 0), (5461, 5461, 1), (5462, 10922, 0)],
        };
        assert_eq!(read(reply, "own"), Some(map));
        let bytes = b"*1\r\n*2\r\n:0\r\n:70000\r\n";
        let scanner = scanned(&commands, bytes);
        let reply = Replies::new(&commands, bytes, scanner.extents()).next().unwrap();
        assert_eq!(read(reply, "own"), None);
    }
}
