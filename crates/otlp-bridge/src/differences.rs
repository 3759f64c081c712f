//! By how much what agents tell in events differs from what they tell in metrics. Where the two part, one of them has lost
//! something.

use std::collections::{BTreeMap, HashMap};

use exposition::{Desc, Families, Kind};
use ledger::{AccountId, Amount};

use crate::number::number;

/// What told of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Metrics,
    Events,
}

impl Source {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Source::Metrics => "metrics",
            Source::Events => "events",
        }
    }
}

/// The family of all tokens by agent and source.
pub(crate) const TOKENS: (&str, &str) = (
    "pilotlight_agent_source_tokens_total",
    "Tokens of every type that an agent has told of, by what told: its metrics, or its events of answered requests.",
);
/// The family of all money by agent and source.
pub(crate) const COST: (&str, &str) = (
    "pilotlight_agent_source_cost_usd_total",
    "US dollars at list prices that an agent has told of, by what told: its metrics, or its events of answered requests.",
);

static TOKEN_DIFFERENCE: Desc = Desc {
    name: "pilotlight_agent_source_difference_tokens",
    help: "Tokens that an agent's events of answered requests tell of, less those that its metrics do; absent until both have.",
    kind: Kind::Gauge,
    labels: &["agent"],
};
static COST_DIFFERENCE: Desc = Desc {
    name: "pilotlight_agent_source_difference_usd",
    help: "US dollars that an agent's events of answered requests tell of, less those that its metrics do; absent until both \
           have.",
    kind: Kind::Gauge,
    labels: &["agent"],
};

/// The totals by agent and source, as they are committed.
#[derive(Debug, Default)]
pub(crate) struct Differences {
    accounts: HashMap<AccountId, Place>,
    totals: BTreeMap<String, Totals>,
}

/// Which total an account is.
#[derive(Debug)]
struct Place {
    agent: String,
    is_cost: bool,
    source: Source,
}

#[derive(Debug, Default)]
struct Totals {
    tokens: Pair,
    cost: Pair,
}

#[derive(Debug, Default)]
struct Pair {
    metrics: Option<Amount>,
    events: Option<Amount>,
}

impl Differences {
    /// Remembers an account, if it is one of a source.
    pub(crate) fn register<'l>(
        &mut self,
        account: AccountId,
        family: &str,
        labels: impl Iterator<Item = (&'l str, &'l str)>,
    ) {
        let is_cost = family == COST.0;
        if !is_cost && family != TOKENS.0 {
            return;
        }
        let labels: HashMap<_, _> = labels.collect();
        let source =
            [Source::Metrics, Source::Events].into_iter().find(|source| labels.get("source") == Some(&source.word()));
        if let (Some(agent), Some(source)) = (labels.get("agent"), source) {
            self.accounts.insert(account, Place { agent: (*agent).to_owned(), is_cost, source });
        }
    }

    /// Takes the total of an account, if it is one of a source.
    pub(crate) fn update(&mut self, account: AccountId, total: Amount) {
        let Some(Place { agent, is_cost, source }) = self.accounts.get(&account) else { return };
        let totals = match self.totals.get_mut(agent) {
            Some(totals) => totals,
            None => self.totals.entry(agent.clone()).or_default(),
        };
        let pair = if *is_cost { &mut totals.cost } else { &mut totals.tokens };
        match source {
            Source::Metrics => pair.metrics = Some(total),
            Source::Events => pair.events = Some(total),
        }
    }

    pub(crate) fn samples(&self, out: &mut Families) {
        for (agent, totals) in &self.totals {
            for (desc, pair) in [(&TOKEN_DIFFERENCE, &totals.tokens), (&COST_DIFFERENCE, &totals.cost)] {
                let difference =
                    pair.events.zip(pair.metrics).and_then(|(events, metrics)| events.checked_sub(metrics));
                out.add_some(desc, &[agent], difference.map(number));
            }
        }
    }
}
