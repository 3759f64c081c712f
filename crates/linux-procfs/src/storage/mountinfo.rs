//! `/proc/PID/mountinfo`.

use crate::error::Malformed;
use crate::fields::{lines, number, some, text};

/// A line of mountinfo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// Number of the device's driver, 0 for file systems without a device.
    pub major: u32,
    /// Number of the device at the driver.
    pub minor: u32,
    /// Where it is mounted, as the path is.
    pub mount_point: String,
    /// The file system's type.
    pub fs_type: String,
    /// What is mounted: a device, a server's folder, or any word; with the kernel's escapes, as the peer shows it.
    pub source: String,
    /// Whether nothing can be written: mounted read-only, or `super_read_only`.
    pub read_only: bool,
    /// Whether the file system is read-only wherever it is mounted, or was shut down after an error.
    pub super_read_only: bool,
}

/// Reads mountinfo, in the order of the mounts.
///
/// # Errors
/// A line without `major:minor`, root, mount point, options, ` - `, type, source and super options; no line at all, for
/// every process has a root.
pub fn parse_mountinfo(bytes: &[u8]) -> Result<Vec<Mount>, Malformed> {
    let mounts = lines(bytes).map(|(line, bytes)| parse_line(line, bytes)).collect::<Result<Vec<_>, _>>()?;
    some(mounts, "a mount")
}

fn parse_line(line: usize, bytes: &[u8]) -> Result<Mount, Malformed> {
    let malformed = |expected| Malformed { line, expected };
    // One space ends a column and nothing else does: the kernel escapes spaces and line feeds, leaves a carriage return in
    // a name as it is, and writes nothing for a source that is empty.
    let mut columns = bytes.split(|byte| *byte == b' ').skip(2);
    let mut column = |expected| columns.next().ok_or(malformed(expected));
    let device = column("major:minor")?;
    let colon = device.iter().position(|byte| *byte == b':').ok_or(malformed("major:minor"))?;
    let major = number(&device[..colon]).ok_or(malformed("a major number"))?;
    let minor = number(&device[colon + 1..]).ok_or(malformed("a minor number"))?;
    column("the root within the file system")?;
    let mount_point = unescape(column("a mount point")?);
    let options = column("mount options")?;
    while column("a hyphen before the type")? != b"-" {}
    let fs_type = unescape(column("a file system type")?);
    let source = text(column("a source")?);
    let super_options = columns.next().filter(|options| !options.is_empty()).ok_or(malformed("super options"))?;
    // Spaces in super options are not escaped: WSL has a path of Windows there.
    let is_read_only =
        |part: &[u8]| part.split(|byte| *byte == b',').any(|option| option == b"ro" || option == b"emergency_ro");
    let super_read_only = std::iter::once(super_options).chain(columns).any(is_read_only);
    let read_only = is_read_only(options) || super_read_only;
    Ok(Mount { major, minor, mount_point, fs_type, source, read_only, super_read_only })
}

/// Undoes the kernel's escapes for white space and the backslash: `\040`, `\011`, `\012`, `\134`.
fn unescape(column: &[u8]) -> String {
    let mut plain = Vec::with_capacity(column.len());
    let mut rest = column;
    while let [first, tail @ ..] = rest {
        let octal = match rest {
            [b'\\', digits @ ..] => digits.get(..3).and_then(|digits| std::str::from_utf8(digits).ok()),
            _ => None,
        };
        if let Some(byte) = octal.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            plain.push(byte);
            rest = &rest[4..];
        } else {
            plain.push(*first);
            rest = tail;
        }
    }
    text(&plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mount(line: &str) -> Mount {
        parse_mountinfo(line.as_bytes()).unwrap().remove(0)
    }

    #[test]
    fn a_disk_a_share_and_a_folder_with_odd_characters() {
        let text = "22 1 254:1 / / rw,relatime shared:1 master:2 - ext4 /dev/vda1 rw,errors=remount-ro\n\
            90 22 0:50 / /mnt/nfs rw - nfs4 nas:/volume\\0401 rw,vers=4.2\n\
            91 22 8:17 /sub /mnt/a\\040b\\011c\\012d\\134e rw - vfat /dev/sdb1 rw\n";
        let expected = vec![
            Mount {
                major: 254,
                minor: 1,
                mount_point: "/".to_owned(),
                fs_type: "ext4".to_owned(),
                source: "/dev/vda1".to_owned(),
                read_only: false,
                super_read_only: false,
            },
            Mount {
                major: 0,
                minor: 50,
                mount_point: "/mnt/nfs".to_owned(),
                fs_type: "nfs4".to_owned(),
                source: r"nas:/volume\0401".to_owned(),
                read_only: false,
                super_read_only: false,
            },
            Mount {
                major: 8,
                minor: 17,
                mount_point: "/mnt/a b\tc\nd\\e".to_owned(),
                fs_type: "vfat".to_owned(),
                source: "/dev/sdb1".to_owned(),
                read_only: false,
                super_read_only: false,
            },
        ];
        assert_eq!(parse_mountinfo(text.as_bytes()), Ok(expected));
    }

    #[test]
    fn read_only_in_each_way() {
        let read_only = |line| {
            let mount = mount(line);
            (mount.read_only, mount.super_read_only)
        };
        assert_eq!(read_only("1 1 8:1 / / ro,relatime - ext4 /dev/sda1 rw"), (true, false));
        assert_eq!(read_only("1 1 8:1 / / rw - iso9660 /dev/sr0 ro,foo"), (true, true));
        assert_eq!(read_only("1 1 8:1 / / rw - ext4 /dev/sda1 rw,emergency_ro"), (true, true));
        assert_eq!(read_only("1 1 8:1 / / rw - 9p C: rw,path=C:\\Program Files,ro"), (true, true));
        assert_eq!(read_only("1 1 8:1 / / rw - ext4 /dev/sda1 rw,errors=remount-ro"), (false, false));
    }

    #[test]
    fn a_source_that_is_empty() {
        let tmpfs = mount("735 726 0:131 / /local rw,nosuid - tmpfs  rw,size=8192k");
        assert_eq!((tmpfs.fs_type.as_str(), tmpfs.source.as_str(), tmpfs.read_only), ("tmpfs", "", false));
    }

    #[test]
    fn white_space_in_names_that_the_kernel_does_not_escape() {
        assert_eq!(mount("1 1 8:1 / /mnt/a\rb\x0cc rw - fuse.x y rw").mount_point, "/mnt/a\rb\x0cc");
        assert_eq!(mount("1 1 8:1 / /300A-6F09 rw - vfat - rw").source, "-");
    }

    #[test]
    fn escapes_that_are_none() {
        assert_eq!(unescape(br"/a\04"), r"/a\04");
        assert_eq!(unescape(br"/a\9990"), r"/a\9990");
        assert_eq!(unescape(br"\"), r"\");
        assert_eq!(unescape(b"/\xff"), "/\u{fffd}");
    }

    #[test]
    fn lines_that_are_cut_off() {
        for line in [
            "1",
            "1 1 8",
            "1 1 8:x / / rw - ext4 a rw",
            "1 1 8:1 / / rw shared:1",
            "1 1 8:1 / / rw - ext4 a",
            "1 1 8:1 / / rw - ext4 a ",
        ] {
            assert_eq!(parse_mountinfo(line.as_bytes()).unwrap_err().line, 1, "{line}");
        }
        assert_eq!(parse_mountinfo(b""), Err(Malformed { line: 1, expected: "a mount" }));
    }
}
