//! What sysfs and udev know of a block device.

use std::collections::BTreeMap;

use crate::error::ReadError;
use crate::roots::Roots;
use crate::source::read_file;

/// The properties of a device in udev's database (`ID_MODEL` …), by name.
pub type UdevProperties = BTreeMap<String, String>;

/// Whether the device has turning disks (`/sys/block/DEVICE/queue/rotational`); partitions and devices without a queue
/// do not say.
#[must_use]
pub fn read_rotational(roots: &Roots, device: &str) -> Option<bool> {
    // A slash in a device's name stands as an exclamation mark in sysfs.
    let path = roots.sys("block").join(device.replace('/', "!")).join("queue/rotational");
    let bytes = read_file(&path).ok()?;
    Some(bytes.trim_ascii() == b"1")
}

/// The properties that udev has for a block device.
///
/// # Errors
/// [`ReadError::Missing`] without udev, as in most containers.
pub fn read_udev(roots: &Roots, major: u32, minor: u32) -> Result<UdevProperties, ReadError> {
    Ok(parse_udev(&read_file(&roots.udev_data.join(format!("b{major}:{minor}")))?))
}

/// Reads a file of udev's database: its `E:NAME=value` lines.
#[must_use]
pub fn parse_udev(bytes: &[u8]) -> UdevProperties {
    let text = String::from_utf8_lossy(bytes);
    let property = |line: &str| {
        let (name, value) = line.strip_prefix("E:")?.split_once('=')?;
        Some((name.to_owned(), value.to_owned()))
    };
    text.lines().filter_map(property).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_among_other_lines() {
        let properties = parse_udev(b"S:disk/by-id/x\nI:73815117\nE:ID_MODEL=A=B\nE:ID_WWN\nE:ID_SERIAL=\nG:systemd\n");
        let expected =
            [("ID_MODEL", "A=B"), ("ID_SERIAL", "")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(properties, expected.into());
    }
}
