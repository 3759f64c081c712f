//! The files of one cgroup.

use std::path::PathBuf;

use linux_procfs::{Descriptors, Files, Folder, Malformed, ReadError, parse_cgroup_numbers, parse_number};

use super::Error;

/// In every cgroup, whatever its controllers.
const ALWAYS: &str = "cgroup.procs";

/// A cgroup that is read. A file may not be there, as the kernel is older or does not have it switched on; but if the cgroup
/// itself has gone meanwhile, nothing of it is shown.
pub(super) struct Group {
    files: Files,
    lacks_some: bool,
}

impl Group {
    pub(super) fn open(path: PathBuf, descriptors: &Descriptors) -> Result<Group, Error> {
        match Files::open(path, descriptors) {
            Ok(files) => Ok(Group { files, lacks_some: false }),
            Err(ReadError::Missing(_)) => Err(Error::Gone),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn folder(&self) -> &Folder {
        self.files.folder()
    }

    /// A file that holds one number.
    pub(super) fn number(&mut self, name: &'static str) -> Result<Option<u64>, Error> {
        self.parse(name, parse_number)
    }

    /// A file of some lines.
    pub(super) fn parse<T>(
        &mut self,
        name: &'static str,
        parser: impl FnOnce(&[u8]) -> Result<T, Malformed>,
    ) -> Result<Option<T>, Error> {
        let read = self.files.parse(name, parser);
        self.present(read)
    }

    /// A file with a line for each process.
    pub(super) fn parse_list<T>(
        &mut self,
        name: &'static str,
        parser: impl FnOnce(&[u8]) -> Result<T, Malformed>,
    ) -> Result<Option<T>, Error> {
        let read = self.files.parse_list(name, parser);
        self.present(read)
    }

    /// A file whose last line may have no end.
    pub(super) fn parse_torn<T>(
        &mut self,
        name: &'static str,
        parser: impl FnOnce(&[u8]) -> Result<T, Malformed>,
    ) -> Result<Option<T>, Error> {
        let read = self.files.read(name, parser);
        let malformed = |malformed| ReadError::Malformed(self.folder().path().join(name), malformed);
        let read = read.and_then(|parsed| parsed.map_err(malformed));
        self.present(read)
    }

    /// A file of keys and numbers; whether it is there.
    pub(super) fn numbers(&mut self, name: &'static str, field: impl FnMut(&str, u64)) -> Result<bool, Error> {
        Ok(self.parse(name, |bytes| parse_cgroup_numbers(bytes, field))?.is_some())
    }

    fn present<T>(&mut self, read: Result<T, ReadError>) -> Result<Option<T>, Error> {
        match read {
            Ok(read) => Ok(Some(read)),
            Err(error) if error.is_absent() => {
                self.lacks_some = true;
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// To be called when all is read: what was not there may have gone with the cgroup. What may stay open comes back.
    pub(super) fn finish(self) -> Result<Option<Group>, Error> {
        if self.lacks_some && !self.folder().holds(ALWAYS) { Err(Error::Gone) } else { Ok(self.kept()) }
    }

    /// As [`Group::finish`], of a root, which does not go.
    pub(super) fn kept(self) -> Option<Group> {
        self.files.stays_open().then_some(Group { lacks_some: false, ..self })
    }
}
