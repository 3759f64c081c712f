//! What single sessions of agents came to.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::checksum::Checksum;
use crate::error::Fault;
use crate::{Amount, Nanos, integer};

/// Sessions that are kept; beyond them the one that was seen longest ago goes.
const MOST: u64 = 10_000;
/// How long a session is kept after it was last seen, in nanoseconds.
const KEPT: i64 = 400 * 24 * 3600 * 1_000_000_000;
/// Sessions that begin between two looks for old ones.
const PRUNED_EVERY: u64 = 32;
/// Sessions that a look removes for their age, at most.
const REMOVED_AT_ONCE: u64 = 256;

const COLUMNS: &str = "agent, id, first_seen, last_seen, cost_units, cost_nanos, input, output, cache_read, \
    cache_creation, active_units, active_nanos, checksum";

/// Tokens by what they were for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Sent.
    pub input: u64,
    /// Received.
    pub output: u64,
    /// Sent, and found in the provider's cache.
    pub cache_read: u64,
    /// Sent, and put into the provider's cache.
    pub cache_creation: u64,
}

/// What one session has come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Which agent it is a session of, such as `claude-code`.
    pub agent: String,
    /// The agent's id for it.
    pub id: String,
    /// The time of the first update.
    pub first_seen: Nanos,
    /// The time of the latest update.
    pub last_seen: Nanos,
    /// What it cost, in dollars.
    pub cost: Amount,
    /// Tokens that it used.
    pub tokens: Tokens,
    /// How long it was active, in seconds.
    pub active: Amount,
}

/// What is added to a session.
#[derive(Clone, Copy, Debug)]
pub struct SessionUpdate<'a> {
    /// Which agent it is a session of.
    pub agent: &'a str,
    /// The agent's id for it.
    pub id: &'a str,
    /// When it happened. A time after the transaction's counts as that.
    pub at: Nanos,
    /// Dollars.
    pub cost: Amount,
    /// Tokens.
    pub tokens: Tokens,
    /// Seconds.
    pub active: Amount,
}

impl Session {
    /// A session of which nothing is known yet.
    pub(crate) fn new(update: &SessionUpdate<'_>, now: Nanos) -> Session {
        let at = update.at.min(now);
        Session {
            agent: update.agent.to_owned(),
            id: update.id.to_owned(),
            first_seen: at,
            last_seen: at,
            cost: Amount::ZERO,
            tokens: Tokens::default(),
            active: Amount::ZERO,
        }
    }

    /// With the update; `None` if a sum is too large. What was seen in the future, by a clock that was wrong, was seen now.
    pub(crate) fn with(&self, update: &SessionUpdate<'_>, now: Nanos) -> Option<Session> {
        let at = update.at.min(now);
        Some(Session {
            agent: self.agent.clone(),
            id: self.id.clone(),
            first_seen: self.first_seen.min(at),
            last_seen: self.last_seen.min(now).max(at),
            cost: self.cost.checked_add(update.cost)?,
            tokens: self.tokens.checked_add(update.tokens)?,
            active: self.active.checked_add(update.active)?,
        })
    }

    fn checksum(&self) -> i64 {
        let Tokens { input, output, cache_read, cache_creation } = self.tokens;
        let mut checksum = Checksum::of("sessions").text(&self.agent).text(&self.id);
        for number in [self.first_seen, self.last_seen, input, output, cache_read, cache_creation] {
            checksum = checksum.number(integer(number));
        }
        for (units, nanos) in [self.cost.parts(), self.active.parts()] {
            checksum = checksum.number(units).number(i64::from(nanos));
        }
        checksum.value()
    }

    fn from_row(row: &Row<'_>) -> Result<Session, Fault> {
        let (agent, id): (String, String) = (row.get(0)?, row.get(1)?);
        let damaged = || Fault::Damaged("a row of sessions has a wrong checksum".to_owned());
        let number =
            |column| -> Result<u64, Fault> { u64::try_from(row.get::<_, i64>(column)?).map_err(|_| damaged()) };
        let amount = |units| -> Result<Amount, Fault> {
            Amount::from_parts(row.get(units)?, row.get(units + 1)?).ok_or_else(damaged)
        };
        let tokens =
            Tokens { input: number(6)?, output: number(7)?, cache_read: number(8)?, cache_creation: number(9)? };
        let (first_seen, last_seen, cost, active) = (number(2)?, number(3)?, amount(4)?, amount(10)?);
        let session = Session { agent, id, first_seen, last_seen, cost, tokens, active };
        if session.checksum() == row.get::<_, i64>(12)? { Ok(session) } else { Err(damaged()) }
    }
}

