//! `/run/reboot-required`: whether an upgrade waits for a reboot, as Debian and its descendants tell.

use std::fs;
use std::io;

use crate::error::ReadError;
use crate::roots::Roots;

/// The file that packages leave behind when they need a reboot.
const REQUIRED: &str = "run/reboot-required";

/// What leaves it behind when the kernel is upgraded: of update-notifier, which Ubuntu has, or reboot-notifier; and of
/// unattended-upgrades.
const WRITERS: [&str; 2] =
    ["usr/share/update-notifier/notify-reboot-required", "etc/kernel/postinst.d/unattended-upgrades"];

/// Whether an upgrade waits for a reboot; `None` where nothing is installed that would say so, as on other systems than
/// Debian's descendants, and on a Debian without any of those packages.
///
/// # Errors
/// [`ReadError::Io`] when the system does not let the files be looked for.
pub fn read_reboot_required(roots: &Roots) -> Result<Option<bool>, ReadError> {
    let is_there = |file: &str| {
        let path = roots.rootfs.join(file);
        match fs::symlink_metadata(&path) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(ReadError::Io(path, error)),
        }
    };
    if is_there(REQUIRED)? {
        return Ok(Some(true));
    }
    for writer in WRITERS {
        if is_there(writer)? {
            return Ok(Some(false));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use testkit::tree;

    use super::*;

    #[test]
    fn systems_that_say_so_and_one_that_does_not() {
        let read = |text: &str| {
            let folder = tempfile::tempdir().unwrap();
            tree::unpack(text, folder.path()).unwrap();
            read_reboot_required(&Roots { rootfs: folder.path().to_owned(), ..Roots::default() })
        };
        assert_eq!(read("--- etc/debian_version: 12.11\n/// run\n").unwrap(), None);
        for writer in WRITERS {
            assert_eq!(read(&format!("--> {writer}: nowhere\n")).unwrap(), Some(false), "{writer}");
        }
        assert_eq!(read("--- run/reboot-required:\n").unwrap(), Some(true));
        assert!(matches!(read("--- run: no folder\n"), Err(ReadError::Io(..))));
    }
}
