//! `/sys/class/thermal`: where the machine measures its own heat, and what it does against it.

use crate::error::ReadError;
use crate::sysfs::Folder;

/// A thermal zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThermalZone {
    /// What it is (`type`), such as `x86_pkg_temp`; empty where it does not say.
    pub kind: String,
    /// Temperature in thousandths of a degree Celsius (`temp`); a sensor may have none now.
    pub millidegrees: Option<i64>,
}

/// A fan, or something that slows down when it gets hot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoolingDevice {
    /// What it is (`type`), such as `Processor`; empty where it does not say.
    pub kind: String,
    /// How much it cools now (`cur_state`); -1 where it can't tell.
    pub state: Option<i64>,
    /// The most that it can do (`max_state`).
    pub most: Option<i64>,
}

/// Reads a zone of `class/thermal`, whose folder this is: `thermal_zone0`.
///
/// # Errors
/// When it has no folder.
pub fn read_thermal_zone(class: &Folder, zone: &str) -> Result<ThermalZone, ReadError> {
    let zone = class.folder(zone)?;
    Ok(ThermalZone { kind: zone.text("type").unwrap_or_default(), millidegrees: zone.number("temp") })
}

/// Reads a cooling device of `class/thermal`, whose folder this is: `cooling_device0`.
///
/// # Errors
/// When it has no folder.
pub fn read_cooling_device(class: &Folder, device: &str) -> Result<CoolingDevice, ReadError> {
    let device = class.folder(device)?;
    Ok(CoolingDevice {
        kind: device.text("type").unwrap_or_default(),
        state: device.number("cur_state"),
        most: device.number("max_state"),
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_says_everything_and_what_says_nothing() {
        let class = tempfile::tempdir().unwrap();
        for (file, text) in [
            ("thermal_zone0/type", "cpu-thermal\n"),
            ("thermal_zone0/temp", "-12376\n"),
            ("thermal_zone1/temp", "\n"),
            ("cooling_device0/type", "intel_powerclamp\n"),
            ("cooling_device0/cur_state", "-1\n"),
            ("cooling_device0/max_state", "100\n"),
            ("cooling_device1/cur_state", "99999999999999999999\n"),
        ] {
            let path = class.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let class = Folder::open(class.path().to_owned()).unwrap();
        let zone = |kind: &str, millidegrees| ThermalZone { kind: kind.to_owned(), millidegrees };
        assert_eq!(read_thermal_zone(&class, "thermal_zone0").unwrap(), zone("cpu-thermal", Some(-12376)));
        assert_eq!(read_thermal_zone(&class, "thermal_zone1").unwrap(), zone("", None));
        assert!(read_thermal_zone(&class, "thermal_zone2").unwrap_err().is_absent());
        let device = |kind: &str, state, most| CoolingDevice { kind: kind.to_owned(), state, most };
        let clamp = device("intel_powerclamp", Some(-1), Some(100));
        assert_eq!(read_cooling_device(&class, "cooling_device0").unwrap(), clamp);
        assert_eq!(read_cooling_device(&class, "cooling_device1").unwrap(), device("", None, None));
        assert!(read_cooling_device(&class, "cooling_device2").unwrap_err().is_absent());
    }
}
