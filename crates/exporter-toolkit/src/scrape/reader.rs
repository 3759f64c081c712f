//! The thread that runs the collectors of a scrape in turn.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use exposition::Families;
use tokio::sync::oneshot;

use crate::collector::{Collector, Outcome};
use crate::lock::lock;
use crate::scrape::health::Health;
use crate::scrape::slot::Slot;
use crate::scrape::watch::{Progress, Watch};

/// With less than this left, a collector is not begun: giving it up would blame it for a late start.
const LEAST: Duration = Duration::from_millis(10);
/// Longer than this no collector may take, however patient the scraper is.
const LONGEST: Duration = Duration::from_secs(5);
/// What is left over by a collector that need not share.
const REST: Duration = Duration::from_millis(100);
/// Collectors need little: a few kB of path and line; the parsers work in kept buffers.
const STACK_BYTES: usize = 256 * 1024;

/// What a reader thread is asked for: these collectors, onto this page, by this time.
pub(crate) struct Job {
    pub(crate) slots: Vec<Arc<Slot>>,
    pub(crate) page: Arc<Mutex<Families>>,
    pub(crate) health: Arc<Health>,
    pub(crate) deadline: Instant,
    pub(crate) sharing: Sharing,
    pub(crate) progress: Arc<Progress>,
    pub(crate) done: oneshot::Sender<()>,
}

/// A reader thread; it ends when this is dropped and its job, if any, returns.
pub(crate) struct Reader {
    jobs: mpsc::Sender<Job>,
}

impl Reader {
    /// Starts a thread, which ends when it returns from a job that was given up.
    pub(crate) fn start() -> std::io::Result<Self> {
        let (jobs, queue) = mpsc::channel::<Job>();
        thread::Builder::new().name("reader".into()).stack_size(STACK_BYTES).spawn(move || {
            for job in queue {
                if run(&job) {
                    job.progress.returned();
                    return;
                }
                // Nobody waits for a page whose requests have all gone.
                job.done.send(()).ok();
            }
        })?;
        Ok(Reader { jobs })
    }

    /// Hands the thread its job; back when the thread has ended.
    pub(crate) fn run(&self, job: Job) -> Result<(), Job> {
        self.jobs.send(job).map_err(|back| back.0)
    }
}

/// Runs the job; `true` when it was given up meanwhile, which it cannot be once its last collector is through.
fn run(job: &Job) -> bool {
    for (position, slot) in job.slots.iter().enumerate() {
        let begin = Instant::now();
        let left = job.deadline.saturating_duration_since(begin);
        if !job.progress.begin(position, begin, begin + job.sharing.share(left)) {
            return true;
        }
        let unread = |why: &'static str| job.progress.finish().then(|| Outcome::Failed(why.into()));
        let outcome = if left < LEAST {
            unread("no time was left for it")
        } else {
            match slot.instance().try_lock() {
                Ok(mut collector) => read(slot, &mut **collector, job),
                Err(_) => unread("still hangs in an earlier scrape"),
            }
        };
        let Some(outcome) = outcome else { return true };
        job.health.collected(slot, begin.elapsed(), &outcome, &mut lock(&job.page));
    }
    false
}

/// How a scrape's time is shared out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sharing {
    /// Among collectors: one stall never empties the page.
    Fair,
    /// The exporter has no collector but one, which is owed all of it but what shaping takes, or a second reading without what
    /// hung in the first.
    Alone,
}

impl Sharing {
    /// How long the next collector may take when this much is left.
    pub(crate) fn share(self, left: Duration) -> Duration {
        match self {
            Sharing::Fair => LONGEST.min(left / 2),
            Sharing::Alone => left - REST.min(left / 4),
        }
    }
}

/// Reads and shapes; `None` when the thread was given up meanwhile, and the page must not be touched.
fn read(slot: &Slot, collector: &mut dyn Collector, job: &Job) -> Option<Outcome> {
    let watch = Watch { collector: slot.name(), progress: &job.progress };
    let caught = catch_unwind(AssertUnwindSafe(|| {
        let outcome = collector.read(&watch);
        job.progress.finish().then(|| {
            collector.samples(&mut lock(&job.page));
            outcome
        })
    }));
    caught.unwrap_or_else(|_| {
        slot.rebuild();
        job.health.panicked(slot);
        job.progress.finish().then(|| Outcome::Failed("panicked, and was built anew".into()))
    })
}

#[cfg(test)]
mod tests {
    use exposition::{Desc, Kind};
    use prometheus::{IntCounterVec, Opts};

    use super::*;
    use crate::collector::CollectorSpec;
    use crate::scrape::health::ScrapeDescs;
    use crate::scrape::watch::Parking;

    /// Has nothing to read.
    struct Idle;

    impl Collector for Idle {
        fn read(&mut self, _: &Watch<'_>) -> Outcome {
            Outcome::Ok
        }

        fn samples(&self, _: &mut Families) {}
    }

    /// A job of one collector that must be through in `left`.
    fn job(left: Duration) -> Job {
        static ANY: Desc = Desc { name: "any", help: "Any.", kind: Kind::Gauge, labels: &["collector"] };
        let now = Instant::now();
        let panics = IntCounterVec::new(Opts::new("panics", "Panics."), &["collector"]).unwrap();
        Job {
            slots: vec![Arc::new(Slot::new(CollectorSpec { name: "idle", build: Box::new(|| Box::new(Idle)) }))],
            page: Arc::default(),
            health: Arc::new(Health::new(ScrapeDescs { success: &ANY, duration: &ANY }, panics)),
            deadline: now + left,
            sharing: Sharing::Fair,
            progress: Arc::new(Progress::new(Arc::<Parking>::default(), now, now + left)),
            done: oneshot::channel().0,
        }
    }

    #[test]
    fn who_is_through_is_not_given_up() {
        let long = Duration::from_secs(3600);
        let (read, late, stuck) = (job(long), job(Duration::ZERO), job(long));
        let instance = stuck.slots[0].instance();
        let _in_use = lock(&instance);
        for job in [read, late, stuck] {
            assert!(!run(&job));
            assert_eq!(job.progress.abandon(|_| "idle", Instant::now() + 2 * long), None);
        }
    }

    #[test]
    fn shares_of_a_scrape() {
        for (left, fair, alone) in [(9_500, 4_750, 9_400), (60_000, 5_000, 59_900), (40, 20, 30), (0, 0, 0)] {
            let [left, fair, alone] = [left, fair, alone].map(Duration::from_millis);
            assert_eq!((Sharing::Fair.share(left), Sharing::Alone.share(left)), (fair, alone), "{left:?}");
        }
    }
}
