//! What can go wrong with a file.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why a file could not be read.
#[derive(Debug)]
pub enum ReadError {
    /// The file is not there: this kernel or machine has no such thing.
    Missing(PathBuf),
    /// The system refused it.
    Io(PathBuf, io::Error),
    /// The file is not in the kernel's format.
    Malformed(PathBuf, Malformed),
}

/// Where a file stops being in the kernel's format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed {
    /// The line, counted from 1.
    pub line: usize,
    /// What was expected there.
    pub expected: &'static str,
}

impl ReadError {
    pub(crate) fn io(path: &Path, error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => ReadError::Missing(path.to_owned()),
            _ => ReadError::Io(path.to_owned(), error),
        }
    }

    /// Whether the thing is not there, or the kernel does not have it switched on.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        match self {
            ReadError::Missing(_) => true,
            ReadError::Io(_, error) => error.kind() == io::ErrorKind::Unsupported,
            ReadError::Malformed(..) => false,
        }
    }
}

/// What was read; `None` where the thing is not there, as [`ReadError::is_absent`] says.
///
/// # Errors
/// Any other than that.
pub fn present<T>(read: Result<T, ReadError>) -> Result<Option<T>, ReadError> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error) if error.is_absent() => Ok(None),
        Err(error) => Err(error),
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::Missing(path) => write!(f, "{} does not exist", path.display()),
            ReadError::Io(path, error) => write!(f, "can't read {}: {error}", path.display()),
            ReadError::Malformed(path, Malformed { line, expected }) => {
                write!(f, "{} line {line}: expected {expected}", path.display())
            }
        }
    }
}

impl Error for ReadError {}
