//! Automation of this workspace: `cargo xtask edges`, `cargo xtask docs`, `cargo xtask fuzz`, `cargo xtask layout`,
//! `cargo xtask bench …`.

#![expect(clippy::print_stderr, reason = "progress and errors of a command belong there")]

use std::error::Error;
use std::process::{Command, ExitCode, Stdio};

use clap::{Parser, Subcommand};

mod bench;
mod docs;
mod edges;
mod fuzz;
mod layout;
mod unsafe_code;

#[derive(Parser)]
#[command(bin_name = "cargo xtask", about = "Automation of this workspace.", arg_required_else_help = true)]
enum Task {
    /// Check that crates use only what the design allows them, and that unsafe code stays where it may live.
    Edges,
    /// Write the tables of metrics and flags below docs/.
    Docs(docs::Options),
    /// Run the fuzz targets.
    Fuzz(fuzz::Options),
    /// Write the linker script that puts what programs run side by side. Needs root, valgrind and what `./test --install` installs.
    Layout,
    /// Measure an exporter and the peer that it replaces, interleaved in one run.
    #[command(subcommand)]
    Bench(Bench),
}

#[derive(Subcommand)]
enum Bench {
    /// redis-exporter against Debian's redis_exporter on a Redis of its own: empty, loaded, with 100,000 keys, and hung.
    Redis(bench::redis::Options),
    /// docker-exporter against cAdvisor on an engine of its own with 10, 20 and 50 containers.
    Docker(bench::docker::Options),
    /// host-exporter against node_exporter, the same collectors on both.
    Host(bench::Options),
    /// host-exporter and node_exporter on machines of up to 64 processors, 500 mounts, 200 interfaces and 1,000 disks.
    HostScale(bench::scale::Options),
    /// otlp-bridge against the OpenTelemetry Collector: exactness, memory, processor time, latency.
    Otlp(bench::otlp::Options),
    /// What hostile clients, TLS and passwords cost host-exporter and node_exporter.
    Web(bench::web::Options),
}

fn main() -> ExitCode {
    let result = match Task::parse() {
        Task::Edges => edges::run(),
        Task::Docs(options) => docs::run(&options),
        Task::Fuzz(options) => fuzz::run(&options),
        Task::Layout => layout::run(),
        Task::Bench(Bench::Redis(options)) => bench::redis::run(&options),
        Task::Bench(Bench::Docker(options)) => bench::docker::run(&options),
        Task::Bench(Bench::Host(options)) => bench::run(&options),
        Task::Bench(Bench::HostScale(options)) => bench::scale::run(&options),
        Task::Bench(Bench::Otlp(options)) => bench::otlp::run(&options),
        Task::Bench(Bench::Web(options)) => bench::web::run(&options),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// Why a task failed: a sentence that names the thing and, where there is one, the remedy.
type Failure = Box<dyn Error>;

/// What `program` prints on stdout; its stderr passes through. Fails when it can't be started, ends unsuccessfully or prints
/// something other than UTF-8.
fn output_of(program: &str, args: &[&str]) -> Result<String, Failure> {
    let output = Command::new(program)
        .args(args)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|err| format!("cannot run {program}: {err}"))?;
    if !output.status.success() {
        return Err(format!("{program} {} failed: {}", args.join(" "), output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
