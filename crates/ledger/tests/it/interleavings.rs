//! Any order of adds, cumulative values, rollbacks, repeated requests and restarts, against a model in plain integers.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{AccountId, AccountKind, Added, Amount, Ledger, Reached, Total};
use proptest::prelude::*;

use crate::{NOW, digest, folder_in_memory};

const NANOS: i128 = 1_000_000_000;

#[derive(Clone, Debug)]
enum Step {
    Open,
    Add {
        account: usize,
        amount: i128,
    },
    Reach {
        account: usize,
        stream: u8,
        value: i128,
    },
    Request(u64),
    /// Also what time it is next: clocks go back.
    Commit(i64),
    RollBack,
    Restart,
}

/// What there should be.
#[derive(Clone, Debug, Default, PartialEq)]
struct Model {
    totals: Vec<i128>,
    streams: BTreeMap<u8, i128>,
    requests: BTreeSet<u64>,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let most = i128::from(i64::MAX) * NANOS;
    let value = prop_oneof![0..10 * NANOS, 0..most / 3, -5..5_i128];
    let step = prop_oneof![
        1 => Just(Step::Open),
        6 => (0..4_usize, value.clone()).prop_map(|(account, amount)| Step::Add { account, amount }),
        6 => (0..4_usize, 0..4_u8, value).prop_map(|(account, stream, value)| Step::Reach { account, stream, value }),
        3 => (0..6_u64).prop_map(Step::Request),
        3 => (-4000..4000_i64).prop_map(Step::Commit),
        1 => Just(Step::RollBack),
        1 => Just(Step::Restart),
    ];
    prop::collection::vec(step, 1..60)
}

fn to_amount(nanos: i128) -> Amount {
    let (units, rest) = (nanos.div_euclid(NANOS), nanos.rem_euclid(NANOS));
    Amount::from_parts(i64::try_from(units).unwrap(), u32::try_from(rest).unwrap()).unwrap()
}

fn to_nanos(total: &Total) -> i128 {
    let Total::Amount(amount) = total else { panic!("{total:?}") };
    let (units, nanos) = amount.parts();
    i128::from(units) * NANOS + i128::from(nanos)
}

impl Model {
    /// Adds, if the sum's whole units fit an i64.
    fn add(&mut self, account: usize, amount: i128) -> bool {
        let sum = self.totals[account] + amount;
        let fits = sum.div_euclid(NANOS) <= i128::from(i64::MAX);
        if fits {
            self.totals[account] = sum;
        }
        fits
    }

    fn reach(&mut self, account: usize, stream: u8, value: i128) -> Reached {
        let last = self.streams.get(&stream).copied().unwrap_or(0);
        match value - last {
            ..0 => Reached::Fell,
            0 => Reached::Unchanged,
            grown if self.add(account, grown) => {
                self.streams.insert(stream, value);
                Reached::Added(to_amount(grown))
            }
            _ => Reached::TooLarge,
        }
    }
}

/// Applies the steps up to a commit, a rollback or the end.
fn one_transaction(
    ledger: &mut Ledger,
    ids: &mut Vec<AccountId>,
    model: &mut Model,
    now: u64,
    steps: &mut impl Iterator<Item = Step>,
) -> Option<Step> {
    let committed = ids.len();
    let mut next = model.clone();
    let mut transaction = ledger.begin(now).unwrap();
    let end = loop {
        match steps.next() {
            Some(Step::Open) => {
                next.totals.push(0);
                ids.push(transaction.open_account("f", "", AccountKind::Counter, &[], now).unwrap());
            }
            Some(Step::Add { account, amount }) if account < ids.len() => {
                let expected = match amount {
                    ..0 => Added::Negative,
                    _ if next.add(account, amount) => Added::Yes,
                    _ => Added::TooLarge,
                };
                assert_eq!(transaction.add(ids[account], to_amount(amount)).unwrap(), expected);
            }
            Some(Step::Reach { account, stream, value }) if account < ids.len() => {
                let reached = transaction.reach(ids[account], [stream; 16], to_amount(value)).unwrap();
                assert_eq!(reached, next.reach(account, stream, value));
            }
            Some(Step::Request(number)) => {
                assert_eq!(transaction.first_time(digest(number)).unwrap(), next.requests.insert(number));
            }
            Some(Step::Add { .. } | Step::Reach { .. }) => {}
            end => break end,
        }
        let seen: Vec<i128> = ids.iter().map(|id| to_nanos(transaction.total(*id))).collect();
        assert_eq!(seen, next.totals);
    };
    if matches!(end, Some(Step::Commit(_))) {
        let changed = transaction.commit().unwrap();
        let differs = |id: &AccountId| {
            let index = id.index();
            index >= committed || next.totals[index] != model.totals[index]
        };
        assert_eq!(changed, ids.iter().copied().filter(differs).collect::<Vec<_>>());
        assert!(model.totals.iter().zip(&next.totals).all(|(before, after)| before <= after));
        *model = next;
    } else {
        drop(transaction);
        ids.truncate(committed);
    }
    end
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn totals_are_those_of_plain_integers(steps in steps()) {
        let (_folder, path) = folder_in_memory();
        let (mut ids, mut model, mut now) = (Vec::new(), Model::default(), NOW);
        let mut ledger = Ledger::open(&path, now).unwrap();
        let mut steps = steps.into_iter();
        while let Some(end) = one_transaction(&mut ledger, &mut ids, &mut model, now, &mut steps) {
            match end {
                Step::Commit(seconds) => now = now.saturating_add_signed(seconds * 1_000_000_000),
                Step::Restart => {
                    drop(ledger);
                    ledger = Ledger::open(&path, now).unwrap();
                    prop_assert_eq!(ledger.set_aside(), None);
                }
                _ => {}
            }
            let seen: Vec<i128> = ids.iter().map(|id| to_nanos(ledger.total(*id))).collect();
            prop_assert_eq!(&seen, &model.totals);
        }
    }
}
