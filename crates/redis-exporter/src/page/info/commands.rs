//! Commands and errors, each with its own series; what exceeds the cap is one series, `other`.

use std::collections::{HashMap, HashSet};

use exposition::{Desc, Kind, Summary};

use crate::info::{CommandStats, Info};
use crate::page::Out;

static CALLS: Desc = Desc {
    name: "redis_commands_total",
    help: "Calls of the command that were executed (calls of cmdstat_*).",
    kind: Kind::Counter,
    labels: &["cmd"],
};
static SECONDS: Desc = Desc {
    name: "redis_commands_duration_seconds_total",
    help: "Seconds that calls of the command took (usec of cmdstat_*).",
    kind: Kind::Counter,
    labels: &["cmd"],
};
static REJECTED: Desc = Desc {
    name: "redis_commands_rejected_calls_total",
    help: "Calls of the command that were refused before they were executed (rejected_calls of cmdstat_*).",
    kind: Kind::Counter,
    labels: &["cmd"],
};
static FAILED: Desc = Desc {
    name: "redis_commands_failed_calls_total",
    help: "Calls of the command that were answered with an error (failed_calls of cmdstat_*).",
    kind: Kind::Counter,
    labels: &["cmd"],
};
static PERCENTILES: Desc = Desc {
    name: "redis_latency_percentiles_usec",
    help: "Microseconds that calls of the command take; quantiles are 0 to 100 (latency_percentiles_usec_*).",
    kind: Kind::Summary,
    labels: &["cmd"],
};
static ERRORS: Desc = Desc {
    name: "redis_errors_total",
    help: "Errors that were answered, by their first word (count of errorstat_*).",
    kind: Kind::Counter,
    labels: &["err"],
};

/// Everything that has no series of its own.
const OTHER: &str = "other";
/// Redis itself keeps no more errors apart, from 7.4 on.
const MOST_ERRORS: usize = 128;
const USEC_PER_SECOND: f64 = 1e6;

/// Stages the first `most` commands as the server lists them, and the rest as one.
pub(super) fn samples(info: &Info, most: usize, out: &mut Out<'_>) {
    let mut shown: HashMap<&str, CommandStats<'_>> = HashMap::new();
    let mut other: Option<CommandStats<'_>> = None;
    for command in info.commands() {
        if command.name == OTHER || (shown.len() >= most && !shown.contains_key(command.name)) {
            other = Some(other.map_or(CommandStats { name: OTHER, ..command }, |sum| add(sum, command)));
        } else if !shown.contains_key(command.name) {
            shown.insert(command.name, command);
            stage(&command, out);
        }
    }
    if let Some(other) = other {
        stage(&other, out);
    }
    percentiles(info, shown, out);
}

fn stage(command: &CommandStats<'_>, out: &mut Out<'_>) {
    out.add(&CALLS, &[command.name], command.calls);
    out.add(&SECONDS, &[command.name], command.usec as f64 / USEC_PER_SECOND);
    out.add_some(&REJECTED, &[command.name], command.rejected);
    out.add_some(&FAILED, &[command.name], command.failed);
}

fn add<'i>(sum: CommandStats<'i>, command: CommandStats<'_>) -> CommandStats<'i> {
    let both = |sum: Option<u64>, more: Option<u64>| match (sum, more) {
        (Some(sum), Some(more)) => Some(sum.saturating_add(more)),
        (sum, more) => sum.or(more),
    };
    CommandStats {
        calls: sum.calls.saturating_add(command.calls),
        usec: sum.usec.saturating_add(command.usec),
        rejected: both(sum.rejected, command.rejected),
        failed: both(sum.failed, command.failed),
        ..sum
    }
}

/// Percentiles of the commands that are shown, each once; their sum and count are those of the command.
fn percentiles(info: &Info, mut shown: HashMap<&str, CommandStats<'_>>, out: &mut Out<'_>) {
    for percentiles in info.percentiles() {
        if let Some(command) = shown.remove(percentiles.name) {
            let summary = Summary { quantiles: &percentiles.values, sum: command.usec as f64, count: command.calls };
            out.summary(&PERCENTILES, &[command.name], &summary);
        }
    }
}

