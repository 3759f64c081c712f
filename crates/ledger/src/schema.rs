//! The tables, and how an earlier version's become this one's.

use rusqlite::Connection;

use crate::error::Fault;

/// "PLdg": marks the file as a ledger, in bytes 68 to 71 of its header.
pub(crate) const APPLICATION_ID: i32 = 0x504c_6467;

/// What leads from each version to the next one, beginning with an empty file. Never changed once released: only added to.
const STEPS: &[&str] = &[VERSION_1];

const VERSION_1: &str = "
CREATE TABLE meta (
    key BLOB NOT NULL,              -- of the hashes of requests and streams
    created INTEGER NOT NULL,       -- Unix time in nanoseconds, as everywhere
    checksum INTEGER NOT NULL
) STRICT;
CREATE TABLE families (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    help TEXT NOT NULL,
    UNIQUE (name, kind)
) STRICT;
CREATE TABLE accounts (
    id INTEGER PRIMARY KEY,         -- 0, 1, 2 and so on
    family INTEGER NOT NULL REFERENCES families (id),
    labels TEXT NOT NULL,           -- a JSON object of strings
    created INTEGER NOT NULL,
    checksum INTEGER NOT NULL
) STRICT;
CREATE TABLE totals (               -- of counters
    id INTEGER PRIMARY KEY,
    units INTEGER NOT NULL,         -- the total is units + nanos / 1e9
    nanos INTEGER NOT NULL,
    checksum INTEGER NOT NULL
) STRICT;
CREATE TABLE histograms (
    id INTEGER PRIMARY KEY,
    state BLOB NOT NULL,
    checksum INTEGER NOT NULL
) STRICT;
CREATE TABLE requests (             -- that were applied, so that none is applied twice
    key BLOB PRIMARY KEY,
    seen INTEGER NOT NULL           -- Unix time in seconds
) STRICT, WITHOUT ROWID;
CREATE TABLE streams (              -- the last values of cumulative counters
    key BLOB PRIMARY KEY,
    seen INTEGER NOT NULL,
    units INTEGER NOT NULL,
    nanos INTEGER NOT NULL,
    checksum INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE histogram_streams (
    key BLOB PRIMARY KEY,
    seen INTEGER NOT NULL,
    state BLOB NOT NULL,
    checksum INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE sessions (
    agent TEXT NOT NULL,
    id TEXT NOT NULL,
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    cost_units INTEGER NOT NULL,
    cost_nanos INTEGER NOT NULL,
    input INTEGER NOT NULL,
    output INTEGER NOT NULL,
    cache_read INTEGER NOT NULL,
    cache_creation INTEGER NOT NULL,
    active_units INTEGER NOT NULL,
    active_nanos INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (agent, id)
) STRICT, WITHOUT ROWID;
CREATE VIEW spend AS
    SELECT f.name AS family, t.units + t.nanos / 1e9 AS total, a.labels AS labels,
        datetime(a.created / 1000000000, 'unixepoch') AS since, t.units AS units, t.nanos AS nanos, a.id AS account
    FROM totals t JOIN accounts a ON a.id = t.id JOIN families f ON f.id = a.family;
CREATE VIEW totals_by_label AS
    SELECT family, label.key AS label, label.value AS value,
        sum(units) + sum(nanos) / 1000000000 + sum(nanos) % 1000000000 / 1e9 AS total
    FROM spend, json_each(labels) AS label GROUP BY family, label.key, label.value;
CREATE VIEW session_spend AS
    SELECT agent, id, cost_units + cost_nanos / 1e9 AS cost, input, output, cache_read, cache_creation,
        active_units + active_nanos / 1e9 AS active_seconds,
        datetime(first_seen / 1000000000, 'unixepoch') AS first_seen,
        datetime(last_seen / 1000000000, 'unixepoch') AS last_seen
    FROM sessions ORDER BY sessions.last_seen DESC;
";

/// The version that this program writes, as `PRAGMA user_version`.
pub(crate) fn known_version() -> u32 {
    u32::try_from(STEPS.len()).expect("there are few versions")
}

/// Brings the file up to the known version, in one transaction: all of it or nothing.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), Fault> {
    migrate_by(STEPS, connection)
}

fn migrate_by(steps: &[&str], connection: &mut Connection) -> Result<(), Fault> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let version: usize = transaction.query_row("PRAGMA user_version", [], |row| row.get::<_, u32>(0))? as usize;
    for (step, number) in steps.iter().zip(1_u32..).skip(version) {
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", number)?;
    }
    Ok(transaction.commit()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of an earlier version keeps what is in it, and gets what it lacks.
    #[test]
    fn an_earlier_version_is_brought_up() {
        let steps =
            [VERSION_1, "ALTER TABLE sessions ADD COLUMN project TEXT", "CREATE TABLE prices (model TEXT) STRICT"];
        let mut connection = Connection::open_in_memory().unwrap();
        migrate_by(&steps[..1], &mut connection).unwrap();
        connection.execute_batch("INSERT INTO totals VALUES (0, 7, 5, 0)").unwrap();
        migrate_by(&steps, &mut connection).unwrap();
        let version: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
        let units: i64 = connection.query_row("SELECT units FROM totals", [], |row| row.get(0)).unwrap();
        assert_eq!((version, units), (3, 7));
        connection.execute_batch("SELECT project FROM sessions; SELECT model FROM prices").unwrap();
        migrate_by(&steps, &mut connection).unwrap();
    }

    #[test]
    fn a_step_that_fails_changes_nothing() {
        let mut connection = Connection::open_in_memory().unwrap();
        assert!(migrate_by(&[VERSION_1, "CREATE TABLE totals (id)"], &mut connection).is_err());
        let tables: u32 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).unwrap();
        assert_eq!(tables, 0);
    }
}
