//! Bits that flip.

use std::fs;
use std::path::{Path, PathBuf};

use ledger::{AccountKind, Amount, Histogram, Ledger, OpenError, Reached, SessionUpdate, Tokens, Total};
use rusqlite::Connection;

use crate::{NOW, amount, digest, folder, folder_in_memory, open};

/// Everything that a ledger can hold, in pages of 512 bytes.
fn small_ledger(path: &Path) {
    let mut ledger = open(path);
    let mut transaction = ledger.begin(NOW).unwrap();
    let histogram = Histogram { bounds: vec![1.0], counts: vec![1, 2], sum: Some(amount(5)), count: 3 };
    for name in ["a", "b", "c"] {
        let id = transaction.open_account(name, "Help.", AccountKind::Counter, &[("model", name)], NOW).unwrap();
        transaction.add(id, Amount::from_f64(1234.5).unwrap()).unwrap();
        let stream = digest(name.len() as u64);
        assert_ne!(transaction.reach(id, stream, amount(70_000)).unwrap(), Reached::Fell);
    }
    let id = transaction.open_account("h", "Help.", AccountKind::Histogram, &[], NOW).unwrap();
    transaction.reach_histogram(id, digest(9), &histogram).unwrap();
    for number in 0..40 {
        transaction.first_time(digest(number)).unwrap();
    }
    let tokens = Tokens { input: 1, output: 2, cache_read: 3, cache_creation: 4 };
    let update = SessionUpdate { agent: "codex", id: "s", at: NOW, cost: amount(5), tokens, active: amount(6) };
    transaction.session(&update).unwrap();
    transaction.commit().unwrap();
    drop(ledger);
    let connection = Connection::open(path).unwrap();
    connection.execute_batch("PRAGMA journal_mode = DELETE; PRAGMA page_size = 512; VACUUM").unwrap();
}

/// All that a caller sees of a ledger.
fn seen(ledger: &mut Ledger) -> String {
    let mut seen = format!("{:?} {} {:?}", ledger.key(), ledger.created(), ledger.sessions(9).unwrap());
    let each = |account: ledger::Account<'_>| seen += &format!("{account:?}");
    ledger.accounts(each).unwrap();
    seen
}

/// What comes of opening it: as it was, set aside, or refused. Anything else is a wrong total, and a panic is one too.
fn outcome(path: &Path, expected: &str) -> &'static str {
    match Ledger::open(path, NOW) {
        Ok(mut ledger) if ledger.set_aside().is_none() => {
            assert_eq!(seen(&mut ledger), expected);
            let mut first = None;
            ledger.accounts(|account| first = first.or(Some(account.id))).unwrap();
            let mut transaction = ledger.begin(NOW).unwrap();
            assert_eq!(transaction.reach(first.unwrap(), digest(1), amount(70_000)).unwrap(), Reached::Unchanged);
            "fine"
        }
        Ok(mut ledger) => {
            assert!(ledger.set_aside().unwrap().exists());
            ledger.accounts(|account| panic!("{account:?}")).unwrap();
            "set aside"
        }
        Err(OpenError::Foreign { .. } | OpenError::Newer { .. }) => "refused",
        Err(error) => panic!("{error}"),
    }
}

fn flip_each(step: usize) -> [usize; 3] {
    let (folder, path) = folder_in_memory();
    small_ledger(&path);
    let mut ledger = open(&path);
    let expected = seen(&mut ledger);
    drop(ledger);
    let sound = fs::read(&path).unwrap();
    let mut outcomes = [0; 3];
    for at in (0..sound.len()).step_by(step) {
        let damaged: PathBuf = folder.path().join("damaged.db");
        let mut bytes = sound.clone();
        bytes[at] ^= 1 << (at / step % 8);
        fs::write(&damaged, bytes).unwrap();
        let outcome = outcome(&damaged, &expected);
        outcomes[["fine", "set aside", "refused"].iter().position(|name| *name == outcome).unwrap()] += 1;
        for file in fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()) {
            if file.is_file() {
                fs::remove_file(file).unwrap();
            }
        }
    }
    outcomes
}

#[test]
fn flipped_bits_are_never_wrong_totals() {
    let [fine, set_aside, refused] = flip_each(17);
    assert!(set_aside > 100 && fine > 0 && refused > 0, "{fine} {set_aside} {refused}");
}

#[test]
#[ignore = "the same for each byte, which takes a minute"]
fn a_flipped_bit_in_each_byte() {
    let [fine, set_aside, refused] = flip_each(1);
    assert!(set_aside > 1000 && fine > 0 && refused > 0, "{fine} {set_aside} {refused}");
}

/// A number that changes in a sound file: SQLite can't tell.
#[test]
fn a_total_that_somebody_has_changed_is_set_aside() {
    let (_folder, path) = folder();
    small_ledger(&path);
    Connection::open(&path).unwrap().execute_batch("UPDATE totals SET units = units + 1 WHERE id = 1").unwrap();
    let ledger = open(&path);
    let aside = ledger.set_aside().unwrap();
    assert_eq!(aside.file_name().unwrap(), "ledger.db.corrupt-20261121T130000Z");
    let kept: i64 =
        Connection::open(aside).unwrap().query_row("SELECT sum(units) FROM totals", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 3 * 1234 + 70_000 + 1);
}

#[test]
fn a_second_ledger_set_aside_in_a_second_has_a_name_of_its_own() {
    let (_folder, path) = folder();
    for expected in ["corrupt-20261121T130000Z", "corrupt-20261121T130000Z-1"] {
        drop(open(&path));
        let mut bytes = fs::read(&path).unwrap();
        bytes.truncate(8192);
        fs::write(&path, bytes).unwrap();
        let name = open(&path).set_aside().unwrap().display().to_string();
        assert!(name.ends_with(expected), "{name}");
    }
}

/// The log has checksums of its own: what follows the damage counts as never written, but what is before it stands.
#[test]
fn a_damaged_log_is_an_earlier_state() {
    let (folder, path) = folder();
    let mut ledger = open(&path);
    let account = crate::counter(&mut ledger, "a");
    for number in 0..4 {
        crate::apply(&mut ledger, account, number, amount(1));
    }
    let (main, log) = (fs::read(&path).unwrap(), fs::read(format!("{}-wal", path.display())).unwrap());
    drop(ledger);
    for at in (0..log.len()).step_by(997) {
        let (copy, mut bytes) = (folder.path().join("copy.db"), log.clone());
        bytes[at] ^= 0x10;
        fs::write(&copy, &main).unwrap();
        fs::write(format!("{}-wal", copy.display()), bytes).unwrap();
        let ledger = open(&copy);
        assert_eq!(ledger.set_aside(), None);
        let total = ledger.total(account);
        assert!((0..=4).any(|units| *total == Total::Amount(amount(units))), "{total:?}");
    }
}
