//! Heat as the machine itself measures it, and what it does against it.

use std::path::PathBuf;

use exporter_toolkit::{Collector, Outcome, Watch};
use exposition::{Desc, Families, Kind};
use linux_procfs::{CoolingDevice, Folder, ReadError, ThermalZone, present, read_cooling_device, read_thermal_zone};

use crate::config::Config;
use crate::devices::read_devices;

static TEMPERATURE: Desc = Desc {
    name: "node_thermal_zone_temp",
    help: "Temperature of the zone in degrees Celsius (/sys/class/thermal, temp).",
    kind: Kind::Gauge,
    labels: &["type", "zone"],
};
static COOLING_STATE: Desc = Desc {
    name: "node_cooling_device_cur_state",
    help: "How much the device cools now, where -1 is unknown (/sys/class/thermal, cur_state).",
    kind: Kind::Gauge,
    labels: &["name", "type"],
};
static COOLING_MOST: Desc = Desc {
    name: "node_cooling_device_max_state",
    help: "The most that the device can cool (/sys/class/thermal, max_state).",
    kind: Kind::Gauge,
    labels: &["name", "type"],
};

const ZONE: &str = "thermal_zone";
const DEVICE: &str = "cooling_device";

pub(crate) struct Thermal {
    class: PathBuf,
    zones: Vec<(String, ThermalZone)>,
    devices: Vec<(String, CoolingDevice)>,
}

impl Thermal {
    pub(crate) fn new(config: &Config) -> Self {
        Thermal { class: config.linux.roots.sys("class/thermal"), zones: Vec::new(), devices: Vec::new() }
    }

    fn read_all(&mut self, watch: &Watch<'_>) -> Result<(), ReadError> {
        self.zones.clear();
        self.devices.clear();
        // A machine that measures nothing is read well, as the peer has it.
        let Some(class) = present(Folder::open(self.class.clone()))? else { return Ok(()) };
        let number = |name: &str, prefix| name.trim_start_matches(prefix).to_owned();
        let (zones, devices);
        (self.zones, zones) = read_devices(watch, class.numbered(ZONE)?, String::as_str, |name| {
            Ok((number(name, ZONE), read_thermal_zone(&class, name)?))
        });
        (self.devices, devices) = read_devices(watch, class.numbered(DEVICE)?, String::as_str, |name| {
            Ok((number(name, DEVICE), read_cooling_device(&class, name)?))
        });
        zones.and(devices)
    }
}

impl Collector for Thermal {
    fn read(&mut self, watch: &Watch<'_>) -> Outcome {
        self.read_all(watch).into()
    }

    fn samples(&self, out: &mut Families) {
        samples(&self.zones, &self.devices, out);
    }
}

fn samples(zones: &[(String, ThermalZone)], devices: &[(String, CoolingDevice)], out: &mut Families) {
    for (number, zone) in zones {
        if let Some(millidegrees) = zone.millidegrees {
            out.add(&TEMPERATURE, &[&zone.kind, number], millidegrees as f64 / 1000.0);
        }
    }
    for (number, device) in devices {
        for (desc, state) in [(&COOLING_STATE, device.state), (&COOLING_MOST, device.most)] {
            if let Some(state) = state {
                out.add(desc, &[number, &device.kind], state as f64);
            }
        }
    }
}
