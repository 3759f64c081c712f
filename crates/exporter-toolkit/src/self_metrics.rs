//! What a page tells of the exporter itself. Its own counters are kept by the `prometheus` crate, and bridged onto the page
//! here and nowhere else.

use std::sync::{Arc, Mutex};

use exposition::{Families, Kind, Refused};
use prometheus::proto::MetricType;
use prometheus::{IntCounterVec, IntGauge, Opts, Registry};

use crate::build_info;
use crate::exporter::Identity;
use crate::process::Process;
use crate::watch::{Parking, lock};

/// The counters of one exporter, in a registry of its own.
pub(crate) struct SelfMetrics {
    identity: Identity,
    /// Absent where the page is to tell of the exporter's build alone.
    process: Option<Mutex<Process>>,
    registry: Registry,
    /// Answers of the metrics page by status code; the name is that of every Go exporter.
    pub(crate) requests: IntCounterVec,
    pub(crate) in_flight: IntGauge,
    pub(crate) panics: IntCounterVec,
    refused: IntCounterVec,
    blocked: IntGauge,
    parking: Arc<Parking>,
}

impl SelfMetrics {
    /// `all` adds process metrics and the exporter's own counters to its build.
    pub(crate) fn new(identity: Identity, all: bool, parking: Arc<Parking>) -> Self {
        let registry = Registry::new();
        // The values that are known beforehand are there from the start, as 0.
        let counters = |name, help, label, values: &[&str]| {
            let counters = IntCounterVec::new(Opts::new(name, help), &[label]).expect("the name is valid");
            registry.register(Box::new(counters.clone())).expect("each name is registered once");
            for value in values {
                counters.with_label_values(&[value]);
            }
            counters
        };
        let gauge = |name, help| {
            let gauge = IntGauge::new(name, help).expect("the name is valid");
            registry.register(Box::new(gauge.clone())).expect("each name is registered once");
            gauge
        };
        counters(
            "promhttp_metric_handler_errors_total",
            "Errors of the metrics page by cause; a page that can't be encoded can't be staged here, so always 0.",
            "cause",
            &["encoding", "gathering"],
        );
        SelfMetrics {
            identity,
            process: all.then(|| Mutex::new(Process::new())),
            requests: counters(
                "promhttp_metric_handler_requests_total",
                "Answers of the metrics page by HTTP status code.",
                "code",
                &["200", "500", "503"],
            ),
            refused: counters(
                "pilotlight_refused_metrics_total",
                "Metrics left off the page because Prometheus would reject or mangle them, by reason.",
                "reason",
                &["duplicate", "clash", "invalid"],
            ),
            in_flight: gauge("promhttp_metric_handler_requests_in_flight", "Requests for the metrics page now."),
            panics: counters(
                "pilotlight_collector_panics_total",
                "Panics of a collector, which was built anew.",
                "collector",
                &[],
            ),
            blocked: gauge("pilotlight_blocked_readers", "Reader threads that hang in a system call now."),
            parking,
            registry,
        }
    }

    /// Stages what stands on every page besides the collectors' samples. It comes first, so that no sample of theirs, which
    /// may be of a user's file, can take its place.
    pub(crate) fn begin(&self, page: &mut Families) {
        build_info::samples(self.identity.name, self.identity.peer_build_info, page);
        if let Some(process) = &self.process {
            lock(process).samples(page);
            self.samples(page);
        }
    }

    /// Counts what the page refused, by reason, and logs the first of it.
    pub(crate) fn count_refused(&self, refused: &Refused) {
        for (reason, count) in
            [("duplicate", refused.duplicate), ("clash", refused.clash), ("invalid", refused.invalid)]
        {
            self.refused.with_label_values(&[reason]).inc_by(count);
        }
        if let Some(first) = &refused.first {
            tracing::debug!(count = refused.total(), first, "metrics refused");
        }
    }

    fn samples(&self, page: &mut Families) {
        self.blocked.set(i64::try_from(self.parking.threads()).unwrap_or(i64::MAX));
        for family in self.registry.gather() {
            let kind = match family.get_field_type() {
                MetricType::COUNTER => Kind::Counter,
                MetricType::GAUGE => Kind::Gauge,
                MetricType::SUMMARY | MetricType::HISTOGRAM | MetricType::UNTYPED => continue,
            };
            let Some(id) = page.family(family.name(), family.help(), kind) else { continue };
            for metric in family.get_metric() {
                let labels: Vec<_> = metric.get_label().iter().map(|pair| (pair.name(), pair.value())).collect();
                let value = match kind {
                    Kind::Counter => metric.get_counter().get_value(),
                    _ => metric.get_gauge().get_value(),
                };
                page.sample(id, &labels, value);
            }
        }
    }
}
