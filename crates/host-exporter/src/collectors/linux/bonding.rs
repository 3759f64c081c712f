//! Bonds of several network devices into one.

use exporter_toolkit::{Collector, Outcome, Watch};
use exposition::{Desc, Families, Kind};
use linux_procfs::{Bond, ReadError, Roots, read_bond, read_bonds};

use super::found;
use crate::config::Config;
use crate::devices::read_each;

static SLAVES: Desc = Desc {
    name: "node_bonding_slaves",
    help: "Devices in the bond (/sys/class/net/MASTER/bonding/slaves).",
    kind: Kind::Gauge,
    labels: &["master"],
};
static ACTIVE: Desc = Desc {
    name: "node_bonding_active",
    help: "Devices in the bond whose link is up (/sys/class/net/MASTER/lower_DEVICE/bonding_slave/mii_status).",
    kind: Kind::Gauge,
    labels: &["master"],
};

pub(crate) struct Bonding {
    roots: Roots,
    bonds: Vec<(String, Bond)>,
}

impl Bonding {
    pub(crate) fn new(config: &Config) -> Self {
        Bonding { roots: config.linux.roots.clone(), bonds: Vec::new() }
    }

    fn read_all(&mut self, watch: &Watch<'_>) -> Result<(), ReadError> {
        self.bonds.clear();
        let read = |name: &str| Ok((name.to_owned(), read_bond(&self.roots, name)?));
        read_each(watch, read_bonds(&self.roots)?, &mut self.bonds, read)
    }
}

impl Collector for Bonding {
    /// Without the module bonding there is nothing.
    fn read(&mut self, watch: &Watch<'_>) -> Outcome {
        found(self.read_all(watch))
    }

    fn samples(&self, out: &mut Families) {
        self.bonds.iter().for_each(|(name, bond)| samples(name, bond, out));
    }
}

fn samples(name: &str, bond: &Bond, out: &mut Families) {
    out.add(&SLAVES, &[name], bond.slaves as u64);
    if let Some(active) = bond.active {
        out.add(&ACTIVE, &[name], active as u64);
    }
}
