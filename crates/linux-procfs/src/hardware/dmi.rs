//! `/sys/class/dmi/id`: what the firmware says of the machine.

use crate::error::ReadError;
use crate::roots::Roots;
use crate::sysfs::Folder;

/// The files, sorted, of which some are for root alone.
const FILES: [&str; 20] = [
    "bios_date",
    "bios_release",
    "bios_vendor",
    "bios_version",
    "board_asset_tag",
    "board_name",
    "board_serial",
    "board_vendor",
    "board_version",
    "chassis_asset_tag",
    "chassis_serial",
    "chassis_vendor",
    "chassis_version",
    "product_family",
    "product_name",
    "product_serial",
    "product_sku",
    "product_uuid",
    "product_version",
    "sys_vendor",
];

/// The files that can be read and say something, with their text; sorted by name.
///
/// # Errors
/// [`ReadError::Missing`] on a machine without DMI; [`ReadError::Io`] when the folder can't be opened.
pub fn read_dmi(roots: &Roots) -> Result<Vec<(&'static str, String)>, ReadError> {
    let folder = Folder::open(roots.sys("class/dmi/id"))?;
    Ok(FILES.iter().filter_map(|file| Some((*file, folder.text(file)?))).collect())
}

#[cfg(test)]
mod tests {
    use testkit::tree;

    use super::*;

    #[test]
    fn a_machine_that_says_little_and_one_that_says_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let roots = Roots { sysfs: folder.path().to_owned(), ..Roots::default() };
        assert!(read_dmi(&roots).unwrap_err().is_absent());
        let text = "--- class/dmi/id/sys_vendor: QEMU  \n--- class/dmi/id/board_name:\n--- class/dmi/id/uevent: MODALIAS=x\n\
            --- class/dmi/id/bios_date: 04/01/2014\n--- class/dmi/id/chassis_type: 1\n/// class/dmi/id/power\n";
        tree::unpack(text, folder.path()).unwrap();
        let said = [("bios_date", "04/01/2014"), ("sys_vendor", "QEMU")];
        assert_eq!(read_dmi(&roots).unwrap(), said.map(|(name, text)| (name, text.to_owned())));
    }
}
