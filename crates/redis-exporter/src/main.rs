//! redis-exporter: a Redis server for Prometheus.

use std::process::ExitCode;

use redis_exporter::{LISTEN_ADDRESS, command, command_line, service};

fn main() -> ExitCode {
    exporter_toolkit::program_with(command(), command_line(), LISTEN_ADDRESS, service)
}
