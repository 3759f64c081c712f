//! Sessions: what they add up to, and which are kept.

use ledger::{Added, Amount, Ledger, Nanos, Session, SessionUpdate, Tokens};

use crate::{NOW, amount, folder, open};

const SECOND: Nanos = 1_000_000_000;
const DAY: Nanos = 24 * 3600 * SECOND;

fn update(id: &str, at: Nanos, cost: f64) -> SessionUpdate<'_> {
    let tokens = Tokens { input: 10, output: 1, cache_read: 100, cache_creation: 0 };
    SessionUpdate { agent: "claude-code", id, at, cost: Amount::from_f64(cost).unwrap(), tokens, active: amount(2) }
}

fn commit(ledger: &mut Ledger, now: Nanos, updates: &[SessionUpdate<'_>]) {
    let mut transaction = ledger.begin(now).unwrap();
    for update in updates {
        assert_eq!(transaction.session(update).unwrap(), Added::Yes);
    }
    transaction.commit().unwrap();
}

fn ids(ledger: &mut Ledger) -> Vec<String> {
    ledger.sessions(usize::MAX).unwrap().into_iter().map(|session| session.id).collect()
}

#[test]
fn updates_add_up() {
    let (_folder, path) = folder();
    let mut ledger = open(&path);
    commit(&mut ledger, NOW, &[update("a", NOW - SECOND, 0.1), update("b", NOW, 1.0), update("a", NOW - 9, 0.2)]);
    commit(&mut ledger, NOW, &[update("a", NOW - 2 * SECOND, 0.3)]);
    drop(ledger);
    let mut ledger = open(&path);
    assert_eq!(ids(&mut ledger), ["b", "a"]);
    let a = Session {
        agent: "claude-code".to_owned(),
        id: "a".to_owned(),
        first_seen: NOW - 2 * SECOND,
        last_seen: NOW - 9,
        cost: Amount::from_f64(0.6).unwrap(),
        tokens: Tokens { input: 30, output: 3, cache_read: 300, cache_creation: 0 },
        active: amount(6),
    };
    assert_eq!(ledger.sessions(5).unwrap()[1], a);
    assert_eq!(ledger.sessions(1).unwrap().len(), 1);
}

#[test]
fn an_update_that_does_not_fit_changes_nothing() {
    let (_folder, path) = folder();
    let mut ledger = open(&path);
    commit(&mut ledger, NOW, &[update("a", NOW, 1.0)]);
    let before = ledger.sessions(1).unwrap();
    let mut transaction = ledger.begin(NOW).unwrap();
    let too_large = Tokens { input: u64::MAX, ..Tokens::default() };
    for (update, added) in [
        (SessionUpdate { tokens: too_large, ..update("a", NOW, 1.0) }, Added::TooLarge),
        (SessionUpdate { tokens: too_large, ..update("new", NOW, 1.0) }, Added::TooLarge),
        (SessionUpdate { cost: amount(i64::MAX), ..update("a", NOW, 1.0) }, Added::TooLarge),
        (update("a", NOW, -1.0), Added::Negative),
    ] {
        assert_eq!(transaction.session(&update).unwrap(), added);
    }
    transaction.commit().unwrap();
    assert_eq!(ledger.sessions(5).unwrap(), before);
}

#[test]
fn the_ten_thousand_that_were_seen_last_are_kept() {
    let (_folder, path) = folder();
    let mut ledger = open(&path);
    let names: Vec<String> = (0..10_050).map(|n| n.to_string()).collect();
    let updates: Vec<_> = names.iter().zip(0..).map(|(id, n)| update(id, NOW + n, 1.0)).collect();
    commit(&mut ledger, NOW + DAY, &updates[..10_000]);
    commit(&mut ledger, NOW + DAY, &[update("0", NOW + DAY, 1.0)]);
    commit(&mut ledger, NOW + DAY, &updates[10_000..]);
    let kept = ids(&mut ledger);
    assert_eq!((kept.len(), kept[0].as_str(), kept[9_999].as_str()), (10_000, "0", "51"));
}

#[test]
fn sessions_of_last_year_go_when_some_others_have_begun() {
    let (_folder, path) = folder();
    let mut ledger = open(&path);
    let names: Vec<String> = (0..20).map(|n| n.to_string()).collect();
    commit(&mut ledger, NOW, &names.iter().map(|id| update(id, NOW, 1.0)).collect::<Vec<_>>());
    let later = NOW + 401 * DAY;
    for (begun, left) in [(1, 21), (11, 31), (12, 12), (13, 13)] {
        let id = format!("new {begun}");
        let filled: Vec<String> = (2..begun).map(|n| format!("new {n}")).collect();
        let mut updates: Vec<_> = filled.iter().map(|id| update(id, later, 1.0)).collect();
        updates.push(update(&id, later, 1.0));
        commit(&mut ledger, later, &updates);
        assert_eq!(ids(&mut ledger).len(), left, "after {begun}");
    }
}

#[test]
fn a_clock_that_was_ahead_is_forgotten() {
    let (_folder, path) = folder();
    let mut ledger = open(&path);
    commit(&mut ledger, NOW + 3000 * DAY, &[update("a", NOW + 3000 * DAY, 1.0)]);
    commit(&mut ledger, NOW, &[update("b", NOW + 5 * DAY, 1.0)]); // an event from the future is one of now
    commit(&mut ledger, NOW, &[update("a", NOW - SECOND, 1.0)]);
    commit(&mut ledger, NOW + SECOND, &[update("c", NOW + SECOND, 1.0)]);
    assert_eq!(ids(&mut ledger)[0], "c");
    assert!(ledger.sessions(5).unwrap().iter().all(|session| session.last_seen <= NOW + SECOND));
}
