//! What a page tells of the exporter itself. Its own counters are kept by the `prometheus` crate, and bridged onto the page
//! here and nowhere else.

use std::sync::{Arc, Mutex, OnceLock};

use exposition::{Families, FamilyId, Histogram, Kind, Refused};
use prometheus::proto::MetricType;
use prometheus::{IntCounter, IntCounterVec, IntGauge, Opts, Registry};

use crate::build_info;
use crate::identity::Identity;
use crate::lock::lock;
use crate::process::Process;
use crate::register::register;
use crate::scrape::watch::Parking;

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
    /// Requests that were let no further than the edge, by reason.
    pub(crate) refused_requests: IntCounterVec,
    /// Connections that found no place, because each of those open had a request under way.
    pub(crate) crowded: IntCounter,
    pub(crate) accept_errors: IntCounter,
    web_config: OnceLock<IntGauge>,
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
            let counters = register(&registry, IntCounterVec::new(Opts::new(name, help), &[label]));
            for value in values {
                counters.with_label_values(&[value]);
            }
            counters
        };
        let counter = |name: &str, help: &str| register(&registry, IntCounter::new(name, help));
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
            refused_requests: counters(
                "pilotlight_refused_requests_total",
                "Requests that were turned away before anything was served: over the rate limit, of a bad shape, for an \
                 unknown host, from a page of another site, without a right password or token, or because too many \
                 passwords were being checked.",
                "reason",
                &["rate", "shape", "host", "origin", "unauthorized", "busy"],
            ),
            crowded: counter(
                "pilotlight_crowded_connections_total",
                "Connections closed at once, because as many as may be had a request under way.",
            ),
            web_config: OnceLock::new(),
            accept_errors: counter("pilotlight_accept_errors_total", "Connections that could not be accepted."),
            in_flight: gauge(
                &registry,
                "promhttp_metric_handler_requests_in_flight",
                "Requests for the metrics page now.",
            ),
            panics: counters(
                "pilotlight_collector_panics_total",
                "Panics of a collector, which was built anew.",
                "collector",
                &[],
            ),
            blocked: gauge(&registry, "pilotlight_blocked_readers", "Reader threads that hang in a system call now."),
            parking,
            registry,
        }
    }

    /// Where counters of the exporter's own are kept.
    pub(crate) fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The gauge of a server that follows files; on the page from now on.
    pub(crate) fn web_config(&self) -> IntGauge {
        let register = || {
            gauge(
                &self.registry,
                "pilotlight_web_config_last_reload_successful",
                "1 while the web configuration file and the bearer token file say what is in force; 0 when one is bad and \
                 what was read before stays in force.",
            )
        };
        self.web_config.get_or_init(register).clone()
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
                MetricType::HISTOGRAM => Kind::Histogram,
                MetricType::SUMMARY | MetricType::UNTYPED => continue,
            };
            let Some(id) = page.family(family.name(), family.help(), kind) else { continue };
            for metric in family.get_metric() {
                let labels: Vec<_> = metric.get_label().iter().map(|pair| (pair.name(), pair.value())).collect();
                match kind {
                    Kind::Counter => page.sample(id, &labels, metric.get_counter().get_value()),
                    Kind::Histogram => histogram(page, id, &labels, metric.get_histogram()),
                    _ => page.sample(id, &labels, metric.get_gauge().get_value()),
                }
            }
        }
    }
}

fn histogram(page: &mut Families, id: FamilyId, labels: &[(&str, &str)], histogram: &prometheus::proto::Histogram) {
    let buckets = histogram.get_bucket().iter();
    let buckets: Vec<_> = buckets.map(|bucket| (bucket.upper_bound(), bucket.cumulative_count())).collect();
    let (sum, count) = (histogram.get_sample_sum(), histogram.get_sample_count());
    page.histogram(id, labels, &Histogram { buckets: &buckets, sum, count });
}

fn gauge(registry: &Registry, name: &str, help: &str) -> IntGauge {
    register(registry, IntGauge::new(name, help))
}
