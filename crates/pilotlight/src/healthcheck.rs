//! `--healthcheck`: for images that hold nothing but programs.

use std::process::ExitCode;

use crate::exporters::EXPORTERS;

/// Status 0 if an exporter answers: one that can't be served here is told in the table, and leaves the others as they are.
pub(crate) fn run() -> ExitCode {
    let mut failures = Vec::new();
    for entry in &EXPORTERS {
        match entry.check_health() {
            Ok(()) => return ExitCode::SUCCESS,
            Err(error) => failures.push((entry.name, error)),
        }
    }
    for (exporter, error) in failures {
        tracing::error!(exporter, error, "not healthy");
    }
    ExitCode::FAILURE
}
