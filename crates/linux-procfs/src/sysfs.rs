//! A folder of sysfs: a device, or a part of one, whose files hold one value each.

use std::ffi::CStr;
use std::fs::File;
use std::io::{self, Read as _};
#[cfg(target_os = "linux")]
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use rustix::fs::{Access, AtFlags, CWD, FileType, Mode, OFlags, accessat, openat};
#[cfg(target_os = "linux")]
use rustix::fs::{RawDir, SeekFrom, seek};

use crate::error::{Malformed, ReadError};
use crate::fields::{foreign_text, number};
use crate::source::{read_all, whole, with_buffer};

/// sysfs gives a page of memory at most for one value.
const MOST_BYTES: usize = 4096;

/// A folder whose files are found by name from where it is, so that its own path is walked but once.
///
/// Every file is opened anew, as devices come and go; none is waited for, and one that is larger than a page of memory is
/// cut off there.
#[derive(Debug)]
pub struct Folder {
    descriptor: OwnedFd,
    path: PathBuf,
}

impl Folder {
    /// The folder at `path`.
    ///
    /// # Errors
    /// [`ReadError::Missing`] when it is not there, [`ReadError::Io`] when it can't be opened or is no folder.
    pub fn open(path: PathBuf) -> Result<Folder, ReadError> {
        match open_folder(CWD, &path) {
            Ok(descriptor) => Ok(Folder { descriptor, path }),
            Err(error) => Err(ReadError::io(&path, error)),
        }
    }

    /// A folder in this one; symbolic links are followed.
    ///
    /// # Errors
    /// As [`Folder::open`].
    pub fn folder(&self, name: &str) -> Result<Folder, ReadError> {
        let path = self.path.join(name);
        match open_folder(&self.descriptor, Path::new(name)) {
            Ok(descriptor) => Ok(Folder { descriptor, path }),
            Err(error) => Err(ReadError::io(&path, error)),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The names of what is in it, sorted; those that are not UTF-8, as a network device may have been given, are left out.
    ///
    /// # Errors
    /// [`ReadError::Io`] when it can't be listed.
    pub fn names(&self) -> Result<Vec<String>, ReadError> {
        self.names_of(|_| true)
    }

    /// The names of the folders in it, sorted, none of which is touched.
    ///
    /// # Errors
    /// As [`Folder::names`].
    pub fn folders(&self) -> Result<Vec<String>, ReadError> {
        self.names_of(|kind| kind == FileType::Directory)
    }

    fn names_of(&self, is_wanted: impl Fn(FileType) -> bool) -> Result<Vec<String>, ReadError> {
        let mut names = Vec::new();
        let listed = self.list(|name, kind| {
            let name = name.to_str().ok().filter(|name| !matches!(*name, "." | "..") && is_wanted(kind));
            names.extend(name.map(str::to_owned));
        });
        listed.map_err(|error| ReadError::io(&self.path, error))?;
        names.sort_unstable();
        Ok(names)
    }

    /// Calls `entry` with each name. The folder is not opened anew for it.
    #[cfg(target_os = "linux")]
    fn list(&self, mut entry: impl FnMut(&CStr, FileType)) -> io::Result<()> {
        seek(&self.descriptor, SeekFrom::Start(0))?;
        let mut buffer = [MaybeUninit::uninit(); MOST_BYTES];
        let mut entries = RawDir::new(&self.descriptor, &mut buffer);
        while let Some(found) = entries.next() {
            let found = found?;
            entry(found.file_name(), found.file_type());
        }
        Ok(())
    }

    #[cfg(not(target_os = "linux"))]
    fn list(&self, mut entry: impl FnMut(&CStr, FileType)) -> io::Result<()> {
        for found in rustix::fs::Dir::read_from(&self.descriptor)? {
            let found = found?;
            entry(found.file_name(), found.file_type());
        }
        Ok(())
    }

    /// The names of what is in it that are `prefix` and a number, such as `thermal_zone2`, in the order of the numbers.
    ///
    /// # Errors
    /// As [`Folder::names`].
    pub fn numbered(&self, prefix: &str) -> Result<Vec<String>, ReadError> {
        let number_of = |name: &str| name.strip_prefix(prefix).and_then(|end| number::<u32>(end.as_bytes()));
        let mut names = self.names()?;
        names.retain(|name| number_of(name).is_some());
        names.sort_by_key(|name| number_of(name));
        Ok(names)
    }

    /// The bytes of a file of it, such as `mtu` or `statistics/rx_nohandler`.
    ///
    /// # Errors
    /// [`ReadError::Missing`] when it is not there; [`ReadError::Io`] when it can't be read, as a driver may answer for a
    /// value that it does not have now (`EAGAIN`, `EINVAL`, `ENODATA`, `EIO`).
    pub fn read(&self, name: &str) -> Result<Vec<u8>, ReadError> {
        self.with(name, <[u8]>::to_vec)
    }

    /// The text of a file of it without the white space around; `None` when it is missing, can't be read or says nothing.
    /// A run of bytes that are not UTF-8 becomes one U+FFFD.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        let text = self.with(name, |bytes| foreign_text(bytes.trim_ascii())).ok()?;
        Some(text).filter(|text| !text.is_empty())
    }

    /// The number that a file of it holds; `None` when it is missing, can't be read or holds anything else.
    #[must_use]
    pub fn number<T: FromStr>(&self, name: &str) -> Option<T> {
        self.with(name, |bytes| number(bytes.trim_ascii())).ok()?
    }

    /// A file of several lines, through its parser.
    ///
    /// # Errors
    /// As [`Folder::read`], and [`ReadError::Malformed`] where the parser stops, or where the text does.
    pub fn parse<T>(&self, name: &str, parser: impl FnOnce(&[u8]) -> Result<T, Malformed>) -> Result<T, ReadError> {
        let parsed = self.with(name, |bytes| whole(bytes).and_then(|()| parser(bytes)))?;
        parsed.map_err(|malformed| ReadError::Malformed(self.path.join(name), malformed))
    }

    fn read_long<T>(&self, name: &str, then: impl FnOnce(&[u8]) -> T) -> Result<T, ReadError> {
        with_buffer(|buffer| match self.open_file(name).and_then(|file| read_all(&file, buffer)) {
            Ok(length) => Ok(then(&buffer[..length])),
            Err(error) => Err(ReadError::io(&self.path.join(name), error)),
        })
    }

    /// A file that may be longer than a page of memory, such as one with a line for each process, through its parser.
    ///
    /// # Errors
    /// As [`Folder::parse`], and [`ReadError::Io`] when it is larger than 16 MiB.
    pub fn parse_long<T>(
        &self,
        name: &str,
        parser: impl FnOnce(&[u8]) -> Result<T, Malformed>,
    ) -> Result<T, ReadError> {
        let parsed = self.read_long(name, |bytes| whole(bytes).and_then(|()| parser(bytes)))?;
        parsed.map_err(|malformed| ReadError::Malformed(self.path.join(name), malformed))
    }

    /// Whether it has a file or folder of this name.
    #[must_use]
    pub fn holds(&self, name: &str) -> bool {
        accessat(&self.descriptor, name, Access::EXISTS, AtFlags::empty()).is_ok()
    }

    /// One read, for sysfs gives a value whole.
    fn with<T>(&self, name: &str, then: impl FnOnce(&[u8]) -> T) -> Result<T, ReadError> {
        let mut buffer = [0; MOST_BYTES];
        let read = self.open_file(name).and_then(|mut file| file.read(&mut buffer));
        let length = read.map_err(|error| ReadError::io(&self.path.join(name), error))?;
        Ok(then(&buffer[..length]))
    }

    pub(crate) fn open_file(&self, name: &str) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        Ok(openat(&self.descriptor, name, flags, Mode::empty())?.into())
    }
}

