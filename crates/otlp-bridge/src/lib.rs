//! OTLP in, Prometheus out: the names and labels of the OpenTelemetry Collector's prometheus exporter over exact totals.
//!
//! ```text
//! hyper ──▶ receive: limits, inflate ──▶ Sink
//! ```

pub mod receive;
