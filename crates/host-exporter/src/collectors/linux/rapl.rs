//! Energy that processors and memory have used.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::path::PathBuf;

use exporter_toolkit::{Collector, Outcome, Watch};
use exposition::{Desc, Families, Kind};
use linux_procfs::{Folder, PowerZone, ReadError, read_energy_uj, read_power_zone};

use super::found;
use super::names::metric_name;
use crate::config::Config;
use crate::devices::{Remembered, read_devices};

static JOULES: Desc = Desc {
    name: "node_rapl_joules_total",
    help: "Energy used in joules (/sys/class/powercap, energy_uj).",
    kind: Kind::Counter,
    labels: &["index", "path", "rapl_zone"],
};

pub(crate) struct Rapl {
    class: PathBuf,
    with_zone_label: bool,
    known: Remembered<PowerZone>,
    zones: Vec<Zone>,
}

/// A zone with what tells it from others, and what it has used.
struct Zone {
    name: String,
    index: u32,
    path: String,
    energy_uj: u64,
}

impl Rapl {
    pub(crate) fn new(config: &Config) -> Self {
        let linux = &config.linux;
        Rapl {
            class: linux.roots.sys("class/powercap"),
            with_zone_label: linux.options.rapl_zone_label,
            known: linux.power_zones.clone(),
            zones: Vec::new(),
        }
    }

    fn read_all(&mut self, watch: &Watch<'_>) -> Result<(), ReadError> {
        self.zones.clear();
        let class = Folder::open(self.class.clone())?;
        let zones = self.known.read_each(watch, class.names()?, |folder| read_power_zone(&class, folder));
        let outcome;
        (self.zones, outcome) = read_devices(
            watch,
            indexed(zones),
            |zone| &zone.0.folder,
            |(zone, name, index)| {
                let path = class.path().join(&zone.folder).to_string_lossy().into_owned();
                Ok(Zone { name: name.clone(), index: *index, path, energy_uj: read_energy_uj(&class, &zone.folder)? })
            },
        );
        // A zone may be out of reach now, as that of a package that is switched off.
        if self.zones.is_empty() { outcome } else { Ok(()) }
    }
}

/// Each zone with its name and index: the index that the driver has put into the name, else how many of that name came
/// before.
fn indexed(zones: Vec<PowerZone>) -> Vec<(PowerZone, String, u32)> {
    let mut next: HashMap<String, u32> = HashMap::new();
    let index = |zone: PowerZone| {
        let of_driver =
            zone.name.split_once('-').and_then(|(name, index)| Some((name.to_owned(), index.parse().ok()?)));
        let (name, index) =
            of_driver.unwrap_or_else(|| (zone.name.clone(), next.get(&zone.name).copied().unwrap_or(0)));
        next.insert(name.clone(), index.saturating_add(1));
        (zone, name, index)
    };
    zones.into_iter().map(index).collect()
}

impl Collector for Rapl {
    /// The counters are for root alone; without that there is nothing to show, and nothing to warn of.
    fn read(&mut self, watch: &Watch<'_>) -> Outcome {
        match self.read_all(watch) {
            Err(ReadError::Io(_, error)) if error.kind() == ErrorKind::PermissionDenied => Outcome::NoData,
            read => found(read),
        }
    }

    fn samples(&self, out: &mut Families) {
        samples(&self.zones, self.with_zone_label, out);
    }
}

fn samples(zones: &[Zone], with_zone_label: bool, out: &mut Families) {
    for Zone { name, index, path, energy_uj } in zones {
        let index = index.to_string();
        let joules = *energy_uj as f64 / 1_000_000.0;
        if with_zone_label {
            out.add(&JOULES, &[&index, path, name], joules);
        } else if let Some(family) =
            out.family(&format!("node_rapl_{}_joules_total", metric_name(name)), JOULES.help, Kind::Counter)
        {
            out.sample(family, &[("index", &index), ("path", path)], joules);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_and_without_an_index() {
        let zone = |name: &str| PowerZone { folder: String::new(), name: name.to_owned() };
        let names = ["package-1", "dram", "dram", "package", "package-0-die-1", "psys", "dram-7", "dram"];
        let zones = indexed(names.map(zone).to_vec());
        let indices: Vec<(&str, u32)> = zones.iter().map(|(_, name, index)| (name.as_str(), *index)).collect();
        let expected = [
            ("package", 1),
            ("dram", 0),
            ("dram", 1),
            ("package", 2),
            ("package-0-die-1", 0),
            ("psys", 0),
            ("dram", 7),
            ("dram", 8),
        ];
        assert_eq!(indices, expected);
    }
}
