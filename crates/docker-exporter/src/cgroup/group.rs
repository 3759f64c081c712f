//! The files of one cgroup.

use std::cell::Cell;
use std::path::PathBuf;

use linux_procfs::{Folder, Malformed, ReadError, parse_cgroup_numbers, parse_number};

use super::Error;

/// In every cgroup, whatever its controllers.
const ALWAYS: &str = "cgroup.procs";

/// A cgroup that is read. A file may not be there, as the kernel is older or does not have it switched on; but if the cgroup
/// itself has gone meanwhile, nothing of it is shown.
pub(super) struct Group {
    folder: Folder,
    lacks_some: Cell<bool>,
}

impl Group {
    pub(super) fn open(path: PathBuf) -> Result<Group, Error> {
        match Folder::open(path) {
            Ok(folder) => Ok(Group { folder, lacks_some: Cell::new(false) }),
            Err(ReadError::Missing(_)) => Err(Error::Gone),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn folder(&self) -> &Folder {
        &self.folder
    }

    /// A file that holds one number.
    pub(super) fn number(&self, name: &str) -> Result<Option<u64>, Error> {
        self.present(self.folder.parse(name, parse_number))
    }

    /// A file of some lines.
    pub(super) fn parse<T>(
        &self,
        name: &str,
        parser: impl FnOnce(&[u8]) -> Result<T, Malformed>,
    ) -> Result<Option<T>, Error> {
        self.present(self.folder.parse(name, parser))
    }

    /// A file with a line for each device or process.
    pub(super) fn parse_long<T>(
        &self,
        name: &str,
        parser: impl FnOnce(&[u8]) -> Result<T, Malformed>,
    ) -> Result<Option<T>, Error> {
        self.present(self.folder.parse_long(name, parser))
    }

    /// Such a file whose last line may have no end.
    pub(super) fn parse_torn<T>(
        &self,
        name: &str,
        parser: impl FnOnce(&[u8]) -> Result<T, Malformed>,
    ) -> Result<Option<T>, Error> {
        let malformed = |malformed| ReadError::Malformed(self.folder.path().join(name), malformed);
        self.present(self.folder.read_long(name, parser).and_then(|parsed| parsed.map_err(malformed)))
    }

    /// A file of keys and numbers; whether it is there.
    pub(super) fn numbers(&self, name: &str, field: impl FnMut(&str, u64)) -> Result<bool, Error> {
        Ok(self.parse_long(name, |bytes| parse_cgroup_numbers(bytes, field))?.is_some())
    }

    fn present<T>(&self, read: Result<T, ReadError>) -> Result<Option<T>, Error> {
        match read {
            Ok(read) => Ok(Some(read)),
            Err(error) if error.is_absent() => {
                self.lacks_some.set(true);
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// To be called when all is read: what was not there may have gone with the cgroup.
    pub(super) fn finish(self) -> Result<(), Error> {
        if self.lacks_some.get() && !self.folder.holds(ALWAYS) { Err(Error::Gone) } else { Ok(()) }
    }
}
