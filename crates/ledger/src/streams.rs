//! The last values of cumulative streams.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::Amount;
use crate::checksum::Checksum;
use crate::error::Fault;
use crate::expiring::{Expiring, Key};

/// How old the time of a stream that does not move may get before it is written again, in seconds.
const STALE: u64 = 24 * 3600;

/// The streams that a transaction has touched.
#[derive(Debug)]
pub(crate) struct Streams<T> {
    last: HashMap<Key, Last<T>>,
}

impl<T> Default for Streams<T> {
    fn default() -> Self {
        Streams { last: HashMap::new() }
    }
}

/// What a stream had reached.
#[derive(Debug)]
pub(crate) struct Last<T> {
    /// `None` for a stream that was never seen.
    pub(crate) value: Option<T>,
    seen: i64,
    stored: bool,
    changed: bool,
}

/// What the file keeps of a stream's last value.
pub(crate) trait Kept: Sized {
    const SELECT: &str;
    const REPLACE: &str;

    /// Of a row of `SELECT`: the time and the value. Checks its checksum.
    fn read(key: &Key, row: &Row<'_>) -> Result<(i64, Self), Fault>;

    fn write(&self, key: &Key, seen: i64, replace: &mut rusqlite::Statement<'_>) -> Result<(), Fault>;
}

impl<T: Kept> Streams<T> {
    /// What the stream had reached, as this transaction has it. `now` is in seconds.
    pub(crate) fn last(&mut self, connection: &Connection, key: Key, now: i64) -> Result<&mut Last<T>, Fault> {
        let last = match self.last.entry(key) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                let mut statement = connection.prepare_cached(T::SELECT)?;
                let found = statement.query_row([key], |row| Ok(T::read(&key, row))).optional()?.transpose()?;
                entry.insert(match found {
                    Some((seen, value)) => Last { value: Some(value), seen, stored: true, changed: false },
                    None => Last { value: None, seen: now, stored: false, changed: false },
                })
            }
        };
        if last.seen.abs_diff(now) > STALE && last.stored {
            (last.seen, last.changed) = (now, true);
        }
        Ok(last)
    }

    /// Writes what has changed.
    pub(crate) fn write(&self, connection: &Connection, known: &mut Expiring, now: i64) -> Result<(), Fault> {
        if self.last.is_empty() {
            return Ok(());
        }
        let mut replace = connection.prepare_cached(T::REPLACE)?;
        for (key, last) in &self.last {
            if let (Some(value), true) = (&last.value, last.changed) {
                value.write(key, last.seen, &mut replace)?;
                if !last.stored {
                    known.inserted(connection, key, now)?;
                }
            }
        }
        Ok(())
    }
}

impl<T> Last<T> {
    /// Takes note of what the stream has reached now.
    pub(crate) fn set(&mut self, value: T, now: i64) {
        (self.value, self.seen, self.changed) = (Some(value), now, true);
    }
}

impl Kept for Amount {
    const SELECT: &str = "SELECT seen, units, nanos, checksum FROM streams WHERE key = ?1";
    const REPLACE: &str = "REPLACE INTO streams VALUES (?1, ?2, ?3, ?4, ?5)";

    fn read(key: &Key, row: &Row<'_>) -> Result<(i64, Self), Fault> {
        let (seen, units, nanos) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let amount = Amount::from_parts(units, nanos).ok_or_else(damaged)?;
        check_sum(amount_checksum(key, seen, units, nanos), row.get(3)?)?;
        Ok((seen, amount))
    }

    fn write(&self, key: &Key, seen: i64, replace: &mut rusqlite::Statement<'_>) -> Result<(), Fault> {
        let (units, nanos) = self.parts();
        replace.execute(params![key, seen, units, nanos, amount_checksum(key, seen, units, nanos)])?;
        Ok(())
    }
}

/// An encoded histogram of either kind.
impl Kept for Vec<u8> {
    const SELECT: &str = "SELECT seen, state, checksum FROM histogram_streams WHERE key = ?1";
    const REPLACE: &str = "REPLACE INTO histogram_streams VALUES (?1, ?2, ?3, ?4)";

    fn read(key: &Key, row: &Row<'_>) -> Result<(i64, Self), Fault> {
        let (seen, state): (i64, Vec<u8>) = (row.get(0)?, row.get(1)?);
        check_sum(state_checksum(key, seen, &state), row.get(2)?)?;
        Ok((seen, state))
    }

    fn write(&self, key: &Key, seen: i64, replace: &mut rusqlite::Statement<'_>) -> Result<(), Fault> {
        replace.execute(params![key, seen, self, state_checksum(key, seen, self)])?;
        Ok(())
    }
}

/// Checks every row of both tables.
pub(crate) fn check(connection: &Connection) -> Result<(), Fault> {
    check_table::<Amount>(connection, "SELECT seen, units, nanos, checksum, key FROM streams", 4)?;
    check_table::<Vec<u8>>(connection, "SELECT seen, state, checksum, key FROM histogram_streams", 3)
}

fn check_table<T: Kept>(connection: &Connection, sql: &str, key: usize) -> Result<(), Fault> {
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        T::read(&row.get(key)?, row)?;
    }
    Ok(())
}

fn amount_checksum(key: &Key, seen: i64, units: i64, nanos: u32) -> i64 {
    Checksum::of("streams").bytes(key).number(seen).number(units).number(nanos.into()).value()
}

fn state_checksum(key: &Key, seen: i64, state: &[u8]) -> i64 {
    Checksum::of("histogram_streams").bytes(key).number(seen).bytes(state).value()
}

fn check_sum(computed: i64, stored: i64) -> Result<(), Fault> {
    if computed == stored { Ok(()) } else { Err(damaged()) }
}

fn damaged() -> Fault {
    Fault::Damaged("a stream's last value has a wrong checksum".to_owned())
}
