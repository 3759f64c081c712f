//! Errors of ext4 file systems.

use exporter_toolkit::{Collector, Outcome, Watch};
use exposition::{Desc, Families, Kind};
use linux_procfs::{Ext4, Folder, ReadError, Roots, present, read_ext4};

use crate::config::Config;
use crate::devices::read_each;

static ERRORS: Desc = Desc {
    name: "node_ext4_errors_total",
    help: "Errors found in the file system since it was last checked (/sys/fs/ext4/DEVICE/errors_count).",
    kind: Kind::Counter,
    labels: &["device"],
};
static WARNINGS: Desc = Desc {
    name: "node_ext4_warnings_total",
    help: "Warnings about the file system since it was mounted (/sys/fs/ext4/DEVICE/warning_count).",
    kind: Kind::Counter,
    labels: &["device"],
};

pub(crate) struct Ext4Filesystems {
    roots: Roots,
    filesystems: Vec<(String, Ext4)>,
}

impl Ext4Filesystems {
    pub(crate) fn new(config: &Config) -> Self {
        Ext4Filesystems { roots: config.linux.roots.clone(), filesystems: Vec::new() }
    }

    fn read_all(&mut self, watch: &Watch<'_>) -> Result<(), ReadError> {
        self.filesystems.clear();
        let Some(folder) = present(Folder::open(self.roots.sys("fs/ext4")))? else { return Ok(()) };
        // Beside the file systems stands what the driver can do.
        let devices = folder.names()?.into_iter().filter(|name| name != "features");
        let read = |device: &str| Ok((device.to_owned(), read_ext4(&folder, device)?));
        read_each(watch, devices, &mut self.filesystems, read)
    }
}

impl Collector for Ext4Filesystems {
    fn read(&mut self, watch: &Watch<'_>) -> Outcome {
        self.read_all(watch).into()
    }

    fn samples(&self, out: &mut Families) {
        for (device, filesystem) in &self.filesystems {
            for (desc, value) in [(&ERRORS, filesystem.errors), (&WARNINGS, filesystem.warnings)] {
                out.add_some(desc, &[device], value);
            }
        }
    }
}
