//! Tables of what is remembered for a while by a hash: requests and streams.
//!
//! They need no index by age. A key is a hash, so a new row's neighbours are a random sample, on the page that is written
//! anyway: each insert looks at a few of them and removes what is too old. In a table that is full, the oldest of the sample goes.

use rusqlite::Connection;

use crate::error::Fault;

/// Neighbours that an insert looks at.
const SAMPLE: u32 = 8;
/// As many in a table that is full, so that what goes is among the oldest sixteenth or so.
const LARGE_SAMPLE: u32 = 32;
/// Of those, how many may go at once: one, and one for an insert whose neighbours were all as new.
const REMOVED_AT_ONCE: usize = 2;
const DAY: i64 = 24 * 3600;

/// A hash that a row is found by.
pub(crate) type Key = [u8; 16];

/// One of the tables, and how many rows it has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expiring {
    rows: u64,
    most: u64,
    seconds: i64,
    sample: &'static str,
    delete: &'static str,
}

impl Expiring {
    /// Digests of requests: a client that retries does so within hours. The cap is 3 requests a second for a week, or 80 MB.
    pub(crate) fn requests(connection: &Connection) -> Result<Self, Fault> {
        Ok(Expiring {
            rows: count(connection, "SELECT count(*) FROM requests")?,
            most: 2_000_000,
            seconds: 7 * DAY,
            sample: "SELECT key, seen FROM requests WHERE key > ?1 ORDER BY key",
            delete: "DELETE FROM requests WHERE key = ?1",
        })
    }

    /// Last values of cumulative counters. A stream that is forgotten and goes on would be added anew: a process can be
    /// silent for a year.
    pub(crate) fn streams(connection: &Connection) -> Result<Self, Fault> {
        Ok(Expiring {
            rows: count(connection, "SELECT count(*) FROM streams")?,
            most: 1_000_000,
            seconds: 400 * DAY,
            sample: "SELECT key, seen FROM streams WHERE key > ?1 ORDER BY key",
            delete: "DELETE FROM streams WHERE key = ?1",
        })
    }

    /// Last states of cumulative histograms, which are larger.
    pub(crate) fn histogram_streams(connection: &Connection) -> Result<Self, Fault> {
        Ok(Expiring {
            rows: count(connection, "SELECT count(*) FROM histogram_streams")?,
            most: 100_000,
            seconds: 400 * DAY,
            sample: "SELECT key, seen FROM histogram_streams WHERE key > ?1 ORDER BY key",
            delete: "DELETE FROM histogram_streams WHERE key = ?1",
        })
    }

    /// Takes note of a row that was inserted with this key, and removes what is too old or too much beside it. What is as
    /// far in the future was written while the clock was wrong, and goes too. `now` is in seconds.
    pub(crate) fn inserted(&mut self, connection: &Connection, key: &Key, now: i64) -> Result<(), Fault> {
        self.rows += 1;
        let mut too_many = usize::try_from(self.rows.saturating_sub(self.most)).unwrap_or(usize::MAX);
        let mut statement = connection.prepare_cached(self.sample)?;
        // Not by LIMIT: SQLite prepares a statement anew each time that a limit is given to it.
        let mut sample = statement.query([key])?;
        let mut doomed: Vec<Key> = Vec::new();
        let mut others: Vec<(i64, Key)> = Vec::new();
        for _ in 0..if too_many > 0 { LARGE_SAMPLE } else { SAMPLE } {
            let Some(row) = sample.next()? else { break };
            let (key, seen) = (row.get(0)?, row.get(1)?);
            if now.abs_diff(seen) > self.seconds.unsigned_abs() {
                doomed.push(key);
            } else if seen < now {
                others.push((seen, key));
            }
        }
        too_many = too_many.saturating_sub(doomed.len()).min(REMOVED_AT_ONCE);
        if too_many > 0 {
            others.sort_unstable();
            doomed.extend(others.iter().take(too_many).map(|(_, key)| key));
        }
        for key in doomed {
            let deleted = connection.prepare_cached(self.delete)?.execute([key])?;
            self.rows = self.rows.saturating_sub(deleted as u64);
        }
        Ok(())
    }
}

fn count(connection: &Connection, sql: &str) -> Result<u64, Fault> {
    Ok(connection.query_row(sql, [], |row| row.get::<_, i64>(0))?.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use rusqlite::params;

    use super::*;

    const NOW: i64 = 1_795_000_000;

    /// Requests at these ages in seconds, then as many new ones; how many of the first are left.
    fn survivors(ages: &[i64], most: u64) -> Vec<i64> {
        let mut connection = Connection::open_in_memory().unwrap();
        crate::schema::migrate(&mut connection).unwrap();
        let mut requests = Expiring { most, ..Expiring::requests(&connection).unwrap() };
        let hash = |n: usize| {
            let n = n as u64;
            let mixed = n.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(31).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            (u128::from(mixed) << 64 | u128::from(n)).to_be_bytes()
        };
        let mut insert = |n: usize, at: i64, now: i64| {
            connection.execute("INSERT INTO requests VALUES (?1, ?2)", params![hash(n), at]).unwrap();
            requests.inserted(&connection, &hash(n), now).unwrap();
        };
        for (n, age) in ages.iter().enumerate() {
            insert(n, NOW - age, NOW - age);
        }
        for n in ages.len()..2 * ages.len() {
            insert(n, NOW, NOW);
        }
        let left: u64 = count(&connection, "SELECT count(*) FROM requests").unwrap();
        assert_eq!(requests.rows, left);
        let mut rows = connection.prepare("SELECT ?1 - seen FROM requests WHERE seen != ?1 ORDER BY 1").unwrap();
        rows.query_map([NOW], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn a_week_is_kept_and_not_much_more() {
        let ages = [8 * DAY; 500].into_iter().chain([6 * DAY; 500]).collect::<Vec<_>>();
        let left = survivors(&ages, 1_000_000);
        assert_eq!(left.iter().filter(|age| **age == 6 * DAY).count(), 500);
        assert!(left.len() < 510, "{}", left.len() - 500);
    }

    #[test]
    fn a_clock_that_was_ahead_leaves_nothing_for_ever() {
        assert!(survivors(&[-30 * DAY; 500], 1_000_000).len() < 10);
        assert_eq!(survivors(&[-DAY; 500], 1_000_000).len(), 500);
    }

    #[test]
    fn a_full_table_loses_the_oldest() {
        let ages: Vec<i64> = (1..=2000).collect();
        let left = survivors(&ages, 3000);
        assert!((1000..1005).contains(&left.len()), "{}", left.len());
        let newest_half = left.iter().filter(|age| **age <= 1000).count();
        assert!(newest_half > 900, "{newest_half}");
    }
}
