//! What the engine answers, as far as it is read. Every field may be missing or null, and one that is unknown is passed over:
//! engines from API 1.41 on, and Podman, tell of different ones. `Env` is not among them, and nothing else that may be secret.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

/// `GET /version`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Version {
    #[serde(deserialize_with = "or_default")]
    pub(crate) version: String,
    #[serde(deserialize_with = "or_default")]
    pub(crate) api_version: String,
    #[serde(rename = "MinAPIVersion", deserialize_with = "or_default")]
    pub(crate) min_api_version: String,
}

/// `GET /info`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Info {
    /// `cgroupfs`, `systemd`, `none`.
    #[serde(deserialize_with = "or_default")]
    pub(crate) cgroup_driver: String,
    /// `1`, `2`.
    #[serde(deserialize_with = "or_default")]
    pub(crate) cgroup_version: String,
    /// The storage driver.
    #[serde(deserialize_with = "or_default")]
    pub(crate) driver: String,
    #[serde(rename = "NCPU", deserialize_with = "or_default")]
    pub(crate) cpus: u64,
    #[serde(deserialize_with = "or_default")]
    pub(crate) mem_total: u64,
}

/// One of `GET /containers/json`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Summary {
    pub(crate) id: String,
    /// With a leading slash; aliases of links besides.
    #[serde(deserialize_with = "or_default")]
    pub(crate) names: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    pub(crate) state: String,
    /// For people: `Up 2 hours (healthy)`.
    #[serde(deserialize_with = "or_default")]
    pub(crate) status: String,
    /// Since API 1.52.
    pub(crate) health: Option<HealthState>,
}

/// `GET /containers/ID/json`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Inspect {
    pub(crate) id: String,
    #[serde(deserialize_with = "or_default")]
    pub(crate) name: String,
    /// `sha256:…`.
    #[serde(deserialize_with = "or_default")]
    pub(crate) image: String,
    /// RFC 3339, as all times.
    #[serde(deserialize_with = "or_default")]
    pub(crate) created: String,
    #[serde(deserialize_with = "or_default")]
    pub(crate) restart_count: i64,
    #[serde(deserialize_with = "or_default")]
    pub(crate) state: InspectState,
    #[serde(deserialize_with = "or_default")]
    pub(crate) host_config: HostConfig,
    #[serde(deserialize_with = "or_default")]
    pub(crate) config: Config,
}

/// `State` of an inspected container.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct InspectState {
    #[serde(deserialize_with = "or_default")]
    pub(crate) status: String,
    #[serde(rename = "OOMKilled", deserialize_with = "or_default")]
    pub(crate) oom_killed: bool,
    #[serde(deserialize_with = "or_default")]
    pub(crate) pid: i64,
    #[serde(deserialize_with = "or_default")]
    pub(crate) exit_code: i64,
    /// Why the last start failed.
    #[serde(deserialize_with = "or_default")]
    pub(crate) error: String,
    #[serde(deserialize_with = "or_default")]
    pub(crate) started_at: String,
    #[serde(deserialize_with = "or_default")]
    pub(crate) finished_at: String,
    #[serde(alias = "Healthcheck")]
    pub(crate) health: Option<HealthState>,
}

/// `Health`, without the log of its checks, which holds their output.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct HealthState {
    #[serde(deserialize_with = "or_default")]
    pub(crate) status: String,
    #[serde(deserialize_with = "or_default")]
    pub(crate) failing_streak: u64,
}

/// `HostConfig`, of which the limits and the policy.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct HostConfig {
    #[serde(deserialize_with = "or_default")]
    pub(crate) restart_policy: RestartPolicy,
    #[serde(deserialize_with = "or_default")]
    pub(crate) network_mode: String,
    #[serde(deserialize_with = "or_default")]
    pub(crate) cgroup_parent: String,
    #[serde(deserialize_with = "or_default")]
    pub(crate) memory: i64,
    /// −1 is no limit.
    #[serde(deserialize_with = "or_default")]
    pub(crate) memory_swap: i64,
    #[serde(deserialize_with = "or_default")]
    pub(crate) memory_reservation: i64,
    #[serde(deserialize_with = "or_default")]
    pub(crate) nano_cpus: i64,
    #[serde(deserialize_with = "or_default")]
    pub(crate) cpu_period: i64,
    #[serde(deserialize_with = "or_default")]
    pub(crate) cpu_quota: i64,
    #[serde(deserialize_with = "or_default")]
    pub(crate) cpu_shares: i64,
    pub(crate) pids_limit: Option<i64>,
}

/// `HostConfig.RestartPolicy`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct RestartPolicy {
    #[serde(deserialize_with = "or_default")]
    pub(crate) name: String,
}

/// `Config`, without `Env`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Config {
    #[serde(deserialize_with = "or_default")]
    pub(crate) image: String,
    #[serde(deserialize_with = "or_default")]
    pub(crate) labels: BTreeMap<String, String>,
    /// `SIGTERM`, `15`; empty for the usual one.
    #[serde(deserialize_with = "or_default")]
    pub(crate) stop_signal: String,
    /// Seconds.
    pub(crate) stop_timeout: Option<i64>,
}

/// `GET /images/ID/json`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Image {
    /// `redis@sha256:…`: one for each repository that it was pulled from; none if it was built here.
    #[serde(deserialize_with = "or_default")]
    pub(crate) repo_digests: Vec<String>,
}

impl Image {
    /// The digest of the first of them; empty if there is none.
    pub(crate) fn digest(self) -> String {
        let first = self.repo_digests.first().and_then(|reference| reference.rsplit_once('@'));
        first.map(|(_, digest)| digest.to_owned()).unwrap_or_default()
    }
}

/// One of `GET /events`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct Event {
    #[serde(rename = "Type", deserialize_with = "or_default")]
    pub(crate) kind: String,
    /// `start`, `die`, `health_status: healthy`.
    #[serde(rename = "Action", deserialize_with = "or_default")]
    pub(crate) action: String,
    #[serde(rename = "Actor", deserialize_with = "or_default")]
    pub(crate) actor: Actor,
    #[serde(rename = "timeNano", deserialize_with = "or_default")]
    pub(crate) time_nanos: u64,
}

/// What an event is of.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct Actor {
    #[serde(rename = "ID", deserialize_with = "or_default")]
    pub(crate) id: String,
    #[serde(rename = "Attributes", deserialize_with = "or_default")]
    pub(crate) attributes: Attributes,
}

/// Of the attributes, which hold every label too, those that are of use.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct Attributes {
    #[serde(deserialize_with = "or_default")]
    pub(crate) name: String,
    #[serde(deserialize_with = "or_default")]
    pub(crate) image: String,
    /// Of `die`.
    #[serde(rename = "exitCode", deserialize_with = "or_default")]
    pub(crate) exit_code: String,
    /// Of `die`: seconds; since engine 23.
    #[serde(rename = "execDuration", deserialize_with = "or_default")]
    pub(crate) exec_duration: String,
    /// Of `kill`: a number.
    #[serde(deserialize_with = "or_default")]
    pub(crate) signal: String,
    /// Of `rename`: with a leading slash.
    #[serde(rename = "oldName", deserialize_with = "or_default")]
    pub(crate) old_name: String,
    #[serde(rename = "com.docker.compose.project", deserialize_with = "or_default")]
    pub(crate) project: String,
}

/// The engine says null for what is empty.
pub(super) fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(from: D) -> Result<T, D::Error> {
    Option::<T>::deserialize(from).map(Option::unwrap_or_default)
}
