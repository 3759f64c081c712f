//! `/sys/class/power_supply`: mains, batteries, USB ports.

use crate::error::ReadError;
use crate::sysfs::Folder;

/// A power supply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PowerSupply {
    /// Its folder's name, such as `BAT0`.
    pub name: String,
    /// The properties that were asked for and that it has, as the driver writes them, by name: `capacity`, `81`.
    pub properties: Vec<(String, String)>,
}

impl PowerSupply {
    /// A property, in the kernel's units: microvolts, microamperes, microwatts, tenths of a degree Celsius, seconds.
    #[must_use]
    pub fn number(&self, property: &str) -> Option<i64> {
        self.text(property)?.parse().ok()
    }

    /// A property that says something.
    #[must_use]
    pub fn text(&self, property: &str) -> Option<&str> {
        let found = self.properties.iter().find(|(name, _)| name == property);
        found.map(|(_, text)| text.as_str())
    }
}

/// Reads the wanted properties of a supply of `class/power_supply`, whose folder this is. One that can't be read is
/// left out, as a driver may have no value now (`ENODATA`, `ENODEV`).
///
/// # Errors
/// When its folder can't be listed.
pub fn read_power_supply(
    class: &Folder,
    name: &str,
    is_wanted: impl Fn(&str) -> bool,
) -> Result<PowerSupply, ReadError> {
    let folder = class.folder(name)?;
    let wanted = folder.names()?.into_iter().filter(|property| is_wanted(property));
    let properties = wanted.filter_map(|property| Some((folder.text(&property)?, property)));
    Ok(PowerSupply { name: name.to_owned(), properties: properties.map(|(text, property)| (property, text)).collect() })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_battery_that_does_not_say_all() {
        let class = tempfile::tempdir().unwrap();
        let folder = class.path().join("BAT0");
        fs::create_dir_all(folder.join("temp")).unwrap();
        for (file, text) in [
            ("capacity", &b"81\n"[..]),
            ("current_now", b"-120000\n"),
            ("manufacturer", b" LG\xff\xffC \n"),
            ("model_name", b"\n"),
            ("serial_number", b"38109\n"),
            ("uevent", b"POWER_SUPPLY_NAME=BAT0\n"),
            ("voltage_now", b"Unknown\n"),
        ] {
            fs::write(folder.join(file), text).unwrap();
        }
        let class = Folder::open(class.path().to_owned()).unwrap();
        let battery = read_power_supply(&class, "BAT0", |property| property != "uevent").unwrap();
        let properties = [
            ("capacity", "81"),
            ("current_now", "-120000"),
            ("manufacturer", "LG\u{fffd}C"),
            ("serial_number", "38109"),
            ("voltage_now", "Unknown"),
        ];
        let properties = properties.map(|(name, text)| (name.to_owned(), text.to_owned())).to_vec();
        assert_eq!(battery, PowerSupply { name: "BAT0".to_owned(), properties });
        assert_eq!((battery.number("current_now"), battery.number("voltage_now")), (Some(-120_000), None));
        assert_eq!((battery.text("serial_number"), battery.text("temp")), (Some("38109"), None));
        assert!(read_power_supply(&class, "BAT1", |_| true).unwrap_err().is_absent());
    }
}
