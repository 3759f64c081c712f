//! Files that all processes have open.

use exporter_toolkit::{Collector, Outcome, Watch};
use exposition::{Desc, Families, Kind};
use linux_procfs::{FileNr, Source, parse_file_nr};

use super::found;
use crate::config::Config;

static ALLOCATED: Desc = Desc {
    name: "node_filefd_allocated",
    help: "Files that are open now (/proc/sys/fs/file-nr).",
    kind: Kind::Gauge,
    labels: &[],
};
static MAXIMUM: Desc = Desc {
    name: "node_filefd_maximum",
    help: "The most files that may be open (/proc/sys/fs/file-nr).",
    kind: Kind::Gauge,
    labels: &[],
};

pub(crate) struct OpenFiles {
    source: Source,
    files: Option<FileNr>,
}

impl OpenFiles {
    pub(crate) fn new(config: &Config) -> Self {
        OpenFiles { source: config.linux.source("sys/fs/file-nr"), files: None }
    }
}

impl Collector for OpenFiles {
    fn read(&mut self, _: &Watch<'_>) -> Outcome {
        self.files = None;
        found(self.source.parse(parse_file_nr).map(|files| self.files = Some(files)))
    }

    fn samples(&self, out: &mut Families) {
        if let Some(files) = &self.files {
            samples(files, out);
        }
    }
}

fn samples(files: &FileNr, out: &mut Families) {
    out.add(&ALLOCATED, &[], files.allocated);
    out.add(&MAXIMUM, &[], files.maximum);
}
