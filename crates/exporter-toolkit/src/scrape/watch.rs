//! Knowing what hangs: every touch of a mount, file or device that may block is announced before and after.
//!
//! A blocked system call can't be taken back. What can be done is to remember what it touched, go on without it on
//! another thread, and not touch it again until the call returns.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::lock::lock;

/// The things that hang, and the reader threads that hang in them, of one exporter.
#[derive(Debug, Default)]
pub(crate) struct Parking {
    things: Mutex<BTreeSet<(&'static str, String)>>,
    threads: AtomicUsize,
}

impl Parking {
    /// How many reader threads were given up and have not returned.
    pub(crate) fn threads(&self) -> usize {
        self.threads.load(Ordering::Relaxed)
    }

    /// A thread that was given up has returned.
    pub(crate) fn returned(&self) {
        self.threads.fetch_sub(1, Ordering::Relaxed);
    }

    fn holds(&self, collector: &'static str, thing: &str) -> bool {
        let things = lock(&self.things);
        !things.is_empty() && things.iter().any(|parked| parked.0 == collector && parked.1 == thing)
    }

    fn park(&self, collector: &'static str, thing: &str) {
        tracing::warn!(collector, thing, "does not answer; left out until it does");
        lock(&self.things).insert((collector, thing.to_owned()));
    }

    fn release(&self, collector: &'static str, thing: &str) {
        tracing::info!(collector, thing, "answers again");
        lock(&self.things).remove(&(collector, thing.to_owned()));
    }
}

/// What one reader thread is doing, shared with whoever waits for it.
#[derive(Debug)]
pub(crate) struct Progress {
    state: Mutex<State>,
    parking: Arc<Parking>,
}

#[derive(Debug)]
struct State {
    /// The collector in hand, as its position in the job, since when, and when its time is up: never once it has read,
    /// for shaping does not block.
    collector: usize,
    since: Instant,
    until: Option<Instant>,
    /// The thing in hand, if the collector has named one.
    thing: Option<(String, Instant)>,
    /// Set when nobody waits for this thread any more: its page has gone on without it.
    abandoned: bool,
}

/// A thread that was given up.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Hang {
    /// The position in the job of the collector that hangs.
    pub(crate) collector: usize,
    pub(crate) took: Duration,
    /// Whether one thing is to blame, and parked now: the collector may read the others. Else it did not say, and is
    /// parked whole, by its own lock.
    pub(crate) parked: bool,
}

impl Progress {
    /// For a job whose first collector must be through at `until`.
    pub(crate) fn new(parking: Arc<Parking>, since: Instant, until: Instant) -> Self {
        let state = State { collector: 0, since, until: Some(until), thing: None, abandoned: false };
        Progress { state: Mutex::new(state), parking }
    }

    /// The thread turns to the collector at `position`. `false` when it has been abandoned.
    pub(crate) fn begin(&self, position: usize, since: Instant, until: Instant) -> bool {
        let mut state = lock(&self.state);
        (state.collector, state.since, state.until) = (position, since, Some(until));
        !state.abandoned
    }

    /// The collector in hand has read. `false` when the thread has been abandoned and must not touch the page.
    pub(crate) fn finish(&self) -> bool {
        let mut state = lock(&self.state);
        state.until = None;
        !state.abandoned
    }

    /// The thread has returned after it was given up.
    pub(crate) fn returned(&self) {
        self.parking.returned();
    }

    pub(crate) fn abandoned(&self) -> bool {
        lock(&self.state).abandoned
    }

    /// When the collector in hand has had its time, if it is still reading.
    pub(crate) fn until(&self) -> Option<Instant> {
        lock(&self.state).until
    }

    /// Gives the thread up if the collector in hand has had its time; `name` tells a collector's name by its position.
    pub(crate) fn abandon(&self, name: impl Fn(usize) -> &'static str, now: Instant) -> Option<Hang> {
        let mut state = lock(&self.state);
        let until = state.until.filter(|until| *until <= now)?;
        state.abandoned = true;
        self.parking.threads.fetch_add(1, Ordering::Relaxed);
        // A thing is to blame when it took most of the time; else the collector was slow all over.
        let half = state.since + until.saturating_duration_since(state.since) / 2;
        let culprit = state.thing.as_ref().filter(|(_, since)| *since <= half);
        if let Some((thing, _)) = culprit {
            self.parking.park(name(state.collector), thing);
        }
        Some(Hang { collector: state.collector, took: now - state.since, parked: culprit.is_some() })
    }
}

/// What a collector reports to while it reads.
#[derive(Debug)]
pub struct Watch<'a> {
    pub(crate) collector: &'static str,
    pub(crate) progress: &'a Progress,
}

/// The thing still hangs in an earlier touch, or this reading has been given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parked;

impl Watch<'_> {
    /// How long the collector may still read, seen from `now`.
    #[must_use]
    pub fn time_left(&self, now: Instant) -> Duration {
        self.progress.until().map_or(Duration::ZERO, |until| until.saturating_duration_since(now))
    }

    /// Runs `work`, which touches `thing` (a mount, a file, a device) and may never return.
    ///
    /// # Errors
    /// [`Parked`], without touching it, while an earlier touch of the same thing by the same collector hangs.
    pub fn guard<T>(&self, thing: &str, work: impl FnOnce() -> T) -> Result<T, Parked> {
        let mut state = lock(&self.progress.state);
        if state.abandoned || self.progress.parking.holds(self.collector, thing) {
            return Err(Parked);
        }
        state.thing = Some((thing.to_owned(), Instant::now()));
        drop(state);
        let touch = Touch { watch: self, thing };
        let done = work();
        drop(touch);
        if self.progress.abandoned() { Err(Parked) } else { Ok(done) }
    }
}

/// A thing in hand; what follows from its end follows also when the work on it panics.
struct Touch<'a> {
    watch: &'a Watch<'a>,
    thing: &'a str,
}

impl Drop for Touch<'_> {
    fn drop(&mut self) {
        let Progress { state, parking } = self.watch.progress;
        let mut state = lock(state);
        state.thing = None;
        if state.abandoned {
            parking.release(self.watch.collector, self.thing);
        }
    }
}
