//! A run of a container, from a start to its end, told of by events and by inspection, in whatever order the two come.
//!
//! An event has its own time, which is a little later than the one that an inspection gives for the same start or end. What
//! one source has told is not counted again when the other tells of it.

use std::time::Duration;

use crate::container::{Container, Health, State};
use crate::inventory::record::{CodeClass, Exit, LastExit, Reason};

/// The present run of a container, or its last one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Run {
    start: Option<Start>,
    /// Whether its end is counted, or about to be.
    pub(crate) ended: bool,
    /// The end, until it is known why it came.
    pub(crate) end: Option<End>,
    /// `RestartCount` with which it began, if it was inspected.
    restart_count: Option<u64>,
    /// When, as whoever told of it first has it.
    ended_nanos: Option<u64>,
    /// Whether that end was seen, and not only found.
    seen_to_end: bool,
    /// Until when an end is taken for the one that someone asked for.
    stop_until_nanos: u64,
    /// Whether someone asked for its end.
    pub(crate) stopped: bool,
    /// Whether a process had been killed in it before anybody looked.
    past_kill: bool,
    /// What its health check was last known to have come to.
    pub(crate) health: Option<Health>,
    pub(crate) kills: Kills,
}

/// When a run began.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Start {
    /// An event told of it.
    Told { at_nanos: u64 },
    /// `StartedAt`, and whether an event told of it, too.
    Known { at_nanos: u64, told: bool },
}

/// The end of a run.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct End {
    pub(crate) code: Option<i64>,
    pub(crate) at_nanos: u64,
    pub(crate) ran: Option<Duration>,
}

/// Processes of a run that the kernel has killed for memory.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kills {
    /// As the engine told.
    events: u64,
    /// The kernel's count when it was first read, without what the engine had told by then.
    base: Option<u64>,
    kernel: u64,
    /// What is in the totals.
    counted: u64,
}

/// What inspecting a container has shown of its runs, beyond what was known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unseen {
    /// Starts that no event told of.
    pub(crate) starts: u64,
    /// Whether the last run has ended, and no event told of it.
    pub(crate) end: bool,
}

impl Unseen {
    pub(crate) fn is_none(self) -> bool {
        self == Unseen { starts: 0, end: false }
    }
}

/// A container that ends this much later than it was to is still ended by who asked for it.
const STOP_GRACE_SECONDS: u64 = 5;
const STOP_SECONDS: u64 = 10;
const SECOND: u64 = 1_000_000_000;

/// SIGINT, SIGQUIT, SIGKILL, SIGTERM: what programs are ended with.
const ENDING: [u32; 4] = [2, 3, 9, 15];

impl Run {
    /// The run of a container that was there before anybody looked: what it has been through is not counted.
    pub(crate) fn of(container: &Container) -> Run {
        let start = container.started_nanos.map(|at_nanos| Start::Known { at_nanos, told: false });
        Run {
            start,
            ended: start.is_some() && !container.is_up(),
            ended_nanos: container.finished_nanos,
            restart_count: Some(restart_count(container)),
            health: container.health,
            past_kill: container.oom_killed,
            ..Run::default()
        }
    }

    /// How it ended before anybody looked, if it has.
    pub(crate) fn past_exit(&self, container: &Container) -> Option<LastExit> {
        let at_nanos = container.finished_nanos.filter(|_| self.ended && !self.seen_to_end)?;
        Some(LastExit { code: container.exit_code, at_nanos, ran: self.lasted(at_nanos) })
    }

    /// Whether an inspection shows that the kernel has killed in this run, and that is of now.
    pub(crate) fn shows_kill(&self, container: &Container) -> bool {
        self.ended && !container.is_up() && container.oom_killed && !self.past_kill && self.kills.counted == 0
    }

    /// Whether there has been one.
    pub(crate) fn has_begun(&self) -> bool {
        self.start.is_some()
    }

    /// An event tells of a start. The run before, if it is the start of another one.
    pub(crate) fn starts(&mut self, at_nanos: u64) -> Option<Run> {
        match &mut self.start {
            Some(start) if at_nanos < start.at_nanos() => return None,
            Some(Start::Known { told, .. }) if !*told && !self.ended => {
                *told = true;
                return None;
            }
            _ => {}
        }
        Some(std::mem::replace(self, Run { start: Some(Start::Told { at_nanos }), ..Run::default() }))
    }

    /// Whether it is known why it ended, or has not. A program that was killed may have been by the kernel for its memory: of that
    /// the engine tells apart, and up to a third of a second later.
    pub(crate) fn is_explained(&self) -> bool {
        let is_killed = self.end.as_ref().is_some_and(|end| CodeClass::of(end.code) == CodeClass::Killed);
        !is_killed || self.stopped || self.kills.counted > 0
    }

    /// An event tells of the end. Whether that was not known.
    pub(crate) fn ends(&mut self, at_nanos: u64) -> bool {
        let before = self.start.is_some_and(|start| at_nanos < start.at_nanos());
        if before || self.ended {
            return false;
        }
        self.ends_as(at_nanos <= self.stop_until_nanos);
        self.ended_nanos = Some(at_nanos);
        true
    }

    /// Whether an inspection of a later run shows that another one has ended since this one did.
    pub(crate) fn has_ended_before(&self, container: &Container) -> bool {
        self.ended && container.is_up() && container.finished_nanos > self.ended_nanos
    }

