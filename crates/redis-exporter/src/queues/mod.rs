//! Task queues: how many jobs they have in which state, and how long the oldest one has been waiting.
//!
//! ```text
//! names: which queues there are ──▶ questions in the shared round trip ──▶ readings ──▶ samples
//!   ▲                                        │
//!   └── what is new is asked in another one ◀┘
//! ```
//!
//! In the steady state that is one round trip. What only follows from a reply takes another one: a queue that has just been found,
//! the time of a job that has just become the oldest. No more is read than what is shown: lengths, and of the oldest job its ID and
//! time. Sidekiq and Celery have whole jobs in their lists; see [`Rests`] for what that means.

mod moment;
mod names;
mod page;
mod question;
pub(crate) mod queue;
mod rest;

use std::collections::HashMap;

use crate::info::pairs;
use crate::page::{Out, Samples};
use crate::parts::part::{Next, Part};
use crate::queues::names::Names;
use crate::queues::page::{GroupReading, Overview, Reading, Totals};
use crate::queues::question::{Group, Question};
use crate::queues::queue::{Framework, Queue};
use crate::queues::rest::Rests;
use crate::resp::{Commands, Replies, Reply, ServerError};
use crate::server::Server;
use crate::settings::QueueSettings;

/// Groups of one stream that have series.
const MOST_GROUPS: usize = 50;

/// The queues of one database of a server.
#[derive(Debug)]
pub(crate) struct Queues {
    settings: QueueSettings,
    names: Names,
    rests: Rests,
    /// The oldest job of a queue, and when it was given to it.
    oldest: HashMap<Queue, Oldest>,
    /// The groups of a stream, as they were known last.
    groups: HashMap<Queue, Vec<Group>>,
    /// What this round trip asks, and what the next one has to.
    asking: Vec<Question>,
    next: Vec<Question>,
    overview: Overview,
    /// Whether the database could not be selected.
    unreachable: bool,
}

#[derive(Debug)]
struct Oldest {
    id: Vec<u8>,
    moment: Option<f64>,
}

impl Queues {
    pub(crate) fn new(settings: QueueSettings) -> Self {
        Queues {
            settings,
            names: Names::default(),
            rests: Rests::default(),
            oldest: HashMap::new(),
            groups: HashMap::new(),
            asking: Vec::new(),
            next: Vec::new(),
            overview: Overview::default(),
            unreachable: false,
        }
    }

    /// What a scrape asks first.
    fn begin(&mut self, server: &Server) -> Vec<Question> {
        self.rests.begin();
        let sidekiq_is_named = self.settings.named.iter().any(|queue| queue.framework == Framework::Sidekiq);
        self.overview = Overview { sidekiq_is_named, ..Overview::default() };
        if self.unreachable || server.info.is_sentinel() {
            return Vec::new();
        }
        let queues = self.queues();
        let mut questions = Vec::new();
        if !queues.is_empty() {
            questions.push(Question::Time);
        }
        let keys = lasting_keys(server, self.settings.database);
        if self.settings.on && keys.is_some() {
            let rests = &self.rests;
            let lists = self.names.lists().into_iter().filter(|list| !rests.has(list.key()));
            questions.extend(lists.map(Question::List));
            let pages = self.names.pages(keys.unwrap_or_default(), |command| calls(server, command));
            questions.extend(pages.into_iter().map(Question::Page));
        }
        for queue in queues {
            self.ask_about(queue, &mut questions);
        }
        questions
    }

    /// Every queue, those that were named before the others.
    fn known(&self) -> impl Iterator<Item = Queue> {
        let named = &self.settings.named;
        named.iter().cloned().chain(self.names.queues().filter(|queue| !named.contains(queue)))
    }

    /// The queues that have series.
    fn queues(&self) -> Vec<Queue> {
        self.known().take(self.settings.max_queues).collect()
    }

