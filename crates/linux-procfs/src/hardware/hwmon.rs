//! `/sys/class/hwmon`: chips that watch the hardware, and what each of their sensors says.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::error::ReadError;
use crate::fields::{foreign_text, number};
use crate::sysfs::Folder;

/// A chip, by what tells it from others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HwmonChip {
    /// Its folder, such as `hwmon3`; the number depends on the order in which drivers were loaded.
    pub folder: String,
    /// What the driver calls it (`name`).
    pub name: Option<String>,
    /// The device that it watches, such as `coretemp.0`; a chip may have none.
    pub device: Option<String>,
    /// The folder that the device is in: its bus, or what it is a part of, such as `platform`.
    pub bus: Option<String>,
}

/// What a sensor measures or sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the kernel's words, which are in `word`")]
pub enum SensorKind {
    BeepEnable,
    Cpu,
    Curr,
    Energy,
    Fan,
    Freq,
    Humidity,
    In,
    Intrusion,
    Power,
    Pwm,
    Temp,
    UpdateInterval,
    Vrm,
}

/// A sensor of a chip: all files whose names start with the same kind and number.
#[derive(Debug, Clone, PartialEq)]
pub struct HwmonSensor {
    /// What it measures.
    pub kind: SensorKind,
    /// Its number among those of its kind; 0 also where the files have none.
    pub number: u64,
    /// What the driver calls it (`temp1_label`).
    pub label: Option<String>,
    /// Its other files: `input` of `temp1_input`, and an empty word of a bare `pwm1`, in the kernel's units. `None` where
    /// the driver has written something that is no number.
    pub values: BTreeMap<String, Option<f64>>,
}

const KINDS: [SensorKind; 14] = [
    SensorKind::BeepEnable,
    SensorKind::Cpu,
    SensorKind::Curr,
    SensorKind::Energy,
    SensorKind::Fan,
    SensorKind::Freq,
    SensorKind::Humidity,
    SensorKind::In,
    SensorKind::Intrusion,
    SensorKind::Power,
    SensorKind::Pwm,
    SensorKind::Temp,
    SensorKind::UpdateInterval,
    SensorKind::Vrm,
];

impl SensorKind {
    /// The word that its files start with.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            SensorKind::BeepEnable => "beep_enable",
            SensorKind::Cpu => "cpu",
            SensorKind::Curr => "curr",
            SensorKind::Energy => "energy",
            SensorKind::Fan => "fan",
            SensorKind::Freq => "freq",
            SensorKind::Humidity => "humidity",
            SensorKind::In => "in",
            SensorKind::Intrusion => "intrusion",
            SensorKind::Power => "power",
            SensorKind::Pwm => "pwm",
            SensorKind::Temp => "temp",
            SensorKind::UpdateInterval => "update_interval",
            SensorKind::Vrm => "vrm",
        }
    }
}

/// The chip in `folder` of `class/hwmon`; `None` when it has gone, or is no folder. Asks no hardware.
#[must_use]
pub fn read_hwmon_chip(class: &Folder, folder: &str) -> Option<HwmonChip> {
    let name = class.folder(folder).ok()?.text("name");
    let device = fs::canonicalize(class.path().join(folder).join("device")).ok();
    let last = |path: Option<&Path>| Some(path?.file_name()?.to_string_lossy().into_owned());
    let bus = last(device.as_deref().and_then(Path::parent));
    Some(HwmonChip { name, device: last(device.as_deref()), bus, folder: folder.to_owned() })
}

/// The sensors of a chip by kind and number. Old drivers keep their files in the folder of the device. A file that
/// can't be read is left out, as a driver may have no value now (`EAGAIN`, `ENODATA`).
///
/// # Errors
/// When the chip's folder can't be listed.
pub fn read_hwmon_sensors(class: &Folder, chip: &str) -> Result<Vec<HwmonSensor>, ReadError> {
    let folder = class.folder(chip)?;
    let mut sensors = BTreeMap::new();
    read_files(&folder, &mut sensors)?;
    if let Ok(device) = folder.folder("device") {
        read_files(&device, &mut sensors)?;
    }
    Ok(sensors.into_values().collect())
}

fn read_files(folder: &Folder, sensors: &mut BTreeMap<(SensorKind, u64), HwmonSensor>) -> Result<(), ReadError> {
    for file in folder.names()? {
        let Some((kind, number_of_kind, element)) = parse_hwmon_file(&file) else { continue };
        let Ok(bytes) = folder.read(&file) else { continue };
        let sensor = sensors.entry((kind, number_of_kind)).or_insert_with(|| HwmonSensor {
            kind,
            number: number_of_kind,
            label: None,
            values: BTreeMap::new(),
        });
        if element == "label" {
            sensor.label = Some(foreign_text(&bytes).trim_matches('\n').to_owned());
        } else {
            let value = number(bytes.trim_ascii()).filter(|value: &f64| value.is_finite());
            sensor.values.insert(element.to_owned(), value);
        }
    }
    Ok(())
}

