//! What the engine knows, and what it has been told to do.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::shapes;
use super::{Answer, Version};

/// How many events an engine remembers (moby/moby: daemon/events).
const REMEMBERED: usize = 256;

pub(super) struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

pub(super) struct State {
    pub(super) version: Version,
    /// As they are inspected.
    pub(super) containers: Vec<Value>,
    pub(super) images: BTreeMap<String, Value>,
    pub(super) stats: BTreeMap<String, Value>,
    /// Every event that there has been.
    pub(super) events: Vec<Happened>,
    /// The first of them that is remembered, if it is not too long ago.
    first: usize,
    /// Streams that were opened before it was counted up are over.
    pub(super) streams: usize,
    pub(super) stream_length: Option<usize>,
    pub(super) answers: Vec<(String, Answer)>,
    pub(super) chunk: Option<usize>,
    pub(super) keep_alive: bool,
    pub(super) requests: Vec<String>,
    pub(super) connections: usize,
    pub(super) accepted: usize,
    pub(super) sent: usize,
    pub(super) stopped: bool,
    last_nanos: u64,
}

/// An event as it is told.
#[derive(Debug, Clone)]
pub(super) struct Happened {
    /// Without what follows a colon; none for bytes that are always told.
    pub(super) action: Option<String>,
    pub(super) nanos: u64,
    /// The bytes of it.
    pub(super) line: String,
}

impl Shared {
    pub(super) fn new(version: Version) -> Shared {
        let state = State {
            version,
            containers: Vec::new(),
            images: BTreeMap::new(),
            stats: BTreeMap::new(),
            events: Vec::new(),
            first: 0,
            streams: 0,
            stream_length: None,
            answers: Vec::new(),
            chunk: None,
            keep_alive: true,
            requests: Vec::new(),
            connections: 0,
            accepted: 0,
            sent: 0,
            stopped: false,
            last_nanos: 0,
        };
        Shared { state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Changes something, and lets event streams see it.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let changed = change(&mut self.lock());
        self.changed.notify_all();
        changed
    }

    pub(super) fn read<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.lock())
    }

    pub(super) fn stop(&self) {
        self.change(|state| state.stopped = true);
    }

    /// Waits until `ready` finds something, for this long at most.
    pub(super) fn wait<T>(&self, limit: Duration, mut ready: impl FnMut(&mut State) -> Option<T>) -> Option<T> {
        let mut found = None;
        let waiting = |state: &mut State| {
            found = ready(state);
            found.is_none() && !state.stopped
        };
        drop(self.changed.wait_timeout_while(self.lock(), limit, waiting).unwrap_or_else(PoisonError::into_inner));
        found
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    pub(super) fn put(&mut self, inspect: Value) {
        let container = shapes::inspect(self.version, inspect);
        match self.containers.iter_mut().find(|known| known["Id"] == container["Id"]) {
            Some(known) => *known = container,
            None => self.containers.push(container),
        }
    }

    pub(super) fn remove(&mut self, id: &str) {
        self.containers.retain(|container| container["Id"] != id);
        self.stats.remove(id);
    }

    pub(super) fn put_image(&mut self, inspect: Value) {
        let id = inspect["Id"].as_str().expect("an image has an Id").to_owned();
        self.images.insert(id, inspect);
    }

    pub(super) fn put_stats(&mut self, id: &str, stats: Value) {
        self.stats.insert(id.to_owned(), stats);
    }

    /// Time never goes back, and no two events share a moment.
    fn now(&mut self) -> u64 {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        self.last_nanos = u64::try_from(since.as_nanos()).unwrap_or_default().max(self.last_nanos + 1);
        self.last_nanos
    }

    pub(super) fn push(&mut self, event: Value) {
        let nanos = event["timeNano"].as_u64().unwrap_or_else(|| self.now());
        let event = shapes::event(self.version, event, nanos);
        let action = event["Action"].as_str().unwrap_or_default();
        let action = action.split(':').next().map(str::to_owned);
        self.events.push(Happened { action, nanos, line: format!("{event}\n") });
    }

    pub(super) fn push_raw(&mut self, bytes: &str) {
        let nanos = self.now();
        self.events.push(Happened { action: None, nanos, line: bytes.to_owned() });
    }

    pub(super) fn make_noise(&mut self, events: usize) {
        for _ in 0..events {
            self.push(json!({"Action": "exec_start: /bin/check"}));
        }
    }

    pub(super) fn end_streams(&mut self) {
        self.streams += 1;
    }

    pub(super) fn restart(&mut self) {
        self.first = self.events.len();
        self.end_streams();
    }

    /// The first event that a new stream is told: from a time on, as far as is remembered; without a time what comes.
    pub(super) fn first_since(&self, since: Option<u64>) -> usize {
        let Some(since) = since else { return self.events.len() };
        let first = self.first.max(self.events.len().saturating_sub(REMEMBERED));
        let late = |event: &Happened| event.nanos >= since;
        self.events.iter().skip(first).position(late).map_or(self.events.len(), |position| first + position)
    }
}
