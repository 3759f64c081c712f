//! Keys: those that are named, and those that SCAN finds by patterns.
//!
//! ```text
//! named keys ──────────────────────▶ key, stream ──▶ page
//! patterns ──▶ sweeps, step by step ──▶ key, stream, group ──▶ what the last complete sweep found ──▶ page
//! ```
//!
//! A scrape has a budget of time for the steps of all sweeps. What does not fit goes on with the next scrape.

mod cluster;
mod connection;
mod group;
mod key;
mod label;
mod largest;
mod names;
mod nodes;
mod pace;
pub(crate) mod page;
mod stream;
mod sweep;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::{Duration, Instant};

use exporter_toolkit::{Watch, order};

use crate::client::Client;
use crate::info::Info;
use crate::keys::cluster::{Cluster, Masters};
use crate::keys::connection::Trouble;
use crate::keys::key::Key;
use crate::keys::nodes::{Alone, Nodes};
use crate::keys::stream::{Room, Stream};
use crate::keys::sweep::{Kind, Plan, Progress, Subject, Sweep};
use crate::server::Server;
use crate::settings::{DatabasePattern, Settings};

/// As many names all sweeps together remember: in hash tables of 9 bytes for each of 2¹⁹ places, of which 7/8 are used.
const MOST_NAMES: usize = 458_752;
/// As many databases have groups.
const MOST_DATABASES: usize = 64;
/// Named keys that are looked at in one round trip.
const NAMED_AT_ONCE: usize = 500;
/// Named streams that are looked at in one round trip: their first and last entries come along.
const STREAMS_AT_ONCE: usize = 100;

/// A database, and a name in it.
type Named = (u32, String);

/// The keys of a server that somebody wants to see.
#[derive(Debug)]
pub(crate) struct Keys {
    settings: Arc<Settings>,
    /// Keys, and streams, that are looked at in every scrape; each once.
    named_keys: Vec<Named>,
    named_streams: Vec<Named>,
    sweeps: Vec<Sweep>,
    /// Which of them is the first of the next scrape, should all have had the same time.
    turn: usize,
    /// Which server the sweeps are of, and in what role.
    identity: Option<(String, String)>,
    found: Found,
    /// What is known of the cluster, if keys of all its masters are wanted.
    cluster: Option<Cluster>,
    /// Whether it has been said that keys by name cannot be read.
    troubled: bool,
}

/// What the last scrape found.
#[derive(Debug, Default)]
struct Found {
    keys: Vec<(u32, Key)>,
    streams: Vec<(u32, Stream)>,
    /// How far each sweep is.
    sweeps: Vec<Reached>,
}

/// How far a sweep is.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Reached {
    /// Since the last one was complete.
    age: Option<Duration>,
    /// The share of the keys that the sweep under way has passed.
    progress: Option<f64>,
}

impl Keys {
    /// Those that the settings name.
    pub(crate) fn new(settings: Arc<Settings>) -> Self {
        let keys = &settings.keys;
        // A cluster has one database.
        let database = |wanted: &DatabasePattern| if keys.cluster { 0 } else { wanted.database };
        let sweeps = [(Kind::Keys, &keys.check), (Kind::Count, &keys.count), (Kind::Streams, &keys.streams)];
        let mut subjects: Vec<Subject> = sweeps
            .into_iter()
            .flat_map(|(kind, wanted)| wanted.iter().map(move |wanted| (kind, wanted)))
            .filter(|(kind, wanted)| *kind == Kind::Count || is_pattern(&wanted.pattern))
            .map(|(kind, wanted)| Subject { kind, database: database(wanted), pattern: wanted.pattern.clone() })
            .collect();
        order::sort_by(&mut subjects, Ord::cmp);
        subjects.dedup();
        let named = |single: &[DatabasePattern], wanted: &[DatabasePattern]| {
            let plain = wanted.iter().filter(|wanted| !is_pattern(&wanted.pattern));
            let mut all: Vec<_> =
                single.iter().chain(plain).map(|wanted| (database(wanted), wanted.pattern.clone())).collect();
            order::sort_by(&mut all, Ord::cmp);
            all.dedup();
            all
        };
        Keys {
            named_keys: named(&keys.check_single, &keys.check),
            named_streams: named(&keys.single_streams, &keys.streams),
            sweeps: subjects.into_iter().map(|subject| Sweep::new(subject, keys)).collect(),
            turn: 0,
            identity: None,
            found: Found::default(),
            cluster: keys.cluster.then(Cluster::default),
            troubled: false,
            settings,
        }
    }

