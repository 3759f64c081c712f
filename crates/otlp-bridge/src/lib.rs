//! OTLP in, Prometheus out: the names and labels of the OpenTelemetry Collector's prometheus exporter over exact totals.
