//! Requests, transactions and restarts.

use ledger::{AccountKind, Added, Amount, Buckets, Exponential, Histogram, Ledger, LedgerError, Reached, Total};

use crate::{NOW, amount, apply, counted, counter, digest, folder, open};

#[test]
fn totals_survive_a_restart() {
    let (_folder, path) = folder();
    let mut ledger = open(&path);
    let (key, a, b) = (ledger.key(), counter(&mut ledger, "a"), counter(&mut ledger, "b"));
    for (number, cents) in [(1, 0.1), (2, 0.2), (3, 0.3)] {
        assert!(apply(&mut ledger, a, number, Amount::from_f64(cents).unwrap()));
    }
    drop(ledger);

    let mut ledger = Ledger::open(&path, NOW + 1).unwrap();
    assert_eq!((ledger.key(), ledger.created(), ledger.set_aside()), (key, NOW, None));
    assert_eq!((counted(&ledger, a).to_string().as_str(), counted(&ledger, b)), ("0.6", Amount::ZERO));
    let mut described = Vec::new();
    let each = |account: ledger::Account<'_>| {
        let labels = account.labels.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(",");
        described.push(format!("{} {} {} {:?}", account.id.index(), account.family, labels, account.kind));
        assert_eq!((account.help, account.created), ("Cost.", NOW));
    };
    ledger.accounts(each).unwrap();
    assert_eq!(described, ["0 cost_total model=opus,name=a Counter", "1 cost_total model=opus,name=b Counter"]);
    assert!(ledger.size() > 4096);
}

#[test]
fn a_request_that_is_sent_again_is_not_applied_again() {
    let (_folder, path) = folder();
    let mut ledger = open(&path);
    let account = counter(&mut ledger, "a");
    assert!(apply(&mut ledger, account, 1, amount(5)));
    assert!(!apply(&mut ledger, account, 1, amount(5)));
    drop(ledger);
    let mut ledger = open(&path);
    assert!(!apply(&mut ledger, account, 1, amount(5)));
    let mut transaction = ledger.begin(NOW).unwrap();
    assert!(transaction.first_time(digest(2)).unwrap());
    assert!(!transaction.first_time(digest(2)).unwrap());
    drop(transaction);
    assert!(apply(&mut ledger, account, 2, amount(7)));
    assert_eq!(counted(&ledger, account), amount(12));
}

#[test]
fn what_is_not_committed_has_not_happened() {
    let (_folder, path) = folder();
    let mut ledger = open(&path);
    let account = counter(&mut ledger, "a");
    let mut transaction = ledger.begin(NOW).unwrap();
    assert_eq!(transaction.add(account, amount(5)).unwrap(), Added::Yes);
    assert_eq!(transaction.reach(account, [7; 16], amount(3)).unwrap(), Reached::Added(amount(3)));
    let given_again = transaction.open_account("f_total", "", AccountKind::Counter, &[], NOW).unwrap();
    assert_eq!(transaction.total(account), &Total::Amount(amount(8)));
    drop(transaction);
    assert_eq!(counted(&ledger, account), Amount::ZERO);

    let mut transaction = ledger.begin(NOW).unwrap();
    let id = transaction.open_account("g_total", "", AccountKind::Counter, &[], NOW).unwrap();
    assert_eq!(id, given_again);
    assert_eq!(transaction.reach(account, [7; 16], amount(3)).unwrap(), Reached::Added(amount(3)));
    assert_eq!(transaction.commit().unwrap(), [account, id]);
    assert_eq!(counted(&ledger, account), amount(3));
}

#[test]
fn a_cumulative_stream_adds_its_growth() {
    let (_folder, path) = folder();
    let mut ledger = open(&path);
    let account = counter(&mut ledger, "a");
    for (stream, value, reached) in [
        (1, 10, Reached::Added(amount(10))),
        (1, 10, Reached::Unchanged),
        (1, 15, Reached::Added(amount(5))),
        (1, 4, Reached::Fell),
        (1, 16, Reached::Added(amount(1))), // from 15, not from 4
        (2, 0, Reached::Unchanged),
        (2, -1, Reached::Fell),
        (2, 6, Reached::Added(amount(6))),
        (3, i64::MAX, Reached::TooLarge),
        (3, 1, Reached::Added(amount(1))), // what was too large has left no trace
    ] {
        let mut transaction = ledger.begin(NOW).unwrap();
        assert_eq!(transaction.reach(account, [stream; 16], amount(value)).unwrap(), reached, "{stream} at {value}");
        transaction.commit().unwrap();
    }
    drop(ledger);
    let mut ledger = open(&path);
    let mut transaction = ledger.begin(NOW).unwrap();
    assert_eq!(transaction.reach(account, [1; 16], amount(20)).unwrap(), Reached::Added(amount(4)));
    transaction.commit().unwrap();
    assert_eq!(counted(&ledger, account), amount(27));
}

