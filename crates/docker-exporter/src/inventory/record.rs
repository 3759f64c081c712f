//! What is remembered by a container's name, whichever container has it.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::container::Health;
use crate::inventory::total::Total;

/// The totals of a name since this program has known it, and how its last run ended. They outlive the container.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Record {
    /// Starts of a container that had run before.
    pub(crate) restarts: Total,
    /// Ends of runs.
    pub(crate) exits: BTreeMap<Exit, Total>,
    /// Processes that the kernel has killed.
    pub(crate) oom_kills: Total,
    /// Changes of the health check's word, by the new word.
    pub(crate) health_transitions: BTreeMap<Health, Total>,
    pub(crate) last_exit: Option<LastExit>,
    /// Whether its restart policy, and nobody's stop, say that it is to run; absent while no container has the name.
    pub(crate) expected_running: Option<bool>,
    /// Whether someone has declared that a container of this name is to run.
    pub(crate) declared: bool,
    /// Nanoseconds since 1970 when its last container vanished.
    pub(crate) vanished_nanos: Option<u64>,
}

impl Record {
    /// Of a name that nobody has met before.
    pub(crate) fn born(now_nanos: u64) -> Self {
        let born = Total::born(now_nanos);
        Record { restarts: born, oom_kills: born, ..Record::default() }
    }

    /// Counts ends of that kind.
    pub(crate) fn exited(&mut self, exit: Exit, count: u64, now_nanos: u64) {
        self.exits.entry(exit).or_insert_with(|| Total::born(now_nanos)).add(count);
    }

    /// The total of changes to that word, which is there from now on.
    pub(crate) fn transitions(&mut self, health: Health, now_nanos: u64) -> &mut Total {
        self.health_transitions.entry(health).or_insert_with(|| Total::born(now_nanos))
    }
}

/// How the last run ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LastExit {
    /// Absent when the engine forgot it before it could be asked.
    pub(crate) code: Option<i64>,
    /// Nanoseconds since 1970.
    pub(crate) at_nanos: u64,
    /// How long the run took.
    pub(crate) ran: Option<Duration>,
}

/// A kind of end, as it is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Exit {
    pub(crate) class: CodeClass,
    pub(crate) reason: Reason,
}

/// Exit codes that mean the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CodeClass {
    /// 0.
    Success,
    /// 1 to 125: the program's own.
    Failure,
    /// 126 and 127: the program can't be run, or is not there.
    NotRun,
    /// 137: SIGKILL.
    Killed,
    /// 143: SIGTERM.
    Terminated,
    /// Above 127 otherwise.
    OtherSignal,
    /// The engine knew it no more.
    Unknown,
}

impl CodeClass {
    pub(crate) fn of(code: Option<i64>) -> CodeClass {
        match code {
            None => CodeClass::Unknown,
            Some(0) => CodeClass::Success,
            Some(126 | 127) => CodeClass::NotRun,
            Some(137) => CodeClass::Killed,
            Some(143) => CodeClass::Terminated,
            Some(code) if code > 127 => CodeClass::OtherSignal,
            Some(_) => CodeClass::Failure,
        }
    }

    /// The value of the label.
    pub(crate) fn word(self) -> &'static str {
        match self {
            CodeClass::Success => "0",
            CodeClass::Failure => "1_125",
            CodeClass::NotRun => "126_127",
            CodeClass::Killed => "137",
            CodeClass::Terminated => "143",
            CodeClass::OtherSignal => "signal_other",
            CodeClass::Unknown => "unknown",
        }
    }
}

/// Why a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reason {
    /// By itself.
    Exited,
    /// The kernel wanted its memory.
    Oom,
    /// Someone asked the engine to.
    Stopped,
    /// Nobody saw it.
    Unknown,
}

impl Reason {
    /// The value of the label.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Reason::Exited => "exited",
            Reason::Oom => "oom",
            Reason::Stopped => "stopped",
            Reason::Unknown => "unknown",
        }
    }
}
