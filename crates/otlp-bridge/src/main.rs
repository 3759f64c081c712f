//! otlp-bridge: telemetry in, a Prometheus page out.

use std::process::ExitCode;

// musl's own gives what it has taken back to the system at once, and takes it again for the next request.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

fn main() -> ExitCode {
    exporter_toolkit::program(otlp_bridge::command(), otlp_bridge::LISTEN_ADDRESS, otlp_bridge::service)
}