fn open_folder(at: impl std::os::fd::AsFd, path: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(openat(at, path, flags, Mode::empty())?)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_device_with_a_part_and_values_that_are_none() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("eth0");
        fs::create_dir_all(path.join("statistics")).unwrap();
        for (name, text) in
            [("mtu", "1500\n"), ("statistics/rx_nohandler", "7\n"), ("ifalias", "\n"), ("speed", "-1\n"), ("long", "x")]
        {
            fs::write(path.join(name), text.repeat(if name == "long" { 5000 } else { 1 })).unwrap();
        }
        let folder = Folder::open(path.clone()).unwrap();
        assert_eq!(folder.names().unwrap(), ["ifalias", "long", "mtu", "speed", "statistics"]);
        assert_eq!(folder.folders().unwrap(), ["statistics"]);
        assert_eq!(folder.number("mtu"), Some(1500));
        assert_eq!((folder.number::<u64>("speed"), folder.number::<i64>("speed")), (None, Some(-1)));
        assert_eq!(
            (folder.text("mtu").as_deref(), folder.text("ifalias"), folder.text("duplex")),
            (Some("1500"), None, None)
        );
        assert_eq!(folder.number("statistics/rx_nohandler"), Some(7));
        assert_eq!(folder.folder("statistics").unwrap().number("rx_nohandler"), Some(7));
        assert_eq!(folder.read("long").unwrap().len(), MOST_BYTES);
        assert_eq!(folder.names().unwrap().len(), 5, "listed again from its start");
        for name in ["cpu10", "cpu2", "cpu", "cpu0x", "cpufreq", "xcpu1"] {
            fs::write(path.join(name), "").unwrap();
        }
        assert_eq!(folder.numbered("cpu").unwrap(), ["cpu2", "cpu10"]);
        let parse = |name| folder.parse(name, |bytes| Ok(bytes.len()));
        assert_eq!(parse("mtu").unwrap(), 5);
        assert!(matches!(parse("long"), Err(ReadError::Malformed(at, _)) if at == path.join("long")));
        assert_eq!(folder.read_long("long", <[u8]>::len).unwrap(), 5000);
        let parse = |name| folder.parse_long(name, |bytes| Ok(bytes.len()));
        assert_eq!(parse("mtu").unwrap(), 5);
        assert!(matches!(parse("long"), Err(ReadError::Malformed(at, _)) if at == path.join("long")));
        assert!(folder.holds("statistics/rx_nohandler") && !folder.holds("duplex"));
        let missing = |error: ReadError, name: &str| matches!(error, ReadError::Missing(at) if at == path.join(name));
        assert!(missing(folder.read("duplex").unwrap_err(), "duplex"));
        assert!(missing(folder.folder("queues").unwrap_err(), "queues"));
        assert!(matches!(folder.folder("mtu"), Err(ReadError::Io(..))));
    }
}
