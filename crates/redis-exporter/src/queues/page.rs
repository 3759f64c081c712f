//! Queues become samples.

use std::collections::BTreeMap;

use exposition::{Desc, Kind};

use crate::page::Out;
use crate::queues::queue::{Framework, Queue};

static QUEUES: Desc = Desc {
    name: "redis_queues",
    help: "Task queues that are known, those without series of their own too.",
    kind: Kind::Gauge,
    labels: &["framework"],
};
static JOBS: Desc = Desc {
    name: "redis_queue_jobs",
    help: "Jobs by state; without a queue those that the framework keeps for all queues together. Of a stream, entries by consumer group: waiting to be read, and active while they are not acknowledged.",
    kind: Kind::Gauge,
    labels: &["framework", "queue", "state"],
};
static OLDEST: Desc = Desc {
    name: "redis_queue_oldest_job_age_seconds",
    help: "Seconds since the job that is next was given to the queue, by the clocks of who gave it and of the server; absent if there is none.",
    kind: Kind::Gauge,
    labels: &["framework", "queue", "state"],
};
static PAUSED: Desc = Desc {
    name: "redis_queue_paused",
    help: "Whether nothing is taken from the queue until somebody resumes it.",
    kind: Kind::Gauge,
    labels: &["framework", "queue"],
};
static WORKERS: Desc = Desc {
    name: "redis_queue_workers",
    help: "Workers of the queue; of Sidekiq, processes that work for any queue.",
    kind: Kind::Gauge,
    labels: &["framework", "queue"],
};
static PROCESSED: Desc = Desc {
    name: "redis_queue_processed_total",
    help: "Jobs that were run, whether they failed or not, as the framework counts them.",
    kind: Kind::Counter,
    labels: &["framework"],
};
static FAILED: Desc = Desc {
    name: "redis_queue_failed_total",
    help: "Runs of jobs that failed, as the framework counts them.",
    kind: Kind::Counter,
    labels: &["framework"],
};

/// What a queue was found to have.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Reading {
    /// What its framework is called, if that is known better than by the queue.
    pub(super) framework: Option<&'static str>,
    /// Jobs by state.
    pub(super) jobs: Vec<(&'static str, u64)>,
    /// When the oldest job was given to the queue, in seconds since 1970.
    pub(super) oldest: Option<f64>,
    pub(super) paused: Option<bool>,
    pub(super) workers: Option<u64>,
    /// Of a stream, by group.
    pub(super) groups: BTreeMap<String, GroupReading>,
}

/// What a group of a stream was found to have.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct GroupReading {
    /// Entries that it has not been given yet, and those that it has not confirmed.
    pub(super) waiting: Option<u64>,
    pub(super) active: Option<u64>,
    /// When the oldest of either was written, in seconds since 1970.
    pub(super) oldest_waiting: Option<f64>,
    pub(super) oldest_active: Option<f64>,
}

/// What a framework counts across its queues.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Totals {
    pub(super) jobs: Vec<(&'static str, u64)>,
    pub(super) workers: Option<u64>,
    pub(super) processed: Option<u64>,
    pub(super) failed: Option<u64>,
}

/// Everything about the queues of a database.
#[derive(Debug, Default)]
pub(super) struct Overview {
    /// The server's clock, in seconds since 1970.
    pub(super) now: Option<f64>,
    /// Queues by framework.
    pub(super) known: BTreeMap<Framework, u64>,
    pub(super) readings: BTreeMap<Queue, Reading>,
    pub(super) sidekiq: Totals,
    pub(super) celery: Totals,
    /// Whether somebody said that there is Sidekiq.
    pub(super) sidekiq_is_named: bool,
}

impl Overview {
    /// Whether it is Sidekiq that has a set called `queues`, as any program may have one.
    fn is_sidekiq(&self) -> bool {
        let Totals { jobs, workers, processed, .. } = &self.sidekiq;
        let any = |jobs: &[(&str, u64)]| jobs.iter().any(|(_, jobs)| *jobs > 0);
        let queues = self.readings.iter().filter(|(queue, _)| queue.framework == Framework::Sidekiq);
        let mut counts = queues.map(|(_, reading)| &reading.jobs).chain([jobs]);
        self.sidekiq_is_named || processed.is_some() || *workers > Some(0) || counts.any(|jobs| any(jobs))
    }

    /// Stages everything.
    pub(super) fn samples(&self, out: &mut Out<'_>) {
        let is_sidekiq = self.is_sidekiq();
        let shown = |framework: Framework| framework != Framework::Sidekiq || is_sidekiq;
        for (framework, queues) in self.known.iter().filter(|(framework, _)| shown(**framework)) {
            out.add(&QUEUES, &[framework.word()], *queues);
        }
        for (queue, reading) in self.readings.iter().filter(|(queue, _)| shown(queue.framework)) {
            self.queue_samples(queue, reading, out);
        }
        for (framework, totals) in [(Framework::Sidekiq, &self.sidekiq), (Framework::Celery, &self.celery)] {
            if !shown(framework) || !self.known.contains_key(&framework) {
                continue;
            }
            let word = framework.word();
            for (state, jobs) in &totals.jobs {
                out.add(&JOBS, &[word, "", state], *jobs);
            }
            out.add_some(&WORKERS, &[word, ""], totals.workers);
            out.add_some(&PROCESSED, &[word], totals.processed);
            out.add_some(&FAILED, &[word], totals.failed);
        }
    }

    fn queue_samples(&self, queue: &Queue, reading: &Reading, out: &mut Out<'_>) {
        let framework = reading.framework.unwrap_or(queue.framework.word());
        let label = queue.label();
        for (state, jobs) in &reading.jobs {
            out.add(&JOBS, &[framework, &label, state], *jobs);
        }
        out.add_some(&OLDEST, &[framework, &label, "waiting"], self.age(reading.oldest));
        out.add_some(&PAUSED, &[framework, &label], reading.paused);
        out.add_some(&WORKERS, &[framework, &label], reading.workers);
        for (group, of) in &reading.groups {
            let more = [("group", group.as_str())];
            for (state, jobs, oldest) in
                [("waiting", of.waiting, of.oldest_waiting), ("active", of.active, of.oldest_active)]
            {
                if let Some(jobs) = jobs {
                    out.add_labelled(&JOBS, &more, &[framework, &label, state], jobs);
                }
                if let Some(age) = self.age(oldest) {
                    out.add_labelled(&OLDEST, &more, &[framework, &label, state], age);
                }
            }
        }
    }

    /// Seconds since then; none if the clock of who wrote it down is ahead of the server's.
    fn age(&self, moment: Option<f64>) -> Option<f64> {
        Some((self.now? - moment?).max(0.0))
    }
}
