//! Bonds of several network devices into one.

use exporter_toolkit::{Collector, Outcome, Parked, Watch};
use exposition::{Desc, Families, Kind};
use linux_procfs::{Bond, Roots, read_bond, read_bonds};

use crate::config::Config;

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
}

impl Collector for Bonding {
    /// Without the module bonding there is nothing. A bond that goes meanwhile, or whose lock is held, takes no other
    /// one away.
    fn read(&mut self, watch: &Watch<'_>) -> Outcome {
        self.bonds.clear();
        let names = match read_bonds(&self.roots) {
            Ok(names) => names,
            Err(error) if error.is_absent() => return Outcome::NoData,
            Err(error) => return Outcome::Failed(error.into()),
        };
        let mut outcome = Outcome::Ok;
        for name in names {
            match watch.guard(&name, || read_bond(&self.roots, &name)) {
                Ok(Ok(bond)) => self.bonds.push((name, bond)),
                Ok(Err(error)) if !error.is_absent() => outcome = Outcome::Failed(error.into()),
                Ok(Err(_)) | Err(Parked) => {}
            }
        }
        outcome
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
