//! Chips that watch the hardware: temperatures, fans, voltages, power.

use std::collections::HashMap;
use std::path::PathBuf;

use exporter_toolkit::{Collector, Filter, Outcome, Watch};
use exposition::{Desc, Families, Kind};
use linux_procfs::{Folder, HwmonChip, HwmonSensor, ReadError, SensorKind, read_hwmon_chip, read_hwmon_sensors};

use super::found;
use crate::config::Config;
use crate::devices::{Remembered, read_devices};

static CHIP_NAMES: Desc = Desc {
    name: "node_hwmon_chip_names",
    help: "Always 1; what the driver calls the chip (/sys/class/hwmon, name).",
    kind: Kind::Gauge,
    labels: &["chip", "chip_name"],
};
static SENSOR_LABEL: Desc = Desc {
    name: "node_hwmon_sensor_label",
    help: "Always 1; what the driver calls the sensor (/sys/class/hwmon, temp*_label and others).",
    kind: Kind::Gauge,
    labels: &["chip", "label", "sensor"],
};
static BEEP_ENABLED: Desc = Desc {
    name: "node_hwmon_beep_enabled",
    help: "Whether the chip beeps (/sys/class/hwmon, beep_enable).",
    kind: Kind::Gauge,
    labels: SENSOR,
};
static REGULATOR_VERSION: Desc = Desc {
    name: "node_hwmon_voltage_regulator_version",
    help: "Version of the voltage regulator's standard (/sys/class/hwmon, vrm).",
    kind: Kind::Gauge,
    labels: SENSOR,
};
static UPDATE_INTERVAL: Desc = Desc {
    name: "node_hwmon_update_interval_seconds",
    help: "Seconds between two measurements of the chip (/sys/class/hwmon, update_interval).",
    kind: Kind::Gauge,
    labels: SENSOR,
};

const SENSOR: &[&str] = &["chip", "sensor"];

pub(crate) struct Hwmon {
    class: PathBuf,
    chip_filter: Filter,
    sensor_filter: Filter,
    known: Remembered<HwmonChip>,
    chips: Vec<Chip>,
}

/// A chip with the label that tells it from others, what the driver calls it, and its sensors with their labels.
struct Chip {
    label: String,
    name: Option<String>,
    sensors: Vec<(String, HwmonSensor)>,
}

impl Hwmon {
    pub(crate) fn new(config: &Config) -> Self {
        let options = &config.linux.options;
        Hwmon {
            class: config.linux.roots.sys("class/hwmon"),
            chip_filter: Filter::new(options.hwmon_chip_exclude.as_ref(), options.hwmon_chip_include.as_ref()),
            sensor_filter: Filter::new(options.hwmon_sensor_exclude.as_ref(), options.hwmon_sensor_include.as_ref()),
            known: config.linux.chips.clone(),
            chips: Vec::new(),
        }
    }

    fn read_all(&mut self, watch: &Watch<'_>) -> Result<(), ReadError> {
        self.chips.clear();
        let class = Folder::open(self.class.clone())?;
        let chips = self.known.read_each(watch, class.names()?, |folder| read_hwmon_chip(&class, folder));
        let mut chips = labelled(chips);
        chips.retain(|(label, _)| self.chip_filter.shows(label));
        let outcome;
        (self.chips, outcome) = read_devices(
            watch,
            chips,
            |(_, chip)| &chip.folder,
            |(label, chip)| {
                let sensors = read_hwmon_sensors(&class, &chip.folder)?.into_iter();
                let sensors = sensors.map(|sensor| (format!("{}{}", sensor.kind.word(), sensor.number), sensor));
                let shown = sensors.filter(|(sensor, _)| self.sensor_filter.shows(&format!("{label};{sensor}")));
                let name = chip.name.as_deref().map(clean).filter(|name| !name.is_empty());
                Ok(Chip { label: label.clone(), name, sensors: shown.collect() })
            },
        );
        outcome
    }
}

impl Collector for Hwmon {
    fn read(&mut self, watch: &Watch<'_>) -> Outcome {
        found(self.read_all(watch))
    }

