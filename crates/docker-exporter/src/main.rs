//! docker-exporter: this engine's containers for Prometheus.

use std::process::ExitCode;

use docker_exporter::{LISTEN_ADDRESS, command, command_line, service};

fn main() -> ExitCode {
    let line = command_line();
    exporter_toolkit::program_with(command(), line.arguments, LISTEN_ADDRESS, |matches, own_metrics| {
        for (flag, reason) in line.without_effect {
            tracing::warn!(flag = format!("--{flag}"), reason, "has no effect");
        }
        service(matches, own_metrics)
    })
}
