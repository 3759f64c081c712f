//! `/sys/block/DEVICE/md`: what sysfs says of a software RAID beyond `/proc/mdstat`.

use crate::error::ReadError;
use crate::sysfs::Folder;

/// A software RAID in sysfs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MdRaid {
    /// Disks of the whole array (`md/raid_disks`), during a reshape those that it will have; a container has none.
    pub disks: Option<u64>,
    /// Disks that it lacks (`md/degraded`), 0 for a level that can't lack any; `None` before the level is known.
    pub degraded: Option<u64>,
}

/// Reads the software RAID `device` below `block`, which is `/sys/block`.
///
/// # Errors
/// [`ReadError::Missing`] when the device is gone or is no software RAID.
pub fn read_md_raid(block: &Folder, device: &str) -> Result<MdRaid, ReadError> {
    let md = block.folder(&format!("{device}/md"))?;
    let Some(level) = md.text("level") else { return Ok(MdRaid { disks: None, degraded: None }) };
    let is_container = matches!(level.as_str(), "container" | "imsm" | "ddf");
    // During a reshape the former number stands behind the new one: `11 (10)`.
    let disks = || md.text("raid_disks")?.split(' ').next()?.parse().ok();
    let degraded = match level.as_str() {
        "raid1" | "raid4" | "raid5" | "raid6" | "raid10" => md.number("degraded"),
        _ => Some(0),
    };
    Ok(MdRaid { disks: if is_container { None } else { disks() }, degraded })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn levels_of_every_kind() {
        let parent = tempfile::tempdir().unwrap();
        let block = Folder::open(parent.path().to_owned()).unwrap();
        for (device, level, disks, degraded, expected) in [
            ("md0", "raid1", "2", Some("1"), MdRaid { disks: Some(2), degraded: Some(1) }),
            ("md1", "raid5", "11 (10)", Some("0"), MdRaid { disks: Some(11), degraded: Some(0) }),
            ("md2", "raid6", "", None, MdRaid { disks: None, degraded: None }),
            ("md3", "raid0", "3", None, MdRaid { disks: Some(3), degraded: Some(0) }),
            ("md4", "container", "7", None, MdRaid { disks: None, degraded: Some(0) }),
            ("md5", "", "", None, MdRaid { disks: None, degraded: None }),
        ] {
            let md = parent.path().join(device).join("md");
            fs::create_dir_all(&md).unwrap();
            let files = [("level", Some(level)), ("raid_disks", Some(disks)), ("degraded", degraded)];
            for (name, value) in files.into_iter().filter_map(|(name, value)| Some((name, value?))) {
                fs::write(md.join(name), format!("{value}\n")).unwrap();
            }
            assert_eq!(read_md_raid(&block, device).unwrap(), expected, "{device}");
        }
        assert!(matches!(read_md_raid(&block, "md6"), Err(ReadError::Missing(_))));
    }
}