#[test]
fn amounts_that_are_refused() {
    let (_folder, path) = folder();
    let mut ledger = open(&path);
    let account = counter(&mut ledger, "a");
    let mut transaction = ledger.begin(NOW).unwrap();
    assert_eq!(transaction.add(account, amount(-1)).unwrap(), Added::Negative);
    assert_eq!(transaction.add(account, amount(i64::MAX)).unwrap(), Added::Yes);
    assert_eq!(transaction.add(account, amount(1)).unwrap(), Added::TooLarge);
    transaction.commit().unwrap();
    assert_eq!(counted(&ledger, account), amount(i64::MAX));
}

#[test]
fn histograms_of_both_kinds_survive_a_restart() {
    let (_folder, path) = folder();
    let mut ledger = open(&path);
    let explicit = Histogram { bounds: vec![1.0, 5.0], counts: vec![1, 2, 3], sum: Some(amount(40)), count: 6 };
    let positive = Buckets { offset: -3, counts: vec![1, 0, 4] };
    let exponential = Exponential { scale: 3, zero_count: 2, positive, sum: None, count: 7, ..Exponential::default() };
    let mut transaction = ledger.begin(NOW).unwrap();
    let a = transaction.open_account("a", "", AccountKind::Histogram, &[], NOW).unwrap();
    let b = transaction.open_account("b", "", AccountKind::Exponential, &[], NOW).unwrap();
    assert_eq!(transaction.add_histogram(a, &explicit).unwrap(), Added::Yes);
    assert_eq!(transaction.reach_histogram(a, [1; 16], &explicit).unwrap(), Reached::Added(()));
    assert_eq!(transaction.add_exponential(b, &exponential).unwrap(), Added::Yes);
    assert_eq!(transaction.reach_exponential(b, [2; 16], &exponential).unwrap(), Reached::Added(()));
    transaction.commit().unwrap();
    drop(ledger);

    let mut ledger = open(&path);
    let twice = Histogram { bounds: vec![1.0, 5.0], counts: vec![2, 4, 6], sum: Some(amount(80)), count: 12 };
    assert_eq!(ledger.total(a), &Total::Histogram(Box::new(twice)));
    let positive = Buckets { offset: -3, counts: vec![2, 0, 8] };
    let twice = Exponential { scale: 3, zero_count: 4, positive, sum: None, count: 14, ..Exponential::default() };
    assert_eq!(ledger.total(b), &Total::Exponential(Box::new(twice)));
    let mut transaction = ledger.begin(NOW).unwrap();
    assert_eq!(transaction.reach_histogram(a, [1; 16], &explicit).unwrap(), Reached::Unchanged);
    let fallen = Histogram { counts: vec![0, 3, 3], ..explicit.clone() };
    assert_eq!(transaction.reach_histogram(a, [1; 16], &fallen).unwrap(), Reached::Fell);
    let negative = Histogram { sum: Some(amount(-1)), ..explicit.clone() };
    assert_eq!(transaction.add_histogram(a, &negative).unwrap(), Added::Negative);
    let malformed = Histogram { count: 7, ..explicit };
    assert_eq!(transaction.add_histogram(a, &malformed).unwrap(), Added::Malformed);
    assert_eq!(transaction.reach_exponential(b, [2; 16], &exponential).unwrap(), Reached::Unchanged);
    assert_eq!(transaction.commit().unwrap(), []);
}

#[test]
fn a_wrong_account_is_an_error_and_ends_the_transaction() {
    let (_folder, path) = folder();
    let mut ledger = open(&path);
    let account = counter(&mut ledger, "a");
    let mut transaction = ledger.begin(NOW).unwrap();
    transaction.add(account, amount(5)).unwrap();
    let error = transaction.add_histogram(account, &Histogram::default()).unwrap_err();
    assert!(error.to_string().ends_with("account 0 is a counter"), "{error}");
    assert!(matches!(error, LedgerError::Other(_)) && !error.is_retryable() && error.reason() == "other");
    assert!(transaction.add(account, amount(1)).is_err());
    assert!(transaction.commit().is_err());
    assert_eq!(counted(&ledger, account), Amount::ZERO);
}
