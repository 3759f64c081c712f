//! redis-exporter: a Redis server for Prometheus.

use std::process::ExitCode;

fn main() -> ExitCode {
    exporter_toolkit::program(redis_exporter::command(), redis_exporter::LISTEN_ADDRESS, redis_exporter::service)
}
