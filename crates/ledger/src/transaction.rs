//! A transaction: everything in it happens, or nothing.

use std::collections::{BTreeMap, HashMap};

use rusqlite::params;

use crate::encode::State as _;
use crate::error::{Fault, LedgerError};
use crate::load::{account_checksum, histogram_checksum, total_checksum};
use crate::open::{Known, Ledger};
use crate::session::{self, Session, SessionUpdate};
use crate::streams::Streams;
use crate::total::{AccountId, AccountKind, Added, Reached, Total};
use crate::{Amount, Nanos, integer, labels};

/// Changes that are gathered in memory and in an open transaction of the file. Dropped without [`Transaction::commit`],
/// nothing of it has happened. After an error every further step fails: there is nothing left to do but drop it.
#[derive(Debug)]
pub struct Transaction<'a> {
    pub(crate) ledger: &'a mut Ledger,
    now: Nanos,
    /// The totals as they will be, of the accounts that have changed or were opened.
    pub(crate) changed: BTreeMap<u32, Total>,
    /// Accounts there will be.
    accounts: u32,
    streams: Streams<Amount>,
    pub(crate) histogram_streams: Streams<Vec<u8>>,
    sessions: HashMap<String, HashMap<String, Touched>>,
    known: Known,
    failed: bool,
}

/// A session as it will be.
#[derive(Debug)]
struct Touched {
    session: Session,
    stored: bool,
}

impl Ledger {
    /// Begins a transaction. Times in it are not later than `now`.
    ///
    /// # Errors
    /// [`LedgerError::Busy`] if another program holds the write lock for 2 s; or if the file can't be read.
    pub fn begin(&mut self, now: Nanos) -> Result<Transaction<'_>, LedgerError> {
        let accounts = u32::try_from(self.totals.len()).expect("ids are u32");
        let begun = roll_back(self).and_then(|()| Ok(self.connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?));
        if let Err(fault) = begun {
            return Err(self.failed("begin a transaction", fault));
        }
        let known = self.known;
        Ok(Transaction {
            ledger: self,
            now,
            changed: BTreeMap::new(),
            accounts,
            streams: Streams::default(),
            histogram_streams: Streams::default(),
            sessions: HashMap::new(),
            known,
            failed: false,
        })
    }
}

