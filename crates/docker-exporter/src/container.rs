//! A container as the engine tells of it.

use exporter_toolkit::parse_rfc3339;

use crate::engine::model::Inspect;

/// The labels in which compose names the project and the service.
pub(crate) const PROJECT: &str = "com.docker.compose.project";
pub(crate) const SERVICE: &str = "com.docker.compose.service";

/// One container. Made anew whenever the engine tells of a change, and never changed in place.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Container {
    /// 64 hexadecimal digits.
    pub(crate) id: String,
    /// Without the leading slash.
    pub(crate) name: String,
    /// The reference as it was typed: `redis:7`.
    pub(crate) image: String,
    /// `sha256:…`.
    pub(crate) image_id: String,
    /// `sha256:…` by which a registry has it; empty for an image that is in none.
    pub(crate) image_digest: String,
    /// Every label, as the engine has them; which are shown is for the page.
    pub(crate) labels: Vec<(String, String)>,
    /// Absent where this program does not know the engine's word.
    pub(crate) state: Option<State>,
    /// Absent without a health check, and unless it is running: the engine keeps the last word of a stopped one.
    pub(crate) health: Option<Health>,
    /// Checks that have failed in a row.
    pub(crate) failing_streak: Option<u64>,
    /// Nanoseconds since 1970, as all times here.
    pub(crate) created_nanos: Option<u64>,
    /// Of the present run, or of the last one.
    pub(crate) started_nanos: Option<u64>,
    /// Of the last run; absent if it has not ended yet.
    pub(crate) finished_nanos: Option<u64>,
    /// Of its first process on the host; absent unless it is running.
    pub(crate) pid: Option<u32>,
    /// Restarts by its policy; 0 again once someone starts it.
    pub(crate) restart_count: u64,
    /// Of the last run. The engine forgets it when the next one begins.
    pub(crate) exit_code: Option<i64>,
    /// Whether the kernel has killed a process in this run, or in the last one if it has ended.
    pub(crate) oom_killed: bool,
    /// Whether its last start failed: a port that is taken, a mount or a device that is missing.
    pub(crate) failed_to_start: bool,
    pub(crate) policy: Policy,
    /// `bridge`, `host`, `none`, `container:ID`, or a network's name.
    pub(crate) network_mode: String,
    /// `--cgroup-parent`; mostly empty.
    pub(crate) cgroup_parent: String,
    /// The number of the signal that `docker stop` sends first.
    pub(crate) stop_signal: Option<u32>,
    /// How long it waits before it kills.
    pub(crate) stop_seconds: Option<u64>,
    pub(crate) limits: Limits,
}

/// What the engine calls a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum State {
    Created,
    Running,
    Paused,
    Restarting,
    Removing,
    Exited,
    Dead,
}

impl State {
    pub(crate) const ALL: [State; 7] =
        [State::Created, State::Running, State::Paused, State::Restarting, State::Removing, State::Exited, State::Dead];

    /// The value of the label.
    pub(crate) fn word(self) -> &'static str {
        match self {
            State::Created => "created",
            State::Running => "running",
            State::Paused => "paused",
            State::Restarting => "restarting",
            State::Removing => "removing",
            State::Exited => "exited",
            State::Dead => "dead",
        }
    }

    /// The state that an engine's word means; Podman has some of its own.
    pub(crate) fn from_word(word: &str) -> Option<State> {
        Some(match word {
            "created" | "initialized" | "configured" => State::Created,
            "running" | "stopping" => State::Running,
            "paused" => State::Paused,
            "restarting" => State::Restarting,
            "removing" => State::Removing,
            "exited" | "stopped" => State::Exited,
            "dead" => State::Dead,
            _ => return None,
        })
    }

    /// Whether it has processes.
    pub(crate) fn is_up(self) -> bool {
        match self {
            State::Running | State::Paused => true,
            State::Created | State::Restarting | State::Removing | State::Exited | State::Dead => false,
        }
    }
}

/// What a health check has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Health {
    Starting,
    Healthy,
    Unhealthy,
}

impl Health {
    pub(crate) const ALL: [Health; 3] = [Health::Starting, Health::Healthy, Health::Unhealthy];

    /// Those that a check comes to; every run with one begins as starting.
    pub(crate) const COUNTED: [Health; 2] = [Health::Healthy, Health::Unhealthy];

    /// The value of the label.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Health::Starting => "starting",
            Health::Healthy => "healthy",
            Health::Unhealthy => "unhealthy",
        }
    }

    /// `none`, an empty word and an unknown one are no health.
    pub(crate) fn from_word(word: &str) -> Option<Health> {
        Health::ALL.into_iter().find(|health| health.word() == word)
    }
}

/// When the engine starts a container again by itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Policy {
    #[default]
    No,
    OnFailure,
    Always,
    UnlessStopped,
}

impl Policy {
    /// The value of the label; an empty or unknown word is no policy.
    pub(crate) fn from_word(word: &str) -> Policy {
        [Policy::OnFailure, Policy::Always, Policy::UnlessStopped]
            .into_iter()
            .find(|policy| policy.word() == word)
            .unwrap_or_default()
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Policy::No => "no",
            Policy::OnFailure => "on-failure",
            Policy::Always => "always",
            Policy::UnlessStopped => "unless-stopped",
        }
    }
}

