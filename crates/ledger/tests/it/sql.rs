//! What users ask the file, and what that does to the ledger.

use ledger::{AccountKind, Amount, SessionUpdate, Tokens};
use rusqlite::{Connection, OpenFlags};

use crate::{NOW, amount, apply, counted, counter, folder, folder_in_memory, open};

fn reader(path: &std::path::Path) -> Connection {
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
}

fn rows(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(sql).unwrap();
    let columns = statement.column_count();
    let row = |row: &rusqlite::Row<'_>| {
        let values = (0..columns).map(|column| match row.get_ref(column).unwrap() {
            rusqlite::types::ValueRef::Real(number) => number.to_string(),
            rusqlite::types::ValueRef::Integer(number) => number.to_string(),
            other => other.as_str().unwrap().to_owned(),
        });
        Ok(values.collect::<Vec<_>>().join("|"))
    };
    statement.query_map([], row).unwrap().collect::<Result<_, _>>().unwrap()
}

#[test]
fn what_was_spent() {
    let (_folder, path) = folder();
    let mut ledger = open(&path);
    let mut transaction = ledger.begin(NOW).unwrap();
    for (model, user, cost) in [("opus", "ann", 1.75), ("opus", "bob \"b\"", 2.5), ("haiku", "ann", 0.000_000_001)] {
        let labels = [("model", model), ("user", user)];
        let id = transaction.open_account("cost_total", "Cost.", AccountKind::Counter, &labels, NOW).unwrap();
        transaction.add(id, Amount::from_f64(cost).unwrap()).unwrap();
    }
    let (cost, active) = (Amount::from_f64(4.25).unwrap(), amount(90));
    let tokens = Tokens { input: 1, output: 2, cache_read: 3, cache_creation: 4 };
    transaction.session(&SessionUpdate { agent: "codex", id: "s", at: NOW, cost, tokens, active }).unwrap();
    transaction.commit().unwrap();
    let reader = reader(&path);
    assert_eq!(
        rows(&reader, "SELECT value, total FROM totals_by_label WHERE family = 'cost_total' AND label = 'model'"),
        ["haiku|0.000000001", "opus|4.25"]
    );
    assert_eq!(
        rows(&reader, "SELECT labels ->> 'user', sum(total), since FROM spend GROUP BY 1 ORDER BY 2"),
        ["ann|1.750000001|2026-11-21 13:00:00", "bob \"b\"|2.5|2026-11-21 13:00:00"]
    );
    assert_eq!(
        rows(&reader, "SELECT * FROM session_spend"),
        ["codex|s|4.25|1|2|3|4|90|2026-11-21 13:00:00|2026-11-21 13:00:00"]
    );
}

#[test]
fn a_reader_delays_no_commit() {
    let (_folder, path) = folder_in_memory();
    let mut ledger = open(&path);
    let account = counter(&mut ledger, "a");
    let reader = reader(&path);
    reader.execute_batch("BEGIN; SELECT * FROM totals").unwrap();
    let before = rows(&reader, "SELECT units FROM totals");
    for number in 0..1000 {
        apply(&mut ledger, account, number, amount(1));
    }
    assert_eq!(rows(&reader, "SELECT units FROM totals"), before);
    let (grown, wal) = (ledger.size(), 2 * 1024 * 1024);
    assert!(grown > wal, "{grown}");
    drop(reader);
    for number in 1000..2000 {
        apply(&mut ledger, account, number, amount(1));
    }
    assert!(ledger.size() < grown, "{}", ledger.size());
    assert_eq!(counted(&ledger, account), amount(2000));
}

#[test]
fn a_shell_that_writes_delays_it_and_then_fails_it() {
    let (_folder, path) = folder();
    let mut ledger = open(&path);
    let account = counter(&mut ledger, "a");
    let shell = Connection::open(&path).unwrap();
    shell.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = ledger.begin(NOW).unwrap_err();
    assert_eq!((error.reason(), error.is_retryable()), ("busy", true));
    assert!(error.to_string().ends_with("database is locked; end the other program's transaction"), "{error}");
    shell.execute_batch("ROLLBACK").unwrap();
    assert!(apply(&mut ledger, account, 1, amount(1)));
}