    fn ask_about(&mut self, queue: Queue, questions: &mut Vec<Question>) {
        if self.rests.has(&queue.base) {
            return;
        }
        let total = match queue.framework {
            Framework::Stream => {
                let known = self.groups.get(&queue).cloned();
                questions.push(Question::Type(queue.clone()));
                if let Some(groups) = known {
                    questions.push(Question::Groups(queue.clone()));
                    groups.into_iter().for_each(|group| questions.push(self.group(&queue, group)));
                }
                return;
            }
            Framework::Sidekiq => Some(Question::Sidekiq),
            Framework::Celery => Some(Question::Unacked),
            Framework::Bull | Framework::Rq => None,
        };
        questions.extend(total.filter(|total| !questions.contains(total)));
        let lists = queue.framework.lengths().iter().map(|length| length.key(&queue));
        let looks = match queue.framework {
            Framework::Celery | Framework::Sidekiq => lists.filter(|list| self.rests.look(list)).collect(),
            Framework::Bull | Framework::Rq | Framework::Stream => Vec::new(),
        };
        questions.push(Question::Jobs { queue, looks });
    }

    fn group(&mut self, queue: &Queue, group: Group) -> Question {
        let look = self.rests.look(&queue.base);
        Question::Group { queue: queue.clone(), group, look }
    }

    /// Takes the replies to one question.
    fn answer(&mut self, question: Question, replies: &mut Replies<'_>) {
        match question {
            Question::Time => self.overview.now = replies.next().and_then(time),
            Question::Page(page) => {
                let Some(reply) = replies.next() else { return };
                let lists = self.names.take_page(page, reply);
                self.next.extend(lists.into_iter().map(Question::List));
            }
            Question::List(list) => match replies.next_or_error() {
                Some(Reply::Error(error)) => self.rest(list.key(), error),
                Some(reply) => self.names.take_list(&list, reply),
                None => {}
            },
            Question::Jobs { queue, looks } => self.take_jobs(queue, &looks, replies),
            Question::Job { queue, id } => {
                let moment = replies.next().and_then(Reply::bytes).and_then(|time| match queue.framework {
                    Framework::Bull => moment::of_bull(time),
                    Framework::Rq => moment::of_rq(time),
                    Framework::Celery | Framework::Sidekiq | Framework::Stream => None,
                });
                self.reading(&queue).oldest = moment;
                self.oldest.insert(queue, Oldest { id, moment });
            }
            Question::Type(queue) => match replies.next_or_error() {
                Some(Reply::Error(error)) => self.rest(&queue.base, error),
                Some(Reply::Text(b"stream")) if !self.groups.contains_key(&queue) => {
                    self.next.push(Question::Groups(queue));
                }
                Some(Reply::Text(b"stream")) | None => {}
                Some(_) => drop(self.groups.remove(&queue)),
            },
            Question::Groups(queue) => self.take_groups(queue, replies),
            Question::Group { queue, group, look } => self.take_group(&queue, &group, look, replies),
            Question::Sidekiq => {
                let states = ["delayed", "retry", "dead"];
                let jobs = states.map(|state| count(replies.next()).map(|jobs| (state, jobs)));
                let workers = count(replies.next());
                let mut counters =
                    replies.next().map(Reply::array).into_iter().flatten().map(|count| self::count(Some(count)));
                let (processed, failed) = (counters.next().flatten(), counters.next().flatten());
                self.overview.sidekiq =
                    Totals { jobs: jobs.into_iter().flatten().collect(), workers, processed, failed };
            }
            Question::Unacked => {
                let jobs = count(replies.next()).map(|jobs| ("active", jobs));
                self.overview.celery.jobs = jobs.into_iter().collect();
            }
        }
    }

    /// Asks about the queues that there were not `before`, in another round trip.
    fn ask_about_new(&mut self, before: &[Queue]) {
        let mut questions = std::mem::take(&mut self.next);
        for queue in self.queues().into_iter().filter(|queue| !before.contains(queue)) {
            self.ask_about(queue, &mut questions);
        }
        self.next = questions;
    }

