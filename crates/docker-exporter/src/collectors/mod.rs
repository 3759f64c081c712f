//! What a scrape reads, and what it shows.

mod containers;
mod network;
mod source;
mod usage;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use exporter_toolkit::{CollectorSpec, Filter, lock};
use linux_procfs::{Descriptors, open_files_limit};

use crate::cgroup::{self, Cgroups, MOST_OPEN, Roots, Target};
use crate::collectors::containers::Containers;
use crate::collectors::network::Network;
use crate::collectors::usage::Usages;
use crate::inventory::Entry;
use crate::page::{Shown, select};
use crate::watch::{Asker, Shared};

pub(crate) use source::{Sight, Source};

/// What the collectors read, and what of it is shown.
pub(crate) struct Setting {
    pub(crate) shared: Shared,
    pub(crate) asker: Asker,
    pub(crate) sight: Sight,
    pub(crate) roots: Roots,
    pub(crate) shown: Shown,
    /// Containers that have series, and names that are counted.
    pub(crate) most: usize,
    /// Whether the whole machine is shown, too.
    pub(crate) root: bool,
    pub(crate) interfaces: Filter,
    pub(crate) devices: Filter,
}

/// The collectors, in the order in which they run: the second finds out where usage can be read.
pub(crate) fn collectors(setting: Setting) -> Vec<CollectorSpec> {
    let setting = Arc::new(setting);
    let (containers, usage, network) = (Arc::clone(&setting), Arc::clone(&setting), setting);
    vec![
        CollectorSpec {
            name: "containers",
            build: Box::new(move || Box::new(Containers::new(Arc::clone(&containers)))),
        },
        CollectorSpec { name: "usage", build: Box::new(move || Box::new(Usages::new(Arc::clone(&usage)))) },
        CollectorSpec { name: "network", build: Box::new(move || Box::new(Network::new(Arc::clone(&network)))) },
    ]
}

impl Setting {
    /// The containers that have processes now, of those that have series.
    fn running(&self) -> Vec<Entry> {
        let known = lock(&self.shared.known);
        let entries = select(known.inventory.entries(), self.most);
        entries.shown.into_iter().filter(|entry| entry.container.is_up()).cloned().collect()
    }
}

/// What the first page waits for: an engine that takes longer to tell of its containers is shown without them.
const FIRST: Duration = Duration::from_secs(2);

/// What is sought of a container's cgroup.
fn target(entry: &Entry) -> Target<'_> {
    let container = &*entry.container;
    Target {
        id: &container.id,
        pid: container.pid,
        parent: &container.cgroup_parent,
        started_nanos: container.started_nanos,
        has_quota: container.limits.cpu_quota_micros.is_some(),
    }
}

/// The cgroups, which are opened when they are first read, without what is known of containers that are not among these any more.
fn opened<'c>(
    cgroups: &'c mut Option<Cgroups>,
    roots: &Roots,
    running: &[Entry],
) -> Result<&'c mut Cgroups, cgroup::Error> {
    let cgroups = match cgroups {
        Some(cgroups) => cgroups,
        none => none.insert(Cgroups::open(roots, Descriptors::at_most(MOST_OPEN, open_files_limit()))?),
    };
    let ids: HashSet<&str> = running.iter().map(|entry| entry.container.id.as_str()).collect();
    cgroups.retain(|id| ids.contains(id));
    Ok(cgroups)
}
