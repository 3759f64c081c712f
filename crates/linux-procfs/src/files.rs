//! Files of one folder that are read again and again.

use std::fs::File;
use std::io;
use std::path::PathBuf;

use crate::error::{Malformed, ReadError};
use crate::source::{Descriptors, read_all, read_whole, whole, with_buffer};
use crate::sysfs::Folder;

/// A folder whose files are the same at every scrape, such as a cgroup: both it and they stay open where the descriptors allow.
///
/// The kernel makes the text of such a file anew for every read at offset 0, and refuses to read one whose folder is removed,
/// even if there is another one of that name by then. An open file costs the kernel some 4.5 kB, most of it for its text.
#[derive(Debug)]
pub struct Files {
    folder: Folder,
    descriptors: Descriptors,
    /// Whether the folder has one of them.
    stays_open: bool,
    open: Vec<(&'static str, File)>,
}

impl Files {
    /// Those of the folder at `path`, none of which is opened yet.
    ///
    /// # Errors
    /// As [`Folder::open`].
    pub fn open(path: PathBuf, descriptors: &Descriptors) -> Result<Files, ReadError> {
        let folder = Folder::open(path)?;
        let descriptors = descriptors.clone();
        Ok(Files { folder, stays_open: descriptors.take(), descriptors, open: Vec::new() })
    }

    /// Whether the folder may stay open until it is read again.
    #[must_use]
    pub fn stays_open(&self) -> bool {
        self.stays_open
    }

    /// The folder itself.
    #[must_use]
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// What `then` makes of a file that the kernel gives in one piece, as it does one with a value or a table of them.
    ///
    /// # Errors
    /// [`ReadError::Missing`] when it is not there; [`ReadError::Io`] when it can't be read, as when the folder has been removed
    /// (`ENODEV`), or is larger than 16 MiB.
    pub fn read<T>(&mut self, name: &'static str, then: impl FnOnce(&[u8]) -> T) -> Result<T, ReadError> {
        self.with(name, read_whole, then)
    }

    /// Such a file, through its parser.
    ///
    /// # Errors
    /// As [`Files::read`], and [`ReadError::Malformed`] where the parser stops, or where the text does.
    pub fn parse<T>(
        &mut self,
        name: &'static str,
        parser: impl FnOnce(&[u8]) -> Result<T, Malformed>,
    ) -> Result<T, ReadError> {
        self.parsed(name, read_whole, parser)
    }

    /// A list that the kernel gives in pieces, such as that of processes, through its parser.
    ///
    /// # Errors
    /// As [`Files::parse`].
    pub fn parse_list<T>(
        &mut self,
        name: &'static str,
        parser: impl FnOnce(&[u8]) -> Result<T, Malformed>,
    ) -> Result<T, ReadError> {
        self.parsed(name, read_all, parser)
    }

    fn parsed<T>(
        &mut self,
        name: &'static str,
        read: impl Fn(&File, &mut Vec<u8>) -> io::Result<usize>,
        parser: impl FnOnce(&[u8]) -> Result<T, Malformed>,
    ) -> Result<T, ReadError> {
        let parsed = self.with(name, read, |bytes| whole(bytes).and_then(|()| parser(bytes)))?;
        parsed.map_err(|malformed| ReadError::Malformed(self.folder.path().join(name), malformed))
    }

    fn with<T>(
        &mut self,
        name: &'static str,
        read: impl Fn(&File, &mut Vec<u8>) -> io::Result<usize>,
        then: impl FnOnce(&[u8]) -> T,
    ) -> Result<T, ReadError> {
        with_buffer(|buffer| match self.fill(name, |file| read(file, buffer)) {
            Ok(length) => Ok(then(&buffer[..length])),
            Err(error) => Err(ReadError::io(&self.folder.path().join(name), error)),
        })
    }

    fn fill(&mut self, name: &'static str, read: impl FnOnce(&File) -> io::Result<usize>) -> io::Result<usize> {
        if let Some((_, file)) = self.open.iter().find(|(open, _)| *open == name) {
            return read(file);
        }
        let file = self.folder.open_file(name)?;
        let length = read(&file)?;
        if self.stays_open && self.descriptors.take() {
            self.open.push((name, file));
        }
        Ok(length)
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let taken = self.open.len() + usize::from(self.stays_open);
        self.descriptors.give_back(taken);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn text(files: &mut Files, name: &'static str) -> Result<String, ReadError> {
        files.read(name, |bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    #[test]
    fn files_that_change_while_they_stay_open() {
        let folder = tempfile::tempdir().unwrap();
        let descriptors = Descriptors::at_most(2, None);
        let mut files = Files::open(folder.path().to_owned(), &descriptors).unwrap();
        assert!(files.stays_open());
        let long = "x".repeat(100_000);
        for value in ["1\n", &long, "", "2\n"] {
            for name in ["kept", "not_kept"] {
                fs::write(folder.path().join(name), value).unwrap();
                assert_eq!(text(&mut files, name).unwrap(), value);
            }
        }
        let kept: Vec<_> = files.open.iter().map(|(name, _)| *name).collect();
        assert_eq!(kept, ["kept"]);
        assert!(!Files::open(folder.path().to_owned(), &descriptors).unwrap().stays_open());
        drop(files);
        assert!(Files::open(folder.path().to_owned(), &descriptors).unwrap().stays_open());
    }

    #[test]
    fn files_that_are_not_there_yet_cut_off_or_endless() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name| folder.path().join(name);
        let mut files = Files::open(folder.path().to_owned(), &Descriptors::new(None)).unwrap();
        assert!(matches!(text(&mut files, "stat"), Err(ReadError::Missing(missing)) if missing == path("stat")));
        fs::write(path("stat"), "1\n2").unwrap();
        assert_eq!(text(&mut files, "stat").unwrap(), "1\n2");
        for read in [files.parse("stat", |_| Ok(())), files.parse_list("stat", |_| Ok(()))] {
            assert!(matches!(read, Err(ReadError::Malformed(at, Malformed { line: 2, .. })) if at == path("stat")));
        }
        let mut devices = Files::open("/dev".into(), &Descriptors::new(None)).unwrap();
        let error = text(&mut devices, "zero").unwrap_err();
        assert_eq!(error.to_string(), "can't read /dev/zero: larger than 16 MiB");
        assert!(matches!(Files::open(path("none"), &Descriptors::new(None)), Err(ReadError::Missing(_))));
    }

    /// A process goes as a cgroup does: its files are refused, whoever has its number by then.
    #[cfg(target_os = "linux")]
    #[test]
    fn files_of_a_folder_that_is_gone() {
        let mut process = std::process::Command::new("cat").stdin(std::process::Stdio::piped()).spawn().unwrap();
        let path = PathBuf::from(format!("/proc/{}", process.id()));
        let mut files = Files::open(path, &Descriptors::new(None)).unwrap();
        assert!(text(&mut files, "statm").unwrap().ends_with('\n'));
        drop(process.stdin.take());
        process.wait().unwrap();
        assert!(text(&mut files, "statm").is_err() && text(&mut files, "stat").is_err());
        assert!(!files.folder().holds("stat"));
    }
}