    fn samples(&self, out: &mut Families) {
        self.chips.iter().for_each(|chip| chip_samples(chip, out));
    }
}

/// Each chip with its label: where its device is, else what the driver calls it, else its folder. Where several are of
/// one device, the driver's word is added, and the folder where that is the same too.
fn labelled(chips: Vec<HwmonChip>) -> Vec<(String, HwmonChip)> {
    let mut devices: HashMap<String, usize> = HashMap::new();
    let mut names: HashMap<(String, Option<String>), usize> = HashMap::new();
    for chip in &chips {
        *devices.entry(device_label(chip)).or_default() += 1;
        *names.entry((device_label(chip), chip.name.clone())).or_default() += 1;
    }
    let label = |chip: &HwmonChip| {
        let device = device_label(chip);
        if devices[&device] == 1 {
            return device;
        }
        let name = chip.name.as_deref().map(clean).filter(|name| !name.is_empty());
        let is_distinct = names[&(device.clone(), chip.name.clone())] == 1;
        format!("{device}_{}", name.filter(|_| is_distinct).unwrap_or_else(|| clean(&chip.folder)))
    };
    chips.into_iter().map(|chip| (label(&chip), chip)).collect()
}

fn device_label(chip: &HwmonChip) -> String {
    let HwmonChip { folder, name, device, bus } = chip;
    let [device, bus, name] = [device, bus, name].map(|part| part.as_deref().map(clean).unwrap_or_default());
    match (device.is_empty(), bus.is_empty(), name.is_empty()) {
        (false, false, _) => format!("{bus}_{device}"),
        (false, true, _) => device,
        (true, _, false) => name,
        (true, _, true) => clean(folder),
    }
}

/// The name with `_` for what a metric's name can't hold, and none at its ends.
fn clean(name: &str) -> String {
    let allowed = |c: char| match c.to_ascii_lowercase() {
        c @ ('a'..='z' | '0'..='9' | ':') => c,
        _ => '_',
    };
    name.chars().map(allowed).collect::<String>().trim_matches('_').to_owned()
}

fn chip_samples(chip: &Chip, out: &mut Families) {
    let Chip { label: chip, name, sensors } = chip;
    if let Some(name) = name {
        out.add(&CHIP_NAMES, &[chip, name], 1_u32);
    }
    for (label, sensor) in sensors {
        if let Some(name) = &sensor.label {
            out.add(&SENSOR_LABEL, &[chip, name, label], 1_u32);
        }
        let labels = [chip.as_str(), label];
        let of_chip = sensor.values.get("").copied().flatten();
        match (sensor.kind, of_chip) {
            (SensorKind::BeepEnable, Some(value)) => out.add(&BEEP_ENABLED, &labels, value == 1.0),
            (SensorKind::Vrm, Some(version)) => out.add(&REGULATOR_VERSION, &labels, version),
            (SensorKind::UpdateInterval, Some(ms)) => out.add(&UPDATE_INTERVAL, &labels, ms * 0.001),
            (SensorKind::BeepEnable | SensorKind::Vrm | SensorKind::UpdateInterval, None) => {}
            _ => sensor_samples(labels, sensor, out),
        }
    }
}

fn sensor_samples(labels: [&str; 2], sensor: &HwmonSensor, out: &mut Families) {
    let [chip, label] = labels;
    let word = sensor.kind.word();
    for (element, value) in &sensor.values {
        let Some(value) = value else { continue };
        let Unit { suffix, kind, convert } = unit(sensor.kind, element);
        let name = match element.as_str() {
            "" => format!("node_hwmon_{word}{suffix}"),
            "input" if !sensor.values.contains_key("") => format!("node_hwmon_{word}{suffix}"),
            element => format!("node_hwmon_{word}_{}{suffix}", clean(element)),
        };
        // A frequency goes by what the driver calls it, and without that by nothing.
        let label = match (sensor.kind, element.as_str(), &sensor.label) {
            (SensorKind::Freq, "input", None) => continue,
            (SensorKind::Freq, "input", Some(name)) => &clean(name),
            _ => label,
        };
        let file = if element.is_empty() { format!("{word}*") } else { format!("{word}*_{element}") };
        if let Some(family) = out.family(&name, &format!("/sys/class/hwmon, {file}."), kind) {
            out.sample(family, &[("chip", chip), ("sensor", label)], convert(*value));
        }
    }
}

