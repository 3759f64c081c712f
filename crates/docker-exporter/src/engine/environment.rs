//! What leads to an engine when nobody names one: what the process was started with, and the files of the machine.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};

use exporter_toolkit::{ReadFileError, read_file};

/// More than this is no configuration of the `docker` command.
const MOST_BYTES: usize = 1 << 20;
/// Colima has a folder for each of its machines; nobody has more.
const MOST_PROFILES: usize = 16;

/// What the process was started with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Environment {
    pub(super) docker_host: Option<OsString>,
    pub(super) docker_context: Option<OsString>,
    pub(super) docker_config: Option<PathBuf>,
    pub(super) docker_tls_verify: Option<OsString>,
    pub(super) runtime_folder: Option<PathBuf>,
    pub(super) home: Option<PathBuf>,
    pub(super) user: u32,
}

/// What of the machine's files is looked at.
pub(super) trait Files {
    fn is_socket(&self, path: &Path) -> bool;
    fn is_there(&self, path: &Path) -> bool;
    fn read(&self, path: &Path) -> Result<Vec<u8>, ReadFileError>;
    /// The names of what is in a folder; none if it is not there.
    fn names(&self, folder: &Path) -> Vec<String>;
}

/// Those of this one.
pub(super) struct Machine;

impl Files for Machine {
    fn is_socket(&self, path: &Path) -> bool {
        fs::metadata(path).is_ok_and(|metadata| metadata.file_type().is_socket())
    }

    fn is_there(&self, path: &Path) -> bool {
        path.exists()
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, ReadFileError> {
        read_file(path, MOST_BYTES).map(|(bytes, _)| bytes)
    }

    fn names(&self, folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().into_string().ok()).take(MOST_PROFILES).collect()
    }
}

impl Environment {
    /// Of the variables that the process has, and the number of its user.
    pub(crate) fn new(variable: impl Fn(&str) -> Option<OsString>, user: u32) -> Self {
        // To these programs an empty variable is none.
        let set = |name| variable(name).filter(|value| !value.is_empty());
        let folder = |name| set(name).map(PathBuf::from).filter(|path| path.is_absolute());
        Environment {
            docker_host: set("DOCKER_HOST"),
            docker_context: set("DOCKER_CONTEXT"),
            docker_config: folder("DOCKER_CONFIG"),
            docker_tls_verify: set("DOCKER_TLS_VERIFY"),
            runtime_folder: folder("XDG_RUNTIME_DIR"),
            home: folder("HOME"),
            user,
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeMap;
    use std::io;

    use super::*;

    /// Another machine: its sockets, and its files with what is in them.
    #[derive(Default)]
    pub(in crate::engine) struct Table {
        pub(in crate::engine) sockets: Vec<&'static str>,
        pub(in crate::engine) files: BTreeMap<String, &'static [u8]>,
    }

    impl Files for Table {
        fn is_socket(&self, path: &Path) -> bool {
            self.sockets.iter().any(|socket| Path::new(socket) == path)
        }

        fn is_there(&self, path: &Path) -> bool {
            self.files.keys().any(|file| Path::new(file).starts_with(path))
        }

        fn read(&self, path: &Path) -> Result<Vec<u8>, ReadFileError> {
            let missing = || ReadFileError::Io(io::ErrorKind::NotFound.into());
            match path.to_str().and_then(|path| self.files.get(path)).ok_or_else(missing)? {
                [] => Err(ReadFileError::Io(io::ErrorKind::PermissionDenied.into())),
                bytes => Ok(bytes.to_vec()),
            }
        }

        fn names(&self, folder: &Path) -> Vec<String> {
            let below = |socket: &&str| Path::new(socket).strip_prefix(folder).ok().map(Path::to_owned);
            let paths = self.sockets.iter().filter_map(below);
            paths.map(|path| path.iter().next().unwrap().to_str().unwrap().to_owned()).collect()
        }
    }
}
