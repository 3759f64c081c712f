//! The last sessions, with gauges of their own that a workflow can ask for by id, while on the page all sessions are one.

use exposition::{Desc, Families, Kind};
use ledger::Session;

use crate::number::number;

/// Sessions with gauges.
pub(crate) const SHOWN: usize = 50;

/// The agent whose sessions have gauges; the others don't tell enough of theirs.
const AGENT: &str = "claude-code";

static COST: Desc = Desc {
    name: "claude_code_session_cost_usd",
    help: "US dollars at list prices that one of the last 50 sessions has cost, from claude_code.cost.usage.",
    kind: Kind::Gauge,
    labels: &["session_id"],
};
static TOKENS: Desc = Desc {
    name: "claude_code_session_tokens",
    help: "Tokens that one of the last 50 sessions has used, from claude_code.token.usage.",
    kind: Kind::Gauge,
    labels: &["session_id", "type"],
};
static ACTIVE: Desc = Desc {
    name: "claude_code_session_active_seconds",
    help: "Seconds in which one of the last 50 sessions was at work, from claude_code.active_time.total.",
    kind: Kind::Gauge,
    labels: &["session_id"],
};
static LAST_SEEN: Desc = Desc {
    name: "claude_code_session_last_seen_timestamp_seconds",
    help: "Unix time at which something was last heard of one of the last 50 sessions.",
    kind: Kind::Gauge,
    labels: &["session_id"],
};

/// The last sessions, the one that was heard of last at the end.
#[derive(Debug, Default)]
pub(crate) struct Sessions(Vec<Session>);

impl Sessions {
    /// Takes what the ledger remembers, most recent first.
    pub(crate) fn load(&mut self, recent: Vec<Session>) {
        self.0 = recent;
        self.0.reverse();
    }

    /// Takes a session as it is now.
    pub(crate) fn update(&mut self, session: Session) {
        self.0.retain(|known| (&known.agent, &known.id) != (&session.agent, &session.id));
        self.0.push(session);
        if self.0.len() > SHOWN {
            self.0.remove(0);
        }
    }

    pub(crate) fn samples(&self, out: &mut Families) {
        for session in self.0.iter().filter(|session| session.agent == AGENT) {
            let id = session.id.as_str();
            out.add(&COST, &[id], number(session.cost));
            for (name, tokens) in [
                ("input", session.tokens.input),
                ("output", session.tokens.output),
                ("cacheRead", session.tokens.cache_read),
                ("cacheCreation", session.tokens.cache_creation),
            ] {
                out.add(&TOKENS, &[id, name], tokens);
            }
            out.add(&ACTIVE, &[id], number(session.active));
            out.add(&LAST_SEEN, &[id], session.last_seen as f64 / 1e9);
        }
    }
}
