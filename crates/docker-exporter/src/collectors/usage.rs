//! What containers use: from their cgroups, or from the engine where those can't be seen.

use std::sync::Arc;
use std::time::{Duration, Instant};

use exporter_toolkit::{Collector, Filter, Outcome, Watch, lock, now_nanos};
use exposition::{Desc, Families, Kind};

use crate::cgroup::{Cgroups, Error, Root, boot_nanos};
use crate::collectors::{Setting, Source, opened, target};
use crate::inventory::Entry;
use crate::page;
use crate::usage::{Interface, Usage};

static SOURCE: Desc = Desc {
    name: "docker_exporter_usage_source",
    help: "1 at where the usage of containers is read: the kernel's files (cgroup), or the engine (stats).",
    kind: Kind::Gauge,
    labels: &["source"],
};
static CONTROLLER: Desc = Desc {
    name: "docker_exporter_cgroup_controller_enabled",
    help: "Whether the kernel has the controller switched on; what it counts is not on the page where it is off.",
    kind: Kind::Gauge,
    labels: &["controller"],
};

pub(super) struct Usages {
    setting: Arc<Setting>,
    cgroups: Option<Cgroups>,
    interfaces: Filter,
    devices: Filter,
    /// When the machine was booted.
    boot_nanos: Option<u64>,
    read: Vec<Used>,
    root: Option<Root>,
    failed: bool,
}

/// What one container uses.
struct Used {
    entry: Entry,
    usage: Usage,
    /// From statistics; from procfs another collector reads them.
    interfaces: Vec<Interface>,
}

/// What is left of the time when the engine is not waited for any more.
const MARGIN: Duration = Duration::from_millis(100);

impl Usages {
    pub(super) fn new(setting: Arc<Setting>) -> Self {
        let (interfaces, devices) = (setting.interfaces.clone(), setting.devices.clone());
        let boot_nanos = boot_nanos(&setting.roots.procfs);
        Usages { setting, cgroups: None, interfaces, devices, boot_nanos, read: Vec::new(), root: None, failed: false }
    }

    /// Reads the kernel's files. Whether any container could be seen, if there is one; and what went wrong with any.
    fn read_cgroups(&mut self, running: Vec<Entry>) -> (bool, Option<Error>) {
        let cgroups = match opened(&mut self.cgroups, &self.setting.roots, &running) {
            Ok(cgroups) => cgroups,
            Err(error) => return (false, Some(error)),
        };
        cgroups.renew();
        let (mut unseen, mut failed) = (0, None);
        let count = running.len();
        for mut entry in running {
            match cgroups.read(&target(&entry)) {
                Ok((path, usage)) => {
                    entry.path = path;
                    self.read.push(Used { entry, usage, interfaces: Vec::new() });
                }
                // It ended while it was looked at.
                Err(Error::Gone) => {}
                Err(error) => {
                    unseen += usize::from(matches!(error, Error::Unseen));
                    failed = failed.or(Some(error));
                }
            }
        }
        if self.setting.root {
            match cgroups.root() {
                Ok(root) => self.root = Some(root),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        (unseen < count || count == 0, failed)
    }

    /// Asks the engine. How many did not answer.
    fn ask(&mut self, running: Vec<Entry>, time: Duration) -> usize {
        let ids = running.iter().map(|entry| entry.container.id.clone()).collect();
        let mut told = self.setting.asker.ask(ids, time.saturating_sub(MARGIN));
        let count = running.len();
        for entry in running {
            let Some(position) = told.iter().position(|told| told.id == entry.container.id) else { continue };
            let told = told.swap_remove(position);
            self.read.push(Used { entry, usage: told.usage, interfaces: told.interfaces });
        }
        count - self.read.len()
    }

    /// Leaves out what is not to be shown, and tells the inventory what the kernel knows.
    fn settle(&mut self) {
        let mut known = lock(&self.setting.shared.known);
        // A proxy may not have let the engine be asked.
        if let Some(cgroups) = self.cgroups.as_ref().filter(|_| known.engine.cgroup_version.is_empty()) {
            cgroups.version().word().clone_into(&mut known.engine.cgroup_version);
        }
        for Used { entry, usage, interfaces } in &mut self.read {
            usage.devices.retain(|device| self.devices.shows(&device.device));
            interfaces.retain(|interface| self.interfaces.shows(&interface.name));
            let container = &entry.container;
            known.inventory.located(&container.id, &entry.path);
            if let Some(kills) = usage.memory.oom_kills {
                known.inventory.kernel_kills(&container.id, container.started_nanos, kills);
            }
        }
        if let Some(root) = &mut self.root {
            root.usage.devices.retain(|device| self.devices.shows(&device.device));
        }
    }
}

impl Collector for Usages {
    fn read(&mut self, watch: &Watch<'_>) -> Outcome {
        self.read.clear();
        (self.root, self.failed) = (None, false);
        let running = self.setting.running();
        let sight = self.setting.sight.clone();
        let mut failed = None;
        // Whoever has no cgroups to see looks again each time: a mount that was forgotten may be there.
        if sight.source() == Source::Cgroups || sight.is_sought() {
            let (seen, error) = self.read_cgroups(running.clone());
            if sight.is_sought() {
                sight.found(seen, &error.as_ref().map(ToString::to_string).unwrap_or_default());
            }
            failed = error.map(|error| error.to_string());
        }
        if sight.source() == Source::Statistics {
            let silent = self.ask(running, watch.time_left(Instant::now()));
            failed = (silent > 0).then(|| format!("the engine told no statistics of {silent} running containers"));
        }
        self.settle();
        self.failed = failed.is_some();
        failed.map_or(Outcome::Ok, |error| Outcome::Failed(error.into()))
    }

    fn samples(&self, out: &mut Families) {
        let Setting { sight, shown, .. } = &*self.setting;
        out.add(&SOURCE, &[sight.source().word()], true);
        if let Some(cgroups) = self.cgroups.as_ref().filter(|_| sight.source() == Source::Cgroups) {
            for (controller, enabled) in cgroups.controllers() {
                out.add(&CONTROLLER, &[controller], enabled);
            }
        }
        page::scrape_error(self.failed, out);
        let used = self.read.iter().map(|used| (&used.entry, &used.usage, used.interfaces.as_slice()));
        page::usage(used, shown, out);
        if let Some(root) = &self.root {
            let memory_bytes = root.machine.memory_bytes;
            let root = page::Root { usage: &root.usage, memory_bytes, boot_nanos: self.boot_nanos };
            page::root(&root, now_nanos(), shown, out);
        }
    }
}
