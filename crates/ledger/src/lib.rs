//! Exact, durable totals of what was counted: acknowledged is durable, and nothing is counted twice.
//!
//! ```text
//! Ledger::open ──▶ accounts, totals, sessions as they were
//!       │
//!       └─ begin ─▶ Transaction: first_time, open_account, add, reach, session ─▶ commit ─▶ the accounts that changed
//! ```
//!
//! A [`Transaction`] changes nothing until [`Transaction::commit`] returns; then all of it is on the disk. If it is dropped or
//! fails, none of it happened. The caller applies a request like this: begin, [`Transaction::first_time`] with a hash of the
//! request, add what is in it, commit, answer. A request that is sent again finds its hash and is not applied again, also if
//! the program was killed at any moment between.
//!
//! # The file
//!
//! One SQLite database, beside which SQLite keeps `-wal` and `-shm` and this crate `.lock`. One process writes. Any number may
//! read meanwhile and never delay it; as long as a reader stays inside one transaction, the `-wal` file grows. Reading is
//! for everyone, such as with `sqlite3 -readonly ledger.db`, and three views are made for it:
//!
//! ```sql
//! -- What was spent by model.
//! SELECT value AS model, total FROM totals_by_label
//! WHERE family = 'claude_code_cost_usage_USD_total' AND label = 'model';
//!
//! -- One row for each series: family, total, labels as JSON, since (UTC), units and nanos of the exact total, account.
//! SELECT labels ->> 'model' AS model, labels ->> 'type' AS type, total FROM spend
//! WHERE family = 'claude_code_token_usage_tokens_total' ORDER BY total DESC;
//!
//! -- Sessions: agent, id, cost, input, output, cache_read, cache_creation, active_seconds, first_seen, last_seen (UTC).
//! SELECT id, cost, last_seen FROM session_spend LIMIT 10;
//! ```
//!
//! Writing to it by hand is not for anyone: rows have checksums, and a ledger with a wrong one is set aside as damaged.

mod amount;
mod checksum;
mod distribution;
mod encode;
mod error;
mod expiring;
mod exponential;
mod file;
#[cfg(test)]
mod full;
mod histogram;
mod labels;
mod load;
mod lock;
mod open;
mod schema;
mod session;
mod streams;
mod total;
mod transaction;

pub use amount::Amount;
pub use error::{Failure, LedgerError, OpenError};
pub use exponential::{Buckets, Exponential};
pub use histogram::Histogram;
pub use load::Account;
pub use open::Ledger;
pub use session::{Session, SessionUpdate, Tokens};
pub use total::{AccountId, AccountKind, Added, Reached, Total};
pub use transaction::Transaction;

/// Unix time in nanoseconds.
pub type Nanos = u64;

/// As the file's integers are: times to the year 2262, tokens that were checked when they were added.
pub(crate) fn integer(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
