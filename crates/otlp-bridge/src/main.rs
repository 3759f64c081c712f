//! otlp-bridge: telemetry in, a Prometheus page out.

use std::process::ExitCode;

fn main() -> ExitCode {
    exporter_toolkit::program(otlp_bridge::command(), otlp_bridge::LISTEN_ADDRESS, otlp_bridge::service)
}
