//! The ledger from outside: a path, requests, restarts, and what can happen to its file.
#![allow(clippy::unwrap_used, reason = "a test may")]

mod applying;
mod damage;
mod interleavings;
mod killed;
mod opening;
mod sessions;
mod sql;

use std::path::{Path, PathBuf};

use ledger::{AccountId, AccountKind, Amount, Ledger, Nanos, Total};

/// 2026-11-21T13:00:00Z.
pub(crate) const NOW: Nanos = 1_795_266_000 * 1_000_000_000;

/// Where a ledger can be, until the folder is dropped.
pub(crate) fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state/ledger.db");
    (folder, path)
}

/// The same in memory where the system has a folder there: thousands of files, none of which needs to be durable.
pub(crate) fn folder_in_memory() -> (tempfile::TempDir, PathBuf) {
    let Ok(folder) = tempfile::tempdir_in("/dev/shm") else {
        return folder();
    };
    let path = folder.path().join("state/ledger.db");
    (folder, path)
}

pub(crate) fn open(path: &Path) -> Ledger {
    Ledger::open(path, NOW).unwrap()
}

pub(crate) fn amount(units: i64) -> Amount {
    Amount::from_i64(units)
}

pub(crate) fn counter(ledger: &mut Ledger, name: &str) -> AccountId {
    let mut transaction = ledger.begin(NOW).unwrap();
    let labels = [("model", "opus"), ("name", name)];
    let id = transaction.open_account("cost_total", "Cost.", AccountKind::Counter, &labels, NOW).unwrap();
    assert_eq!(transaction.commit().unwrap(), [id]);
    id
}

pub(crate) fn counted(ledger: &Ledger, account: AccountId) -> Amount {
    match ledger.total(account) {
        Total::Amount(amount) => *amount,
        other => panic!("{other:?}"),
    }
}

/// A request of one point, as a caller applies it; whether it was applied.
pub(crate) fn apply(ledger: &mut Ledger, account: AccountId, number: u64, amount: Amount) -> bool {
    let mut transaction = ledger.begin(NOW).unwrap();
    let first = transaction.first_time(digest(number)).unwrap();
    if first {
        transaction.add(account, amount).unwrap();
    }
    transaction.commit().unwrap();
    first
}

/// As good as a hash: far apart for neighbours.
pub(crate) fn digest(number: u64) -> [u8; 16] {
    let spread = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (u128::from(spread) << 64 | u128::from(number)).to_be_bytes()
}
