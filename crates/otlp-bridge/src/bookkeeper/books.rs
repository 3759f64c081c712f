//! What the ledger thread knows of what is committed: which series there are, and where each stands.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use exporter_toolkit::lock;
use exposition::{Kind, Refusal, SeriesId, StoreFamily, Value};
use ledger::{AccountId, AccountKind, Ledger, LedgerError, Nanos, Session, Total, Transaction};

use crate::births::Births;
use crate::bookkeeper::values::shown_value;
use crate::labels::{HashTable, Key, Labels, series_hash};
use crate::policy::Policy;
use crate::published::Published;
use crate::tally::Rejection;

/// The label of the series that takes what is beyond the cap, in the words of OpenTelemetry.
const OVERFLOW: &str = "otel_metric_overflow";
/// The least time between two looks at all series that go up and down.
const SWEEP: Duration = Duration::from_secs(1);

/// How much there may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caps {
    pub(crate) series: usize,
    pub(crate) families: usize,
    /// How long a series that is no total stays after its last point.
    pub(crate) expiration: Duration,
}

/// The committed series.
pub(crate) struct Books {
    pub(crate) key: Key,
    pub(crate) policy: Policy,
    pub(crate) caps: Caps,
    pub(crate) published: Arc<Mutex<Published>>,
    families: HashMap<Box<str>, (StoreFamily, FamilyKind)>,
    /// Durable series by the hash of family and labels.
    accounts: HashTable<AccountId>,
    /// The same by what points say, before labels are made of it: most points are of a series that was met before.
    met: HashTable<AccountId>,
    /// Where an account stands on the page, by its number.
    shown: Vec<Option<SeriesId>>,
    /// Series that go up and down, which the ledger does not know.
    passing: HashTable<Passing>,
    /// When they are looked through again.
    sweep: Option<Instant>,
}

/// A series that goes when nothing more is heard of it.
struct Passing {
    series: SeriesId,
    /// The time of its last point.
    time: Nanos,
    heard: Instant,
}

/// What one transaction adds to the books if it is committed.
#[derive(Default)]
pub(crate) struct Staged {
    accounts: HashTable<AccountId>,
    met: Vec<(u128, AccountId)>,
    opened: Vec<Opened>,
    passing: Vec<Passed>,
    pub(crate) sessions: Vec<Session>,
}

/// A series that a transaction has opened.
struct Opened {
    hash: u128,
    account: AccountId,
    family: StoreFamily,
    name: Box<str>,
    labels: Vec<(String, String)>,
}

/// A new value, or the end, of a series that goes up and down.
struct Passed {
    hash: u128,
    time: Nanos,
    value: Option<Value>,
    /// What a new one needs.
    series: Option<(StoreFamily, Vec<(String, String)>)>,
}

impl Staged {
    /// Remembers, if it is committed, to which account points go that say this.
    pub(crate) fn meet(&mut self, point: u128, account: AccountId) {
        self.met.push((point, account));
    }
}

/// An account, and whether it is that of the overflow.
pub(crate) struct Found {
    pub(crate) account: AccountId,
    pub(crate) capped: bool,
}

impl Books {
    pub(crate) fn new(key: Key, policy: Policy, caps: Caps, published: Arc<Mutex<Published>>) -> Self {
        Books {
            key,
            policy,
            caps,
            published,
            families: HashMap::new(),
            accounts: HashTable::default(),
            met: HashTable::default(),
            shown: Vec::new(),
            passing: HashTable::default(),
            sweep: None,
        }
    }

    /// Puts every account of the ledger on the page, as at the program's start.
    pub(crate) fn load(&mut self, ledger: &mut Ledger) -> Result<(), LedgerError> {
        let Books { key, families, accounts, shown, published, .. } = self;
        let mut published = lock(published);
        let mut unshown = 0_u64;
        ledger.accounts(|account| {
            let kind = FamilyKind::Total(account.kind);
            let Published { store, differences, .. } = &mut *published;
            let family = store.family(account.family, account.help, kind.on_page()).ok();
            let series = family.zip(shown_value(account.total)).and_then(|(family, value)| {
                families.insert(account.family.into(), (family, kind));
                store.add(family, account.labels, account.created, value).ok()
            });
            // What an older version has written is shown by the rules of this one.
            unshown += u64::from(series.is_none());
            shown.push(series);
            differences.register(account.id, account.family, account.labels.iter().copied());
            if let Total::Amount(total) = account.total {
                differences.update(account.id, *total);
            }
            accounts.insert(series_hash(key, account.family, account.labels.iter().copied()), account.id);
        })?;
        // Shown as 0 they would look as if they had been reset.
        published.births = Births::new(published.store.births(), Instant::now());
        if unshown > 0 {
            tracing::warn!(series = unshown, "of the ledger can't be shown on the page");
        }
        Ok(())
    }