impl Transaction<'_> {
    /// Whether the request with this digest was not applied before: `false` if it was, in the last 7 days or in this very
    /// transaction. It counts as applied once this transaction is committed.
    ///
    /// # Errors
    /// If the file can't be read or written.
    pub fn first_time(&mut self, digest: [u8; 16]) -> Result<bool, LedgerError> {
        self.step("record a request", |this| {
            const SQL: &str = "INSERT OR IGNORE INTO requests VALUES (?1, ?2)";
            let (connection, now) = (&this.ledger.connection, this.seconds());
            let first = connection.prepare_cached(SQL)?.execute(params![digest, now])? == 1;
            if first {
                this.known.requests.inserted(connection, &digest, now)?;
            }
            Ok(first)
        })
    }

    /// Opens an account with a total of zero. Ids are given in turn; those of a transaction that did not commit are given again.
    /// The caller sees to it that no two accounts are alike. A family keeps the help text that it was first given.
    ///
    /// # Errors
    /// If the file can't be read or written.
    pub fn open_account(
        &mut self,
        family: &str,
        help: &str,
        kind: AccountKind,
        labels: &[(&str, &str)],
        created: Nanos,
    ) -> Result<AccountId, LedgerError> {
        self.step("open an account", |this| {
            let id = this.accounts;
            let accounts = id.checked_add(1).ok_or_else(|| Fault::Misused("there are 2^32 accounts".to_owned()))?;
            let connection = &this.ledger.connection;
            let (family_id, help): (i64, String) = connection
                .prepare_cached(
                    "INSERT INTO families (name, kind, help) VALUES (?1, ?2, ?3)
                    ON CONFLICT (name, kind) DO UPDATE SET name = name RETURNING id, help",
                )?
                .query_row([family, kind.word(), help], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let (labels, created) = (labels::write(labels), integer(created));
            let checksum = account_checksum(id.into(), family, kind, &help, &labels, created);
            connection
                .prepare_cached("INSERT INTO accounts VALUES (?1, ?2, ?3, ?4, ?5)")?
                .execute(params![id, family_id, labels, created, checksum])?;
            this.changed.insert(id, kind.nothing());
            this.accounts = accounts;
            Ok(AccountId(id))
        })
    }

    /// Adds to a counter.
    ///
    /// # Errors
    /// If the account is no counter of this ledger.
    pub fn add(&mut self, account: AccountId, amount: Amount) -> Result<Added, LedgerError> {
        self.step("add to a counter", |this| {
            let total = this.counter(account)?;
            if amount.is_negative() {
                return Ok(Added::Negative);
            }
            let Some(sum) = total.checked_add(amount) else {
                return Ok(Added::TooLarge);
            };
            if sum != total {
                this.changed.insert(account.0, Total::Amount(sum));
            }
            Ok(Added::Yes)
        })
    }

    /// Adds to a counter what a cumulative stream has grown by since it was last seen: all of it for a new stream. A stream has
    /// one last value, whatever account its growth is added to.
    ///
    /// # Errors
    /// If the account is no counter of this ledger, or the file can't be read.
    pub fn reach(&mut self, account: AccountId, stream: [u8; 16], value: Amount) -> Result<Reached, LedgerError> {
        self.step("add a cumulative value", |this| {
            let (total, now) = (this.counter(account)?, this.seconds());
            let last = this.streams.last(&this.ledger.connection, stream, now)?;
            let before = last.value.unwrap_or(Amount::ZERO);
            let Some(grown) = value.checked_sub(before).filter(|_| value >= before) else {
                return Ok(Reached::Fell);
            };
            if grown == Amount::ZERO {
                return Ok(Reached::Unchanged);
            }
            let Some(sum) = total.checked_add(grown) else {
                return Ok(Reached::TooLarge);
            };
            last.set(value, now);
            this.changed.insert(account.0, Total::Amount(sum));
            Ok(Reached::Added(grown))
        })
    }

    /// Adds to a session, which begins with its first update. The 10,000 that were seen last are kept, for 400 days.
    ///
    /// # Errors
    /// If the file can't be read.
    pub fn session(&mut self, update: &SessionUpdate<'_>) -> Result<Added, LedgerError> {
        self.step("add to a session", |this| {
            if update.cost.is_negative() || update.active.is_negative() {
                return Ok(Added::Negative);
            }
            if let Some(touched) = this.sessions.get_mut(update.agent).and_then(|agent| agent.get_mut(update.id)) {
                let Some(session) = touched.session.with(update, this.now) else {
                    return Ok(Added::TooLarge);
                };
                touched.session = session;
                return Ok(Added::Yes);
            }
            let found = session::find(&this.ledger.connection, update.agent, update.id)?;
            let stored = found.is_some();
            let session = found.unwrap_or_else(|| Session::new(update, this.now));
            let Some(session) = session.with(update, this.now) else {
                return Ok(Added::TooLarge);
            };
            let agent = this.sessions.entry(update.agent.to_owned()).or_default();
            agent.insert(update.id.to_owned(), Touched { session, stored });
            Ok(Added::Yes)
        })
    }

    /// The sessions that were updated, as they will be after the commit.
    pub fn sessions(&self) -> impl Iterator<Item = &Session> {
        self.sessions.values().flat_map(HashMap::values).map(|touched| &touched.session)
    }

    /// The total of an account as it will be after the commit.
    #[must_use]
    pub fn total(&self, account: AccountId) -> &Total {
        self.changed.get(&account.0).unwrap_or_else(|| self.ledger.total(account))
    }

    /// Makes it all durable: it is on the disk when this returns. Gives the accounts that were opened or have changed, ascending.
    ///
    /// # Errors
    /// If the disk is full or fails. Nothing has happened then; the same transaction may succeed later.
    pub fn commit(mut self) -> Result<Vec<AccountId>, LedgerError> {
        self.step("commit", |this| {
            this.write()?;
            this.ledger.connection.prepare_cached("COMMIT")?.execute([])?;
            Ok(())
        })?;
        let Transaction { ledger, changed, known, .. } = &mut self;
        ledger.known = *known;
        let mut ids = Vec::with_capacity(changed.len());
        for (id, total) in std::mem::take(changed) {
            let id = AccountId(id);
            match ledger.totals.get_mut(id.index()) {
                Some(committed) => *committed = total,
                None => push(&mut ledger.totals, total),
            }
            ids.push(id);
        }
        Ok(ids)
    }

    /// Does one step, unless an earlier one has failed: SQLite may have rolled back then, and what followed would stand alone.
    pub(crate) fn step<T>(
        &mut self,
        doing: &'static str,
        step: impl FnOnce(&mut Self) -> Result<T, Fault>,
    ) -> Result<T, LedgerError> {
        let done = if self.failed {
            Err(Fault::Misused("an earlier step of the transaction has failed".to_owned()))
        } else {
            step(self)
        };
        self.failed |= done.is_err();
        done.map_err(|fault| self.ledger.failed(doing, fault))
    }

    fn counter(&self, account: AccountId) -> Result<Amount, Fault> {
        match self.existing(account)? {
            Total::Amount(amount) => Ok(*amount),
            other => Err(wrong_kind(account, other)),
        }
    }

    pub(crate) fn existing(&self, account: AccountId) -> Result<&Total, Fault> {
        let total = self.changed.get(&account.0).or_else(|| self.ledger.totals.get(account.index()));
        total.ok_or_else(|| Fault::Misused(format!("there is no account {}", account.0)))
    }

    fn write(&mut self) -> Result<(), Fault> {
        let (connection, now) = (&self.ledger.connection, self.seconds());
        {
            let mut totals = connection.prepare_cached("REPLACE INTO totals VALUES (?1, ?2, ?3, ?4)")?;
            for (&id, total) in &self.changed {
                match total {
                    Total::Amount(amount) => {
                        let (units, nanos) = amount.parts();
                        totals.execute(params![id, units, nanos, total_checksum(id.into(), units, nanos)])?;
                    }
                    Total::Histogram(histogram) => self.write_state(id, &histogram.encode())?,
                    Total::Exponential(exponential) => self.write_state(id, &exponential.encode())?,
                }
            }
        }
        self.streams.write(connection, &mut self.known.streams, now)?;
        self.histogram_streams.write(connection, &mut self.known.histogram_streams, now)?;
        let mut begun = 0;
        for touched in self.sessions.values().flat_map(HashMap::values) {
            session::write(connection, &touched.session)?;
            begun += u64::from(!touched.stored);
        }
        if begun > 0 {
            self.known.sessions = session::prune(connection, self.known.sessions + begun, begun, self.now)?;
        }
        Ok(())
    }

    fn write_state(&self, id: u32, state: &[u8]) -> Result<(), Fault> {
        let mut statement = self.ledger.connection.prepare_cached("REPLACE INTO histograms VALUES (?1, ?2, ?3)")?;
        statement.execute(params![id, state, histogram_checksum(id.into(), state)])?;
        Ok(())
    }

    pub(crate) fn seconds(&self) -> i64 {
        integer(self.now / 1_000_000_000)
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if let Err(error) = roll_back(self.ledger) {
            // The next transaction tries again, and says so if it can't.
            tracing::debug!(ledger = %self.ledger.path.display(), %error, "a transaction was not rolled back");
        }
    }
}

/// Ends what SQLite has begun, if it has not ended that itself after an error.
fn roll_back(ledger: &Ledger) -> Result<(), Fault> {
    if !ledger.connection.is_autocommit() {
        ledger.connection.prepare_cached("ROLLBACK")?.execute([])?;
    }
    Ok(())
}

/// Grows by an eighth: doubling would keep megabytes for nothing.
fn push(totals: &mut Vec<Total>, total: Total) {
    if totals.len() == totals.capacity() {
        totals.reserve_exact(64.max(totals.len() / 8));
    }
    totals.push(total);
}

pub(crate) fn wrong_kind(account: AccountId, total: &Total) -> Fault {
    Fault::Misused(format!("account {} is a {}", account.0, total.kind().word()))
}
