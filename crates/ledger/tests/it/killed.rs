//! Killed at any moment: what was acknowledged is there, once.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use ledger::{Amount, Ledger};

use crate::{NOW, amount, apply, counted, counter, folder, open};

const KILLS: u64 = 60;

/// What request number n is about: different for each, so that no two mistakes cancel out.
fn price(number: u64) -> Amount {
    Amount::from_parts(i64::try_from(number % 7).unwrap(), u32::try_from(number * 7919 % 1_000_000_000).unwrap())
        .unwrap()
}

#[test]
fn acknowledged_is_durable_and_counted_once() {
    let (_folder, path) = folder();
    let account = counter(&mut open(&path), "a");
    let (mut next, mut expected) = (0, Amount::ZERO);
    for kill in 0..KILLS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "killed::applies_until_it_is_killed", "--ignored", "--nocapture"])
            .env("LEDGER", &path)
            .env("NEXT", next.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        // The first lines are the test harness's own. A few requests get through, then it dies at some moment.
        let mut acknowledged =
            lines.by_ref().filter_map(|line| line.rsplit_once("acknowledged ")?.1.parse::<u64>().ok());
        assert_eq!(acknowledged.next(), Some(next));
        std::thread::sleep(Duration::from_micros(kill * 137 % 3000));
        child.kill().unwrap();
        child.wait().unwrap();
        let last = acknowledged.last().unwrap_or(next);

        let mut ledger = open(&path);
        assert_eq!(ledger.set_aside(), None);
        for number in next..=last {
            expected = expected.checked_add(price(number)).unwrap();
        }
        let with_one_more = expected.checked_add(price(last + 1)).unwrap();
        let total = counted(&ledger, account);
        assert!(total == expected || total == with_one_more, "{total} is neither {expected} nor {with_one_more}");
        // Its client sends again what was not acknowledged, and what was, to be sure.
        let applied = apply(&mut ledger, account, last + 1, price(last + 1));
        assert_eq!(applied, total == expected);
        assert!(!apply(&mut ledger, account, last, price(last)));
        assert_eq!(counted(&ledger, account), with_one_more);
        (next, expected) = (last + 2, with_one_more);
    }
    assert!(next >= 2 * KILLS, "{next}");
}

#[test]
#[ignore = "a part of another test, in a process of its own"]
fn applies_until_it_is_killed() {
    let (path, next) = (std::env::var_os("LEDGER").unwrap(), std::env::var("NEXT").unwrap());
    let mut ledger = Ledger::open(Path::new(&path), NOW).unwrap();
    let mut account = None;
    ledger.accounts(|found| account = Some(found.id)).unwrap();
    let mut out = std::io::stdout();
    for number in next.parse::<u64>().unwrap().. {
        assert!(apply(&mut ledger, account.unwrap(), number, price(number)));
        writeln!(out, "acknowledged {number}").unwrap();
    }
}

/// It dies while a new ledger is made: there is none then, or a whole one.
#[test]
fn killed_while_a_ledger_begins() {
    let (_folder, path) = folder();
    for kill in 0..20 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "killed::applies_until_it_is_killed", "--ignored", "--nocapture"])
            .env("LEDGER", &path)
            .env("NEXT", "0")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_micros(1000 + kill * 250));
        child.kill().unwrap();
        child.wait().unwrap();
        let mut ledger = open(&path);
        assert_eq!(ledger.set_aside(), None);
        let account = counter(&mut ledger, "a");
        assert!(apply(&mut ledger, account, kill, amount(1)));
        drop(ledger);
        std::fs::remove_file(&path).unwrap();
    }
}