impl Tokens {
    fn checked_add(self, other: Tokens) -> Option<Tokens> {
        // The file's integers have 63 bits.
        let add = |a: u64, b: u64| a.checked_add(b).filter(|&sum| i64::try_from(sum).is_ok());
        Some(Tokens {
            input: add(self.input, other.input)?,
            output: add(self.output, other.output)?,
            cache_read: add(self.cache_read, other.cache_read)?,
            cache_creation: add(self.cache_creation, other.cache_creation)?,
        })
    }
}

/// The sessions that were seen last, latest first.
pub(crate) fn recent(connection: &Connection, most: usize) -> Result<Vec<Session>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM sessions ORDER BY last_seen DESC LIMIT ?1");
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query([i64::try_from(most).unwrap_or(i64::MAX)])?;
    let mut sessions = Vec::new();
    while let Some(row) = rows.next()? {
        sessions.push(Session::from_row(row)?);
    }
    Ok(sessions)
}

/// Checks every row and counts them.
pub(crate) fn check(connection: &Connection) -> Result<u64, Fault> {
    let mut statement = connection.prepare(&format!("SELECT {COLUMNS} FROM sessions"))?;
    let mut rows = statement.query([])?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        Session::from_row(row)?;
        count += 1;
    }
    Ok(count)
}

/// One session.
pub(crate) fn find(connection: &Connection, agent: &str, id: &str) -> Result<Option<Session>, Fault> {
    const SQL: &str = "SELECT agent, id, first_seen, last_seen, cost_units, cost_nanos, input, output, cache_read, \
        cache_creation, active_units, active_nanos, checksum FROM sessions WHERE agent = ?1 AND id = ?2";
    let mut statement = connection.prepare_cached(SQL)?;
    let found = statement.query_row([agent, id], |row| Ok(Session::from_row(row))).optional()?;
    found.transpose()
}

/// Writes what a session has come to.
pub(crate) fn write(connection: &Connection, session: &Session) -> Result<(), Fault> {
    const SQL: &str = "REPLACE INTO sessions VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
    let Session { agent, id, tokens, .. } = session;
    let ((cost_units, cost_nanos), (active_units, active_nanos)) = (session.cost.parts(), session.active.parts());
    connection.prepare_cached(SQL)?.execute(params![
        agent,
        id,
        integer(session.first_seen),
        integer(session.last_seen),
        cost_units,
        cost_nanos,
        integer(tokens.input),
        integer(tokens.output),
        integer(tokens.cache_read),
        integer(tokens.cache_creation),
        active_units,
        active_nanos,
        session.checksum(),
    ])?;
    Ok(())
}

/// Removes the sessions that are too many, and some that are too old, of `count` of which `begun` are new. Returns how many are
/// left.
///
/// All sessions are looked through for that, so it is done once for each [`PRUNED_EVERY`] of them: an index by age would cost
/// every commit two pages more.
pub(crate) fn prune(connection: &Connection, count: u64, begun: u64, now: Nanos) -> Result<u64, Fault> {
    if count / PRUNED_EVERY == count.saturating_sub(begun) / PRUNED_EVERY {
        return Ok(count);
    }
    const OLD: &str = "DELETE FROM sessions WHERE (agent, id) IN \
        (SELECT agent, id FROM sessions WHERE last_seen < ?1 ORDER BY last_seen LIMIT ?2)";
    const OLDEST: &str = "DELETE FROM sessions WHERE (agent, id) IN \
        (SELECT agent, id FROM sessions ORDER BY last_seen LIMIT ?1)";
    let before = integer(now).saturating_sub(KEPT);
    let removed = connection.prepare_cached(OLD)?.execute(params![before, integer(REMOVED_AT_ONCE)])?;
    let mut count = count.saturating_sub(removed as u64);
    if count > MOST {
        let removed = connection.prepare_cached(OLDEST)?.execute([integer(count - MOST)])?;
        count = count.saturating_sub(removed as u64);
    }
    Ok(count)
}
