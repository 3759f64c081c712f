//! host-exporter: this machine's metrics for Prometheus.

use std::process::ExitCode;

fn main() -> ExitCode {
    exporter_toolkit::program(host_exporter::command(), host_exporter::LISTEN_ADDRESS, host_exporter::exporter)
}