/// Takes the name of a sensor's file apart: `temp1_crit` is the first temperature's `crit`. `None` for other files.
#[must_use]
pub fn parse_hwmon_file(name: &str) -> Option<(SensorKind, u64, &str)> {
    let digits = name.find(|c: char| c.is_ascii_digit()).unwrap_or(name.len());
    let (word, rest) = name.split_at(digits);
    let (digits, end) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()));
    let (word, digits, element) = match end.strip_prefix('_').filter(|element| !element.is_empty()) {
        Some(element) => (word, digits, element),
        None if end.is_empty() => (word, digits, ""),
        // The digits are a part of what follows the word, as in `in_voltage0-voltage1_raw`.
        None => (&word[..word.rfind('_')?], "", &name[word.rfind('_')? + 1..]),
    };
    let kind = KINDS.into_iter().find(|kind| kind.word() == word)?;
    Some((kind, if digits.is_empty() { 0 } else { number(digits.as_bytes())? }, element))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn names_of_files() {
        for (name, parts) in [
            ("temp1_input", Some((SensorKind::Temp, 1, "input"))),
            ("temp01_crit_alarm", Some((SensorKind::Temp, 1, "crit_alarm"))),
            ("pwm12", Some((SensorKind::Pwm, 12, ""))),
            ("pwm1_auto_point1_pwm", Some((SensorKind::Pwm, 1, "auto_point1_pwm"))),
            ("beep_enable", Some((SensorKind::BeepEnable, 0, ""))),
            ("update_interval", Some((SensorKind::UpdateInterval, 0, ""))),
            ("in_voltage0-voltage1_raw", Some((SensorKind::In, 0, "voltage0-voltage1_raw"))),
            ("in_1x", Some((SensorKind::In, 0, "1x"))),
            ("power", Some((SensorKind::Power, 0, ""))),
            ("in_voltage0_raw", None),
            ("fan_div", None),
            ("temp1_", None),
            ("temp1x", None),
            ("temp99999999999999999999_input", None),
            ("1temp", None),
            ("_1_x", None),
            ("name", None),
            ("", None),
        ] {
            assert_eq!(parse_hwmon_file(name), parts, "{name}");
        }
    }

    #[test]
    fn a_chip_with_files_in_its_devices_folder_and_one_without_anything() {
        let sysfs = tempfile::tempdir().unwrap();
        let (class, device) = (sysfs.path().join("class/hwmon"), sysfs.path().join("devices/platform/w83627hf.656"));
        fs::create_dir_all(device.join("hwmon/hwmon0")).unwrap();
        fs::create_dir_all(device.join("power")).unwrap();
        fs::create_dir_all(class.join("hwmon1")).unwrap();
        fs::write(class.join("README"), "").unwrap();
        symlink(device.join("hwmon/hwmon0"), class.join("hwmon0")).unwrap();
        symlink("../..", device.join("hwmon/hwmon0/device")).unwrap();
        for (file, text) in [
            ("name", &b"w83627hf\n"[..]),
            ("fan1_input", b"1200\n"),
            ("fan1_label", b"\xff\xffrear \n"),
            ("fan1_min", b"N/A\n"),
            ("fan1_max", b"1e999\n"),
            ("hwmon/hwmon0/fan1_input", b"1300\n"),
            ("hwmon/hwmon0/name", b"w83627hf\n"),
        ] {
            fs::write(device.join(file), text).unwrap();
        }
        let class = Folder::open(class).unwrap();
        let chip = HwmonChip {
            folder: "hwmon0".to_owned(),
            name: Some("w83627hf".to_owned()),
            device: Some("w83627hf.656".to_owned()),
            bus: Some("platform".to_owned()),
        };
        let bare = HwmonChip { folder: "hwmon1".to_owned(), ..HwmonChip::default() };
        let chips = ["hwmon0", "hwmon1", "README", "hwmon2"].map(|folder| read_hwmon_chip(&class, folder));
        assert_eq!(chips, [Some(chip), Some(bare), None, None]);
        let values = [("input", Some(1200.0)), ("max", None), ("min", None)];
        let sensor = HwmonSensor {
            kind: SensorKind::Fan,
            number: 1,
            label: Some("\u{fffd}rear ".to_owned()),
            values: values.map(|(element, value)| (element.to_owned(), value)).into(),
        };
        assert_eq!(read_hwmon_sensors(&class, "hwmon0").unwrap(), [sensor]);
        assert_eq!(read_hwmon_sensors(&class, "hwmon1").unwrap(), []);
        assert!(read_hwmon_sensors(&class, "hwmon2").unwrap_err().is_absent());
    }

    /// Some drivers answer so for a sensor of a device that sleeps; waiting for more would be waiting for ever.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_value_that_the_driver_does_not_have_now() {
        use rustix::fs::{CWD, FileType, Mode, mknodat};

        let class = tempfile::tempdir().unwrap();
        let chip = class.path().join("hwmon0");
        fs::create_dir(&chip).unwrap();
        fs::write(chip.join("temp1_max"), "85000\n").unwrap();
        let pipe = chip.join("temp1_input");
        mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        let _writer = fs::File::options().read(true).write(true).open(&pipe).unwrap();
        let class = Folder::open(class.path().to_owned()).unwrap();
        let error = class.read("hwmon0/temp1_input").unwrap_err();
        assert!(matches!(error, ReadError::Io(_, error) if error.kind() == std::io::ErrorKind::WouldBlock));
        let sensors = read_hwmon_sensors(&class, "hwmon0").unwrap();
        assert_eq!(sensors[0].values, [("max".to_owned(), Some(85000.0))].into());
    }
}
