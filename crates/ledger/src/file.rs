//! Opening the file: whose it is, whether it is sound, and a new one where there is none.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use rustix::fs::OFlags;

use crate::checksum::Checksum;
use crate::error::{Fault, LedgerError, OpenError};
use crate::lock::beside;
use crate::schema::{APPLICATION_ID, known_version, migrate};
use crate::{Nanos, integer};

/// How long a transaction waits for another program that holds the write lock.
const PATIENCE: Duration = Duration::from_secs(2);
/// Statements that stay prepared; there are fewer.
const STATEMENTS: usize = 32;
/// The first bytes of every SQLite database.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// Where the header of a database has its user_version and its application_id.
const VERSION_AT: usize = 60;
const APPLICATION_AT: usize = 68;

/// How a connection is set up.
/// - WAL: a commit appends and syncs one file, and readers never hold up a commit.
/// - `synchronous=FULL`: a commit is on the disk when it returns; fullfsync: also on a Mac, whose fsync stops at the drive's cache.
/// - `cell_size_check`: damage is found on reading a page, before it is written on.
/// - The cache is small because the system caches the file too; a checkpoint each 500 pages and the limit keep the WAL at 2 MB.
const PRAGMAS: &str = "
PRAGMA synchronous = FULL;
PRAGMA fullfsync = ON;
PRAGMA checkpoint_fullfsync = ON;
PRAGMA foreign_keys = ON;
PRAGMA cell_size_check = ON;
PRAGMA trusted_schema = OFF;
PRAGMA cache_size = -256;
PRAGMA wal_autocheckpoint = 500;
PRAGMA journal_size_limit = 2097152;
";

/// What a file is, from its header alone: nothing of another program's is opened, let alone written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// There is none, or it is empty.
    Absent,
    /// A ledger of this or an earlier version.
    Ledger,
    /// A ledger of this later version.
    Newer(u32),
    /// Anything else.
    Foreign,
}

/// Looks at the file's header.
pub(crate) fn kind(path: &Path) -> io::Result<Kind> {
    let flags = i32::try_from((OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY).bits()).expect("flags are small");
    let file = match OpenOptions::new().read(true).custom_flags(flags).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Kind::Absent),
        Err(error) => return Err(error),
    };
    if !file.metadata()?.is_file() {
        return Ok(Kind::Foreign);
    }
    let mut header = Vec::with_capacity(100);
    #[expect(clippy::disallowed_methods, reason = "take bounds it")]
    file.take(100).read_to_end(&mut header)?;
    if header.is_empty() {
        return Ok(Kind::Absent);
    }
    let number = |at: usize| header.get(at..at + 4).map(|bytes| bytes.iter().fold(0, |n, &b| n << 8 | u32::from(b)));
    let ours = Some(APPLICATION_ID.unsigned_abs());
    Ok(match number(VERSION_AT) {
        Some(version) if header.starts_with(MAGIC) && number(APPLICATION_AT) == ours => {
            if version > known_version() {
                Kind::Newer(version)
            } else {
                Kind::Ledger
            }
        }
        _ => Kind::Foreign,
    })
}

/// SQLite would open a file for reading that it can't write, and leave files beside it that can't be written either.
pub(crate) fn is_writable(path: &Path) -> io::Result<()> {
    OpenOptions::new().read(true).write(true).open(path).map(drop)
}

/// Makes the folder of the ledger, which nobody else may look into.
pub(crate) fn make_folder(path: &Path) -> Result<(), OpenError> {
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else {
        return Ok(());
    };
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|error| cannot_write(folder, error))
}

/// Makes an empty ledger. It is made under another name, so that what stands at `path` is whole at any moment.
pub(crate) fn create(path: &Path, now: Nanos) -> Result<(), OpenError> {
    let draft = beside(path, ".new");
    for leftover in [draft.clone(), beside(&draft, "-journal")] {
        match fs::remove_file(&leftover) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(cannot_write(&leftover, error)),
            _ => {}
        }
    }
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft).map_err(|e| cannot_write(&draft, e))?;
    fill(&draft, now).map_err(|fault| OpenError::Failed(LedgerError::new(path, "make the tables", fault)))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let renamed = fs::rename(&draft, path).and_then(|()| File::open(folder)?.sync_all());
    renamed.map_err(|error| cannot_write(path, error))
}

fn fill(draft: &Path, now: Nanos) -> Result<(), Fault> {
    let mut connection = Connection::open_with_flags(draft, flags())?;
    connection.execute_batch("PRAGMA synchronous = FULL; PRAGMA fullfsync = ON;")?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    migrate(&mut connection)?;
    let key: Vec<u8> = connection.query_row("SELECT randomblob(16)", [], |row| row.get(0))?;
    let checksum = meta_checksum(&key, integer(now));
    connection.execute("INSERT INTO meta VALUES (?1, ?2, ?3)", (&key, integer(now), checksum))?;
    connection.close().map_err(|(_, error)| error)?;
    Ok(())
}