    /// Looks at keys, for as long as one scrape may. What goes wrong is told once in the log, and leaves out what it is about.
    pub(crate) fn read(&mut self, client: &mut Client, server: &Server, watch: &Watch<'_>) {
        let time = client.time_left();
        let is_cluster = server.info.is_cluster() && !time.is_zero();
        let Some(mut cluster) = self.cluster.take_if(|_| is_cluster) else {
            return self.read_from(&mut Alone(client), &server.info, time);
        };
        match cluster.begin(client, Instant::now() + time) {
            Ok(changed) => {
                if changed {
                    self.sweeps.iter_mut().for_each(Sweep::restart);
                }
                self.read_from(&mut Masters { cluster: &mut cluster, watch }, &server.info, client.time_left());
            }
            Err(trouble) => {
                self.found = Found::default();
                self.tell(Some(&trouble));
            }
        }
        self.cluster = Some(cluster);
    }

    fn read_from(&mut self, nodes: &mut dyn Nodes, info: &Info, time: Duration) {
        self.found = Found::default();
        let loading = info.get("loading") == Some("1");
        if time.is_zero() || loading || info.is_sentinel() {
            return;
        }
        self.recognise(info);
        let begin = nodes.now();
        let named = if self.may_look(info) { self.read_named(nodes) } else { Ok(()) };
        let broken = matches!(named, Err(Trouble::Lost(_)));
        self.tell(named.as_ref().err());
        if !broken {
            self.sweep(nodes, info, begin + self.settings.keys.scan_time.min(time));
        }
        let now = nodes.now();
        self.found.sweeps = self
            .sweeps
            .iter()
            .map(|sweep| Reached {
                age: sweep.last.as_ref().map(|last| now.saturating_duration_since(last.at)),
                progress: sweep.progress(keys_of(info, sweep.subject.database), nodes.count()),
            })
            .collect();
    }

    /// Whether keys are to be looked at on a server of this role. Groups are, as the peer has it.
    fn may_look(&self, info: &Info) -> bool {
        !self.settings.keys.skip_master || info.role() == Some("slave")
    }

    /// Begins anew if it is another server, or one that has started or changed its role since: its keys may be other ones.
    fn recognise(&mut self, info: &Info) {
        let identity = [info.get("run_id"), info.role()].map(|value| value.unwrap_or_default().to_owned()).into();
        if self.identity.as_ref() != Some(&identity) {
            self.sweeps.iter_mut().for_each(|sweep| {
                sweep.restart();
                sweep.last = None;
            });
            self.identity = Some(identity);
        }
    }

    fn read_named(&mut self, nodes: &mut dyn Nodes) -> Result<(), Trouble> {
        let settings = &self.settings.keys;
        let mut refused = Ok(());
        for (database, node, names) in placed(&self.named_keys, nodes, NAMED_AT_ONCE) {
            match nodes.node(node).and_then(|node| key::look(node, database, &names, settings.values)) {
                Ok(keys) => self.found.keys.extend(keys.into_iter().map(|key| (database, key))),
                Err(Trouble::Lost(failure)) => return Err(Trouble::Lost(failure)),
                Err(trouble) => refused = Err(trouble),
            }
        }
        let mut room = Room::new(settings.max_series, settings.stream_consumers);
        for (database, node, names) in placed(&self.named_streams, nodes, STREAMS_AT_ONCE) {
            match nodes.node(node).and_then(|node| stream::look(node, database, &names, &mut room)) {
                Ok(streams) => self.found.streams.extend(streams.into_iter().map(|stream| (database, stream))),
                Err(Trouble::Lost(failure)) => return Err(Trouble::Lost(failure)),
                Err(trouble) => refused = Err(trouble),
            }
        }
        refused
    }