/// What a container may use, by its settings; absent where there is no limit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) cpu_period_micros: Option<u64>,
    pub(crate) cpu_quota_micros: Option<u64>,
    pub(crate) cpu_shares: Option<u64>,
    pub(crate) memory_bytes: Option<u64>,
    /// Memory and swap together.
    pub(crate) memory_and_swap_bytes: Option<u64>,
    pub(crate) memory_reservation_bytes: Option<u64>,
    pub(crate) threads: Option<u64>,
}

impl Container {
    /// The value of a label of the container; absent where it has none of that name.
    pub(crate) fn label(&self, key: &str) -> Option<&str> {
        self.labels.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// The compose project that it is of; empty if it is of none.
    pub(crate) fn project(&self) -> &str {
        self.label(PROJECT).unwrap_or_default()
    }

    /// Whether it has processes.
    pub(crate) fn is_up(&self) -> bool {
        self.state.is_some_and(State::is_up)
    }
}

impl From<Inspect> for Container {
    fn from(inspect: Inspect) -> Self {
        let Inspect { state, host_config, config, .. } = inspect;
        let word = State::from_word(&state.status);
        let is_up = word.is_some_and(State::is_up);
        let health = state.health.filter(|health| is_up && Health::from_word(&health.status).is_some());
        let positive = |number: i64| u64::try_from(number).ok().filter(|number| *number > 0);
        let (period, quota) = match positive(host_config.nano_cpus) {
            // --cpus: so many of a period of 100 ms.
            Some(nanos) => (Some(PERIOD_MICROS), Some(nanos / (1_000_000_000 / PERIOD_MICROS))),
            None => (positive(host_config.cpu_period), positive(host_config.cpu_quota)),
        };
        Container {
            id: inspect.id,
            name: inspect.name.trim_start_matches('/').to_owned(),
            image: config.image,
            image_id: inspect.image,
            image_digest: String::new(),
            labels: config.labels.into_iter().collect(),
            health: health.as_ref().and_then(|health| Health::from_word(&health.status)),
            failing_streak: health.map(|health| health.failing_streak),
            created_nanos: nanos(&inspect.created),
            started_nanos: nanos(&state.started_at),
            finished_nanos: nanos(&state.finished_at),
            pid: u32::try_from(state.pid).ok().filter(|pid| *pid > 0),
            restart_count: u64::try_from(inspect.restart_count).unwrap_or(0),
            exit_code: (!is_up && nanos(&state.finished_at).is_some()).then_some(state.exit_code),
            oom_killed: state.oom_killed,
            failed_to_start: !state.error.is_empty(),
            policy: Policy::from_word(&host_config.restart_policy.name),
            network_mode: host_config.network_mode,
            cgroup_parent: host_config.cgroup_parent,
            stop_signal: signal(&config.stop_signal),
            stop_seconds: config.stop_timeout.and_then(|seconds| u64::try_from(seconds).ok()),
            limits: Limits {
                cpu_period_micros: period,
                cpu_quota_micros: quota,
                cpu_shares: positive(host_config.cpu_shares),
                memory_bytes: positive(host_config.memory),
                memory_and_swap_bytes: positive(host_config.memory_swap),
                memory_reservation_bytes: positive(host_config.memory_reservation),
                threads: host_config.pids_limit.and_then(positive),
            },
            state: word,
        }
    }
}

/// Of `--cpus`, which is a quota of a period.
const PERIOD_MICROS: u64 = 100_000;

/// A signal's number by the image's or the user's word for it, for those that are used to end programs.
fn signal(word: &str) -> Option<u32> {
    Some(match word.trim_start_matches("SIG") {
        "HUP" => 1,
        "INT" => 2,
        "QUIT" => 3,
        "KILL" => 9,
        "USR1" => 10,
        "USR2" => 12,
        "TERM" => 15,
        "WINCH" => 28,
        // Counted from the first real-time signal, which glibc has at 34.
        "RTMIN+3" => 37,
        number => return number.parse().ok(),
    })
}

/// Nanoseconds since 1970 of a time in RFC 3339; absent for the engine's word for never, the year 1, and for what is no time.
fn nanos(text: &str) -> Option<u64> {
    parse_rfc3339(text).filter(|nanos| *nanos > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        assert_eq!(nanos("2026-11-21T15:55:38.608292275Z"), Some(1_795_276_538_608_292_275));
        assert_eq!(nanos("2026-11-21T16:55:38+01:00"), Some(1_795_276_538_000_000_000));
        for never in ["", "0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "yesterday", "9999-12-31T23:59:59Z"] {
            assert_eq!(nanos(never), None, "{never}");
        }
    }

    #[test]
    fn signals() {
        for (word, number) in
            [("SIGTERM", Some(15)), ("TERM", Some(15)), ("3", Some(3)), ("SIGRTMIN+3", Some(37)), ("", None)]
        {
            assert_eq!(signal(word), number, "{word}");
        }
    }
}
