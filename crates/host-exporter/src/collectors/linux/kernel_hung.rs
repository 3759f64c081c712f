//! Tasks that the kernel has found hanging.

use exporter_toolkit::{Collector, Outcome, Watch};
use exposition::{Desc, Families, Kind};
use linux_procfs::{Source, parse_number};

use super::found;
use crate::config::Config;

static TASKS: Desc = Desc {
    name: "node_kernel_hung_tasks_total",
    help: "Tasks that were found hanging since boot (/proc/sys/kernel/hung_task_detect_count).",
    kind: Kind::Counter,
    labels: &[],
};

pub(crate) struct HungTasks {
    source: Source,
    tasks: Option<u64>,
}

impl HungTasks {
    pub(crate) fn new(config: &Config) -> Self {
        HungTasks { source: config.linux.source("sys/kernel/hung_task_detect_count"), tasks: None }
    }
}

impl Collector for HungTasks {
    /// Before Linux 6.13 nobody counted.
    fn read(&mut self, _: &Watch<'_>) -> Outcome {
        self.tasks = None;
        found(self.source.parse(parse_number).map(|tasks| self.tasks = Some(tasks)))
    }

    fn samples(&self, out: &mut Families) {
        out.add_some(&TASKS, &[], self.tasks);
    }
}
