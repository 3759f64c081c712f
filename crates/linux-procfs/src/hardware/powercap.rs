//! `/sys/class/powercap`: counters of energy, such as RAPL's.

use crate::error::{Malformed, ReadError};
use crate::fields::number;
use crate::sysfs::Folder;

/// A zone of powercap: a package, or a part of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PowerZone {
    /// Its folder, such as `intel-rapl:0:1`.
    pub folder: String,
    /// What the driver calls it, such as `package-0`, `dram`.
    pub name: String,
}

/// The zone in `folder` of `class/powercap`; `None` when it has gone, or has no name, as the control above its zones.
/// Asks no hardware.
#[must_use]
pub fn read_power_zone(class: &Folder, folder: &str) -> Option<PowerZone> {
    Some(PowerZone { folder: folder.to_owned(), name: class.text(&format!("{folder}/name"))? })
}

/// The energy that a zone has used, in microjoules; starts anew at `max_energy_range_uj`.
///
/// # Errors
/// As [`Folder::read`]; since Linux 5.10 the file is for root alone. [`ReadError::Malformed`] when it holds no number.
pub fn read_energy_uj(class: &Folder, zone: &str) -> Result<u64, ReadError> {
    let file = format!("{zone}/energy_uj");
    let malformed = Malformed { line: 1, expected: "a number" };
    number(class.read(&file)?.trim_ascii()).ok_or_else(|| ReadError::Malformed(class.path().join(file), malformed))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_package_with_a_part_that_does_not_count() {
        let class = tempfile::tempdir().unwrap();
        for (file, text) in [
            ("intel-rapl/enabled", "1\n"),
            ("intel-rapl:0/name", "package-0\n"),
            ("intel-rapl:0/energy_uj", "240422366267\n"),
            ("intel-rapl:0:0/name", "core\n"),
            ("intel-rapl:0:0/energy_uj", "\n"),
            ("dtpm:0/name", "soc\n"),
        ] {
            let path = class.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let class = Folder::open(class.path().to_owned()).unwrap();
        let zones = [("dtpm:0", "soc"), ("intel-rapl:0", "package-0"), ("intel-rapl:0:0", "core")];
        for (folder, name) in zones {
            let zone = PowerZone { folder: folder.to_owned(), name: name.to_owned() };
            assert_eq!(read_power_zone(&class, folder), Some(zone));
        }
        assert_eq!(read_power_zone(&class, "intel-rapl"), None);
        assert_eq!(read_energy_uj(&class, "intel-rapl:0").unwrap(), 240_422_366_267);
        assert!(matches!(read_energy_uj(&class, "intel-rapl:0:0"), Err(ReadError::Malformed(..))));
        assert!(read_energy_uj(&class, "dtpm:0").unwrap_err().is_absent());
    }
}
