//! The engine's statistics, asked for by a scrape where cgroups can't be seen.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use exporter_toolkit::{Shutdown, lock};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout_at;

use crate::engine::Engine;
use crate::usage::{Interface, Usage};
use crate::watch::Shared;

/// What the engine tells of one container.
pub(crate) struct Told {
    pub(crate) id: String,
    pub(crate) usage: Usage,
    pub(crate) interfaces: Vec<Interface>,
}

/// Where a scrape asks.
#[derive(Clone)]
pub(crate) struct Asker(mpsc::Sender<Want>);

/// Where it is answered.
pub(crate) struct Desk {
    wants: tokio::sync::Mutex<mpsc::Receiver<Want>>,
    shared: Shared,
}

struct Want {
    ids: Vec<String>,
    until: Instant,
    reply: Sender<Told>,
}

/// Containers that the engine is asked for at a time: each costs it some milliseconds, and more of it one after the other.
const AT_A_TIME: usize = 5;

/// Scrapes that can wait: there is one at a time, and those that were given up.
const MOST_WANTS: usize = 4;

/// What a scrape asks with, and what answers it.
pub(crate) fn desk(shared: Shared) -> (Asker, Desk) {
    let (sender, wants) = mpsc::channel(MOST_WANTS);
    (Asker(sender), Desk { wants: tokio::sync::Mutex::new(wants), shared })
}

impl Asker {
    /// What the engine tells of these containers within the time; of one that has ended, or that it is slow with, nothing.
    /// Blocks.
    pub(crate) fn ask(&self, ids: Vec<String>, time: Duration) -> Vec<Told> {
        let until = Instant::now() + time;
        let (reply, told) = channel();
        if self.0.try_send(Want { ids, until, reply }).is_err() {
            return Vec::new();
        }
        gather(&told, until)
    }
}

fn gather(told: &Receiver<Told>, until: Instant) -> Vec<Told> {
    let mut all = Vec::new();
    while let Ok(one) = told.recv_timeout(until.saturating_duration_since(Instant::now())) {
        all.push(one);
    }
    all
}

impl Desk {
    /// Answers until the shutdown.
    pub(crate) async fn run(self: Arc<Self>, mut shutdown: Shutdown) {
        let mut wants = self.wants.lock().await;
        loop {
            let want = tokio::select! {
                want = wants.recv() => want,
                () = shutdown.requested() => return,
            };
            let Some(want) = want else { return };
            let engine = lock(&self.shared.known).met.as_ref().map(|met| met.engine.clone());
            if let Some(engine) = engine {
                answer(&engine, want).await;
            }
        }
    }
}

/// Asks for each container, several at a time.
async fn answer(engine: &Engine, Want { ids, until, reply }: Want) {
    let left = Arc::new(Mutex::new(ids.into_iter()));
    let mut asking = JoinSet::new();
    for _ in 0..AT_A_TIME {
        let (engine, left, reply) = (engine.clone(), Arc::clone(&left), reply.clone());
        asking.spawn(async move {
            let mut session = engine.open();
            loop {
                let Some(id) = lock(&left).next() else { return };
                let asked = timeout_at(until.into(), session.stats(&id)).await;
                let told = asked.ok().and_then(Result::ok).flatten().and_then(|stats| stats.usage());
                if let Some((usage, interfaces)) = told
                    && reply.send(Told { id, usage, interfaces }).is_err()
                {
                    return;
                }
            }
        });
    }
    asking.join_all().await;
}
