//! The engine, and its machine.

use exposition::{Desc, Families, Kind};

use crate::container::State;
use crate::inventory::Entry;
use crate::page::limits::Cgroup;

static UP: Desc = Desc { name: "docker_up", help: "Whether the engine answers.", kind: Kind::Gauge, labels: &[] };
static INFO: Desc = Desc {
    name: "docker_engine_info",
    help: "Always 1; what the engine is and how it is set up (/version, /info).",
    kind: Kind::Gauge,
    labels: &["api_version", "cgroup_driver", "cgroup_version", "storage_driver", "version"],
};
static CONTAINERS: Desc = Desc {
    name: "docker_containers",
    help: "Containers in this state (/containers/json).",
    kind: Kind::Gauge,
    labels: &["state"],
};
static MEMORY: Desc = Desc {
    name: "machine_memory_bytes",
    help: "Memory of the machine that the engine runs on (/info, MemTotal).",
    kind: Kind::Gauge,
    labels: &[],
};
static CPUS: Desc = Desc {
    name: "machine_cpu_cores",
    help: "Processors of the machine that the engine runs on (/info, NCPU).",
    kind: Kind::Gauge,
    labels: &[],
};
static SCRAPE_ERROR: Desc = Desc {
    name: "container_scrape_error",
    help: "Whether something of the containers could not be read for this page.",
    kind: Kind::Gauge,
    labels: &[],
};

/// What is known of the engine. A text is empty, and a number absent, where it has not said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct EngineState {
    /// Whether it answers.
    pub(crate) up: bool,
    pub(crate) version: String,
    pub(crate) api_version: String,
    /// `1`, `2`.
    pub(crate) cgroup_version: String,
    pub(crate) cgroup_driver: String,
    pub(crate) storage_driver: String,
    pub(crate) cpus: Option<u64>,
    pub(crate) memory_bytes: Option<u64>,
}

impl EngineState {
    /// The version of cgroups by which it limits containers.
    pub(crate) fn cgroup(&self) -> Option<Cgroup> {
        match self.cgroup_version.as_str() {
            "1" => Some(Cgroup::V1),
            "2" => Some(Cgroup::V2),
            _ => None,
        }
    }
}

/// Shows the engine and its machine.
pub(crate) fn engine(state: &EngineState, page: &mut Families) {
    page.add(&UP, &[], state.up);
    if state.up && !state.version.is_empty() {
        let EngineState { version, api_version, cgroup_version, cgroup_driver, storage_driver, .. } = state;
        page.add(&INFO, &[api_version, cgroup_driver, cgroup_version, storage_driver, version], true);
    }
    page.add_some(&MEMORY, &[], state.memory_bytes);
    page.add_some(&CPUS, &[], state.cpus);
}

/// Shows how many containers there are in each state, those included that have no series of their own.
pub(crate) fn containers_by_state<'a>(entries: impl IntoIterator<Item = &'a Entry>, page: &mut Families) {
    let mut counts = [0_u64; State::ALL.len()];
    for state in entries.into_iter().filter_map(|entry| entry.container.state) {
        State::ALL.iter().zip(&mut counts).filter(|(of, _)| **of == state).for_each(|(_, count)| *count += 1);
    }
    for (state, count) in State::ALL.iter().zip(counts) {
        page.add(&CONTAINERS, &[state.word()], count);
    }
}

/// Shows whether a reading has failed.
pub(crate) fn scrape_error(failed: bool, page: &mut Families) {
    page.add(&SCRAPE_ERROR, &[], failed);
}
