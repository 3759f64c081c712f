//! Which queues there are.
//!
//! Sidekiq and RQ list theirs in a set, Celery in one for each exchange. Bull has no list, and the exchanges have none: their keys
//! are found by walking over all keys, a page in each scrape, as long as there are keys without an expiry. After the first walk
//! there is another one only if the command was called that makes such keys, which INFO counts, in scripts too. A queue that has
//! been found stays until a walk has not come upon it.

use std::collections::{BTreeMap, BTreeSet};

use exporter_toolkit::order;

use crate::queues::queue::{Framework, KOMBU_SEPARATOR, Queue};
use crate::resp::Reply;

/// Keys that a page looks at: 0.6 ms of a server's time, where they are many.
const PAGE: u64 = 1000;
/// As many on the first walk, so that it is over soon.
const FIRST_PAGE: u64 = 2500;
/// The first walk is to take this many scrapes, if that is possible.
const FIRST_SCRAPES: u64 = 20;
/// More names than this are not kept of one source.
const MOST_NAMES: usize = 1000;

/// The exchange of Celery's queue `celery`, and of those that are bound to it.
const DEFAULT_EXCHANGE: &[u8] = b"_kombu.binding.celery";
const EXCHANGE: &[u8] = b"_kombu.binding.";

/// A set that lists queues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum List {
    Sidekiq,
    Rq,
    /// The queues bound to an exchange, by its key.
    Exchange(Vec<u8>),
}

impl List {
    pub(super) fn key(&self) -> &[u8] {
        match self {
            List::Sidekiq => b"queues",
            List::Rq => b"rq:queues",
            List::Exchange(key) => key,
        }
    }
}

/// What is walked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Walk {
    Bull,
    Exchanges,
}

impl Walk {
    /// The pattern of the keys. Bull's counter of jobs is there from the first job on; a cluster needs a hash tag, around the
    /// prefix by custom.
    pub(super) fn pattern(self) -> &'static str {
        match self {
            Walk::Bull => "*bull*:id",
            Walk::Exchanges => "_kombu.binding.*",
        }
    }

    /// The command without which there is no new key.
    pub(super) fn maker(self) -> &'static str {
        match self {
            Walk::Bull => "incr",
            Walk::Exchanges => "sadd",
        }
    }

    /// What the key is about, if it is one that is walked for: the base of a queue's keys, or itself.
    fn find(self, key: &[u8]) -> Option<&[u8]> {
        match self {
            Walk::Bull => {
                let base = key.strip_suffix(b":id")?;
                let name = base.strip_prefix(b"bull:").or_else(|| base.strip_prefix(b"{bull}:"))?;
                (!name.is_empty()).then_some(base)
            }
            Walk::Exchanges => {
                let exchange = key.strip_prefix(EXCHANGE)?;
                // Those of control and events have queues that nobody works off.
                let internal = exchange.ends_with(b".pidbox") || exchange.starts_with(b"celeryev");
                (!internal).then_some(key)
            }
        }
    }
}

/// How far a walk is.
#[derive(Debug, Default)]
struct Way {
    cursor: u64,
    /// How often the command had been called that makes such keys when this walk began, and when the last one did that is over.
    calls: Option<u64>,
    through_at: Option<u64>,
    /// What this walk has found, and what is known.
    found: BTreeSet<Vec<u8>>,
    known: BTreeSet<Vec<u8>>,
    /// What is not what it looked like.
    dismissed: BTreeSet<Vec<u8>>,
    /// Whether it has been through once.
    through: bool,
}

impl Way {
    /// Whether there is something to walk for, as the command has been called so often by now.
    fn has_reason(&mut self, calls: Option<u64>) -> bool {
        if self.cursor != 0 {
            // What a new connection learns first counts no calls; the INFO before the first page does.
            self.calls = self.calls.or(calls);
            return true;
        }
        if self.through && calls.is_some() && calls == self.through_at {
            return false;
        }
        self.calls = calls;
        true
    }
}

/// The names of the queues of one database.
#[derive(Debug, Default)]
pub(super) struct Names {
    bull: Way,
    exchanges: Way,
    /// Whose page it is, where each scrape has one.
    turn: bool,
    sidekiq: BTreeSet<Vec<u8>>,
    rq: BTreeSet<Vec<u8>>,
    /// Queues of Celery by the key of their exchange.
    celery: BTreeMap<Vec<u8>, BTreeSet<Vec<u8>>>,
}

/// A page of a walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) walk: Walk,
    pub(super) cursor: u64,
    /// How many keys it looks at.
    pub(super) count: u64,
}

