//! Names and version of the system.

use exporter_toolkit::{Collector, Outcome, Watch};
use exposition::{Desc, Families, Kind};
use linux_procfs::{Uname, uname};

use crate::config::Config;

static INFO: Desc = Desc {
    name: "node_uname_info",
    help: "Always 1; the labels are what uname(2) says.",
    kind: Kind::Gauge,
    labels: &["domainname", "machine", "nodename", "release", "sysname", "version"],
};

pub(crate) struct Names {
    uname: Option<Uname>,
}

impl Names {
    pub(crate) fn new(_: &Config) -> Self {
        Names { uname: None }
    }
}

impl Collector for Names {
    fn read(&mut self, _: &Watch<'_>) -> Outcome {
        self.uname = Some(uname());
        Outcome::Ok
    }

    fn samples(&self, out: &mut Families) {
        if let Some(uname) = &self.uname {
            samples(uname, out);
        }
    }
}

fn samples(uname: &Uname, out: &mut Families) {
    let Uname { sysname, nodename, release, version, machine, domainname } = uname;
    out.add(&INFO, &[domainname, machine, nodename, release, sysname, version], 1_u32);
}
