//! Whether an upgrade waits for a reboot.

use exporter_toolkit::{Collector, Outcome, Watch};
use exposition::{Desc, Families, Kind};
use linux_procfs::{Roots, read_reboot_required};

use crate::config::Config;

/// The name that scripts for the textfile collector have made known.
static REQUIRED: Desc = Desc {
    name: "node_reboot_required",
    help: "Whether an upgrade waits for a reboot (/run/reboot-required).",
    kind: Kind::Gauge,
    labels: &[],
};

pub(crate) struct Reboot {
    roots: Roots,
    required: Option<bool>,
}

impl Reboot {
    pub(crate) fn new(config: &Config) -> Self {
        Reboot { roots: config.linux.roots.clone(), required: None }
    }
}

impl Collector for Reboot {
    fn read(&mut self, watch: &Watch<'_>) -> Outcome {
        self.required = None;
        match watch.guard("reboot-required", || read_reboot_required(&self.roots)) {
            Ok(read) => read.map(|required| self.required = required).into(),
            Err(_) => Outcome::Failed("reboot-required does not answer".into()),
        }
    }

    fn samples(&self, out: &mut Families) {
        out.add_some(&REQUIRED, &[], self.required);
    }
}
