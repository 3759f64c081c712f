//! What the exporter tells of itself.

use exporter_toolkit::register;
use prometheus::{IntCounter, IntCounterVec, IntGauge, Opts, Registry};

use crate::engine::ACTIONS;

/// The exporter's own series.
pub(crate) struct Own {
    /// 1 while the engine's events are heard.
    pub(crate) connected: IntGauge,
    /// Streams that were opened anew.
    pub(crate) reconnects: IntCounter,
    events: IntCounterVec,
    pub(crate) failed_inspections: IntCounter,
}

impl Own {
    /// Puts the series into the exporter's registry.
    pub(crate) fn new(registry: &Registry) -> Self {
        let own = Own {
            connected: register(
                registry,
                IntGauge::new(
                    "docker_exporter_event_stream_connected",
                    "1 while the engine's event stream is heard; what happens while it is not is found by inspection.",
                ),
            ),
            reconnects: register(
                registry,
                IntCounter::new(
                    "docker_exporter_event_stream_reconnects_total",
                    "Times that the engine's event stream was opened anew.",
                ),
            ),
            events: register(
                registry,
                IntCounterVec::new(
                    Opts::new(
                        "docker_exporter_events_total",
                        "Events of containers that the engine told of, by action.",
                    ),
                    &["action"],
                ),
            ),
            failed_inspections: register(
                registry,
                IntCounter::new(
                    "docker_exporter_inspect_failures_total",
                    "Containers that the engine did not tell of when it was asked.",
                ),
            ),
        };
        for action in ACTIONS {
            own.events.with_label_values(&[action]);
        }
        own
    }

    /// Counts an event. Podman tells of more actions; health checks append what they have come to.
    pub(crate) fn heard(&self, action: &str) {
        let word = action.split(':').next().unwrap_or_default();
        let known = ACTIONS.into_iter().find(|known| *known == word);
        self.events.with_label_values(&[known.unwrap_or("other")]).inc();
    }
}
