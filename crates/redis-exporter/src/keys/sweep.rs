//! One pass of SCAN over the keys of a database, in as many scrapes as it takes.

use std::time::{Duration, Instant};

use crate::keys::connection::{Connection, Trouble, in_database};
use crate::keys::group::{self, Groups, cursor_of};
use crate::keys::key::{self, Key, Keys};
use crate::keys::names::Names;
use crate::keys::nodes::Nodes;
use crate::keys::pace::Pace;
use crate::keys::stream::{self, Stream, Streams};
use crate::resp::Reply;
use crate::settings::KeySettings;

/// Keys, and streams, that are looked at in one round trip at most, and at first.
const MOST_LOOKED_AT: u32 = 500;
const FIRST_LOOKED_AT: u32 = 100;

/// What a sweep is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Subject {
    pub(super) kind: Kind,
    pub(super) database: u32,
    /// Of the names that it is about; empty for groups, which have patterns of their own.
    pub(super) pattern: String,
}

/// What is done with the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Their size, memory and value are read.
    Keys,
    /// They are counted.
    Count,
    /// They are counted by groups.
    Groups,
    /// Those that are streams are looked at.
    Streams,
}

impl Kind {
    /// The value of a label.
    pub(super) fn word(self) -> &'static str {
        match self {
            Kind::Keys => "keys",
            Kind::Count => "count",
            Kind::Groups => "groups",
            Kind::Streams => "streams",
        }
    }
}

/// What all sweeps of a server have in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan<'s> {
    pub(super) settings: &'s KeySettings,
    /// Whether scripts run by EVAL_RO.
    pub(super) read_only: bool,
    /// As many names each sweep remembers.
    pub(super) most_names: usize,
    /// Whether SCAN knows TYPE there.
    pub(super) scan_has_type: bool,
}

/// A sweep: how far it is, and what came of the one before.
#[derive(Debug)]
pub(super) struct Sweep {
    pub(super) subject: Subject,
    under_way: Option<UnderWay>,
    pub(super) last: Option<Complete>,
    pub(super) completed: u64,
    scanned_at_once: Pace,
    looked_at_at_once: Pace,
    /// Whether it has been said that it does not go on.
    troubled: bool,
}

/// A sweep that has begun.
#[derive(Debug)]
struct UnderWay {
    /// The node of a cluster that it is at.
    node: usize,
    /// Where SCAN is to go on. Absent: it is through with this node.
    cursor: Option<u64>,
    /// Keys of the last page that are still to be looked at.
    pending: Vec<Vec<u8>>,
    names: Names,
    found: Found,
    /// About how many keys the server has passed.
    passed: u64,
    /// How long the server was at it.
    took: Duration,
}

/// What a sweep has found so far.
#[derive(Debug)]
enum Found {
    Keys(Keys),
    Count(u64),
    Groups(Groups),
    Streams(Streams),
}

/// What a sweep came to.
#[derive(Debug)]
pub(super) struct Complete {
    pub(super) result: Outcome,
    pub(super) at: Instant,
    /// How long the server was at it.
    pub(super) took: Duration,
    /// Whether there were more names, or groups, than are remembered.
    pub(super) truncated: bool,
}

/// What is shown of a sweep.
#[derive(Debug)]
pub(super) enum Outcome {
    Keys {
        count: u64,
        /// Bytes of strings, elements of all else.
        size: u64,
        memory: u64,
        largest: Vec<Key>,
    },
    Count(u64),
    Groups(group::Shown),
    Streams(Vec<Stream>),
}

/// Whether a sweep is through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    More,
    Done,
}

impl Sweep {
    /// Nothing has been asked.
    pub(super) fn new(subject: Subject, settings: &KeySettings) -> Self {
        Sweep {
            subject,
            under_way: None,
            last: None,
            completed: 0,
            scanned_at_once: Pace::new(settings.batch_size, settings.batch_size),
            looked_at_at_once: Pace::new(FIRST_LOOKED_AT, MOST_LOOKED_AT),
            troubled: false,
        }
    }

