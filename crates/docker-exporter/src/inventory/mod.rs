//! Which containers there are, and what has become of them: what the engine tells, one thing after the other, without a clock
//! and without asking.
//!
//! ```text
//! event       ──▶ events  ─┐
//! list        ──▶ look     ├──▶ Entry, by id      (what is shown of a container)
//! inspection  ──▶ look    ─┘    Record, by name   (totals, which outlive it)
//! ```
//!
//! Events are told once and may be lost; an inspection can be had at any time and has forgotten what was before. So an event is
//! counted when it comes, and what only an inspection shows is counted when the event had time to come and did not.

mod churn;
mod entry;
mod events;
mod expected;
mod look;
mod record;
mod run;
mod status;
#[cfg(test)]
mod tests;
mod total;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use crate::cgroup::{Habit, expected_path};
use crate::container::{Container, Health, PROJECT, SERVICE};
use crate::inventory::churn::Churn;
use crate::inventory::expected::expected_running;
use crate::inventory::look::Seen;
use crate::inventory::run::{End, Run};

pub(crate) use churn::Turnover;
pub(crate) use entry::Entry;
pub(crate) use look::Look;
pub(crate) use record::Record;
#[cfg(test)]
pub(crate) use record::{CodeClass, Exit, LastExit, Reason};
pub(crate) use total::Total;

/// Every container of an engine, and the totals of every name.
#[derive(Debug, Default)]
pub(crate) struct Inventory {
    containers: BTreeMap<String, Known>,
    /// Those that were removed a moment ago, oldest first.
    removed: Vec<Entry>,
    records: Records,
    /// What was seen of those that are to be looked at again.
    seen: BTreeMap<String, Seen>,
    /// Names that someone has declared to be expected.
    expected: BTreeSet<String>,
    churn: Churn,
    /// Changes that only an inspection has shown.
    found: u64,
    /// Containers that were more than there is room for.
    refused: u64,
    /// When everything was known for the first time: what there was by then has a past that is not counted.
    began_nanos: Option<u64>,
    /// The latest time that was told.
    now_nanos: u64,
    habit: Habit,
}

/// By name.
type Records = BTreeMap<String, Record>;

/// The record of a name, which is there from now on.
fn record_of<'r>(records: &'r mut Records, name: &str, now_nanos: u64) -> &'r mut Record {
    records.entry(name.to_owned()).or_insert_with(|| Record::born(now_nanos))
}

/// A container with its run.
#[derive(Debug)]
struct Known {
    entry: Entry,
    run: Run,
    /// Runs before, while it may still be told why they ended.
    before: Vec<Run>,
    /// Whether it has been inspected: a container that lives a moment is known from events alone.
    inspected: bool,
}

/// How long a name without a container is remembered.
const VANISHED: Duration = Duration::from_secs(24 * 3600);
/// More than an engine can run on one machine.
const MOST_CONTAINERS: usize = 5_000;
const MOST_REMOVED: usize = 1_000;
const MOST_NAMES: usize = 2_000;
/// How much later than of a run's end the engine tells that the kernel has killed in it: a third of a second was seen.
const TOLD_LATE: Duration = Duration::from_millis(500);
/// Runs of a container whose ends wait for a reason.
const MOST_BEFORE: usize = 16;

/// The label of a container that someone declares to be expected.
const EXPECTED_LABEL: &str = "pilotlight.expected";

/// Whether a label of containers means something here, shown or not.
pub(crate) fn is_of_use(key: &str) -> bool {
    [EXPECTED_LABEL, PROJECT, SERVICE].contains(&key)
}

impl Inventory {
    /// One that knows nothing yet, but for names that are `expected`.
    pub(crate) fn new(expected: impl IntoIterator<Item = String>) -> Self {
        let expected: BTreeSet<String> = expected.into_iter().collect();
        let declared = |name: &String| (name.clone(), Record { declared: true, ..Record::default() });
        Inventory { records: expected.iter().map(declared).collect(), expected, ..Inventory::default() }
    }

    /// How the engine names its cgroups, for containers whose cgroup is not seen.
    pub(crate) fn set_habit(&mut self, habit: Habit) {
        self.habit = habit;
    }

    /// Whether everything was known at some time.
    pub(crate) fn has_begun(&self) -> bool {
        self.began_nanos.is_some()
    }

    /// Everything there is has been told: from now on what happens is counted.
    pub(crate) fn begin(&mut self, now_nanos: u64) {
        self.now_nanos = now_nanos;
        self.began_nanos.get_or_insert(now_nanos);
    }