    fn take_jobs(&mut self, queue: Queue, looks: &[Vec<u8>], replies: &mut Replies<'_>) {
        let mut reading = Reading::default();
        let mut refusal = None;
        for length in queue.framework.lengths() {
            let jobs = match replies.next_or_error() {
                Some(Reply::Error(error)) => {
                    refusal = refusal.or(Some(error));
                    None
                }
                reply => count(reply),
            };
            let Some(jobs) = jobs else { continue };
            match reading.jobs.last_mut() {
                Some((state, sum)) if *state == length.state => *sum += jobs,
                _ => reading.jobs.push((length.state, jobs)),
            }
        }
        let mut oldest = None;
        match queue.framework {
            Framework::Bull => {
                let (waiting, paused) = (replies.next(), replies.next());
                oldest = waiting.and_then(Reply::bytes).or(paused.and_then(Reply::bytes)).map(<[u8]>::to_owned);
                let meta: Vec<_> = replies.next().map(Reply::array).into_iter().flatten().map(Reply::bytes).collect();
                let is = |field: usize| meta.get(field).copied().flatten().is_some();
                reading.framework = Some(if is(0) || is(1) { "bullmq" } else { "bull" });
                reading.paused = replies.next().and_then(Reply::integer).map(|exists| exists == 1 || is(2));
                let counter = replies.next().and_then(Reply::bytes);
                match counter {
                    _ if self.settings.named.contains(&queue) => {}
                    Some(b"string") | None => {}
                    Some(b"none") => return self.names.remove(&queue),
                    // A job may be called what the counter is: the base is that job's then.
                    Some(_) => return self.names.dismiss(&queue),
                }
                // Up to BullMQ 4 something that is no job waits where a worker is to be told of a delayed one.
                if oldest.as_ref().is_some_and(|id| id.starts_with(b"0:")) {
                    oldest = None;
                    for (_, jobs) in reading.jobs.iter_mut().filter(|(state, _)| *state == "waiting") {
                        *jobs = jobs.saturating_sub(1);
                    }
                }
            }
            Framework::Rq => {
                oldest = replies.next().and_then(Reply::bytes).map(<[u8]>::to_owned);
                reading.workers = count(replies.next());
            }
            Framework::Celery | Framework::Sidekiq => {
                let of = if queue.framework == Framework::Celery { moment::of_celery } else { moment::of_sidekiq };
                for list in looks {
                    let job = replies.next().and_then(Reply::bytes).unwrap_or_default();
                    self.rests.seen(list, job.len());
                    let earlier = |moment: f64| reading.oldest.is_none_or(|oldest| moment < oldest);
                    reading.oldest = of(job).filter(|moment| earlier(*moment)).or(reading.oldest);
                }
            }
            Framework::Stream => {}
        }
        if let (true, Some(error)) = (reading.jobs.is_empty(), refusal) {
            return self.rest(&queue.base, error);
        }
        match (oldest, self.oldest.get(&queue)) {
            (Some(id), Some(known)) if known.id == id => reading.oldest = known.moment,
            (Some(id), _) => self.next.push(Question::Job { queue: queue.clone(), id }),
            (None, _) => drop(self.oldest.remove(&queue)),
        }
        if !reading.jobs.is_empty() {
            self.overview.readings.insert(queue, reading);
        }
    }

    fn take_groups(&mut self, queue: Queue, replies: &mut Replies<'_>) {
        let groups = match replies.next_or_error() {
            Some(Reply::Error(error)) => {
                self.groups.remove(&queue);
                return self.rest(&queue.base, error);
            }
            Some(reply) => reply.array(),
            None => return,
        };
        let known = self.groups.remove(&queue).unwrap_or_default();
        let mut now = Vec::new();
        for fields in groups.take(MOST_GROUPS).map(Reply::array) {
            let get = |name| fields.get(name);
            let (Some(name), Some(delivered)) =
                (get("name").and_then(Reply::bytes), get("last-delivered-id").and_then(Reply::bytes))
            else {
                continue;
            };
            let group = Group { name: name.to_owned(), delivered: delivered.to_owned() };
            let of = self.group_reading(&queue, &group);
            of.waiting = count(get("lag"));
            of.active = count(get("pending"));
            if !known.contains(&group) {
                let question = self.group(&queue, group.clone());
                self.next.push(question);
            }
            now.push(group);
        }
        self.groups.insert(queue, now);
    }

    fn take_group(&mut self, queue: &Queue, group: &Group, look: bool, replies: &mut Replies<'_>) {
        let pending = replies.next().map(Reply::array);
        let entry = if look { replies.next().map(Reply::array) } else { None };
        // Those of a group that is gone, or was given more meanwhile, are not its.
        if !self.groups.get(queue).is_some_and(|groups| groups.contains(group)) {
            return;
        }
        let first = pending.and_then(|mut summary| summary.nth(1)).and_then(Reply::bytes);
        let entry = entry.and_then(|mut entries| entries.next());
        let words = entry.into_iter().flat_map(Reply::array).flat_map(Reply::array).filter_map(Reply::bytes);
        let bytes = words.map(<[u8]>::len).sum();
        let next = entry.and_then(|entry| entry.array().next()).and_then(Reply::bytes);
        let of = self.group_reading(queue, group);
        of.oldest_active = first.and_then(moment::of_entry);
        of.oldest_waiting = next.and_then(moment::of_entry);
        if look {
            self.rests.seen(&queue.base, bytes);
        }
    }

