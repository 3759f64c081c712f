//! What the firmware says of the machine.

use exporter_toolkit::{Collector, Outcome, Watch};
use exposition::{Families, Kind};
use linux_procfs::{Roots, read_dmi};

use super::found;
use crate::config::Config;

const NAME: &str = "node_dmi_info";
const HELP: &str = "Always 1; what the firmware says of the machine, some of it to root alone (/sys/class/dmi/id).";

pub(crate) struct Firmware {
    roots: Roots,
    /// Read once, for it stays as it is until the next boot; empty while it is not known.
    labels: Vec<(&'static str, String)>,
}

impl Firmware {
    pub(crate) fn new(config: &Config) -> Self {
        Firmware { roots: config.linux.roots.clone(), labels: Vec::new() }
    }
}

impl Collector for Firmware {
    fn read(&mut self, _: &Watch<'_>) -> Outcome {
        if !self.labels.is_empty() {
            return Outcome::Ok;
        }
        match read_dmi(&self.roots) {
            Ok(said) if said.is_empty() => Outcome::NoData,
            read => found(read.map(|said| self.labels = said.into_iter().map(label).collect())),
        }
    }

    fn samples(&self, out: &mut Families) {
        samples(&self.labels, out);
    }
}

/// The file as the peer names it.
fn label((file, text): (&'static str, String)) -> (&'static str, String) {
    (if file == "sys_vendor" { "system_vendor" } else { file }, text)
}

fn samples(labels: &[(&str, String)], out: &mut Families) {
    let labels: Vec<(&str, &str)> = labels.iter().map(|(name, text)| (*name, text.as_str())).collect();
    if let Some(family) = out.family(NAME, HELP, Kind::Gauge).filter(|_| !labels.is_empty()) {
        out.sample(family, &labels, 1_u32);
    }
}
