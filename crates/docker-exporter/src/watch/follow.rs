//! One engine, from the first question until it is lost.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use exporter_toolkit::{lock, now_nanos};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::container::Container;
use crate::engine::model::{Event, Image, Info, Summary};
use crate::engine::{Engine, EngineError, Events, Session};
use crate::inventory::Look;
use crate::watch::{Met, PATIENCE, Watch};

/// Follows engines, one after the other, and knows how far it has heard.
pub(super) struct Follower {
    watch: Arc<Watch>,
    /// The time of the last event, and those of that very time: they are told again with the next stream.
    heard_nanos: Option<u64>,
    heard: Vec<(String, String)>,
    /// Whether something came that was no event: the engine would tell it again.
    torn: bool,
    /// The engine, until it has told of its containers.
    meeting: Option<Met>,
    /// Containers to look at, and when.
    asked: BTreeSet<String>,
    asked_at: Option<Instant>,
    again: BTreeMap<String, Instant>,
    list_at: Instant,
    /// Whether every container is to be looked at: what happened while nobody listened shows in no list.
    everything: bool,
    /// What was said of the settings of the docker command.
    remarks: Vec<String>,
    /// By what is in them: images, and the digest by which a registry has them, if it does.
    images: BTreeMap<String, String>,
}

/// Events come in groups: a look waits for the rest of one.
const GATHER: Duration = Duration::from_millis(20);
/// An event had time to come.
const AGAIN: Duration = Duration::from_secs(1);
/// Events that wait while the engine is asked.
const MOST_EVENTS: usize = 4_096;
/// Images that are remembered.
const MOST_IMAGES: usize = 1_000;

type Heard = mpsc::Receiver<Result<Event, EngineError>>;

impl Follower {
    pub(super) fn new(watch: Arc<Watch>) -> Self {
        Follower {
            watch,
            heard_nanos: None,
            heard: Vec::new(),
            torn: false,
            meeting: None,
            asked: BTreeSet::new(),
            asked_at: None,
            again: BTreeMap::new(),
            list_at: Instant::now(),
            everything: true,
            remarks: Vec::new(),
            images: BTreeMap::new(),
        }
    }

    /// Finds an engine and follows it until it is lost. The error, or nothing where its stream has just ended.
    pub(super) async fn follow(&mut self) -> Option<EngineError> {
        match self.begin().await {
            Ok((engine, mut heard, _reading)) => self.attend(&engine, &mut heard).await.err(),
            Err(error) => Some(error),
        }
    }

    /// Subscribes first and asks then, so that nothing falls between the two.
    async fn begin(&mut self) -> Result<(Engine, Heard, JoinSet<()>), EngineError> {
        let watch = Arc::clone(&self.watch);
        let places = watch.finder.find()?;
        if self.remarks != places.remarks {
            places.remarks.iter().for_each(|remark| tracing::warn!(remark, "passed over when looking for the engine"));
            self.remarks.clone_from(&places.remarks);
        }
        let engine = Engine::meet(&places, PATIENCE).await?;
        let info = match engine.open().info().await {
            // A proxy may not let it through; it is of use for little.
            Err(EngineError::Forbidden { .. }) => Info::default(),
            info => info?,
        };
        let now = now_nanos();
        // What happened since is found by inspection then.
        let since_nanos = self.heard_nanos.filter(|_| !self.torn);
        let events = engine.events(since_nanos).await?;
        self.torn = false;
        if self.heard_nanos.replace(self.heard_nanos.unwrap_or(now)).is_some() {
            watch.own.reconnects.inc();
        }
        watch.own.connected.set(1);
        let (sender, heard) = mpsc::channel(MOST_EVENTS);
        let mut reading = JoinSet::new();
        reading.spawn(read(events, sender));
        let met = Met { engine: engine.clone(), info };
        let mut known = lock(&watch.shared.known);
        known.inventory.set_habit(met.habit());
        let begun = known.inventory.has_begun();
        drop(known);
        self.meeting = Some(met);
        self.everything = true;
        // What the engine remembers comes at once: it is counted from events, which know more.
        // Streams that end sooner do not put it off.
        self.list_at = self.list_at.min(Instant::now() + if begun { AGAIN } else { Duration::ZERO });
        Ok((engine, heard, reading))
    }

    /// Hears events and looks at what changed, until the stream ends.
    async fn attend(&mut self, engine: &Engine, heard: &mut Heard) -> Result<(), EngineError> {
        loop {
            let due = self.asked_at.into_iter().chain(self.again.values().copied()).fold(self.list_at, Instant::min);
            tokio::select! {
                biased;
                event = heard.recv() => match event {
                    Some(event) => self.hear(event),
                    None if self.list_at <= Instant::now() => return self.look(engine, heard).await,
                    None => return Ok(()),
                },
                () = sleep_until(due) => self.look(engine, heard).await?,
            }
        }
    }

    /// Takes what comes from the stream. That one does not end as it should says nothing of the engine: proxies cut it now and
    /// then.
    fn hear(&mut self, event: Result<Event, EngineError>) {
        match event {
            Ok(event) => self.take(&event),
            Err(error) => {
                tracing::debug!(%error, "the event stream broke off");
                self.torn = !matches!(error, EngineError::Broken { .. } | EngineError::Malformed { cut: true, .. });
            }
        }
    }