/// How a value becomes one in base units.
struct Unit {
    suffix: &'static str,
    kind: Kind,
    convert: fn(f64) -> f64,
}

/// The unit of a sensor's file. Limits and alarms of a limit have that of the sensor, as the peer has it.
fn unit(kind: SensorKind, element: &str) -> Unit {
    let gauge = |suffix, convert| Unit { suffix, kind: Kind::Gauge, convert };
    let same = |value| value;
    let milli = |value| value * 0.001;
    let micro = |value| value / 1_000_000.0;
    match (kind, element) {
        (_, "fault" | "alarm") => gauge("", same),
        (_, "beep") => gauge("_enabled", same),
        (SensorKind::In | SensorKind::Cpu, _) => gauge("_volts", milli),
        (SensorKind::Temp, "type") => gauge("", same),
        (SensorKind::Temp, _) => gauge("_celsius", milli),
        (SensorKind::Curr, _) => gauge("_amps", milli),
        (SensorKind::Energy, _) => Unit { suffix: "_joule_total", kind: Kind::Counter, convert: micro },
        (SensorKind::Power, "accuracy") => gauge("", micro),
        (SensorKind::Power, "average_interval" | "average_interval_min" | "average_interval_max") => {
            gauge("_seconds", milli)
        }
        (SensorKind::Power, _) => gauge("_watt", micro),
        // The kernel has thousandths of a percent, of which a ratio is a hundred-thousandth; this is the peer's value.
        (SensorKind::Humidity, _) => gauge("", micro),
        (SensorKind::Fan, "input" | "min" | "max" | "target") => gauge("_rpm", same),
        (SensorKind::Freq, "input") => gauge("_freq_mhz", micro),
        (
            SensorKind::Fan
            | SensorKind::Freq
            | SensorKind::Intrusion
            | SensorKind::Pwm
            | SensorKind::BeepEnable
            | SensorKind::UpdateInterval
            | SensorKind::Vrm,
            _,
        ) => gauge("", same),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chip(folder: &str, name: &str, bus: &str, device: &str) -> HwmonChip {
        let [name, bus, device] = [name, bus, device].map(|part| (!part.is_empty()).then(|| part.to_owned()));
        HwmonChip { folder: folder.to_owned(), name, device, bus }
    }

    #[test]
    fn labels_of_chips_that_are_hard_to_tell_apart() {
        let chips = vec![
            chip("hwmon0", "coretemp", "platform", "coretemp.0"),
            chip("hwmon1", "k10temp", "pci0000:00", "0000:00:18.3"),
            chip("hwmon2", "asus", "platform", "asus-nb-wmi"),
            chip("hwmon3", "asus_wmi_sensors", "platform", "asus-nb-wmi"),
            chip("hwmon4", "mt7996", "ieee80211", "phy0"),
            chip("hwmon5", "mt7996", "ieee80211", "phy0"),
            chip("hwmon6", "", "ieee80211", "phy0"),
            chip("hwmon7", "Virtual Chip!", "", ""),
            chip("hwmon8", "--", "", ""),
            chip("hwmon9", "x", "___", "LM75 (A)"),
        ];
        let labels: Vec<String> = labelled(chips).into_iter().map(|(label, _)| label).collect();
        assert_eq!(
            labels,
            [
                "platform_coretemp_0",
                "pci0000:00_0000:00:18_3",
                "platform_asus_nb_wmi_asus",
                "platform_asus_nb_wmi_asus_wmi_sensors",
                "ieee80211_phy0_hwmon4",
                "ieee80211_phy0_hwmon5",
                "ieee80211_phy0_hwmon6",
                "virtual_chip",
                "hwmon8",
                "lm75__a",
            ]
        );
    }
}