    fn reading(&mut self, queue: &Queue) -> &mut Reading {
        self.overview.readings.entry(queue.clone()).or_default()
    }

    fn group_reading(&mut self, queue: &Queue, group: &Group) -> &mut GroupReading {
        self.reading(queue).groups.entry(String::from_utf8_lossy(&group.name).into_owned()).or_default()
    }

    /// Leaves a key alone that is of another type, in another node, or not for this user; but not because the server is busy.
    fn rest(&mut self, key: &[u8], error: ServerError<'_>) {
        if ["WRONGTYPE", "NOPERM", "MOVED", "ERR"].contains(&error.code()) {
            self.rests.after_error(key);
        }
    }

    /// All replies of the scrape are there.
    fn finish(&mut self) {
        for queue in self.known().collect::<Vec<_>>() {
            *self.overview.known.entry(queue.framework.word()).or_default() += 1;
        }
        let queues = self.queues();
        self.oldest.retain(|queue, _| queues.contains(queue));
        self.groups.retain(|queue, _| queues.contains(queue));
        self.rests.finish();
    }
}

impl Samples for Queues {
    fn samples(&self, _: &Server, out: &mut Out<'_>) {
        self.overview.samples(out);
    }
}

impl Part for Queues {
    fn ask(&mut self, server: &Server, commands: &mut Commands) {
        self.asking = match std::mem::take(&mut self.next) {
            next if next.is_empty() => self.begin(server),
            next => next,
        };
        if self.asking.is_empty() {
            return;
        }
        let database = self.settings.database.to_string();
        if self.settings.database != 0 {
            commands.add("SELECT", ["SELECT", &database]);
        }
        self.asking.iter().for_each(|question| question.ask(commands));
        if self.settings.database != 0 {
            commands.add("SELECT", ["SELECT", "0"]);
        }
    }

    fn take(&mut self, _: &mut Server, replies: &mut Replies<'_>) -> Next {
        if self.asking.is_empty() {
            return Next::Done;
        }
        // What was said without it is about another database.
        if self.settings.database != 0 && replies.next() != Some(Reply::Text(b"OK")) {
            tracing::warn!(database = self.settings.database, "the database of the queues cannot be selected");
            self.unreachable = true;
            self.asking.clear();
            return Next::Done;
        }
        let before = self.queues();
        for question in std::mem::take(&mut self.asking) {
            self.answer(question, replies);
        }
        self.ask_about_new(&before);
        if self.next.is_empty() {
            self.finish();
            return Next::Done;
        }
        if self.overview.now.is_none() {
            self.next.push(Question::Time);
        }
        Next::Ask
    }

    fn forget(&mut self) {
        self.rests.failed();
        self.names.doubt();
        self.asking.clear();
        self.next.clear();
        self.overview = Overview::default();
        self.unreachable = false;
    }
}

/// Keys of a database, if some of them do not expire: a cache has no queues. INFO of the last scrape tells.
fn lasting_keys(server: &Server, database: u32) -> Option<u64> {
    let known = server.info.databases().find(|known| known.index == database)?;
    (known.keys > known.expires).then_some(known.keys)
}

/// How often the command has been called, by INFO of the last scrape; `None` from servers that do not count that.
fn calls(server: &Server, command: &str) -> Option<u64> {
    let mut counts = server.info.starting("cmdstat_").peekable();
    counts.peek()?;
    let of_command = counts.find_map(|(name, value)| (name == command).then_some(value));
    of_command.map_or(Some(0), |value| pairs::whole(value, "calls"))
}

/// Seconds since 1970 of the server's clock.
fn time(reply: Reply<'_>) -> Option<f64> {
    let mut parts = reply.array().filter_map(|part| u32::try_from(part.integer()?).ok());
    Some(f64::from(parts.next()?) + f64::from(parts.next()?) / 1e6)
}

/// A number that cannot be negative.
fn count(reply: Option<Reply<'_>>) -> Option<u64> {
    u64::try_from(reply?.integer()?).ok()
}

#[cfg(test)]
mod tests;