    /// Series on the page, those of the transaction among them.
    fn len(&self, staged: &Staged) -> usize {
        self.series() + staged.opened.len()
    }

    /// The family of this name, opened if there is none.
    pub(crate) fn family(&mut self, name: &str, help: &str, kind: FamilyKind) -> Result<StoreFamily, Rejection> {
        if let Some((family, known)) = self.families.get(name) {
            return if *known == kind { Ok(*family) } else { Err(Rejection::Type) };
        }
        if self.families.len() >= self.caps.families {
            return Err(Rejection::Families);
        }
        let opened = lock(&self.published).store.family(name, help, kind.on_page());
        let family = opened.map_err(|refusal| match refusal {
            Refusal::Clash => Rejection::Type,
            Refusal::Invalid => Rejection::Name,
        })?;
        self.families.insert(name.into(), (family, kind));
        Ok(family)
    }

    /// The account of a point that said the same when it was met before.
    pub(crate) fn met(&self, point: u128) -> Option<AccountId> {
        self.met.get(&point).copied()
    }

    /// The account of these labels, opened if there is none; beyond the cap that of the family's overflow.
    pub(crate) fn account(
        &self,
        tx: &mut Transaction<'_>,
        staged: &mut Staged,
        family: &Family<'_>,
        labels: &Labels<'_>,
        now: Nanos,
    ) -> Result<Found, LedgerError> {
        let hash = labels.series(&self.key, family.name);
        if let Some(account) = self.find(staged, hash) {
            return Ok(Found { account, capped: false });
        }
        if self.len(staged) < self.caps.series {
            let account = self.open(tx, staged, family, hash, labels.iter(), now)?;
            return Ok(Found { account, capped: false });
        }
        let overflow = [(OVERFLOW, "true")];
        let hash = series_hash(&self.key, family.name, overflow.into_iter());
        let account = match self.find(staged, hash) {
            Some(account) => account,
            None => self.open(tx, staged, family, hash, overflow.into_iter(), now)?,
        };
        Ok(Found { account, capped: true })
    }

    fn find(&self, staged: &Staged, hash: u128) -> Option<AccountId> {
        self.accounts.get(&hash).or_else(|| staged.accounts.get(&hash)).copied()
    }