    /// Begins anew with the next step, as it is other keys that are there now. `last` is what still holds of them.
    pub(super) fn restart(&mut self) {
        self.under_way = None;
    }

    /// The share of the keys that the sweep has passed, by the count of the database's; 1 when it is through.
    pub(super) fn progress(&self, database_keys: Option<u64>, nodes: usize) -> Option<f64> {
        let Some(under_way) = &self.under_way else { return self.last.as_ref().map(|_| 1.0) };
        if nodes > 1 {
            return Some(under_way.node as f64 / nodes as f64);
        }
        let passed =
            |keys| under_way.passed.min(keys).saturating_sub(u64::try_from(under_way.pending.len()).unwrap_or(keys));
        database_keys.map(|keys| passed(keys) as f64 / keys.max(1) as f64)
    }

    /// One step: a page of SCAN, or some of its keys. What it has found is published when it is through.
    pub(super) fn step(&mut self, nodes: &mut dyn Nodes, plan: &Plan<'_>) -> Result<Progress, Trouble> {
        let subject = &self.subject;
        let under_way = self.under_way.get_or_insert_with(|| UnderWay::new(subject.kind, plan));
        let begin = nodes.now();
        let pace = if under_way.pending.is_empty() { &mut self.scanned_at_once } else { &mut self.looked_at_at_once };
        let size = pace.size();
        let connection = nodes.node(under_way.node)?;
        let stepped = if under_way.pending.is_empty() {
            under_way.page(connection, subject, size, plan)
        } else {
            under_way.look(connection, subject.database, size, plan.settings)
        };
        let time = nodes.now().saturating_duration_since(begin);
        under_way.took += time;
        match stepped {
            Ok(()) => pace.took(time),
            Err(Trouble::Lost(failure)) => {
                pace.halve();
                return Err(Trouble::Lost(failure));
            }
            Err(Trouble::Refused(text)) => return Err(Trouble::Refused(text)),
        }
        if !under_way.pending.is_empty() || under_way.cursor.is_some() {
            return Ok(Progress::More);
        }
        if under_way.node + 1 < nodes.count() {
            under_way.node += 1;
            under_way.cursor = Some(0);
            return Ok(Progress::More);
        }
        self.last = self.under_way.take().map(|under_way| under_way.complete(nodes.now(), plan.settings));
        self.completed += 1;
        Ok(Progress::Done)
    }

    /// Says why it does not go on, or that it does again, unless that has been said.
    pub(super) fn tell(&mut self, trouble: Option<&Trouble>) {
        let (kind, Subject { database, pattern, .. }) = (self.subject.kind.word(), &self.subject);
        match trouble {
            Some(error) if !self.troubled => {
                tracing::warn!(kind, database, pattern, %error, "keys cannot be looked through");
            }
            None if self.troubled => tracing::info!(kind, database, pattern, "keys can be looked through again"),
            Some(_) | None => {}
        }
        self.troubled = trouble.is_some();
    }
}

impl UnderWay {
    fn new(kind: Kind, plan: &Plan<'_>) -> Self {
        let settings = plan.settings;
        UnderWay {
            node: 0,
            cursor: Some(0),
            pending: Vec::new(),
            names: Names::new(plan.most_names),
            found: match kind {
                Kind::Keys => Found::Keys(Keys::new(settings.max_series)),
                Kind::Count => Found::Count(0),
                Kind::Groups => Found::Groups(Groups::new(plan.most_names)),
                Kind::Streams => Found::Streams(Streams::new(settings.max_series, settings.stream_consumers)),
            },
            passed: 0,
            took: Duration::ZERO,
        }
    }

