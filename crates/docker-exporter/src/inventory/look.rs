//! What follows from a look at the engine: a list of all containers, an inspection of one.

use crate::container::{Container, Health, State};
use crate::engine::model::Summary;
use crate::inventory::record::{CodeClass, Exit, Reason};
use crate::inventory::run::{Run, Unseen};
use crate::inventory::status::up_seconds;
use crate::inventory::{Inventory, Known, Records};

/// How sure a look is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// An event that tells of the same may be on its way.
    First,
    /// The event had time to come.
    Again,
}

/// Containers that have been up for less are inspected each time: what the list says of them is too coarse to tell two runs
/// apart.
const YOUNG_SECONDS: u64 = 180;
const SECOND: u64 = 1_000_000_000;

impl Inventory {
    /// Takes a list of every container there is. Those that are to be inspected.
    pub(crate) fn listed(&mut self, list: &[Summary], now_nanos: u64) -> Vec<String> {
        self.now_nanos = now_nanos;
        let missing = self.containers.keys().filter(|id| !list.iter().any(|summary| summary.id == **id));
        let missing: Vec<String> = missing.cloned().collect();
        let differing = list.iter().filter(|summary| {
            let known = self.containers.get_mut(&summary.id);
            known.is_none_or(|known| known.differs(summary, now_nanos))
        });
        let differing: Vec<String> = differing.map(|summary| summary.id.clone()).collect();
        missing.into_iter().chain(differing).collect()
    }

    /// Takes what an inspection says. Whether it shows what no event has told, so that another [`Look`] is to be taken in a
    /// moment.
    pub(crate) fn inspected(&mut self, container: Container, now_nanos: u64, look: Look) -> bool {
        self.now_nanos = now_nanos;
        let id = container.id.clone();
        if !self.containers.contains_key(&id) {
            return self.discovered(container, now_nanos, look);
        }
        let known = self.containers.get_mut(&id).expect("it is there");
        let unseen = known.run.unseen(&container);
        let flipped = unseen.starts == 0 && container.health.is_some() && known.run.health != container.health;
        // The first word of a run's health check is not a change.
        let flipped = flipped && container.health != Some(Health::Starting);
        if look == Look::First && (!unseen.is_none() || flipped) {
            return true;
        }
        let was = known.entry.container.name.clone();
        known.inspected = true;
        if !unseen.is_none() {
            self.found += 1;
            known.count_unseen(&mut self.records, unseen, &container, now_nanos);
        } else if flipped && let Some(health) = container.health {
            self.found += 1;
            known.run.health = Some(health);
            known.record(&mut self.records, now_nanos).transitions(health, now_nanos).add(1);
        }
        known.run.inspected(&container);
        known.run.health = known.run.health.or(container.health);
        // An event may be on its way that tells of it.
        let shows_kill = known.run.shows_kill(&container);
        if shows_kill && look == Look::Again {
            let more = known.run.kills.found();
            known.count_kills(&mut self.records, more, now_nanos);
        }
        let renamed = (was != container.name).then_some(was);
        known.change(|old| *old = container);
        let is_sure = look == Look::Again || (known.is_explained() && !shows_kill);
        if is_sure {
            known.count_ends(&mut self.records, now_nanos);
        }
        self.settle(&id);
        if let Some(old) = renamed {
            self.vacate(&old, now_nanos);
        }
        !is_sure
    }

    /// The engine does not know the container any more. Whether to look again, as an event may tell how it ended.
    pub(crate) fn missing(&mut self, id: &str, now_nanos: u64, look: Look) -> bool {
        let is_known = self.containers.contains_key(id);
        if is_known && look == Look::Again {
            self.found += 1;
            self.remove(id, now_nanos);
        }
        is_known && look == Look::First
    }

    /// An inspection shows a container that is not known.
    fn discovered(&mut self, container: Container, now_nanos: u64, look: Look) -> bool {
        self.churn.seen(container.project());
        let is_past = self.began_nanos.is_none_or(|began| container.created_nanos.is_none_or(|made| made < began));
        if is_past {
            let run = Run::of(&container);
            self.add(container, run, true);
            return false;
        }
        if look == Look::First {
            return true;
        }
        self.found += 1;
        let id = container.id.clone();
        let unseen = Run::default().unseen(&container);
        if self.add(container.clone(), Run::default(), true) {
            let known = self.containers.get_mut(&id).expect("it was added");
            known.count_unseen(&mut self.records, unseen, &container, now_nanos);
            known.run.inspected(&container);
            known.count_ends(&mut self.records, now_nanos);
            self.settle(&id);
        }
        false
    }
}

impl Known {
    /// Whether a list says something else of it, or too little to tell.
    fn differs(&mut self, summary: &Summary, now_nanos: u64) -> bool {
        let container = &self.entry.container;
        let state = State::from_word(&summary.state);
        let name = summary.names.iter().any(|name| name.trim_start_matches('/') == container.name);
        if !self.inspected || state != container.state || (!summary.names.is_empty() && !name) {
            return true;
        }
        if !container.is_up() {
            return false;
        }
        let (health, streak) = match &summary.health {
            Some(health) => (Health::from_word(&health.status), Some(health.failing_streak)),
            None => (health_in(&summary.status), None),
        };
        if health != container.health {
            return true;
        }
        match (health, streak) {
            (Some(_), Some(streak)) => self.change(|container| container.failing_streak = Some(streak)),
            // Only an inspection tells how many checks in a row have failed.
            (Some(_), None) => return true,
            (None, _) => {}
        }
        let age = self.entry.container.started_nanos.map(|started| now_nanos.saturating_sub(started) / SECOND);
        age.is_none_or(|age| age < YOUNG_SECONDS) || up_seconds(&summary.status).is_some_and(|up| up < YOUNG_SECONDS)
    }

    /// Counts what no event has told: starts, the ends before them, and the last end.
    fn count_unseen(&mut self, records: &mut Records, unseen: Unseen, container: &Container, now_nanos: u64) {
        self.count_ends(records, now_nanos);
        if unseen.starts > 0 {
            let (had_run, had_ended) = (self.run.has_begun(), self.run.ended);
            let record = self.record(records, now_nanos);
            // The first start is no restart, and nothing ended before it.
            record.restarts.add(unseen.starts - u64::from(!had_run));
            let lost = unseen.starts - u64::from(!had_run || had_ended);
            let lost = lost.max(u64::from(self.run.has_ended_before(container)));
            if lost > 0 {
                record.exited(Exit { class: CodeClass::Unknown, reason: Reason::Unknown }, lost, now_nanos);
            }
            self.run.inspected(container);
        }
        if unseen.end
            && let Some(at_nanos) = container.finished_nanos
        {
            let ran = self.run.lasted(at_nanos);
            self.run.found_to_end(at_nanos);
            self.end(container.exit_code, at_nanos, ran);
        }
    }
}

/// The health in a list's words for people, before API 1.52: `Up 2 hours (healthy)`, `(health: starting)`.
fn health_in(status: &str) -> Option<Health> {
    let (_, word) = status.rsplit_once('(')?;
    Health::from_word(word.trim_end_matches(')').trim_start_matches("health: "))
}
