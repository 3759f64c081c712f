//! Mains, batteries, USB ports.

use std::path::PathBuf;

use exporter_toolkit::{Collector, Filter, Outcome, Watch};
use exposition::{Desc, Families, Kind};
use linux_procfs::{Folder, PowerSupply, ReadError, read_power_supply};

use super::found;
use crate::config::Config;
use crate::devices::read_each;

/// A property that is a number.
struct Property {
    file: &'static str,
    desc: Desc,
    /// How many of the kernel's units are one of the metric's.
    per_unit: f64,
}

/// Microvolts, microamperes, microwatts, microwatt hours, microampere hours.
const MICRO: f64 = 1_000_000.0;
const TENTH: f64 = 10.0;

macro_rules! property {
    ($file:literal) => {
        property!($file, $file, 1.0)
    };
    ($file:literal, $per_unit:expr) => {
        property!($file, $file, $per_unit)
    };
    ($file:literal, $name:literal, $per_unit:expr) => {
        Property {
            file: $file,
            desc: Desc {
                name: concat!("node_power_supply_", $name),
                help: concat!("/sys/class/power_supply, ", $file, "."),
                kind: Kind::Gauge,
                labels: &["power_supply"],
            },
            per_unit: $per_unit,
        }
    };
}

static PROPERTIES: [Property; 49] = [
    property!("authentic"),
    property!("calibrate"),
    property!("capacity"),
    property!("capacity_alert_max"),
    property!("capacity_alert_min"),
    property!("cycle_count", "cyclecount", 1.0),
    property!("online"),
    property!("present"),
    property!("time_to_empty_now", "time_to_empty_seconds", 1.0),
    property!("time_to_full_now", "time_to_full_seconds", 1.0),
    property!("charge_control_limit", MICRO),
    property!("charge_control_limit_max", MICRO),
    property!("charge_counter", MICRO),
    property!("charge_empty", MICRO),
    property!("charge_empty_design", MICRO),
    property!("charge_full", MICRO),
    property!("charge_full_design", MICRO),
    property!("charge_now", "charge_ampere", MICRO),
    property!("charge_term_current", MICRO),
    property!("constant_charge_current", MICRO),
    property!("constant_charge_current_max", MICRO),
    property!("constant_charge_voltage", MICRO),
    property!("constant_charge_voltage_max", MICRO),
    property!("current_boot", MICRO),
    property!("current_max", MICRO),
    property!("current_now", "current_ampere", MICRO),
    property!("energy_empty", MICRO),
    property!("energy_empty_design", MICRO),
    property!("energy_full", MICRO),
    property!("energy_full_design", MICRO),
    property!("energy_now", "energy_watthour", MICRO),
    property!("input_current_limit", MICRO),
    property!("power_now", "power_watt", MICRO),
    property!("precharge_current", MICRO),
    property!("voltage_boot", MICRO),
    property!("voltage_max", MICRO),
    property!("voltage_max_design", MICRO),
    property!("voltage_min", MICRO),
    property!("voltage_min_design", MICRO),
    property!("voltage_now", "voltage_volt", MICRO),
    property!("voltage_ocv", MICRO),
    property!("temp", "temp_celsius", TENTH),
    property!("temp_alert_max", "temp_alert_max_celsius", TENTH),
    property!("temp_alert_min", "temp_alert_min_celsius", TENTH),
    property!("temp_ambient", "temp_ambient_celsius", TENTH),
    property!("temp_ambient_max", "temp_ambient_max_celsius", TENTH),
    property!("temp_ambient_min", "temp_ambient_min_celsius", TENTH),
    property!("temp_max", "temp_max_celsius", TENTH),
    property!("temp_min", "temp_min_celsius", TENTH),
];

static INFO: Desc = Desc {
    name: "node_power_supply_info",
    help: "Always 1; what the supply says of itself (/sys/class/power_supply).",
    kind: Kind::Gauge,
    labels: &[
        "capacity_level",
        "charge_type",
        "health",
        "manufacturer",
        "model_name",
        SUPPLY,
        "scope",
        "serial_number",
        "status",
        "technology",
        "type",
        "usb_type",
    ],
};

/// The label that is the supply's name; the others of [`INFO`] are properties, empty where the supply lacks them.
const SUPPLY: &str = "power_supply";

pub(crate) struct PowerSupplies {
    class: PathBuf,
    filter: Filter,
    supplies: Vec<PowerSupply>,
}

impl PowerSupplies {
    pub(crate) fn new(config: &Config) -> Self {
        let (linux, options) = (&config.linux, &config.linux.options);
        PowerSupplies {
            class: linux.roots.sys("class/power_supply"),
            filter: Filter::new(Some(&options.power_supplies_ignored), None),
            supplies: Vec::new(),
        }
    }

    fn read_all(&mut self, watch: &Watch<'_>) -> Result<(), ReadError> {
        self.supplies.clear();
        let class = Folder::open(self.class.clone())?;
        let mut names = class.names()?;
        names.retain(|name| self.filter.shows(name));
        read_each(watch, names, &mut self.supplies, |name| read_power_supply(&class, name, is_known))
    }
}

fn is_known(property: &str) -> bool {
    INFO.labels.contains(&property) || PROPERTIES.iter().any(|known| known.file == property)
}

impl Collector for PowerSupplies {
    fn read(&mut self, watch: &Watch<'_>) -> Outcome {
        found(self.read_all(watch))
    }

    fn samples(&self, out: &mut Families) {
        self.supplies.iter().for_each(|supply| samples(supply, out));
    }
}

fn samples(supply: &PowerSupply, out: &mut Families) {
    for Property { file, desc, per_unit } in &PROPERTIES {
        if let Some(value) = supply.number(file) {
            out.add(desc, &[&supply.name], value as f64 / per_unit);
        }
    }
    let label = |name| if name == SUPPLY { &supply.name } else { supply.text(name).unwrap_or_default() };
    let labels: Vec<&str> = INFO.labels.iter().copied().map(label).collect();
    out.add(&INFO, &labels, 1_u32);
}