    /// An inspection shows that it has ended.
    pub(crate) fn found_to_end(&mut self, at_nanos: u64) {
        (self.ended, self.ended_nanos) = (true, Some(at_nanos));
    }

    /// It has ended, because someone `stopped` it or not.
    pub(crate) fn ends_as(&mut self, stopped: bool) {
        (self.ended, self.seen_to_end, self.stopped) = (true, true, stopped);
    }

    /// Whether its end was seen, so that it is known whether someone asked for it.
    pub(crate) fn was_seen_to_end(&self) -> bool {
        self.seen_to_end
    }

    /// Whether it ended so long before that time, or later.
    pub(crate) fn has_ended_within(&self, time: Duration, at_nanos: u64) -> bool {
        let ended = self.end.as_ref().map(|end| end.at_nanos);
        ended.is_some_and(|ended| Duration::from_nanos(at_nanos.saturating_sub(ended)) <= time)
    }

    /// Someone sends it a signal.
    pub(crate) fn signalled(&mut self, signal: Option<u32>, container: &Container, at_nanos: u64) {
        if signal.is_none_or(|signal| ENDING.contains(&signal) || container.stop_signal == Some(signal)) {
            let seconds = container.stop_seconds.unwrap_or(STOP_SECONDS).saturating_add(STOP_GRACE_SECONDS);
            self.stop_until_nanos = at_nanos.saturating_add(seconds.saturating_mul(SECOND));
        }
    }

    /// Seconds from its start to that time.
    pub(crate) fn lasted(&self, until_nanos: u64) -> Option<Duration> {
        until_nanos.checked_sub(self.start?.at_nanos()).map(Duration::from_nanos)
    }

    /// What an inspection shows that no event has told.
    pub(crate) fn unseen(&self, container: &Container) -> Unseen {
        let Some(started) = container.started_nanos else { return Unseen { starts: 0, end: false } };
        let is_same = match self.start {
            None => false,
            Some(Start::Known { at_nanos, .. }) => started == at_nanos,
            // The event comes after the start.
            Some(Start::Told { at_nanos }) => started <= at_nanos,
        };
        let has_ended = !container.is_up() && container.finished_nanos.is_some_and(|end| end >= started);
        if is_same {
            return Unseen { starts: 0, end: has_ended && !self.ended };
        }
        let count = restart_count(container);
        let starts = match self.restart_count {
            // Someone has started it, which sets the count to 0.
            Some(before) if count < before => count + 1,
            Some(before) => (count - before).max(1),
            None if self.start.is_none() => count + 1,
            None => 1,
        };
        Unseen { starts, end: has_ended }
    }

    /// Takes from an inspection when the run began, or that it is another one.
    pub(crate) fn inspected(&mut self, container: &Container) {
        let Some(at_nanos) = container.started_nanos else { return };
        if self.unseen(container).starts > 0 {
            let start = Some(Start::Known { at_nanos, told: false });
            *self = Run { start, health: container.health, ..Run::default() };
        } else if let Some(Start::Told { .. }) = self.start {
            self.start = Some(Start::Known { at_nanos, told: true });
        }
        self.restart_count = Some(restart_count(container));
    }

    /// What an end is counted as.
    pub(crate) fn exit(&self, end: &End) -> Exit {
        let class = CodeClass::of(end.code);
        let reason = match end.code {
            None => Reason::Unknown,
            Some(_) if self.stopped => Reason::Stopped,
            // The kernel kills one process of it, which may not be the first one: then the program goes on, or ends by itself.
            Some(137) if self.kills.counted > 0 => Reason::Oom,
            Some(_) => Reason::Exited,
        };
        Exit { class, reason }
    }
}

impl From<End> for LastExit {
    fn from(End { code, at_nanos, ran }: End) -> Self {
        LastExit { code, at_nanos, ran }
    }
}

impl Start {
    fn at_nanos(self) -> u64 {
        match self {
            Start::Told { at_nanos } | Start::Known { at_nanos, .. } => at_nanos,
        }
    }
}

impl Kills {
    /// The engine tells of one. How many more there are than were counted.
    pub(crate) fn told(&mut self) -> u64 {
        self.events += 1;
        self.count()
    }

    /// The kernel's count of the run. How many more there are than were counted. `fresh`: the run's beginning was seen, so
    /// that every one of them is of now.
    pub(crate) fn read(&mut self, kernel: u64, fresh: bool) -> u64 {
        let events = self.events;
        self.base.get_or_insert_with(|| if fresh { 0 } else { kernel.saturating_sub(events) });
        self.kernel = kernel;
        self.count()
    }

    /// An inspection says that there was one.
    pub(crate) fn found(&mut self) -> u64 {
        self.events = self.events.max(1);
        self.count()
    }

    fn count(&mut self) -> u64 {
        let kernel = self.base.map_or(0, |base| self.kernel.saturating_sub(base));
        let all = self.events.max(kernel).max(self.counted);
        all - std::mem::replace(&mut self.counted, all)
    }
}

/// With which the last run began: the engine counts a restart when it decides on it, and may wait a minute then.
fn restart_count(container: &Container) -> u64 {
    let decided = u64::from(container.state == Some(State::Restarting));
    container.restart_count.saturating_sub(decided)
}
