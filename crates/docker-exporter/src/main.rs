//! docker-exporter: this engine's containers for Prometheus.

use std::process::ExitCode;

fn main() -> ExitCode {
    let line = docker_exporter::command_line();
    exporter_toolkit::program_with(
        docker_exporter::command(),
        docker_exporter::LISTEN_ADDRESS,
        line.arguments.clone(),
        |matches, own_metrics| {
            line.warn();
            docker_exporter::service(matches, own_metrics)
        },
    )
}
