//! One scrape: who may share it, how long each part may take, what to do when a part hangs.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use exposition::{Families, Format};
use tokio::sync::{oneshot, watch};
use tokio::time::sleep_until;

use crate::collector::{CollectorSpec, Outcome};
use crate::lock::lock;
use crate::scrape::health::Health;
use crate::scrape::kept::{Kept, Page};
use crate::scrape::query::Selection;
use crate::scrape::reader::{Job, Reader, Sharing};
use crate::scrape::slot::{CollectorState, Slot};
use crate::scrape::watch::{Hang, Parking, Progress};
use crate::self_metrics::SelfMetrics;

/// What came of a scrape, for the requests that joined it.
pub(crate) struct Scraped {
    page: Page,
    /// The bodies that were made of it: who asks for the same gets the same.
    bodies: Mutex<Vec<(Format, bool, Bytes)>>,
}

impl Scraped {
    /// The staged families.
    pub(crate) fn page(&self) -> &Mutex<Families> {
        &self.page
    }

    /// The body in this format, compressed or not, which `encode` makes if nobody has asked for it yet.
    pub(crate) fn body(&self, format: Format, compress: bool, encode: impl FnOnce(&mut Families) -> Bytes) -> Bytes {
        let mut bodies = lock(&self.bodies);
        if let Some((_, _, body)) = bodies.iter().find(|made| (made.0, made.1) == (format, compress)) {
            return body.clone();
        }
        let body = encode(&mut lock(&self.page));
        bodies.push((format, compress, body.clone()));
        body
    }
}

/// Threads that may hang at a time. With this many, what is not read yet fails until one of them returns.
const MOST_BLOCKED: usize = 8;

/// How often a scrape looks again at a thread that is shaping samples, which does not take long.
const SHAPING: Duration = Duration::from_millis(20);

/// Runs the collectors of one exporter for whoever asks.
pub(crate) struct Scraper {
    slots: Vec<Arc<Slot>>,
    health: Arc<Health>,
    parking: Arc<Parking>,
    metrics: Arc<SelfMetrics>,
    in_flight: Mutex<Vec<Flight>>,
    /// Held by the one scrape that runs; the others wait.
    turn: tokio::sync::Mutex<()>,
    kept: Arc<Kept>,
}

/// A scrape that others may join.
struct Flight {
    selection: Selection,
    deadline: Instant,
    scraped: watch::Receiver<Option<Arc<Scraped>>>,
}

impl Scraper {
    pub(crate) fn new(
        collectors: Vec<CollectorSpec>,
        health: Health,
        parking: Arc<Parking>,
        metrics: Arc<SelfMetrics>,
        kept: Arc<Kept>,
    ) -> Self {
        Scraper {
            slots: collectors.into_iter().map(|spec| Arc::new(Slot::new(spec))).collect(),
            health: Arc::new(health),
            parking,
            metrics,
            in_flight: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
            kept,
        }
    }

    /// The collectors' names, in the order in which they run.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> + Clone {
        self.slots.iter().map(|slot| slot.name())
    }

    /// How each collector that has run fared last.
    pub(crate) fn states(&self) -> impl Iterator<Item = (&'static str, CollectorState)> {
        self.slots.iter().filter_map(|slot| Some((slot.name(), slot.state()?)))
    }

    /// The page of a scrape of `selection` that is through at `deadline`: one in flight that asks for the same and will
    /// be through in time, or a new one. A result is never kept for the next request.
    pub(crate) async fn scrape(self: &Arc<Self>, selection: Selection, deadline: Instant) -> Arc<Scraped> {
        let mut scraped = self.join(selection, deadline);
        let arrived = scraped.wait_for(Option::is_some).await.ok().and_then(|scraped| scraped.clone());
        arrived.expect("a scrape publishes its page before it ends")
    }

    fn join(self: &Arc<Self>, selection: Selection, deadline: Instant) -> watch::Receiver<Option<Arc<Scraped>>> {
        let mut in_flight = lock(&self.in_flight);
        let same = |flight: &&Flight| flight.selection == selection && flight.deadline <= deadline;
        if let Some(flight) = in_flight.iter().find(same) {
            return flight.scraped.clone();
        }
        let (publish, scraped) = watch::channel(None);
        in_flight.push(Flight { selection: selection.clone(), deadline, scraped: scraped.clone() });
        let scraper = Arc::clone(self);
        // A task of its own: the request that started it may go away while others wait for it.
        tokio::spawn(async move {
            let _turn = scraper.turn.lock().await;
            let page = scraper.gather(&selection, deadline).await;
            lock(&scraper.in_flight).retain(|flight| !flight.scraped.same_channel(&publish.subscribe()));
            publish.send_replace(Some(Arc::new(Scraped { page, bodies: Mutex::default() })));
        });
        scraped
    }

    async fn gather(&self, selection: &[usize], deadline: Instant) -> Page {
        let page = self.kept.blank_page();
        self.metrics.begin(&mut lock(&page));
        let mut slots: Vec<Arc<Slot>> = selection.iter().map(|position| Arc::clone(&self.slots[*position])).collect();
        while !slots.is_empty() {
            let Some(hang) = self.run(&slots, &page, deadline).await else { break };
            let slot = slots[hang.collector].clone();
            if hang.parked {
                // Read again, without the thing that hangs, by an instance that is not stuck in it.
                slot.rebuild();
                slots.drain(..hang.collector);
            } else {
                let outcome = Outcome::Failed(format!("gave no answer for {:?}", hang.took).into());
                self.health.collected(&slot, hang.took, &outcome, &mut lock(&page));
                slots.drain(..=hang.collector);
            }
        }
        self.metrics.count_refused(lock(&page).refused());
        page
    }

    /// Has a reader thread run the collectors; a thread that hangs is given up and its hang returned.
    async fn run(&self, slots: &[Arc<Slot>], page: &Page, deadline: Instant) -> Option<Hang> {
        let now = Instant::now();
        let sharing = if self.slots.len() == 1 { Sharing::Alone } else { Sharing::Fair };
        let until = now + sharing.share(deadline.saturating_duration_since(now));
        let progress = Arc::new(Progress::new(Arc::clone(&self.parking), now, until));
        let (done, mut finished) = oneshot::channel();
        let job = Job {
            slots: slots.to_vec(),
            page: Arc::clone(page),
            health: Arc::clone(&self.health),
            deadline,
            sharing,
            progress: Arc::clone(&progress),
            done,
        };
        let reader = match self.kept.hand_over(job, || self.start_reader()) {
            Ok(reader) => reader,
            Err(error) => {
                for slot in slots {
                    let outcome = Outcome::Failed(error.to_string().into());
                    self.health.collected(slot, Duration::ZERO, &outcome, &mut lock(page));
                }
                return None;
            }
        };
        loop {
            let check = progress.until().unwrap_or_else(|| Instant::now() + SHAPING);
            tokio::select! {
                _ = &mut finished => {
                    self.kept.give_back(reader);
                    return None;
                }
                () = sleep_until(check.into()) => {}
            }
            if let Some(hang) = progress.abandon(|position| slots[position].name(), Instant::now()) {
                return Some(hang);
            }
        }
    }

    fn start_reader(&self) -> io::Result<Reader> {
        if self.parking.threads() >= MOST_BLOCKED {
            return Err(io::Error::other(format!("{MOST_BLOCKED} reader threads hang; waiting for one")));
        }
        Reader::start()
    }
}
