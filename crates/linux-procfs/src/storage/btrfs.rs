//! `/sys/fs/btrfs/UUID`: space, devices and commits of a Btrfs file system.

use crate::error::{Malformed, ReadError};
use crate::fields::named_numbers;
use crate::sysfs::Folder;

/// A Btrfs file system.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Btrfs {
    /// Its folder's name: its id, or one made up while the same is mounted twice.
    pub folder: String,
    /// The id that its metadata carry, and those of its copies (`metadata_uuid`, since Linux 5.0).
    pub metadata_uuid: Option<String>,
    /// Its name (`label`); empty without one.
    pub label: String,
    /// Bytes kept back for the file system's own needs (`allocation/global_rsv_size`).
    pub reserve_bytes: Option<u64>,
    /// Space by what it is for, in the order of the kinds below.
    pub allocations: Vec<BtrfsAllocation>,
    /// Its devices that are there, sorted by name.
    pub devices: Vec<BtrfsDevice>,
    /// `None` before Linux 6.1, and where they can't be understood.
    pub commits: Option<BtrfsCommits>,
}

/// Space of a Btrfs file system for one kind of content.
#[derive(Debug, Clone, PartialEq)]
pub struct BtrfsAllocation {
    /// `data`, `metadata`, `system`, or `mixed` of small file systems that keep the first two together.
    pub kind: &'static str,
    /// Bytes about to be written (`bytes_reserved`).
    pub reserved_bytes: Option<u64>,
    /// The ways in which it is laid out, sorted by name; several while it is converted.
    pub layouts: Vec<BtrfsLayout>,
}

/// Space of one layout.
#[derive(Debug, Clone, PartialEq)]
pub struct BtrfsLayout {
    /// `single`, `dup`, `raid1` …
    pub name: String,
    /// Bytes in use (`used_bytes`).
    pub used_bytes: Option<u64>,
    /// Bytes set aside (`total_bytes`).
    pub total_bytes: Option<u64>,
    /// Bytes on the devices for each byte; `None` for a layout that is not known.
    pub ratio: Option<f64>,
}

/// A device of a Btrfs file system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BtrfsDevice {
    /// The kernel's name, such as `sda2`.
    pub device: String,
    /// Its size in sectors of 512 bytes, whatever its own block size (`devices/DEVICE/size`).
    pub sectors: Option<u64>,
}

/// What `commit_stats` says: since the file system was mounted, but for the longest, which can be set back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the kernel's names")]
pub struct BtrfsCommits {
    pub commits: Option<u64>,
    pub last_commit_ms: Option<u64>,
    pub max_commit_ms: Option<u64>,
    pub total_commit_ms: Option<u64>,
}

const KINDS: [&str; 4] = ["data", "metadata", "system", "mixed"];

/// Reads the file system whose folder below `parent`, which is `/sys/fs/btrfs`, is named `uuid`.
///
/// # Errors
/// [`ReadError::Missing`] when it is not mounted any more, [`ReadError::Io`] when its devices can't be listed.
pub fn read_btrfs(parent: &Folder, uuid: &str) -> Result<Btrfs, ReadError> {
    let folder = parent.folder(uuid)?;
    let devices = read_devices(&folder.folder("devices")?)?;
    let allocation = folder.folder("allocation")?;
    Ok(Btrfs {
        folder: uuid.to_owned(),
        metadata_uuid: folder.text("metadata_uuid"),
        label: folder.text("label").unwrap_or_default(),
        reserve_bytes: allocation.number("global_rsv_size"),
        allocations: KINDS.iter().filter_map(|kind| read_allocation(&allocation, kind, devices.len())).collect(),
        devices,
        commits: folder.parse("commit_stats", parse_commit_stats).ok(),
    })
}

fn read_devices(devices: &Folder) -> Result<Vec<BtrfsDevice>, ReadError> {
    let device = |device: String| BtrfsDevice { sectors: devices.number(&format!("{device}/size")), device };
    Ok(devices.names()?.into_iter().map(device).collect())
}

fn read_allocation(allocation: &Folder, kind: &'static str, devices: usize) -> Option<BtrfsAllocation> {
    let folder = allocation.folder(kind).ok()?;
    let layout = |name: String| {
        let layout = folder.folder(&name).ok()?;
        let (used_bytes, total_bytes) = (layout.number("used_bytes"), layout.number("total_bytes"));
        Some(BtrfsLayout { ratio: ratio(&name, devices), name, used_bytes, total_bytes })
    };
    let layouts = folder.names().ok()?.into_iter().filter_map(layout).collect();
    Some(BtrfsAllocation { kind, reserved_bytes: folder.number("bytes_reserved"), layouts })
}

