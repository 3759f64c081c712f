//! Disks that fill up, at every page that a transaction needs.

use std::path::Path;

use crate::session::{SessionUpdate, Tokens};
use crate::total::{AccountKind, Added, Total};
use crate::{AccountId, Amount, Ledger, LedgerError};

const NOW: u64 = 1_795_266_000 * 1_000_000_000;

/// A request that needs room: many accounts, a stream, a session.
fn apply(ledger: &mut Ledger, first: AccountId) -> Result<bool, LedgerError> {
    let mut transaction = ledger.begin(NOW)?;
    if !transaction.first_time([1; 16])? {
        return Ok(false);
    }
    let one = Amount::from_i64(1);
    assert_eq!(transaction.add(first, one)?, Added::Yes);
    for n in 0..200 {
        let labels = [("n", format!("{n:040}"))].map(|(name, value)| (name, value));
        let labels = labels.each_ref().map(|(name, value)| (*name, value.as_str()));
        let id = transaction.open_account("f", "", AccountKind::Counter, &labels, NOW)?;
        transaction.add(id, one)?;
    }
    transaction.reach(first, [7; 16], one)?;
    let tokens = Tokens::default();
    let update = SessionUpdate { agent: "codex", id: "s", at: NOW, cost: one, tokens, active: one };
    transaction.session(&update)?;
    transaction.commit()?;
    Ok(true)
}

fn limit(ledger: &Ledger, more_pages: u32) {
    let pages: u32 = ledger.connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    let limit = |most: u32| {
        ledger.connection.query_row(&format!("PRAGMA max_page_count = {most}"), [], |_| Ok(())).unwrap();
    };
    limit(pages + more_pages);
}

fn begin(path: &Path) -> (Ledger, AccountId) {
    let mut ledger = Ledger::open(path, NOW).unwrap();
    let mut transaction = ledger.begin(NOW).unwrap();
    let first = transaction.open_account("g", "", AccountKind::Counter, &[], NOW).unwrap();
    transaction.commit().unwrap();
    (ledger, first)
}

#[test]
fn nothing_happens_while_it_is_full_and_all_of_it_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let (mut ledger, first) = begin(&path);
    let mut failures = 0;
    for room in 0.. {
        limit(&ledger, room);
        match apply(&mut ledger, first) {
            Ok(applied) => {
                assert!(applied);
                break;
            }
            Err(error) => {
                assert_eq!((error.reason(), error.is_retryable()), ("full", true));
                let told = "database or disk is full; make room on its disk";
                assert!(error.to_string().ends_with(told), "{error}");
                failures += 1;
            }
        }
        assert_eq!((ledger.total(first), ledger.totals.len()), (&Total::Amount(Amount::ZERO), 1));
        assert!(ledger.sessions(9).unwrap().is_empty());
    }
    assert!(failures > 3, "{failures}");
    let two = Total::Amount(Amount::from_i64(2));
    assert_eq!((ledger.total(first), ledger.totals.len()), (&two, 201));
    drop(ledger);
    let mut ledger = Ledger::open(&path, NOW).unwrap();
    assert_eq!((ledger.total(first), ledger.totals.len(), ledger.set_aside()), (&two, 201, None));
    assert!(!apply(&mut ledger, first).unwrap());
}