/// Opens an existing ledger for writing and sets the connection up. Whether it is sound is another question.
pub(crate) fn connect(path: &Path) -> Result<Connection, Fault> {
    let connection = Connection::open_with_flags(path, flags())?;
    connection.busy_timeout(PATIENCE)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    // Until it is known to be ours and sound, nothing is moved from the WAL into it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.execute_batch(PRAGMAS)?;
    Ok(connection)
}

/// Switches to WAL. Some file systems can't; their ledger is as durable, but a reader can hold up a commit.
pub(crate) fn use_wal(path: &Path, connection: &Connection) -> Result<(), Fault> {
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        tracing::warn!(path = %path.display(), mode, "no write-ahead log on this file system: reading can delay commits");
    }
    Ok(())
}

/// From now on the last one to close the file moves the WAL into it.
pub(crate) fn settle(connection: &Connection) -> Result<(), Fault> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    Ok(())
}

/// Whether all pages and rows hang together, and the index beside a table says what that says. Reads the whole file.
pub(crate) fn check(connection: &Connection) -> Result<(), Fault> {
    for check in ["PRAGMA quick_check(1)", "PRAGMA integrity_check(families)"] {
        let verdict: String = connection.query_row(check, [], |row| row.get(0))?;
        if verdict != "ok" {
            return Err(Fault::Damaged(verdict));
        }
    }
    Ok(())
}

/// Renames a damaged ledger and what belongs to it, and says what it is called now. `path.corrupt-20261121T130000Z`
pub(crate) fn set_aside(path: &Path, now: Nanos) -> io::Result<PathBuf> {
    let time = timestamp(now);
    let name = |count: u32| match count {
        0 => beside(path, &format!(".corrupt-{time}")),
        _ => beside(path, &format!(".corrupt-{time}-{count}")),
    };
    let aside = (0..).map(name).find(|name| !name.exists()).unwrap_or_else(|| name(0));
    // The WAL goes first: if that is all that succeeds, the next start finds a ledger without it rather than a stranger's WAL.
    for suffix in ["-wal", "-shm", "-journal", ""] {
        match fs::rename(beside(path, suffix), beside(&aside, suffix)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(aside)
}

/// An error about a file that is to be written.
pub(crate) fn cannot_write(path: &Path, error: io::Error) -> OpenError {
    match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            OpenError::ReadOnly { path: path.to_owned(), cause: error.into() }
        }
        _ => OpenError::Failed(LedgerError::new(path, "make the file", error.into())),
    }
}

/// The checksum of the one row of `meta`.
pub(crate) fn meta_checksum(key: &[u8], created: i64) -> i64 {
    Checksum::of("meta").bytes(key).number(created).value()
}

/// The connection stays on one thread. A ledger is made by `create` alone, under another name.
fn flags() -> OpenFlags {
    OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX
}

/// `20261121T130000Z`; SQLite knows the calendar.
fn timestamp(now: Nanos) -> String {
    const FORMAT: &str = "SELECT strftime('%Y%m%dT%H%M%SZ', ?1, 'unixepoch')";
    let seconds = integer(now / 1_000_000_000);
    let text = Connection::open_in_memory().and_then(|c| c.query_row(FORMAT, [seconds], |row| row.get(0)));
    text.unwrap_or_else(|_| seconds.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// .cargo/config.toml is what says so, and a build that does not read it would go unnoticed.
    #[test]
    fn sqlite_is_compiled_as_it_should_be() {
        let connection = Connection::open_in_memory().unwrap();
        let mut statement = connection.prepare("PRAGMA compile_options").unwrap();
        let options: Vec<String> =
            statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
        for option in ["DISABLE_LFS", "DQS=0", "MAX_MMAP_SIZE=0", "OMIT_LOAD_EXTENSION", "TEMP_STORE=3", "THREADSAFE=2"]
        {
            assert!(options.iter().any(|found| found == option), "{option} is not in {options:?}");
        }
    }

    #[test]
    fn names_of_what_is_set_aside() {
        assert_eq!(timestamp(1_795_266_000_999_999_999), "20261121T130000Z");
        assert_eq!(timestamp(0), "19700101T000000Z");
    }

    #[test]
    fn a_new_ledger_is_whole_and_durable() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        create(&path, 5).unwrap();
        assert_eq!(kind(&path).unwrap(), Kind::Ledger);
        let connection = connect(&path).unwrap();
        use_wal(&path, &connection).unwrap();
        for (pragma, expected) in [
            ("journal_mode", "wal"),
            ("synchronous", "2"),
            ("fullfsync", "1"),
            ("checkpoint_fullfsync", "1"),
            ("foreign_keys", "1"),
            ("cell_size_check", "1"),
        ] {
            let value: String = connection
                .query_row(&format!("SELECT CAST({pragma} AS TEXT) FROM pragma_{pragma}"), [], |row| row.get(0))
                .unwrap();
            assert_eq!(value, expected, "{pragma}");
        }
    }
}