    /// Goes on with every sweep, the one that has had the least time first, until the time is up.
    fn sweep(&mut self, nodes: &mut dyn Nodes, info: &Info, until: Instant) {
        self.update_groups(info);
        let plan = Plan {
            settings: &self.settings.keys,
            read_only: self.settings.scripts_read_only,
            most_names: MOST_NAMES / self.sweeps.len().max(1),
            scan_has_type: info.redis_version() >= [6, 0, 0],
        };
        let may_look = self.may_look(info);
        let sweeps = self.sweeps.len();
        let mut waiting: Vec<(Duration, usize)> = (0..sweeps)
            .map(|offset| (self.turn + offset) % sweeps)
            .filter(|index| may_look || self.sweeps[*index].subject.kind == Kind::Groups)
            .map(|index| (Duration::ZERO, index))
            .collect();
        self.turn = (self.turn + 1) % sweeps.max(1);
        while let Some(next) = (0..waiting.len()).min_by_key(|at| waiting[*at].0) {
            let index = waiting[next].1;
            let sweep = &mut self.sweeps[index];
            let begin = nodes.now();
            let stepped = sweep.step(nodes, &plan);
            let now = nodes.now();
            waiting[next].0 += now.saturating_duration_since(begin);
            match stepped {
                Ok(Progress::More) => sweep.tell(None),
                Ok(Progress::Done) => {
                    sweep.tell(None);
                    waiting.remove(next);
                }
                Err(trouble) => {
                    sweep.tell(Some(&trouble));
                    waiting.remove(next);
                    if let Trouble::Lost(_) = trouble {
                        // The others have their turn before it.
                        self.turn = (index + 1) % sweeps;
                        return;
                    }
                }
            }
            if now >= until {
                return;
            }
        }
    }

    /// Has one sweep over groups for each database with keys.
    fn update_groups(&mut self, info: &Info) {
        if self.settings.keys.groups.is_empty() {
            return;
        }
        let databases: Vec<u32> = if self.settings.keys.cluster {
            vec![0]
        } else {
            info.databases().map(|database| database.index).take(MOST_DATABASES).collect()
        };
        self.sweeps.retain(|sweep| sweep.subject.kind != Kind::Groups || databases.contains(&sweep.subject.database));
        for database in databases {
            let subject = Subject { kind: Kind::Groups, database, pattern: String::new() };
            if !self.sweeps.iter().any(|sweep| sweep.subject == subject) {
                self.sweeps.push(Sweep::new(subject, &self.settings.keys));
            }
        }
    }

    /// Says that something is wrong with keys by name, or that nothing is any longer, unless that has been said.
    fn tell(&mut self, trouble: Option<&Trouble>) {
        match trouble {
            Some(trouble) if !self.troubled => tracing::warn!(error = %trouble, "keys by name cannot be read"),
            None if self.troubled => tracing::info!("keys by name can be read again"),
            Some(_) | None => {}
        }
        self.troubled = trouble.is_some();
    }
}

/// Whether SCAN is needed to find what this means; everything else is a key's name.
fn is_pattern(text: &str) -> bool {
    text.contains(['?', '*', '[', ']', '^'])
}

/// Names by database and node, as many as go into one round trip.
fn placed(named: &[Named], nodes: &dyn Nodes, at_once: usize) -> Vec<(u32, usize, Vec<String>)> {
    let mut all: Vec<_> = named.iter().map(|(database, name)| (*database, nodes.of(name), name)).collect();
    order::sort_by(&mut all, Ord::cmp);
    let mut placed = Vec::new();
    for of_node in all.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        for some in of_node.chunks(at_once) {
            let (database, node, _) = some[0];
            placed.push((database, node, some.iter().map(|(.., name)| (*name).clone()).collect()));
        }
    }
    placed
}

/// How many keys a database has; one without keys is not told of.
fn keys_of(info: &Info, database: u32) -> Option<u64> {
    info.databases().find_map(|known| (known.index == database).then_some(known.keys))
}