    fn open<'l>(
        &self,
        tx: &mut Transaction<'_>,
        staged: &mut Staged,
        family: &Family<'_>,
        hash: u128,
        labels: impl Iterator<Item = (&'l str, &'l str)>,
        now: Nanos,
    ) -> Result<AccountId, LedgerError> {
        let labels: Vec<(&str, &str)> = labels.collect();
        let FamilyKind::Total(kind) = family.kind else { unreachable!("only totals have accounts") };
        let account = tx.open_account(family.name, family.help, kind, &labels, now)?;
        staged.accounts.insert(hash, account);
        staged.opened.push(Opened {
            hash,
            account,
            family: family.id,
            name: family.name.into(),
            labels: owned(&labels),
        });
        Ok(account)
    }

    /// Takes the value of a series that goes up and down and is known by `hash`, unless a later one is known; `None` ends the
    /// series. False when it is beyond the cap.
    pub(crate) fn pass(
        &self,
        staged: &mut Staged,
        family: &Family<'_>,
        labels: &Labels<'_>,
        hash: u128,
        time: Nanos,
        value: Option<Value>,
    ) -> bool {
        let known = self.passing.get(&hash);
        if known.is_some_and(|known| known.time > time) || (known.is_none() && value.is_none()) {
            return true;
        }
        if known.is_none() && self.len(staged) + staged.passing.len() >= self.caps.series {
            return false;
        }
        let series = known.is_none().then(|| (family.id, owned(&labels.iter().collect::<Vec<_>>())));
        staged.passing.push(Passed { hash, time, value, series });
        true
    }

    /// Shows what a transaction has committed: `changed` are its accounts.
    pub(crate) fn publish(&mut self, ledger: &Ledger, staged: Staged, changed: &[AccountId], now: Nanos) {
        let Books { accounts, met, shown, passing, published, caps, .. } = self;
        let mut published = lock(published);
        let Published { store, births, sessions, differences } = &mut *published;
        for Opened { hash, account, family, name, labels } in staged.opened {
            let labels: Vec<_> = labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let value = shown_value(ledger.total(account));
            accounts.insert(hash, account);
            shown.push(value.and_then(|value| store.add(family, &labels, now, value).ok()));
            differences.register(account, &name, labels.into_iter());
        }
        // Those that were opened among them.
        for account in changed {
            let total = ledger.total(*account);
            if let (Some(Some(series)), Some(value)) = (shown.get(account.index()), shown_value(total)) {
                store.set(*series, value);
            }
            if let Total::Amount(total) = total {
                differences.update(*account, *total);
            }
        }
        staged.sessions.into_iter().for_each(|session| sessions.update(session));
        // Whoever says the same in ever new ways, by order or encoding, makes us forget and look up again.
        if met.len() > caps.series.saturating_mul(2) {
            met.clear();
        }
        met.extend(staged.met);
        let heard = Instant::now();
        for Passed { hash, time, value, series } in staged.passing {
            match (passing.get_mut(&hash), value, series) {
                (Some(known), _, _) if known.time > time => {}
                (Some(known), Some(value), _) => {
                    store.set(known.series, value);
                    (known.time, known.heard) = (time, heard);
                }
                (Some(known), None, _) => {
                    store.remove(known.series);
                    passing.remove(&hash);
                }
                (None, Some(value), Some((family, labels))) => {
                    let labels: Vec<_> = labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                    if let Ok(series) = store.add(family, &labels, now, value) {
                        passing.insert(hash, Passing { series, time, heard });
                    }
                }
                (None, _, _) => {}
            }
        }
        births.note(store.births(), heard);
    }

    /// Series that there are.
    pub(crate) fn series(&self) -> usize {
        self.shown.len() + self.passing.len()
    }

    /// Ends the series that nothing was heard of for too long. When to come again; never, if there are none.
    pub(crate) fn expire(&mut self, now: Instant) -> Option<Duration> {
        let Books { passing, published, caps, sweep, .. } = self;
        if passing.is_empty() {
            return None;
        }
        if let Some(wait) = sweep.and_then(|sweep| sweep.checked_duration_since(now)) {
            return Some(wait);
        }
        let mut published = lock(published);
        passing.retain(|_, passing| {
            let stays = now.saturating_duration_since(passing.heard) < caps.expiration;
            if !stays {
                published.store.remove(passing.series);
            }
            stays
        });
        drop(published);
        let oldest = passing.values().map(|passing| passing.heard).min()?;
        // Whatever is heard of from now on ends later than the oldest of these.
        let wait = caps.expiration.saturating_sub(now.saturating_duration_since(oldest)).max(SWEEP);
        *sweep = now.checked_add(wait);
        Some(wait)
    }
}

/// What the series of a family are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FamilyKind {
    /// Totals, of which the ledger has the accounts.
    Total(AccountKind),
    /// Values that go up and down.
    Gauge,
    /// Quantiles, which nobody can add up.
    Summary,
}

impl FamilyKind {
    fn on_page(self) -> Kind {
        match self {
            FamilyKind::Total(AccountKind::Counter) => Kind::Counter,
            FamilyKind::Total(AccountKind::Histogram | AccountKind::Exponential) => Kind::Histogram,
            FamilyKind::Gauge => Kind::Gauge,
            FamilyKind::Summary => Kind::Summary,
        }
    }
}

/// A family while points of it are taken.
pub(crate) struct Family<'n> {
    pub(crate) id: StoreFamily,
    pub(crate) name: &'n str,
    pub(crate) help: &'n str,
    pub(crate) kind: FamilyKind,
}

fn owned(labels: &[(&str, &str)]) -> Vec<(String, String)> {
    labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}