    /// Takes an event, unless it was told before.
    fn take(&mut self, event: &Event) {
        if event.kind != "container" {
            return;
        }
        let key = || (event.actor.id.clone(), event.action.clone());
        match self.heard_nanos {
            Some(last) if event.time_nanos == last && self.heard.contains(&key()) => return,
            Some(last) if event.time_nanos < last => {}
            Some(last) if event.time_nanos == last => self.heard.push(key()),
            _ => (self.heard_nanos, self.heard) = (Some(event.time_nanos), vec![key()]),
        }
        self.watch.own.heard(&event.action);
        let ask = lock(&self.watch.shared.known).inventory.apply(event);
        if ask {
            self.asked.insert(event.actor.id.clone());
            self.asked_at.get_or_insert_with(|| Instant::now() + GATHER);
        }
    }

    /// What has come meanwhile is heard before what was asked is taken for news.
    fn catch_up(&mut self, heard: &mut Heard) {
        while let Ok(event) = heard.try_recv() {
            self.hear(event);
        }
    }

    /// Does whatever is due.
    async fn look(&mut self, engine: &Engine, heard: &mut Heard) -> Result<(), EngineError> {
        let mut session = engine.open();
        if self.list_at <= Instant::now() {
            self.list_at = Instant::now() + self.watch.interval;
            let list = session.list().await?;
            if let Some(met) = self.meeting.take() {
                self.watch.met(met);
            }
            self.catch_up(heard);
            self.listed(&list.containers);
        }
        let now = Instant::now();
        let due = self.again.iter().filter(|(_, at)| **at <= now).map(|(id, _)| id.clone()).collect::<Vec<_>>();
        self.again.retain(|_, at| *at > now);
        let mut looks: Vec<(String, Look)> = due.into_iter().map(|id| (id, Look::Again)).collect();
        if self.asked_at.is_some_and(|at| at <= now) {
            self.asked_at = None;
            looks.extend(std::mem::take(&mut self.asked).into_iter().map(|id| (id, Look::First)));
        }
        for (id, look) in looks {
            match session.inspect(&id).await {
                Ok(inspect) => {
                    let mut container = inspect.map(Container::from);
                    if let Some(container) = &mut container {
                        container.image_digest = self.digest(&mut session, &container.image_id).await;
                    }
                    if look == Look::Again {
                        self.catch_up(heard);
                    }
                    self.inspected(&id, container, look);
                }
                // One that hangs, or that is told of as no other is, must not cost the others.
                Err(error @ (EngineError::Unreachable { .. } | EngineError::Forbidden { .. })) => return Err(error),
                Err(error) => {
                    self.watch.own.failed_inspections.inc();
                    tracing::debug!(container = id, %error, "can't be inspected");
                }
            }
        }
        self.settled();
        Ok(())
    }

    fn listed(&mut self, list: &[Summary]) {
        let now = now_nanos();
        let mut known = lock(&self.watch.shared.known);
        let mut ids = known.inventory.listed(list, now);
        known.inventory.forget(now, self.watch.linger);
        drop(known);
        if std::mem::take(&mut self.everything) {
            ids.extend(list.iter().map(|summary| summary.id.clone()));
        }
        self.asked.extend(ids);
        self.asked_at = Some(Instant::now());
    }

    /// The digest by which a registry has an image, which never changes; empty for one that was made here, and where a proxy does
    /// not let it be asked for.
    async fn digest(&mut self, session: &mut Session<'_>, image: &str) -> String {
        if let Some(digest) = self.images.get(image) {
            return digest.clone();
        }
        let digest = match session.image(image).await {
            Ok(image) => image.map(Image::digest).unwrap_or_default(),
            Err(EngineError::Forbidden { .. }) => String::new(),
            // Of use for little: it is asked for again the next time.
            Err(_) => return String::new(),
        };
        if self.images.len() >= MOST_IMAGES {
            self.images.clear();
        }
        self.images.insert(image.to_owned(), digest.clone());
        digest
    }

    fn inspected(&mut self, id: &str, container: Option<Container>, look: Look) {
        let container = container.map(|container| self.watch.kept(container));
        let mut known = lock(&self.watch.shared.known);
        let again = match container {
            Some(container) => known.inventory.inspected(container, now_nanos(), look),
            None => known.inventory.missing(id, now_nanos(), look),
        };
        drop(known);
        if again {
            // From what was seen last.
            self.again.insert(id.to_owned(), Instant::now() + AGAIN);
        }
    }

    /// Everything that there was to ask has been asked.
    fn settled(&mut self) {
        let mut known = lock(&self.watch.shared.known);
        if !known.inventory.has_begun() && self.asked.is_empty() {
            known.inventory.begin(self.heard_nanos.unwrap_or_else(now_nanos));
        }
        drop(known);
        self.watch.shared.tried();
    }
}

/// Reads the stream all the time, as the engine drops what is not taken.
async fn read(mut events: Events, sender: mpsc::Sender<Result<Event, EngineError>>) {
    while let Some(event) = events.next().await.transpose() {
        let failed = event.is_err();
        if sender.send(event).await.is_err() || failed {
            return;
        }
    }
}