    /// The containers that there are, by id.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.containers.values().map(|known| &known.entry)
    }

    /// The containers that were removed a moment ago.
    pub(crate) fn removed(&self) -> impl Iterator<Item = &Entry> {
        self.removed.iter()
    }

    /// What is remembered of every name.
    pub(crate) fn records(&self) -> impl Iterator<Item = (&str, &Record)> {
        self.records.iter().map(|(name, record)| (name.as_str(), record))
    }

    /// How many containers were made and removed, by compose project.
    pub(crate) fn turnover(&self) -> impl Iterator<Item = (&str, Turnover)> {
        self.churn.projects()
    }

    /// Changes that only an inspection has shown.
    pub(crate) fn found(&self) -> u64 {
        self.found
    }

    /// Containers for which there was no room.
    pub(crate) fn refused(&self) -> u64 {
        self.refused
    }

    /// The cgroup of a container was found there.
    pub(crate) fn located(&mut self, id: &str, path: &Arc<str>) {
        if let Some(known) = self.containers.get_mut(id) {
            known.entry.path = Arc::clone(path);
        }
    }

    /// The kernel's count of processes that it has killed in this container's cgroup, which was made at `started_nanos`.
    pub(crate) fn kernel_kills(&mut self, id: &str, started_nanos: Option<u64>, kills: u64) {
        let Some(known) = self.containers.get_mut(id) else { return };
        if started_nanos.is_none() || known.entry.container.started_nanos != started_nanos || known.run.ended {
            return;
        }
        let fresh = started_nanos >= self.began_nanos;
        let more = known.run.kills.read(kills, fresh);
        known.count_kills(&mut self.records, more, self.now_nanos);
    }

    /// Forgets what has been gone for long: containers after `linger`, names after a day.
    pub(crate) fn forget(&mut self, now_nanos: u64, linger: Duration) {
        let age = |since: u64| Duration::from_nanos(now_nanos.saturating_sub(since));
        self.removed.retain(|entry| entry.last_up_nanos.is_some_and(|up| age(up) < linger));
        let expected = &self.expected;
        self.records.retain(|name, record| {
            let is_old = record.vanished_nanos.is_some_and(|vanished| age(vanished) >= VANISHED);
            expected.contains(name) || !is_old
        });
        while self.records.len() > MOST_NAMES {
            let oldest = self.records.iter().filter(|(_, record)| record.vanished_nanos.is_some());
            let Some(name) = oldest.min_by_key(|(_, record)| record.vanished_nanos).map(|(name, _)| name.clone())
            else {
                return;
            };
            self.records.remove(&name);
        }
    }

    /// A container that is new here, with the run that it has.
    fn add(&mut self, container: Container, run: Run, inspected: bool) -> bool {
        if self.containers.len() >= MOST_CONTAINERS {
            self.refused += 1;
            return false;
        }
        let path = expected_path(self.habit, &container.cgroup_parent, &container.id);
        let id = container.id.clone();
        let oom_kills = Total::born(self.now_nanos);
        let entry = Entry { container: Arc::new(container), path: path.into(), oom_kills, last_up_nanos: None };
        self.containers.insert(id.clone(), Known { entry, run, before: Vec::new(), inspected });
        self.settle(&id);
        true
    }

    /// What follows for its name from what a container is now.
    fn settle(&mut self, id: &str) {
        let Some(known) = self.containers.get_mut(id) else { return };
        let container = &known.entry.container;
        known.entry.last_up_nanos = match container.is_up() {
            true => None,
            false => container.finished_nanos.or(known.entry.last_up_nanos),
        };
        let now = self.now_nanos;
        let record = record_of(&mut self.records, &container.name, now);
        record.vanished_nanos = None;
        record.declared = self.expected.contains(&container.name) || container.label(EXPECTED_LABEL) == Some("true");
        record.expected_running = Some(record.declared || expected_running(container, &known.run));
        if record.last_exit.is_none() {
            record.last_exit = known.run.past_exit(container);
        }
        if container.health.is_some() {
            for health in Health::COUNTED {
                record.transitions(health, now);
            }
        }
    }

    /// No container of this name is left, unless there is another one.
    fn vacate(&mut self, name: &str, at_nanos: u64) {
        if self.entries().any(|entry| entry.container.name == name) {
            return;
        }
        if let Some(record) = self.records.get_mut(name) {
            record.vanished_nanos = Some(at_nanos);
            record.expected_running = None;
        }
    }

    /// The container is no more.
    fn remove(&mut self, id: &str, at_nanos: u64) {
        let Some(mut known) = self.containers.remove(id) else { return };
        known.count_ends(&mut self.records, self.now_nanos);
        let name = known.entry.container.name.clone();
        if known.run.has_begun() {
            known.entry.last_up_nanos.get_or_insert(at_nanos);
            if self.removed.len() >= MOST_REMOVED {
                self.removed.remove(0);
            }
            self.removed.push(known.entry);
        }
        self.vacate(&name, at_nanos);
    }
}

impl Known {
    /// The record of its name.
    fn record<'r>(&self, records: &'r mut Records, now_nanos: u64) -> &'r mut Record {
        record_of(records, &self.entry.container.name, now_nanos)
    }

    /// Changes what the engine has told of the container.
    fn change(&mut self, change: impl FnOnce(&mut Container)) {
        change(Arc::make_mut(&mut self.entry.container));
    }

    /// Counts the ends that wait to be told why they came, in their order.
    fn count_ends(&mut self, records: &mut Records, now_nanos: u64) {
        let mut before = std::mem::take(&mut self.before);
        for run in before.iter_mut().chain([&mut self.run]) {
            let Some(end) = run.end.take() else { continue };
            let exit = run.exit(&end);
            let record = record_of(records, &self.entry.container.name, now_nanos);
            record.exited(exit, 1, now_nanos);
            record.last_exit = Some(end.into());
        }
    }

    /// Whether it is known of every end why it came.
    fn is_explained(&self) -> bool {
        self.before.iter().chain([&self.run]).all(Run::is_explained)
    }

    /// The run of which it is told then that the kernel has killed in it: one that ended a moment ago for no reason, or the present
    /// one.
    fn killed_run(&mut self, at_nanos: u64) -> &mut Run {
        let is_it = |run: &&mut Run| !run.is_explained() && run.has_ended_within(TOLD_LATE, at_nanos);
        self.before.iter_mut().find(is_it).unwrap_or(&mut self.run)
    }

    /// Counts processes that the kernel has killed.
    fn count_kills(&mut self, records: &mut Records, kills: u64, now_nanos: u64) {
        if kills > 0 {
            self.entry.oom_kills.add(kills);
            self.record(records, now_nanos).oom_kills.add(kills);
        }
    }

    /// An end that is counted once it is known why it came.
    fn end(&mut self, code: Option<i64>, at_nanos: u64, ran: Option<Duration>) {
        self.run.end = Some(End { code, at_nanos, ran });
    }
}