impl Names {
    /// The sets that a scrape begins with.
    pub(super) fn lists(&self) -> Vec<List> {
        let exchanges = self.exchanges.known.iter().map(Vec::as_slice).filter(|key| *key != DEFAULT_EXCHANGE);
        let exchanges = [DEFAULT_EXCHANGE].into_iter().chain(exchanges);
        [List::Sidekiq, List::Rq].into_iter().chain(exchanges.map(|key| List::Exchange(key.to_owned()))).collect()
    }

    /// The pages that a scrape looks at, of a database with that many keys; `calls` tells how often a command has been called.
    pub(super) fn pages(&mut self, keys: u64, calls: impl Fn(&str) -> Option<u64>) -> Vec<Page> {
        let through = self.bull.through && self.exchanges.through;
        let count = if through { PAGE } else { (keys / FIRST_SCRAPES).clamp(PAGE, FIRST_PAGE) };
        let mut pages = Vec::new();
        for (walk, way) in [(Walk::Bull, &mut self.bull), (Walk::Exchanges, &mut self.exchanges)] {
            if way.has_reason(calls(walk.maker())) {
                pages.push(Page { walk, cursor: way.cursor, count });
            }
        }
        if through && keys > PAGE && pages.len() > 1 {
            self.turn = !self.turn;
            pages.remove(usize::from(self.turn));
        }
        pages
    }

    /// Takes a page; the keys of exchanges that are new.
    pub(super) fn take_page(&mut self, page: Page, reply: Reply<'_>) -> Vec<List> {
        let mut parts = reply.array();
        let (Some(cursor), Some(keys)) = (parts.next().and_then(cursor), parts.next()) else { return Vec::new() };
        let way = match page.walk {
            Walk::Bull => &mut self.bull,
            Walk::Exchanges => &mut self.exchanges,
        };
        way.cursor = cursor;
        let mut new = Vec::new();
        for key in keys.array().filter_map(Reply::bytes) {
            let Some(thing) = page.walk.find(key) else { continue };
            if way.found.len() >= MOST_NAMES {
                break;
            }
            way.found.insert(thing.to_owned());
            if way.known.insert(thing.to_owned()) && page.walk == Walk::Exchanges && thing != DEFAULT_EXCHANGE {
                new.push(List::Exchange(thing.to_owned()));
            }
        }
        if cursor == 0 {
            way.known = std::mem::take(&mut way.found);
            way.dismissed.retain(|thing| way.known.contains(thing));
            way.through = true;
            way.through_at = way.calls;
            let exchanges = &self.exchanges.known;
            self.celery.retain(|key, _| key == DEFAULT_EXCHANGE || exchanges.contains(key));
        }
        new
    }

    /// Takes the members of a set.
    pub(super) fn take_list(&mut self, list: &List, reply: Reply<'_>) {
        let mut parts = reply.array();
        parts.next();
        let members = parts.next().map(Reply::array).into_iter().flatten().filter_map(Reply::bytes).take(MOST_NAMES);
        match list {
            List::Sidekiq => self.sidekiq = set(members),
            List::Rq => {
                self.rq = set(members.filter_map(|key| key.strip_prefix(b"rq:queue:")));
            }
            List::Exchange(key) => {
                // Routing key, pattern and queue.
                self.celery.insert(key.clone(), set(members.filter_map(last_part)));
            }
        }
    }

    /// The server may have other keys than before, by no command.
    pub(super) fn doubt(&mut self) {
        self.bull.through_at = None;
        self.exchanges.through_at = None;
    }

    /// The queue of Bull is gone.
    pub(super) fn remove(&mut self, queue: &Queue) {
        self.bull.known.remove(&queue.base);
        self.bull.found.remove(&queue.base);
    }

    /// The queue of Bull is none, though it is called as one.
    pub(super) fn dismiss(&mut self, queue: &Queue) {
        self.bull.dismissed.insert(queue.base.clone());
    }

    /// Every queue that is known.
    pub(super) fn queues(&self) -> impl Iterator<Item = Queue> {
        let bull = self.bull.known.difference(&self.bull.dismissed).map(|base| (Framework::Bull, base));
        // One may be bound to several exchanges.
        let mut celery: Vec<_> = self.celery.values().flatten().collect();
        order::sort_by(&mut celery, Ord::cmp);
        celery.dedup();
        let celery = celery.into_iter().map(|name| (Framework::Celery, name));
        let rq = self.rq.iter().map(|name| (Framework::Rq, name));
        let sidekiq = self.sidekiq.iter().map(|name| (Framework::Sidekiq, name));
        bull.chain(celery).chain(rq).chain(sidekiq).map(|(framework, name)| Queue::new(framework, name.clone()))
    }
}