    /// Asks for a page of keys, and counts them or puts them by.
    fn page(
        &mut self,
        connection: &mut dyn Connection,
        subject: &Subject,
        count: u32,
        plan: &Plan<'_>,
    ) -> Result<(), Trouble> {
        let cursor = self.cursor.unwrap_or(0);
        let next = match &mut self.found {
            Found::Groups(groups) => {
                let patterns = &plan.settings.groups;
                let step = group::Step { cursor, count, patterns, read_only: plan.read_only };
                group::step(connection, subject.database, step, groups)?
            }
            Found::Count(found) => {
                let page = Page { subject, cursor, count, only: None };
                scan(connection, &page, &mut self.names, |_| *found += 1)?
            }
            Found::Keys(_) => {
                let page = Page { subject, cursor, count, only: None };
                scan(connection, &page, &mut self.names, |name| self.pending.push(name.to_vec()))?
            }
            Found::Streams(_) => {
                let page = Page { subject, cursor, count, only: plan.scan_has_type.then_some("stream") };
                scan(connection, &page, &mut self.names, |name| self.pending.push(name.to_vec()))?
            }
        };
        self.cursor = (next != 0).then_some(next);
        self.passed += u64::from(count);
        Ok(())
    }

    /// Looks at some of the last page's keys.
    fn look(
        &mut self,
        connection: &mut dyn Connection,
        database: u32,
        count: u32,
        settings: &KeySettings,
    ) -> Result<(), Trouble> {
        let rest = self.pending.len().saturating_sub(usize::try_from(count).unwrap_or(usize::MAX));
        let names = &self.pending[rest..];
        let looked = match &mut self.found {
            Found::Keys(keys) => key::look(connection, database, names, settings.values)
                .map(|found| found.into_iter().for_each(|key| keys.add(key))),
            Found::Streams(streams) => stream::look(connection, database, names, &mut streams.room)
                .map(|found| found.into_iter().for_each(|stream| streams.add(stream))),
            Found::Count(_) | Found::Groups(_) => Ok(()),
        };
        // A single one that the connection breaks by is passed over, or the sweep would never get past it.
        let past = match &looked {
            Ok(()) => true,
            Err(Trouble::Lost(_)) => names.len() == 1,
            Err(Trouble::Refused(_)) => false,
        };
        if past {
            self.pending.truncate(rest);
        }
        looked
    }

    fn complete(self, at: Instant, settings: &KeySettings) -> Complete {
        let mut truncated = self.names.overflowed;
        let result = match self.found {
            Found::Keys(Keys { count, size, memory, largest }) => {
                Outcome::Keys { count, size, memory, largest: largest.into_vec() }
            }
            Found::Count(count) => Outcome::Count(count),
            Found::Groups(groups) => {
                let shown = groups.into_shown(settings.max_groups);
                truncated |= shown.truncated;
                Outcome::Groups(shown)
            }
            Found::Streams(streams) => {
                truncated |= streams.room.overflowed;
                Outcome::Streams(streams.largest.into_vec())
            }
        };
        Complete { result, at, took: self.took, truncated }
    }
}

/// A page of SCAN.
#[derive(Debug, Clone, Copy)]
struct Page<'s> {
    subject: &'s Subject,
    cursor: u64,
    count: u32,
    /// The type that keys are to have.
    only: Option<&'static str>,
}

/// Asks for a page, gives the names that are new, and tells the next one's cursor.
fn scan(
    connection: &mut dyn Connection,
    page: &Page<'_>,
    names: &mut Names,
    mut give: impl FnMut(&[u8]),
) -> Result<u64, Trouble> {
    let (cursor, count) = (page.cursor.to_string(), page.count.to_string());
    let mut words = vec!["SCAN", &cursor, "MATCH", &page.subject.pattern, "COUNT", &count];
    words.extend(page.only.into_iter().flat_map(|only| ["TYPE", only]));
    in_database(
        connection,
        page.subject.database,
        |commands| commands.add("SCAN", &words),
        |replies| {
            let reply = replies.next_or_error();
            let mut elements = reply.into_iter().flat_map(Reply::array);
            let next = elements.next().and_then(cursor_of);
            let Some((next, page)) = next.zip(elements.next()) else { return Err(Trouble::refused("SCAN", reply)) };
            names.turn_page();
            page.array().filter_map(Reply::bytes).filter(|name| names.is_new(name)).for_each(&mut give);
            Ok(next)
        },
    )?
}
