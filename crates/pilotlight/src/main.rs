//! pilotlight: every exporter that this machine can use, in one process.

mod exporters;
mod healthcheck;
mod report;
mod supervise;
mod up;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use exporter_toolkit::args::LogArgs;
use exporter_toolkit::{LONG_VERSION, logging};

/// Every exporter that this machine can use, in one process.
#[derive(Debug, Parser)]
#[command(version = LONG_VERSION)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Task>,
    /// Ask the exporters at their listen addresses whether they answer, and end: with status 0 if one does.
    #[arg(long)]
    healthcheck: bool,
    #[command(flatten)]
    log: LogArgs,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Serve everything this machine has, until Ctrl-C; the default.
    ///
    /// Each exporter takes its settings from the environment: every flag of host-exporter, such as
    /// --web.listen-address, as HOST_EXPORTER_WEB_LISTEN_ADDRESS, every flag of docker-exporter, such as --expect, as
    /// DOCKER_EXPORTER_EXPECT, every flag of redis-exporter, such as --check-keys, as REDIS_EXPORTER_CHECK_KEYS, and every flag
    /// of otlp-bridge, such as --ledger.file, as OTLP_BRIDGE_LEDGER_FILE. DOCKER_HOST leads to the engine, and REDIS_ADDR to
    /// the Redis server, with REDIS_PASSWORD.
    Up,
}

// musl's own gives what it has taken back to the system at once, and takes it again for the next request.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

fn main() -> ExitCode {
    let Arguments { command, healthcheck, log } = Arguments::parse();
    logging::start(&log);
    if healthcheck {
        return healthcheck::run();
    }
    match command.unwrap_or(Task::Up) {
        Task::Up => up::run(),
    }
}