fn set<'n>(names: impl Iterator<Item = &'n [u8]>) -> BTreeSet<Vec<u8>> {
    let mut set = BTreeSet::new();
    set.extend(names.map(<[u8]>::to_owned));
    set
}

fn cursor(reply: Reply<'_>) -> Option<u64> {
    std::str::from_utf8(reply.bytes()?).ok()?.parse().ok()
}

/// What stands behind the last separator, which is there.
fn last_part(binding: &[u8]) -> Option<&[u8]> {
    let separator = KOMBU_SEPARATOR.as_bytes();
    let at = binding.windows(separator.len()).rposition(|window| window == separator)?;
    Some(&binding[at + separator.len()..]).filter(|queue| !queue.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resp::{Commands, Refused, Replies, scanned};

    /// The reply to a SCAN or SSCAN.
    fn page_of(cursor: u64, keys: &[&[u8]]) -> Vec<u8> {
        let cursor = cursor.to_string();
        let mut bytes = format!("*2\r\n${}\r\n{cursor}\r\n*{}\r\n", cursor.len(), keys.len()).into_bytes();
        for key in keys {
            bytes.extend_from_slice(format!("${}\r\n", key.len()).as_bytes());
            bytes.extend_from_slice(key);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes
    }

    fn replied<T>(bytes: &[u8], take: impl FnOnce(Reply<'_>) -> T) -> T {
        let mut commands = Commands::without(&Refused::new());
        commands.add("SCAN", ["SCAN", "0"]);
        take(Replies::new(&commands, bytes, scanned(&commands, bytes).extents()).next().unwrap())
    }

    fn walked(names: &mut Names, walk: Walk, cursor: u64, keys: &[&[u8]]) -> Vec<List> {
        let page = Page { walk, cursor: 0, count: 0 };
        replied(&page_of(cursor, keys), |reply| names.take_page(page, reply))
    }

    fn known(names: &Names) -> Vec<String> {
        names.queues().map(|queue| format!("{} {}", queue.framework.word(), queue.base.escape_ascii())).collect()
    }

    #[test]
    fn a_queue_stays_until_a_walk_has_not_found_it() {
        let mut names = Names::default();
        walked(&mut names, Walk::Bull, 7, &[b"bull:video:id", b"pitbull:7:id", b"bull::id", b"{bull}:mail:id"]);
        assert_eq!(known(&names), ["bullmq bull:video", "bullmq {bull}:mail"]);
        walked(&mut names, Walk::Bull, 0, &[]);
        assert_eq!(known(&names).len(), 2);
        walked(&mut names, Walk::Bull, 3, &[]);
        walked(&mut names, Walk::Bull, 0, &[b"bull:video:id"]);
        assert_eq!(known(&names), ["bullmq bull:video"]);
        names.dismiss(&Queue::new(Framework::Bull, "bull:video"));
        walked(&mut names, Walk::Bull, 0, &[b"bull:video:id"]);
        assert_eq!(known(&names), <[&str; 0]>::default(), "it is still none");
    }

    #[test]
    fn celery_lists_its_queues_by_exchange() {
        let mut names = Names::default();
        let exchanges: [&[u8]; 5] = [
            b"_kombu.binding.mail",
            b"_kombu.binding.celery",
            b"_kombu.binding.celeryev",
            b"_kombu.binding.celery.pidbox",
            b"_kombu.binding.reply.celery.pidbox",
        ];
        let new = walked(&mut names, Walk::Exchanges, 0, &exchanges);
        let mail = List::Exchange(b"_kombu.binding.mail".to_vec());
        assert_eq!(new, std::slice::from_ref(&mail));
        let bindings: [&[u8]; 3] = [b"mail\x06\x16\x06\x16mail", b"\x06\x16\x06\x16", b"of something else"];
        replied(&page_of(0, &bindings), |reply| names.take_list(&mail, reply));
        assert_eq!(known(&names), ["celery mail"]);
        walked(&mut names, Walk::Exchanges, 0, &[]);
        assert_eq!(known(&names), <[&str; 0]>::default(), "the exchange is gone");
    }

    #[test]
    fn sets_of_sidekiq_and_rq() {
        let mut names = Names::default();
        replied(&page_of(0, &[b"default", b"\xff"]), |reply| names.take_list(&List::Sidekiq, reply));
        replied(&page_of(0, &[b"rq:queue:mail", b"mail"]), |reply| names.take_list(&List::Rq, reply));
        assert_eq!(known(&names), ["rq mail", "sidekiq default", r"sidekiq \xff"]);
    }

    #[test]
    fn a_walk_takes_few_scrapes_first_and_next_to_nothing_then() {
        let mut names = Names::default();
        let pages = |names: &mut Names, keys| {
            // A server that does not count calls.
            names.pages(keys, |_| None).iter().map(|page| (page.walk, page.count)).collect::<Vec<_>>()
        };
        let both = |count| vec![(Walk::Bull, count), (Walk::Exchanges, count)];
        assert_eq!(pages(&mut names, 500), both(PAGE));
        assert_eq!(pages(&mut names, 40_000), both(2000));
        assert_eq!(pages(&mut names, 10_000_000), both(FIRST_PAGE));
        walked(&mut names, Walk::Bull, 0, &[]);
        walked(&mut names, Walk::Exchanges, 0, &[]);
        assert_eq!(pages(&mut names, 500), both(PAGE));
        assert_eq!(pages(&mut names, 60_000), [(Walk::Bull, PAGE)]);
        assert_eq!(pages(&mut names, 60_000), [(Walk::Exchanges, PAGE)]);
        assert_eq!(pages(&mut names, 60_000), [(Walk::Bull, PAGE)]);
    }

    #[test]
    fn calls_that_are_known_from_the_second_page_on() {
        let mut names = Names::default();
        assert_eq!(names.pages(60_000, |_| None).len(), 2);
        walked(&mut names, Walk::Bull, 7, &[]);
        walked(&mut names, Walk::Exchanges, 7, &[]);
        assert_eq!(names.pages(60_000, |_| Some(4)).len(), 2);
        walked(&mut names, Walk::Bull, 0, &[]);
        walked(&mut names, Walk::Exchanges, 0, &[]);
        assert_eq!(names.pages(60_000, |_| Some(4)), []);
    }

    #[test]
    fn nobody_walks_where_nothing_can_be_new() {
        let mut names = Names::default();
        let pages = |names: &mut Names, [incr, sadd]: [u64; 2]| {
            let calls = |command: &str| Some(if command == "incr" { incr } else { sadd });
            names.pages(60_000, calls).iter().map(|page| page.walk).collect::<Vec<_>>()
        };
        assert_eq!(pages(&mut names, [5, 0]), [Walk::Bull, Walk::Exchanges], "what was made before is not known");
        walked(&mut names, Walk::Bull, 7, &[]);
        walked(&mut names, Walk::Exchanges, 0, &[]);
        assert_eq!(pages(&mut names, [6, 0]), [Walk::Bull], "the walk goes on");
        walked(&mut names, Walk::Bull, 0, &[b"bull:video:id"]);
        assert_eq!(pages(&mut names, [6, 0]), [Walk::Bull], "something came up while it lasted");
        walked(&mut names, Walk::Bull, 0, &[b"bull:video:id"]);
        assert_eq!(pages(&mut names, [6, 0]), []);
        assert_eq!(pages(&mut names, [6, 1]), [Walk::Exchanges]);
        assert_eq!(pages(&mut names, [0, 0]), [Walk::Bull], "the server counts anew");
        walked(&mut names, Walk::Bull, 0, &[b"bull:video:id"]);
        names.doubt();
        assert_eq!(pages(&mut names, [0, 0]).len(), 1);
        assert_eq!(known(&names), ["bullmq bull:video"]);
    }

    #[test]
    fn names_without_end_and_replies_of_another_form() {
        let mut names = Names::default();
        let keys: Vec<_> = (0..2000).map(|number| format!("bull:{number}:id").into_bytes()).collect();
        walked(&mut names, Walk::Bull, 5, &keys.iter().map(Vec::as_slice).collect::<Vec<_>>());
        assert_eq!(names.queues().count(), MOST_NAMES);
        let page = Page { walk: Walk::Bull, cursor: 5, count: 0 };
        for bytes in [&b"+OK\r\n"[..], b"*0\r\n", b"*2\r\n$1\r\nx\r\n*0\r\n", b"*2\r\n:-1\r\n*0\r\n"] {
            assert_eq!(replied(bytes, |reply| names.take_page(page, reply)), []);
            replied(bytes, |reply| names.take_list(&List::Rq, reply));
        }
        assert_eq!(names.queues().count(), MOST_NAMES);
    }
}
