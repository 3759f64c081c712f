//! What is counted by a container's name, and outlives the container.

use std::cmp::Reverse;

use exposition::{Desc, Families, Kind};

use crate::inventory::{Record, Total, Turnover};
use crate::page::Shown;
use crate::page::number::{duration, seconds, signed};
use crate::page::select::at_most;

const NAME: &[&str] = &["name"];

static RESTARTS: Desc = Desc {
    name: "container_restarts_total",
    help: "Starts of a container that had run before, whoever started it, since the exporter runs (events start, die; \
           RestartCount, State.StartedAt).",
    kind: Kind::Counter,
    labels: NAME,
};
static EXITS: Desc = Desc {
    name: "container_exits_total",
    help: "Ends of runs since the exporter runs, by exit code and by what brought them about (events die, kill, oom).",
    kind: Kind::Counter,
    labels: &["code_class", "name", "reason"],
};
static OOM_KILLS: Desc = Desc {
    name: "container_oom_kills_total",
    help: "Processes that the kernel has killed for memory, since the exporter runs (memory.events, memory.oom_control, event \
           oom).",
    kind: Kind::Counter,
    labels: NAME,
};
static HEALTH_TRANSITIONS: Desc = Desc {
    name: "container_health_transitions_total",
    help: "Times that the health check has come to something else, since the exporter runs (event health_status).",
    kind: Kind::Counter,
    labels: &["name", "to"],
};
static LAST_EXIT_CODE: Desc = Desc {
    name: "container_last_exit_code",
    help: "How the last run ended; 128 and more is a signal (event die, State.ExitCode).",
    kind: Kind::Gauge,
    labels: NAME,
};
static LAST_EXIT_TIME: Desc = Desc {
    name: "container_last_exit_time_seconds",
    help: "When the last run ended, in seconds since 1970 (event die, State.FinishedAt).",
    kind: Kind::Gauge,
    labels: NAME,
};
static LAST_RUN: Desc = Desc {
    name: "container_last_run_duration_seconds",
    help: "How long the last run took (event die, State.StartedAt, State.FinishedAt).",
    kind: Kind::Gauge,
    labels: NAME,
};
static EXPECTED_RUNNING: Desc = Desc {
    name: "container_expected_running",
    help: "Whether the restart policy says that the container is to run, and nobody has stopped it.",
    kind: Kind::Gauge,
    labels: NAME,
};
static EXPECTED: Desc = Desc {
    name: "container_expected",
    help: "Always 1; a container of this name is declared to run (--expect).",
    kind: Kind::Gauge,
    labels: NAME,
};

static CREATED: Desc = Desc {
    name: "container_created_total",
    help: "Containers that were made since the exporter runs, by compose project (event create).",
    kind: Kind::Counter,
    labels: &["project"],
};
static DESTROYED: Desc = Desc {
    name: "container_destroyed_total",
    help: "Containers that were removed since the exporter runs, by compose project (event destroy).",
    kind: Kind::Counter,
    labels: &["project"],
};

/// Shows what is remembered by name, and tells how many names are left out because there are more than `most`: those that
/// vanished first.
pub(crate) fn totals<'a>(
    records: impl IntoIterator<Item = (&'a str, &'a Record)>,
    most: usize,
    now_nanos: u64,
    shown: &Shown,
    page: &mut Families,
) -> usize {
    let rank = |(name, record): &(&'a str, &'a Record)| (Reverse(record.vanished_nanos.unwrap_or(u64::MAX)), *name);
    let records = at_most(records, most, rank);
    for (name, record) in &records.shown {
        counters(name, record, |total| total.shown(now_nanos, shown.young), page);
        last_exit(name, record, page);
        page.add_some(&EXPECTED_RUNNING, &[name], record.expected_running);
        page.add_some(&EXPECTED, &[name], record.declared.then_some(true));
    }
    records.left_out
}

fn counters(name: &str, record: &Record, shown: impl Fn(Total) -> u64, page: &mut Families) {
    page.add(&RESTARTS, &[name], shown(record.restarts));
    page.add(&OOM_KILLS, &[name], shown(record.oom_kills));
    for (exit, count) in &record.exits {
        page.add(&EXITS, &[exit.class.word(), name, exit.reason.word()], shown(*count));
    }
    for (to, count) in &record.health_transitions {
        page.add(&HEALTH_TRANSITIONS, &[name, to.word()], shown(*count));
    }
}

/// Shows how many containers were made and removed, by compose project.
pub(crate) fn turnover<'a>(projects: impl IntoIterator<Item = (&'a str, Turnover)>, page: &mut Families) {
    for (project, Turnover { created, destroyed }) in projects {
        page.add(&CREATED, &[project], created);
        page.add(&DESTROYED, &[project], destroyed);
    }
}

fn last_exit(name: &str, record: &Record, page: &mut Families) {
    let Some(exit) = &record.last_exit else { return };
    page.add_some(&LAST_EXIT_CODE, &[name], exit.code.map(signed));
    page.add(&LAST_EXIT_TIME, &[name], seconds(exit.at_nanos));
    page.add_some(&LAST_RUN, &[name], exit.ran.map(duration));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::examples;

    /// The names that are shown, of those given with when they vanished, and how many are not.
    fn shown(names: &[(&'static str, Option<u64>)], most: usize) -> (Vec<String>, usize) {
        let record = |(name, vanished_nanos)| (name, Record { vanished_nanos, ..Record::default() });
        let records: Vec<_> = names.iter().copied().map(record).collect();
        let (mut page, mut text) = (Families::default(), Vec::new());
        let left_out =
            totals(records.iter().map(|(name, record)| (*name, record)), most, 0, &examples::shown(), &mut page);
        exposition::Format::Text.encode(&mut page, &mut text);
        let restarts = |series: String| Some(series.strip_prefix("container_restarts_total{name=\"")?.to_owned());
        (testkit::page::series(&text).into_keys().filter_map(restarts).collect(), left_out)
    }

    #[test]
    fn more_names_than_are_shown() {
        let names = [("a", Some(1)), ("b", None), ("c", Some(3)), ("d", Some(2)), ("e", None)];
        assert_eq!(shown(&names, 5).1, 0);
        assert_eq!(shown(&names, 3), (["b\"}", "c\"}", "e\"}"].map(str::to_owned).into(), 2));
        assert_eq!(shown(&names, 1), (["b\"}"].map(str::to_owned).into(), 4));
    }
}