fn ratio(layout: &str, devices: usize) -> Option<f64> {
    // As wide as the file system is: a chunk from before a device was added may be narrower.
    let with_parity = |parity: usize| {
        let data = devices.checked_sub(parity).filter(|data| *data > 0)?;
        Some(devices as f64 / data as f64)
    };
    match layout {
        "single" | "raid0" => Some(1.0),
        "dup" | "raid1" | "raid10" => Some(2.0),
        "raid1c3" => Some(3.0),
        "raid1c4" => Some(4.0),
        "raid5" => with_parity(1),
        "raid6" => with_parity(2),
        _ => None,
    }
}

/// Reads `commit_stats`.
///
/// # Errors
/// A line that is not a name and a number; no line at all.
pub fn parse_commit_stats(bytes: &[u8]) -> Result<BtrfsCommits, Malformed> {
    let mut commits = BtrfsCommits::default();
    named_numbers(bytes, |name, value| match name {
        "commits" => commits.commits = Some(value),
        "last_commit_ms" => commits.last_commit_ms = Some(value),
        "max_commit_ms" => commits.max_commit_ms = Some(value),
        "total_commit_ms" => commits.total_commit_ms = Some(value),
        _ => {}
    })?;
    Ok(commits)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn commits_of_a_newer_kernel_and_a_line_that_is_cut_off() {
        let text = b"commits 258051\nlast_commit_ms 1000\nmax_commit_ms 51462\ntotal_commit_ms 47836090\nnew 1\n";
        let commits = BtrfsCommits {
            commits: Some(258_051),
            last_commit_ms: Some(1000),
            max_commit_ms: Some(51_462),
            total_commit_ms: Some(47_836_090),
        };
        assert_eq!(parse_commit_stats(text), Ok(commits));
        let malformed = Malformed { line: 2, expected: "a number behind the name" };
        assert_eq!(parse_commit_stats(b"commits 2\nlast_commit_ms"), Err(malformed));
    }

    /// Of such a file system node_exporter 1.12.1 shows nothing, and neither of any other.
    #[test]
    fn a_small_file_system_of_an_old_kernel() {
        let parent = tempfile::tempdir().unwrap();
        for (name, value) in [
            ("devices/sdb1/size", "524288\n"),
            ("allocation/global_rsv_size", "13631488\n"),
            ("allocation/mixed/bytes_reserved", "4096\n"),
            ("allocation/mixed/single/total_bytes", "33554432\n"),
            ("allocation/mixed/single/used_bytes", "131072\n"),
            ("allocation/system/bytes_reserved", "0\n"),
            ("allocation/system/raid7/used_bytes", "4096\n"),
            ("label", "\n"),
        ] {
            let path = parent.path().join("0f0e-1").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, value).unwrap();
        }
        let layout = |name: &str, used_bytes, total_bytes, ratio| {
            vec![BtrfsLayout { name: name.to_owned(), used_bytes: Some(used_bytes), total_bytes, ratio }]
        };
        let expected = Btrfs {
            folder: "0f0e-1".to_owned(),
            metadata_uuid: None,
            label: String::new(),
            reserve_bytes: Some(13_631_488),
            allocations: vec![
                BtrfsAllocation { kind: "system", reserved_bytes: Some(0), layouts: layout("raid7", 4096, None, None) },
                BtrfsAllocation {
                    kind: "mixed",
                    reserved_bytes: Some(4096),
                    layouts: layout("single", 131_072, Some(33_554_432), Some(1.0)),
                },
            ],
            devices: vec![BtrfsDevice { device: "sdb1".to_owned(), sectors: Some(524_288) }],
            commits: None,
        };
        let folder = Folder::open(parent.path().to_owned()).unwrap();
        assert_eq!(read_btrfs(&folder, "0f0e-1").unwrap(), expected);
        assert!(matches!(read_btrfs(&folder, "0f0e-2"), Err(ReadError::Missing(_))));
    }

    #[test]
    fn bytes_on_the_devices_for_each_byte() {
        let ratios = ["single", "dup", "raid1c3", "raid1c4", "raid5", "raid6"].map(|layout| ratio(layout, 4));
        assert_eq!(ratios, [1.0, 2.0, 3.0, 4.0, 4.0 / 3.0, 2.0].map(Some));
        assert_eq!((ratio("raid5", 1), ratio("raid6", 1), ratio("raid7", 4)), (None, None, None));
    }
}
