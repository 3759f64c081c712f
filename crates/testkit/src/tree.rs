//! Folders of files as text: another machine's `/proc` and `/sys`, or a part of them, in one file that people can read.
//!
//! A line that starts with a mark begins a file, link or folder; the lines behind it are the file's own.
//!
//! ```text
//! === proc/loadavg
//! 0.62 0.51 0.48 1/312 4242
//! --- sys/class/net/eth0/mtu: 1500
//! --> sys/class/hwmon/hwmon0/device: ../../../devices/platform/coretemp.0
//! /// rootfs/boot/efi
//! # A remark, only where no file is open: before the first mark, or behind one of the last three.
//! ```

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// Writes what the `.tree` files of `machine`, a folder, describe below `folder`.
///
/// # Errors
/// As [`unpack`]; a machine without such a file.
pub fn unpack_machine(machine: &Path, folder: &Path) -> io::Result<()> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(machine)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<PathBuf>>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "tree"));
    files.sort();
    if files.is_empty() {
        return Err(io::Error::other(format!("{} has no .tree file", machine.display())));
    }
    for file in files {
        let text = fs::read_to_string(&file)?;
        unpack(&text, folder).map_err(|error| io::Error::other(format!("{}: {error}", file.display())))?;
    }
    Ok(())
}

/// The flags that make an exporter read the machine whose files are in `folder`: `proc`, `sys`, `rootfs` and `udev`.
#[must_use]
pub fn flags(folder: &Path) -> [String; 4] {
    [("procfs", "proc"), ("sysfs", "sys"), ("rootfs", "rootfs"), ("udev.data", "udev")]
        .map(|(flag, path)| format!("--path.{flag}={}", folder.join(path).display()))
}

/// Writes what `text` describes below `folder`, which may hold a part of it already.
///
/// # Errors
/// A line that can't be understood, a path that leaves the folder or is there already, and whatever the system refuses.
pub fn unpack(text: &str, folder: &Path) -> io::Result<()> {
    let mut file: Option<(&str, String)> = None;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let wrong = || io::Error::other(format!("line {}: {}", number + 1, line.trim_end()));
        let named = line.trim_end_matches('\n');
        if let Some(path) = named.strip_prefix("=== ") {
            write(folder, file.replace((path, String::new())))?;
        } else if let Some(value) = named.strip_prefix("--- ") {
            // The path may hold colons, as that of a PCI device does.
            let empty = || value.strip_suffix(':').map(|path| (path, ""));
            let (path, value) = value.split_once(": ").or_else(empty).ok_or_else(wrong)?;
            write(folder, file.take())?;
            write(folder, Some((path, format!("{value}\n"))))?;
        } else if let Some(link) = named.strip_prefix("--> ") {
            let (path, target) = link.split_once(": ").ok_or_else(wrong)?;
            write(folder, file.take())?;
            symlink(target, place(folder, path)?)?;
        } else if let Some(path) = named.strip_prefix("/// ") {
            write(folder, file.take())?;
            fs::create_dir_all(place(folder, path)?)?;
        } else if let Some((_, content)) = &mut file {
            content.push_str(line);
        } else if !(named.is_empty() || named.starts_with('#')) {
            return Err(wrong());
        }
    }
    write(folder, file)
}

fn write(folder: &Path, file: Option<(&str, String)>) -> io::Result<()> {
    let Some((path, content)) = file else { return Ok(()) };
    let place = place(folder, path)?;
    if place.exists() {
        return Err(io::Error::other(format!("{path} is there already")));
    }
    fs::write(place, content)
}

/// Where a path of the text lies, its folder made.
fn place(folder: &Path, path: &str) -> io::Result<PathBuf> {
    if path.starts_with('/') || path.split('/').any(|part| part == "..") {
        return Err(io::Error::other(format!("{path} leaves the folder")));
    }
    let place = folder.join(path);
    fs::create_dir_all(place.parent().unwrap_or(folder))?;
    Ok(place)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may")]
mod tests {
    use super::*;

    #[test]
    fn files_values_links_and_folders() {
        let folder = tempfile::tempdir().unwrap();
        let text = "# of no machine\n=== proc/a\none\n\n# two\n--- sys/0:c: 1\n\n--- sys/empty:\n--> sys/link: b\n\
                    --- sys/b: 1500\n/// rootfs/tmp\n=== proc/last\nno end";
        unpack(text, folder.path()).unwrap();
        let read = |path: &str| fs::read_to_string(folder.path().join(path)).unwrap();
        assert_eq!(read("proc/a"), "one\n\n# two\n");
        assert_eq!(
            (read("sys/0:c"), read("sys/empty"), read("sys/link")),
            ("1\n".into(), "\n".into(), "1500\n".into())
        );
        assert!(folder.path().join("rootfs/tmp").is_dir());
        assert_eq!(read("proc/last"), "no end");
    }

    #[test]
    fn what_is_not_understood_is_not_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        for text in ["proc/a\n", "--- a\n", "--> a\n", "=== ../a\n", "=== /a\n", "--- a: 1\n--- a: 2\n"] {
            assert!(unpack(text, folder.path()).is_err(), "{text}");
        }
    }
}
