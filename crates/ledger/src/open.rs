//! The ledger: the file's connection, and the committed totals in memory.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::error::{Fault, LedgerError, OpenError};
use crate::expiring::Expiring;
use crate::file::{self, Kind};
use crate::load::{self, Account};
use crate::lock::{Lock, NotLocked, beside};
use crate::session::{self, Session};
use crate::total::{AccountId, Total};
use crate::{Amount, Nanos, schema};

/// What an account that does not exist has come to.
static NOTHING: Total = Total::Amount(Amount::ZERO);

/// Accounts and what they have come to, in a file. Stays on one thread.
#[derive(Debug)]
pub struct Ledger {
    pub(crate) connection: Connection,
    pub(crate) path: PathBuf,
    key: [u8; 16],
    created: Nanos,
    /// Committed, by account.
    pub(crate) totals: Vec<Total>,
    pub(crate) known: Known,
    set_aside: Option<PathBuf>,
    /// Dropped last: the next process must find the file closed.
    _lock: Lock,
}

/// How much the file remembers besides accounts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    pub(crate) requests: Expiring,
    pub(crate) streams: Expiring,
    pub(crate) histogram_streams: Expiring,
    pub(crate) sessions: u64,
}

/// What was read from a file.
struct Opened {
    connection: Connection,
    key: [u8; 16],
    created: Nanos,
    totals: Vec<Total>,
    known: Known,
}

/// Why what is at the path can't be used.
enum Unusable {
    Fault(Fault),
    Newer(u32),
}

impl From<Fault> for Unusable {
    fn from(fault: Fault) -> Self {
        Unusable::Fault(fault)
    }
}

impl Ledger {
    /// Opens the ledger at `path`, or begins one, in a folder that is made too. The whole file is checked: a damaged one is
    /// renamed, see [`Ledger::set_aside`], and a new one begins.
    ///
    /// # Errors
    /// As [`OpenError`] says. What is there is left as it is.
    pub fn open(path: &Path, now: Nanos) -> Result<Ledger, OpenError> {
        file::make_folder(path)?;
        let lock = Lock::take(path).map_err(|reason| match reason {
            NotLocked::Held(pid) => OpenError::InUse { path: path.to_owned(), pid },
            NotLocked::Io(path, error) => file::cannot_write(&path, error),
        })?;
        let newer = |found| OpenError::Newer { found, known: schema::known_version(), path: path.to_owned() };
        let mut aside = None;
        match file::kind(path).map_err(|error| file::cannot_write(path, error))? {
            Kind::Ledger => file::is_writable(path).map_err(|error| file::cannot_write(path, error))?,
            Kind::Newer(found) => return Err(newer(found)),
            Kind::Foreign => return Err(OpenError::Foreign { path: path.to_owned() }),
            Kind::Absent => {
                if beside(path, "-wal").exists() {
                    // SQLite would take what is in it for a part of the new ledger.
                    aside = Some(rename(path, now, &Fault::Damaged("its main file is gone".to_owned()))?);
                }
                file::create(path, now)?;
            }
        }
        let failed = |fault| OpenError::Failed(LedgerError::new(path, "read", fault));
        let opened = loop {
            match read(path) {
                Ok(opened) => break opened,
                Err(Unusable::Newer(found)) => return Err(newer(found)),
                Err(Unusable::Fault(fault)) => match failed(fault.in_a_ledger()) {
                    OpenError::Failed(error @ LedgerError::Corrupt(_)) if aside.is_none() => {
                        aside = Some(rename(path, now, &error)?);
                        file::create(path, now)?;
                    }
                    OpenError::Failed(error @ LedgerError::ReadOnly(_)) => {
                        return Err(OpenError::ReadOnly { path: path.to_owned(), cause: error.into() });
                    }
                    error => return Err(error),
                },
            }
        };
        let Opened { connection, key, created, totals, known } = opened;
        Ok(Ledger { connection, path: path.to_owned(), key, created, totals, known, set_aside: aside, _lock: lock })
    }

    /// A random key, made with the file and kept in it: for the hashes of requests and streams.
    #[must_use]
    pub fn key(&self) -> [u8; 16] {
        self.key
    }

    /// When the ledger began.
    #[must_use]
    pub fn created(&self) -> Nanos {
        self.created
    }

    /// What the damaged ledger is called now that was found at the path, if one was.
    #[must_use]
    pub fn set_aside(&self) -> Option<&Path> {
        self.set_aside.as_deref()
    }

    /// Bytes of the file and of its write-ahead log.
    #[must_use]
    pub fn size(&self) -> u64 {
        let length = |path: &Path| fs::metadata(path).map_or(0, |metadata| metadata.len());
        length(&self.path) + length(&beside(&self.path, "-wal"))
    }

    /// Hands over all accounts with their committed totals, in the order of their ids.
    ///
    /// # Errors
    /// If the file can't be read.
    pub fn accounts(&mut self, each: impl FnMut(Account<'_>)) -> Result<(), LedgerError> {
        load::accounts(&self.connection, &self.totals, each).map_err(|fault| self.failed("read the accounts", fault))
    }

    /// The sessions that were seen last, latest first.
    ///
    /// # Errors
    /// If the file can't be read.
    pub fn sessions(&mut self, most_recent: usize) -> Result<Vec<Session>, LedgerError> {
        session::recent(&self.connection, most_recent).map_err(|fault| self.failed("read the sessions", fault))
    }

    /// The committed total of an account.
    #[must_use]
    pub fn total(&self, account: AccountId) -> &Total {
        self.totals.get(account.index()).unwrap_or(&NOTHING)
    }

    pub(crate) fn failed(&self, doing: &'static str, fault: Fault) -> LedgerError {
        LedgerError::new(&self.path, doing, fault)
    }
}

/// Opens a ledger that exists, checks it, brings it up to this version and reads it.
fn read(path: &Path) -> Result<Opened, Unusable> {
    let mut connection = file::connect(path)?;
    let version: i32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(Fault::from)?;
    let version = version.unsigned_abs();
    if version > schema::known_version() {
        return Err(Unusable::Newer(version));
    }
    file::use_wal(path, &connection)?;
    file::check(&connection)?;
    schema::migrate(&mut connection)?;
    let (key, created) = load::meta(&connection)?;
    let totals = load::totals(&connection)?;
    let known = Known {
        requests: Expiring::requests(&connection)?,
        streams: Expiring::streams(&connection)?,
        histogram_streams: Expiring::histogram_streams(&connection)?,
        sessions: session::check(&connection)?,
    };
    file::settle(&connection)?;
    Ok(Opened { connection, key, created, totals, known })
}

fn rename(path: &Path, now: Nanos, why: &dyn std::error::Error) -> Result<PathBuf, OpenError> {
    let aside = file::set_aside(path, now).map_err(|error| file::cannot_write(path, error))?;
    let (from, to) = (path.display(), aside.display());
    tracing::error!(ledger = %from, set_aside = %to, error = %why, "the ledger is damaged; a new one begins");
    Ok(aside)
}
