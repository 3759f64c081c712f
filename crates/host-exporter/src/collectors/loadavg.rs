//! Load averages.

use exporter_toolkit::{Collector, Outcome, Watch};
use exposition::{Desc, Families, Kind};

use crate::config::Config;

static LOAD1: Desc = Desc {
    name: "node_load1",
    help: "Load over one minute (/proc/loadavg, getloadavg).",
    kind: Kind::Gauge,
    labels: &[],
};
static LOAD5: Desc = Desc {
    name: "node_load5",
    help: "Load over five minutes (/proc/loadavg, getloadavg).",
    kind: Kind::Gauge,
    labels: &[],
};
static LOAD15: Desc = Desc {
    name: "node_load15",
    help: "Load over fifteen minutes (/proc/loadavg, getloadavg).",
    kind: Kind::Gauge,
    labels: &[],
};

/// Over one, five and fifteen minutes.
type Averages = [f64; 3];

pub(crate) struct Load {
    reader: Reader,
    averages: Option<Averages>,
}

impl Load {
    pub(crate) fn new(config: &Config) -> Self {
        Load { reader: Reader::new(config), averages: None }
    }
}

impl Collector for Load {
    fn read(&mut self, _: &Watch<'_>) -> Outcome {
        let read = self.reader.read();
        self.averages = read.as_ref().ok().copied();
        read.map(drop).into()
    }

    fn samples(&self, out: &mut Families) {
        if let Some(averages) = self.averages {
            samples(averages, out);
        }
    }
}

fn samples([one, five, fifteen]: Averages, out: &mut Families) {
    out.add(&LOAD1, &[], one);
    out.add(&LOAD5, &[], five);
    out.add(&LOAD15, &[], fifteen);
}

#[cfg(target_os = "linux")]
struct Reader(linux_procfs::Source);

#[cfg(target_os = "linux")]
impl Reader {
    fn new(config: &Config) -> Self {
        Reader(config.linux.source("loadavg"))
    }

    fn read(&mut self) -> Result<Averages, linux_procfs::ReadError> {
        let load = self.0.parse(linux_procfs::parse_loadavg)?;
        Ok([load.one, load.five, load.fifteen])
    }
}

#[cfg(target_os = "macos")]
struct Reader;

#[cfg(target_os = "macos")]
impl Reader {
    fn new(_: &Config) -> Self {
        Reader
    }

    #[expect(clippy::unused_self, reason = "the reader of Linux holds a file")]
    fn read(&mut self) -> std::io::Result<Averages> {
        let load = macos_sys::load_average()?;
        Ok([load.one, load.five, load.fifteen])
    }
}
