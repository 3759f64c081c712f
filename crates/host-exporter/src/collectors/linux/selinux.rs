//! Whether SELinux is on, and what it does.

use exporter_toolkit::{Collector, Outcome, Watch};
use exposition::{Desc, Families, Kind};
use linux_procfs::{ReadError, Roots, SelinuxMode, read_selinux_config, read_selinux_mode};

use crate::config::Config;

static ENABLED: Desc = Desc {
    name: "node_selinux_enabled",
    help: "Whether SELinux is on (/sys/fs/selinux).",
    kind: Kind::Gauge,
    labels: &[],
};
static CURRENT_MODE: Desc = Desc {
    name: "node_selinux_current_mode",
    help: "Whether SELinux refuses what is forbidden (1) or logs it (0) (/sys/fs/selinux/enforce).",
    kind: Kind::Gauge,
    labels: &[],
};
static CONFIG_MODE: Desc = Desc {
    name: "node_selinux_config_mode",
    help: "What SELinux does after the next boot: refuse (1), log (0) or nothing (-1) (/etc/selinux/config).",
    kind: Kind::Gauge,
    labels: &[],
};

pub(crate) struct Selinux {
    roots: Roots,
    modes: Option<Modes>,
}

/// What SELinux does now and after the next boot, as far as it is known.
#[derive(Clone, Copy)]
struct Modes {
    current: SelinuxMode,
    config: Option<SelinuxMode>,
}

impl Selinux {
    pub(crate) fn new(config: &Config) -> Self {
        Selinux { roots: config.linux.roots.clone(), modes: None }
    }

    fn read_all(&mut self, watch: &Watch<'_>) -> Result<(), ReadError> {
        self.modes = None;
        let current = read_selinux_mode(&self.roots)?;
        // The configuration is on a disk, and a container may not have it.
        let config = (current != SelinuxMode::Disabled)
            .then(|| watch.guard("selinux/config", || read_selinux_config(&self.roots).ok().flatten()).ok().flatten());
        self.modes = Some(Modes { current, config: config.flatten() });
        Ok(())
    }
}

impl Collector for Selinux {
    fn read(&mut self, watch: &Watch<'_>) -> Outcome {
        self.read_all(watch).into()
    }

    fn samples(&self, out: &mut Families) {
        if let Some(modes) = self.modes {
            samples(modes, out);
        }
    }
}

fn samples(Modes { current, config }: Modes, out: &mut Families) {
    let is_enabled = current != SelinuxMode::Disabled;
    out.add(&ENABLED, &[], is_enabled);
    for (desc, mode) in [(&CURRENT_MODE, Some(current).filter(|_| is_enabled)), (&CONFIG_MODE, config)] {
        if let Some(mode) = mode {
            out.add(desc, &[], number(mode));
        }
    }
}

/// The mode as the kernel and the peer count.
fn number(mode: SelinuxMode) -> f64 {
    match mode {
        SelinuxMode::Enforcing => 1.0,
        SelinuxMode::Permissive => 0.0,
        SelinuxMode::Disabled => -1.0,
    }
}