/// Stages the first errors as the server lists them, and the rest as one.
pub(super) fn errors(info: &Info, out: &mut Out<'_>) {
    let mut shown = HashSet::new();
    let mut other: Option<u64> = None;
    for (error, count) in info.errors() {
        if error == OTHER || (shown.len() >= MOST_ERRORS && !shown.contains(error)) {
            other = Some(other.unwrap_or_default().saturating_add(count));
        } else if shown.insert(error) {
            out.add(&ERRORS, &[error], count);
        }
    }
    out.add_some(&ERRORS, &[OTHER], other);
}

#[cfg(test)]
mod tests {
    use crate::page::info::golden::series;
    use crate::settings::Settings;

    #[test]
    fn commands_beyond_the_cap() {
        let text = "cmdstat_get:calls=1,usec=1000000,rejected_calls=1,failed_calls=2\n\
                    cmdstat_set:calls=2,usec=2000000,rejected_calls=0,failed_calls=0\n\
                    cmdstat_del:calls=4,usec=4000000,rejected_calls=1,failed_calls=0\n\
                    cmdstat_ttl:calls=8,usec=8000000\n\
                    cmdstat_get:calls=99,usec=99,rejected_calls=0,failed_calls=0\n\
                    latency_percentiles_usec_del:p50=1\n\
                    latency_percentiles_usec_get:p50=1\n";
        let settings = Settings { max_commands: 2, ..Settings::default() };
        assert_eq!(
            series(text, &settings, &["redis_commands", "redis_latency"]),
            [
                "redis_commands_duration_seconds_total{cmd=\"get\"} 1",
                "redis_commands_duration_seconds_total{cmd=\"other\"} 12",
                "redis_commands_duration_seconds_total{cmd=\"set\"} 2",
                "redis_commands_failed_calls_total{cmd=\"get\"} 2",
                "redis_commands_failed_calls_total{cmd=\"other\"} 0",
                "redis_commands_failed_calls_total{cmd=\"set\"} 0",
                "redis_commands_rejected_calls_total{cmd=\"get\"} 1",
                "redis_commands_rejected_calls_total{cmd=\"other\"} 1",
                "redis_commands_rejected_calls_total{cmd=\"set\"} 0",
                "redis_commands_total{cmd=\"get\"} 1",
                "redis_commands_total{cmd=\"other\"} 12",
                "redis_commands_total{cmd=\"set\"} 2",
                "redis_latency_percentiles_usec_count{cmd=\"get\"} 1",
                "redis_latency_percentiles_usec_sum{cmd=\"get\"} 1000000",
                "redis_latency_percentiles_usec{cmd=\"get\",quantile=\"50.0\"} 1",
            ]
        );
    }

    #[test]
    fn a_command_of_a_module_that_is_called_other() {
        let text = "cmdstat_other:calls=1,usec=0\ncmdstat_get:calls=2,usec=0\ncmdstat_set:calls=4,usec=0\n";
        let settings = Settings { max_commands: 1, ..Settings::default() };
        assert_eq!(
            series(text, &settings, &["redis_commands_total"]),
            ["redis_commands_total{cmd=\"get\"} 2", "redis_commands_total{cmd=\"other\"} 5",]
        );
    }

    #[test]
    fn errors_beyond_the_cap() {
        let lines = (0..200).map(|index| format!("errorstat_E{index}:count=1\nerrorstat_E{index}:count=9\n"));
        let text: String = lines.collect();
        let errors = series(&text, &Settings::default(), &["redis_errors_total"]);
        assert_eq!(errors.len(), 129);
        assert!(errors.contains(&"redis_errors_total{err=\"E127\"} 1".to_owned()));
        assert!(errors.contains(&"redis_errors_total{err=\"other\"} 720".to_owned()));
    }

    #[test]
    fn percentiles_without_their_command() {
        let text = "cmdstat_get:calls=1,usec=3\nlatency_percentiles_usec_set:p50=1\nlatency_percentiles_usec_get:\n";
        assert_eq!(
            series(text, &Settings::default(), &["redis_latency"]),
            [
                "redis_latency_percentiles_usec_count{cmd=\"get\"} 1",
                "redis_latency_percentiles_usec_sum{cmd=\"get\"} 3",
            ]
        );
    }
}
