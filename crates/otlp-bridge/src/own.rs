//! What the bridge tells of itself.

use exporter_toolkit::register;
use ledger::LedgerError;
use prometheus::{Histogram, HistogramOpts, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry};

use crate::receive::{Encoding, Protocol, Signal};
use crate::tally::{Rejection, Tally};

/// The bridge's own series.
pub(crate) struct Own {
    requests: IntCounterVec,
    points: IntCounterVec,
    rejected: IntCounterVec,
    anomalous: IntCounterVec,
    last: IntGaugeVec,
    /// Series on the page, and how many there may be.
    pub(crate) series: IntGauge,
    pub(crate) series_limit: IntGauge,
    /// 1 while what is acknowledged is durable.
    pub(crate) writable: IntGauge,
    pub(crate) set_aside: IntGauge,
    pub(crate) ledger_size: IntGauge,
    pub(crate) write_errors: IntCounterVec,
    pub(crate) commits: Histogram,
}

/// Bounds of the commits' durations in seconds: a fifth of a millisecond on a good disk, more than ten on a bad one.
const COMMIT_SECONDS: [f64; 10] = [0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5];

/// Why a cumulative point changed nothing although its value did.
const FELL: &str = "fell";

impl Own {
    /// Puts the series into the exporter's registry; those whose labels are known beforehand stand at 0.
    pub(crate) fn new(registry: &Registry) -> Self {
        let counters =
            |name, help, labels: &[&str]| register(registry, IntCounterVec::new(Opts::new(name, help), labels));
        let gauge = |name: &str, help: &str| register(registry, IntGauge::new(name, help));
        let commit_options = HistogramOpts::new(
            "pilotlight_ledger_commit_seconds",
            "Seconds from a group of requests to its commit, which makes them durable.",
        );
        let own = Own {
            requests: counters(
                "pilotlight_otlp_requests_total",
                "Requests by what came of them: accepted, duplicate (sent again, and not counted again), malformed, too_large, \
                 too_slow, unsupported, busy, unwritten or panicked.",
                &["signal", "protocol", "encoding", "outcome"],
            ),
            points: counters(
                "pilotlight_otlp_points_total",
                "Points of metrics, records of logs and spans: taken, left out (ignored), of a request that was sent again \
                 (duplicate), or not taken (rejected).",
                &["signal", "outcome"],
            ),
            rejected: counters(
                "pilotlight_otlp_rejected_points_total",
                "Points of metrics that were not taken, and why; their senders were told.",
                &["reason"],
            ),
            anomalous: counters(
                "pilotlight_otlp_anomalous_points_total",
                "Cumulative points that were below what their stream had reached (fell), and points of series beyond the cap \
                 (capped), which are counted in the series with otel_metric_overflow.",
                &["reason"],
            ),
            last: register(
                registry,
                IntGaugeVec::new(
                    Opts::new(
                        "pilotlight_otlp_last_point_timestamp_seconds",
                        "Unix time of the last point of metrics, record of logs or span, by agent.",
                    ),
                    &["agent", "signal"],
                ),
            ),
            series: gauge("pilotlight_otlp_series", "Series that senders have made."),
            series_limit: gauge("pilotlight_otlp_series_limit", "Series that senders may make; see --max-series."),
            writable: gauge(
                "pilotlight_ledger_writable",
                "1 while what is acknowledged is durable; 0 when the ledger could not be written, and senders are told to \
                 come again.",
            ),
            set_aside: gauge(
                "pilotlight_ledger_set_aside",
                "1 when the ledger was damaged at the start: it was set aside, and totals began at 0.",
            ),
            ledger_size: gauge("pilotlight_ledger_size_bytes", "Bytes of the ledger's files."),
            write_errors: counters(
                "pilotlight_ledger_write_errors_total",
                "Commits that failed, by reason; nothing of them is counted.",
                &["reason"],
            ),
            commits: register(registry, Histogram::with_opts(commit_options.buckets(COMMIT_SECONDS.to_vec()))),
        };
        for rejection in Rejection::ALL {
            own.rejected.with_label_values(&[rejection.word()]);
        }
        for reason in LedgerError::REASONS {
            own.write_errors.with_label_values(&[reason]);
        }
        for reason in [FELL, CAPPED] {
            own.anomalous.with_label_values(&[reason]);
        }
        own
    }

    /// Counts a request.
    pub(crate) fn request(
        &self,
        signal: Option<Signal>,
        protocol: Protocol,
        encoding: Option<Encoding>,
        outcome: &str,
    ) {
        // What was refused before it was looked at is of no known kind.
        let signal = signal.map_or("", Signal::label);
        let encoding = match encoding {
            Some(Encoding::Protobuf) => "protobuf",
            Some(Encoding::Json) => "json",
            None => "",
        };
        self.requests.with_label_values(&[signal, protocol.label(), encoding, outcome]).inc();
    }

    /// Counts the points of a request that is committed.
    pub(crate) fn tally(&self, signal: Signal, tally: &Tally, duplicate: bool) {
        let taken = if duplicate { "duplicate" } else { "taken" };
        for (outcome, points) in [(taken, tally.taken), ("ignored", tally.ignored), ("rejected", tally.rejected())] {
            if points > 0 {
                self.points.with_label_values(&[signal.label(), outcome]).inc_by(points);
            }
        }
        for (rejection, points) in &tally.rejected {
            self.rejected.with_label_values(&[rejection.word()]).inc_by(*points);
        }
        self.anomalous.with_label_values(&[FELL]).inc_by(tally.fallen);
        self.anomalous.with_label_values(&[CAPPED]).inc_by(tally.capped);
        for (agent, time) in &tally.last {
            let last = self.last.with_label_values(&[*agent, signal.label()]);
            let seconds = i64::try_from(time / 1_000_000_000).unwrap_or(i64::MAX);
            last.set(last.get().max(seconds));
        }
    }
}

/// A point of a series beyond the cap.
const CAPPED: &str = "capped";
