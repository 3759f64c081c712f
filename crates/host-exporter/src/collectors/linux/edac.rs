//! Errors of memory that corrects some of them.

use std::path::PathBuf;

use exporter_toolkit::{Collector, Outcome, Watch};
use exposition::{Desc, Families, Kind};
use linux_procfs::{
    Folder, MemoryController, MemoryErrors, ReadError, memory_controllers, present, read_memory_controller,
};

use crate::config::Config;
use crate::devices::read_each;

/// The families of one level of the hardware.
struct Level {
    correctable: Desc,
    uncorrectable: Desc,
}

macro_rules! level {
    ($prefix:literal, $of:literal, $file:literal, $labels:expr) => {
        Level {
            correctable: Desc {
                name: concat!("node_edac_", $prefix, "correctable_errors_total"),
                help: concat!("Memory errors of the ", $of, " that were corrected (", $file, "ce_count)."),
                kind: Kind::Counter,
                labels: $labels,
            },
            uncorrectable: Desc {
                name: concat!("node_edac_", $prefix, "uncorrectable_errors_total"),
                help: concat!("Memory errors of the ", $of, " that were not corrected (", $file, "ue_count)."),
                kind: Kind::Counter,
                labels: $labels,
            },
        }
    };
}

static CONTROLLER: Level = level!("", "controller", "edac/mc/mc*/", &["controller"]);
static ROW: Level = level!("csrow_", "row", "edac/mc/mc*/csrow*/", &["controller", "csrow"]);
static CHANNEL: Level =
    level!("channel_", "channel", "edac/mc/mc*/csrow*/ch*_", &["channel", "controller", "csrow", "dimm_label"]);

/// The place of errors whose place is not known, and of memory that nobody named.
const UNKNOWN: &str = "unknown";

pub(crate) struct Edac {
    folder: PathBuf,
    controllers: Vec<MemoryController>,
}

impl Edac {
    pub(crate) fn new(config: &Config) -> Self {
        Edac { folder: config.linux.roots.sys("devices/system/edac/mc"), controllers: Vec::new() }
    }

    fn read_all(&mut self, watch: &Watch<'_>) -> Result<(), ReadError> {
        self.controllers.clear();
        // A machine whose memory tells nothing is read well, as the peer has it.
        let Some(folder) = present(Folder::open(self.folder.clone()))? else { return Ok(()) };
        let read = |name: &str| read_memory_controller(&folder, name);
        read_each(watch, memory_controllers(&folder)?, &mut self.controllers, read)
    }
}

impl Collector for Edac {
    fn read(&mut self, watch: &Watch<'_>) -> Outcome {
        self.read_all(watch).into()
    }

    fn samples(&self, out: &mut Families) {
        self.controllers.iter().for_each(|controller| samples(controller, out));
    }
}

fn samples(controller: &MemoryController, out: &mut Families) {
    let MemoryController { controller, errors, without_place, rows } = controller;
    level_samples(&CONTROLLER, &[controller], *errors, out);
    level_samples(&ROW, &[controller, UNKNOWN], *without_place, out);
    for row in rows {
        level_samples(&ROW, &[controller, &row.row], row.errors, out);
        for channel in &row.channels {
            let label = channel.label.as_deref().map_or_else(|| UNKNOWN.to_owned(), dimm_label);
            level_samples(&CHANNEL, &[&channel.channel, controller, &row.row, &label], channel.errors, out);
        }
    }
}

fn level_samples(level: &Level, labels: &[&str], errors: MemoryErrors, out: &mut Families) {
    for (desc, count) in [(&level.correctable, errors.correctable), (&level.uncorrectable, errors.uncorrectable)] {
        out.add_some(desc, labels, count);
    }
}

/// The label in the peer's spelling: `mc#0csrow#1channel#0` is `mc0_csrow1_channel0`.
fn dimm_label(label: &str) -> String {
    label.replace('#', "").replace("csrow", "_csrow").replace("channel", "_channel")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_the_kernel_and_of_the_firmware() {
        assert_eq!(dimm_label("mc#0csrow#1channel#0"), "mc0_csrow1_channel0");
        assert_eq!(dimm_label("CPU_SrcID#0_Ha#0_Chan#0_DIMM#0"), "CPU_SrcID0_Ha0_Chan0_DIMM0");
    }
}
