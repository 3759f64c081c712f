//! What agents have used, by what told of it: an agent's metrics and its events count the same tokens, and each shows where
//! the other has lost some.

use std::borrow::Cow;
use std::collections::HashMap;

use ledger::{AccountKind, Added, Amount, LedgerError, SessionUpdate, Tokens};

use crate::agents::{Agent, TokenType};
use crate::bookkeeper::books::{Family, FamilyKind};
use crate::bookkeeper::entry::Entry;
use crate::differences::{COST, Source, TOKENS};
use crate::labels::Labels;

/// Bytes of a session's id; agents use UUIDs.
const MOST_ID_BYTES: usize = 128;

/// What one request tells, by agent and session.
#[derive(Debug, Default)]
pub(super) struct Used<'r> {
    sessions: HashMap<(&'static str, Cow<'r, str>), Use>,
}

#[derive(Debug, Default)]
struct Use {
    input: Amount,
    output: Amount,
    cache_read: Amount,
    cache_creation: Amount,
    cost: Amount,
    active: Amount,
}

impl<'r> Used<'r> {
    fn of(&mut self, agent: &Agent, session: Cow<'r, str>) -> &mut Use {
        self.sessions.entry((agent.name, session)).or_default()
    }

    pub(super) fn tokens(&mut self, agent: &Agent, session: Cow<'r, str>, token_type: TokenType, tokens: Amount) {
        let used = self.of(agent, session);
        let total = match token_type {
            TokenType::Input => &mut used.input,
            TokenType::Output => &mut used.output,
            TokenType::CacheRead => &mut used.cache_read,
            TokenType::CacheCreation => &mut used.cache_creation,
        };
        *total = sum(*total, tokens);
    }

    /// `unit` is what one of `cost` is in 10⁻⁹ USD.
    pub(super) fn cost(&mut self, agent: &Agent, session: Cow<'r, str>, cost: Amount, unit: i64) {
        let used = self.of(agent, session);
        used.cost = sum(used.cost, in_usd(cost, unit));
    }

    /// Seconds in which somebody or the agent was at work.
    pub(super) fn active(&mut self, agent: &Agent, session: Cow<'r, str>, seconds: Amount) {
        let used = self.of(agent, session);
        used.active = sum(used.active, seconds);
    }

    /// Adds it to the totals of the source, and what metrics tell also to the sessions.
    pub(super) fn record(self, entry: &mut Entry<'_, '_, '_>, source: Source) -> Result<(), LedgerError> {
        let mut agents: HashMap<&'static str, (Amount, Amount)> = HashMap::new();
        for ((agent, session), used) in &self.sessions {
            let (tokens, cost) = agents.entry(agent).or_default();
            let parts = [used.input, used.output, used.cache_read, used.cache_creation];
            *tokens = parts.into_iter().fold(*tokens, sum);
            *cost = sum(*cost, used.cost);
            if source == Source::Metrics && (1..=MOST_ID_BYTES).contains(&session.len()) {
                let tokens = Tokens {
                    input: whole(used.input),
                    output: whole(used.output),
                    cache_read: whole(used.cache_read),
                    cache_creation: whole(used.cache_creation),
                };
                let (at, cost, active) = (entry.now, used.cost, used.active);
                entry.tx.session(&SessionUpdate { agent, id: session, at, cost, tokens, active })?;
            }
        }
        for (agent, (tokens, cost)) in agents {
            add(entry, TOKENS, agent, source, tokens)?;
            add(entry, COST, agent, source, cost)?;
        }
        Ok(())
    }
}

fn add(
    entry: &mut Entry<'_, '_, '_>,
    (name, help): (&'static str, &'static str),
    agent: &'static str,
    source: Source,
    amount: Amount,
) -> Result<(), LedgerError> {
    if amount == Amount::ZERO {
        return Ok(());
    }
    let kind = FamilyKind::Total(AccountKind::Counter);
    let Ok(id) = entry.books.family(name, help, kind) else { return Ok(()) };
    let mut labels = Labels::default();
    labels.set("agent", Cow::Borrowed(agent));
    labels.set("source", Cow::Borrowed(source.word()));
    labels.settle();
    let found = entry.books.account(entry.tx, entry.staged, &Family { id, name, help, kind }, &labels, entry.now)?;
    // Out of range after nine billion dollars or tokens by the quintillion: what is there stays.
    match entry.tx.add(found.account, amount)? {
        Added::Yes | Added::TooLarge | Added::Negative | Added::Malformed => Ok(()),
    }
}

/// The sum, or the first where there is none in range.
fn sum(a: Amount, b: Amount) -> Amount {
    a.checked_add(b).unwrap_or(a)
}

fn whole(amount: Amount) -> u64 {
    u64::try_from(amount.parts().0).unwrap_or_default()
}

/// An amount whose unit is worth `unit` times 10⁻⁹ USD, in USD.
fn in_usd(amount: Amount, unit: i64) -> Amount {
    const NANOS: i128 = 1_000_000_000;
    let (units, nanos) = amount.parts();
    let scaled = (i128::from(units) * NANOS + i128::from(nanos)) * i128::from(unit) / NANOS;
    let parts = (i64::try_from(scaled.div_euclid(NANOS)), u32::try_from(scaled.rem_euclid(NANOS)));
    match parts {
        (Ok(units), Ok(nanos)) => Amount::from_parts(units, nanos).unwrap_or_default(),
        _ => Amount::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn millionths_of_a_dollar() {
        let micros = Amount::from_i64(24_692);
        assert_eq!(in_usd(micros, 1_000).to_string(), "0.024692");
        assert_eq!(in_usd(Amount::from_i64(3), 1_000_000_000), Amount::from_i64(3));
    }
}
