//! Which metrics are shown, and which of their attributes become labels.
//!
//! Left out are who it was, which does not belong on a page that anybody may read, and what never repeats, of which each
//! value would be a series for good. The exact shape of the Collector's page, with all of that on it, is a choice.

use clap::ValueEnum;

/// What becomes of `session.id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SessionLabel {
    /// All sessions are one series; the last ones have gauges of their own.
    Fold,
    /// Each session is a series, as on the Collector's page.
    Keep,
}

/// What becomes of attributes that tell a person, an account or an installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PersonalLabels {
    /// They are left out.
    Drop,
    /// They are shown as a keyed hash, the same for the same person as long as the ledger lasts.
    Hash,
    /// They are shown.
    Keep,
}

/// A page to be like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Compat {
    /// The Collector's, without what is personal or never repeats.
    None,
    /// The Collector's, label for label.
    Otelcol,
}

/// What becomes of an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Show,
    Hash,
    Drop,
}

/// The choices that were made.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    pub(crate) session: SessionLabel,
    pub(crate) personal: PersonalLabels,
    pub(crate) compat: Compat,
    /// Attributes of resources that become labels.
    pub(crate) resource_labels: Vec<String>,
}

/// Attributes that tell who it was.
const PERSONAL: &[&str] = &[
    "enduser.id",
    "installation.id",
    "organization.id",
    "user.account_id",
    "user.account_uuid",
    "user.email",
    "user.groups",
    "user.id",
    "user.name",
];

/// Attributes that tell which session it was, by the names that agents have for it.
const SESSION: &[&str] = &["conversation.id", "gen_ai.conversation.id", "session.id"];

/// Attributes that hardly ever repeat, of the metrics whose names start so.
const UNBOUNDED: &[(&str, &[&str])] = &[
    ("codex.", &["turn.id"]),
    // A count of lines, a measured time, a model's free text.
    ("gemini_cli.", &["cpu_usage_system", "cpu_usage_user", "experiments.ids", "lines", "routing.reasoning"]),
];

/// What Codex tells of more than its own insides: of its 57 metrics, with some 6,000 lines, these.
const CODEX: &[&str] =
    &["codex.api_request", "codex.sse_event", "codex.thread.", "codex.tool.call", "codex.turn.", "codex.websocket."];

impl Policy {
    /// Whether a metric is shown at all.
    pub(crate) fn shows(&self, metric: &str) -> bool {
        self.compat == Compat::Otelcol
            || !metric.starts_with("codex.")
            || CODEX.iter().any(|prefix| metric.starts_with(prefix))
    }

    /// What becomes of an attribute of the metric's points.
    pub(crate) fn fate(&self, metric: &str, key: &str) -> Fate {
        if SESSION.contains(&key) {
            return if self.session == SessionLabel::Keep { Fate::Show } else { Fate::Drop };
        }
        if PERSONAL.contains(&key) {
            return match (self.compat, self.personal) {
                (Compat::Otelcol, _) | (_, PersonalLabels::Keep) => Fate::Show,
                (_, PersonalLabels::Hash) => Fate::Hash,
                (_, PersonalLabels::Drop) => Fate::Drop,
            };
        }
        let unbounded = |(prefix, keys): &(&str, &[&str])| metric.starts_with(prefix) && keys.contains(&key);
        if self.compat == Compat::None && UNBOUNDED.iter().any(unbounded) { Fate::Drop } else { Fate::Show }
    }
}

/// The session that an attribute names.
pub(crate) fn is_session(key: &str) -> bool {
    SESSION.contains(&key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(session: SessionLabel, personal: PersonalLabels, compat: Compat) -> Policy {
        Policy { session, personal, compat, resource_labels: Vec::new() }
    }

    #[test]
    fn by_default_neither_people_nor_sessions_nor_what_never_repeats() {
        let policy = policy(SessionLabel::Fold, PersonalLabels::Drop, Compat::None);
        for (metric, key, fate) in [
            ("claude_code.cost.usage", "model", Fate::Show),
            ("claude_code.cost.usage", "user.email", Fate::Drop),
            ("claude_code.cost.usage", "session.id", Fate::Drop),
            ("codex.turn.cost_microusd", "conversation.id", Fate::Drop),
            ("codex.turn.cost_microusd", "turn.id", Fate::Drop),
            ("gemini_cli.file.operation.count", "lines", Fate::Drop),
            ("app.lines", "lines", Fate::Show),
        ] {
            assert_eq!(policy.fate(metric, key), fate, "{metric} {key}");
        }
        assert!(policy.shows("codex.turn.token_usage") && policy.shows("app.anything"));
        assert!(!policy.shows("codex.startup.phase.duration_ms"));
    }

    #[test]
    fn the_collectors_page_has_everything() {
        let policy = policy(SessionLabel::Keep, PersonalLabels::Drop, Compat::Otelcol);
        for key in ["user.email", "session.id", "turn.id", "organization.id"] {
            assert_eq!(policy.fate("codex.turn.cost_microusd", key), Fate::Show, "{key}");
        }
        assert!(policy.shows("codex.startup.phase.duration_ms"));
    }

    #[test]
    fn sessions_are_folded_whatever_else_is_kept() {
        let policy = policy(SessionLabel::Fold, PersonalLabels::Keep, Compat::Otelcol);
        assert_eq!(policy.fate("claude_code.cost.usage", "session.id"), Fate::Drop);
        assert_eq!(policy.fate("claude_code.cost.usage", "user.email"), Fate::Show);
    }

    #[test]
    fn people_as_hashes() {
        let policy = policy(SessionLabel::Fold, PersonalLabels::Hash, Compat::None);
        assert_eq!(policy.fate("claude_code.cost.usage", "user.email"), Fate::Hash);
    }
}
