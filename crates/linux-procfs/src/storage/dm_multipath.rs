//! `/sys/block/dm-N` of disks that the device mapper reaches by several paths.

use crate::error::ReadError;
use crate::sysfs::Folder;

/// A disk with several paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Multipath {
    /// The kernel's name, such as `dm-5`.
    pub device: String,
    /// The device mapper's name (`dm/name`), such as `mpatha`.
    pub name: String,
    /// `dm/uuid`, such as `mpath-3600508b1001c1234567890abcdef1234`.
    pub uuid: String,
    /// Whether I/O is held back (`dm/suspended`).
    pub is_suspended: Option<bool>,
    /// Its size in sectors of 512 bytes (`size`).
    pub sectors: Option<u64>,
    /// The disks that are its paths (`slaves`), sorted by name.
    pub paths: Vec<MultipathPath>,
}

/// A path to a disk: a disk of its own to the kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MultipathPath {
    /// The kernel's name, such as `sdi`.
    pub device: String,
    /// `device/state`: `running` or `live` for one that can be used; not every driver says.
    pub state: Option<String>,
}

/// Reads the disk `device` below `block`, which is `/sys/block`.
///
/// # Errors
/// [`ReadError::Missing`] when the device is gone or not one with several paths.
pub fn read_multipath(block: &Folder, device: &str) -> Result<Multipath, ReadError> {
    let folder = block.folder(device)?;
    let uuid = folder.text("dm/uuid").filter(|uuid| uuid.starts_with("mpath-"));
    let uuid = uuid.ok_or_else(|| ReadError::Missing(folder.path().join("dm/uuid")))?;
    let name = folder.text("dm/name").ok_or_else(|| ReadError::Missing(folder.path().join("dm/name")))?;
    let paths = folder.folder("slaves").and_then(|slaves| slaves.names()).unwrap_or_default();
    let path = |device: String| MultipathPath { state: block.text(&format!("{device}/device/state")), device };
    Ok(Multipath {
        device: device.to_owned(),
        name,
        uuid,
        is_suspended: folder.number("dm/suspended").map(|suspended: u64| suspended == 1),
        sectors: folder.number("size"),
        paths: paths.into_iter().map(path).collect(),
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// node_exporter 1.12.1 shows no disk at all when a path has no state, as those of virtio.
    #[test]
    fn a_disk_with_two_paths_one_partition_of_it_and_a_logical_volume() {
        let parent = tempfile::tempdir().unwrap();
        for (name, value) in [
            ("dm-0/dm/uuid", "LVM-AbCdEf\n"),
            ("dm-1/dm/uuid", "mpath-0QEMU_1\n"),
            ("dm-1/dm/name", "mpatha\n"),
            ("dm-1/dm/suspended", "0\n"),
            ("dm-1/size", "2048\n"),
            ("dm-1/slaves/sda/size", "2048\n"),
            ("dm-1/slaves/vda/size", "2048\n"),
            ("dm-2/dm/uuid", "part1-mpath-0QEMU_1\n"),
            ("sda/device/state", "running\n"),
            ("vda/size", "2048\n"),
        ] {
            let path = parent.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, value).unwrap();
        }
        let block = Folder::open(parent.path().to_owned()).unwrap();
        let path = |device: &str, state: Option<&str>| MultipathPath {
            device: device.to_owned(),
            state: state.map(str::to_owned),
        };
        let expected = Multipath {
            device: "dm-1".to_owned(),
            name: "mpatha".to_owned(),
            uuid: "mpath-0QEMU_1".to_owned(),
            is_suspended: Some(false),
            sectors: Some(2048),
            paths: vec![path("sda", Some("running")), path("vda", None)],
        };
        assert_eq!(read_multipath(&block, "dm-1").unwrap(), expected);
        for device in ["dm-0", "dm-2", "dm-3"] {
            assert!(matches!(read_multipath(&block, device), Err(ReadError::Missing(_))), "{device}");
        }
    }
}
