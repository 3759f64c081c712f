//! Events, of which those that tell of an answered request are counted. Nothing else of a record is kept: bodies, prompts and
//! replies are passed over where they stand.

use std::borrow::Cow;

use ledger::{Amount, LedgerError};
use otlp::{Attribute, LogRecord, ResourceLogs, Value};

use crate::agents::{AGENTS, Agent, OTHER, RequestEvent, TokenType};
use crate::bookkeeper::entry::Entry;
use crate::bookkeeper::sources::Used;
use crate::differences::Source;
use crate::policy::is_session;
use crate::tally::Tally;

/// Records of a request.
pub(super) fn records(request: &[ResourceLogs<'_>]) -> u64 {
    request.iter().flat_map(|resource| &resource.scopes).map(|scope| scope.records.len() as u64).sum()
}

/// Whether a request tells of anything that is counted, and so must not be counted twice.
pub(super) fn has_requests(request: &[ResourceLogs<'_>]) -> bool {
    each(request).any(|(agent, record)| agent.is_some_and(|agent| tells_of_request(agent, record)))
}

/// Takes every record of a request.
pub(super) fn take(
    entry: &mut Entry<'_, '_, '_>,
    request: &[ResourceLogs<'_>],
    tally: &mut Tally,
) -> Result<(), LedgerError> {
    let mut used = Used::default();
    for (agent, record) in each(request) {
        tally.taken += 1;
        // Codex leaves the time empty and fills the other.
        let time = if record.time == 0 { record.observed_time } else { record.time };
        tally.met(agent.map_or(OTHER, |agent| agent.name), time, entry.now);
        if let Some(agent) = agent
            && tells_of_request(agent, record)
        {
            count(agent, record, &mut used);
        }
    }
    used.record(entry, Source::Events)
}

/// Every record, with the agent that sent it.
fn each<'r>(request: &'r [ResourceLogs<'r>]) -> impl Iterator<Item = (Option<&'static Agent>, &'r LogRecord<'r>)> + 'r {
    let records = |resource: &'r ResourceLogs<'r>| {
        let service = text(&resource.resource.attributes, "service.name").unwrap_or_default();
        let records = resource.scopes.iter().flat_map(|scope| &scope.records);
        records.map(move |record| (sender(&service, record), record))
    };
    request.iter().flat_map(records)
}

/// Events have their agent's name in theirs, but for Claude Code's, which has it in the body and the service's name.
fn sender(service: &str, record: &LogRecord<'_>) -> Option<&'static Agent> {
    let event = text(&record.attributes, "event.name").unwrap_or_default();
    let body = if let Value::String(body) = &record.body { body } else { "" };
    AGENTS.iter().find(|agent| {
        event.starts_with(agent.prefix) || body.starts_with(agent.prefix) || service.starts_with(agent.name)
    })
}

fn tells_of_request(agent: &Agent, record: &LogRecord<'_>) -> bool {
    let RequestEvent { name, needs, .. } = agent.request;
    let event = text(&record.attributes, "event.name").unwrap_or_default();
    event.strip_prefix(agent.prefix).unwrap_or(&event) == name && attribute(&record.attributes, needs).is_some()
}

fn count<'r>(agent: &'static Agent, record: &'r LogRecord<'r>, used: &mut Used<'r>) {
    let attributes = &record.attributes;
    let session = attributes.iter().find(|attribute| is_session(&attribute.key));
    let session = session.map_or(Cow::Borrowed(""), |attribute| attribute.value.text());
    for key in agent.request.tokens {
        // All of them count alike here; which is which matters to sessions, and these are told of by metrics.
        if let Some(tokens) = attribute(attributes, key).and_then(number) {
            used.tokens(agent, session.clone(), TokenType::Input, tokens);
        }
    }
    let named = |key: Option<&str>| key.and_then(|key| attribute(attributes, key)).and_then(number);
    if let Some(micros) = named(agent.request.cost_micros) {
        used.cost(agent, session, micros, 1_000);
    } else if let Some(usd) = named(agent.request.cost) {
        used.cost(agent, session, usd, 1_000_000_000);
    }
}

fn attribute<'r>(attributes: &'r [Attribute<'r>], key: &str) -> Option<&'r Value<'r>> {
    attributes.iter().find(|attribute| attribute.key == key).map(|attribute| &attribute.value)
}

fn text<'r>(attributes: &'r [Attribute<'r>], key: &str) -> Option<Cow<'r, str>> {
    attribute(attributes, key).map(Value::text)
}

/// A count or an amount, which some versions send as text. Nothing is below 0.
fn number(value: &Value<'_>) -> Option<Amount> {
    let amount = match value {
        Value::Int(number) => Some(Amount::from_i64(*number)),
        Value::Double(number) => Amount::from_f64(*number),
        Value::String(text) => match text.parse() {
            Ok(number) => Some(Amount::from_i64(number)),
            Err(_) => text.parse().ok().and_then(Amount::from_f64),
        },
        Value::Empty | Value::Bool(_) | Value::Bytes(_) | Value::Array(_) | Value::Map(_) => None,
    };
    amount.filter(|amount| !amount.is_negative())
}
