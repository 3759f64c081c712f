//! What can fail, where, and what to do about it.

use std::error::Error;
use std::fmt;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why a ledger was not opened. Nothing was changed.
#[derive(Debug)]
pub enum OpenError {
    /// Another process has it open.
    InUse {
        /// The ledger.
        path: PathBuf,
        /// That process, if it has said so in the lock file.
        pid: Option<u32>,
    },
    /// A later version of this program has written it.
    Newer {
        /// The file's version.
        found: u32,
        /// The latest version that this program knows.
        known: u32,
        /// The ledger.
        path: PathBuf,
    },
    /// It is no ledger: another program's database, or no database at all.
    Foreign {
        /// That file.
        path: PathBuf,
    },
    /// The file or its folder can't be written.
    ReadOnly {
        /// That file or folder.
        path: PathBuf,
        /// What the system says.
        cause: Box<dyn Error + Send + Sync>,
    },
    /// The ledger is there, but what it asks of the disk fails.
    Failed(LedgerError),
}

/// Why a transaction failed. It has changed nothing, in memory or in the file.
#[derive(Debug)]
pub enum LedgerError {
    /// The disk is full. Succeeds when there is room.
    Full(Failure),
    /// The file or its file system has become read-only.
    ReadOnly(Failure),
    /// Another program holds the file's write lock, such as a shell with an open transaction. Succeeds when it lets go.
    Busy(Failure),
    /// Reading or writing fails.
    Io(Failure),
    /// The file is damaged. It is set aside when the ledger is opened next.
    Corrupt(Failure),
    /// Anything else, such as an account that is a histogram where a counter is meant.
    Other(Failure),
}

/// What was being done where, and what became of it.
#[derive(Debug)]
pub struct Failure {
    path: PathBuf,
    doing: &'static str,
    cause: Box<dyn Error + Send + Sync>,
}

/// A failure inside, before it is known in which file.
#[derive(Debug)]
pub(crate) enum Fault {
    Sql(rusqlite::Error),
    /// What is in the file can't have been written there: says what and where.
    Damaged(String),
    /// The caller means what can't be.
    Misused(String),
    /// A file that is no table.
    Io(std::io::Error),
}

impl LedgerError {
    pub(crate) fn new(path: &Path, doing: &'static str, fault: Fault) -> Self {
        let code = match &fault {
            Fault::Sql(error) => error.sqlite_error_code(),
            Fault::Damaged(_) => Some(ErrorCode::DatabaseCorrupt),
            Fault::Io(error) => Some(code_of(error)),
            Fault::Misused(_) => None,
        };
        let decoding = matches!(
            &fault,
            Fault::Sql(
                rusqlite::Error::FromSqlConversionFailure(..)
                    | rusqlite::Error::InvalidColumnType(..)
                    | rusqlite::Error::IntegralValueOutOfRange(..)
                    | rusqlite::Error::Utf8Error(..)
            )
        );
        let failure = Failure { path: path.to_owned(), doing, cause: Box::new(fault) };
        match code {
            Some(ErrorCode::DiskFull) => LedgerError::Full(failure),
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => LedgerError::ReadOnly(failure),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed) => {
                LedgerError::Busy(failure)
            }
            Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) => LedgerError::Io(failure),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => LedgerError::Corrupt(failure),
            _ if decoding => LedgerError::Corrupt(failure),
            _ => LedgerError::Other(failure),
        }
    }

    /// Every word that [`LedgerError::reason`] may say.
    pub const REASONS: [&'static str; 6] = ["full", "read_only", "busy", "io", "corrupt", "other"];

    /// A word for a counter's label; stays the same from release to release.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            LedgerError::Full(_) => "full",
            LedgerError::ReadOnly(_) => "read_only",
            LedgerError::Busy(_) => "busy",
            LedgerError::Io(_) => "io",
            LedgerError::Corrupt(_) => "corrupt",
            LedgerError::Other(_) => "other",
        }
    }

    /// Whether the same may succeed later, without anybody touching this program.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            LedgerError::Full(_) | LedgerError::ReadOnly(_) | LedgerError::Busy(_) | LedgerError::Io(_) => true,
            LedgerError::Corrupt(_) | LedgerError::Other(_) => false,
        }
    }

    fn failure(&self) -> &Failure {
        match self {
            LedgerError::Full(failure)
            | LedgerError::ReadOnly(failure)
            | LedgerError::Busy(failure)
            | LedgerError::Io(failure)
            | LedgerError::Corrupt(failure)
            | LedgerError::Other(failure) => failure,
        }
    }

    fn remedy(&self) -> &'static str {
        match self {
            LedgerError::Full(_) => "; make room on its disk",
            LedgerError::ReadOnly(_) => "; make the file and its folder writable for this user",
            LedgerError::Busy(_) => "; end the other program's transaction",
            LedgerError::Io(_) => "; check its disk",
            LedgerError::Corrupt(_) => "; restart: it is set aside then, and a new one begins",
            LedgerError::Other(_) => "",
        }
    }
}

impl fmt::Display for LedgerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Failure { path, doing, cause } = self.failure();
        write!(f, "can't {doing} in the ledger {}: {cause}{}", path.display(), self.remedy())
    }
}

impl Error for LedgerError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.failure().cause)
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OpenError::InUse { path, pid } => {
                write!(f, "the ledger {} is in use by ", path.display())?;
                match pid {
                    Some(pid) => write!(f, "process {pid}; stop that, or choose another file"),
                    None => f.write_str("another process; stop that, or choose another file"),
                }
            }
            OpenError::Newer { found, known, path } => write!(
                f,
                "the ledger {} has version {found}, and this program knows versions up to {known}; use the later program",
                path.display()
            ),
            OpenError::Foreign { path } => {
                write!(f, "{} is not a ledger; choose another file, or move that away", path.display())
            }
            OpenError::ReadOnly { path, cause } => {
                write!(f, "can't write {}: {cause}; make it and its folder writable for this user", path.display())
            }
            OpenError::Failed(error) => error.fmt(f),
        }
    }
}

impl Error for OpenError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            OpenError::ReadOnly { cause, .. } => Some(&**cause),
            OpenError::Failed(error) => Some(error),
            OpenError::InUse { .. } | OpenError::Newer { .. } | OpenError::Foreign { .. } => None,
        }
    }
}

impl Fault {
    /// In a file that says it is a ledger of a version that is known, statements that don't work mean that its tables are damaged.
    pub(crate) fn in_a_ledger(self) -> Fault {
        match self {
            Fault::Sql(error @ rusqlite::Error::SqlInputError { .. }) => Fault::Damaged(error.to_string()),
            Fault::Sql(error)
                if matches!(error.sqlite_error_code(), Some(ErrorCode::Unknown | ErrorCode::ConstraintViolation)) =>
            {
                Fault::Damaged(error.to_string())
            }
            fault => fault,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Sql(error) => error.fmt(f),
            Fault::Damaged(what) | Fault::Misused(what) => f.write_str(what),
            Fault::Io(error) => error.fmt(f),
        }
    }
}

impl Error for Fault {}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Fault::Sql(error)
    }
}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Self {
        Fault::Io(error)
    }
}

/// What SQLite would call it.
fn code_of(error: &std::io::Error) -> ErrorCode {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => ErrorCode::DiskFull,
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => ErrorCode::ReadOnly,
        _ => ErrorCode::SystemIoFailure,
    }
}
