//! What sets the coding agents apart: how they are recognised, and which of their metrics are tokens and money.
//!
//! Agents are told apart by the names of their metrics and events, as anybody can set a service's name.

/// A coding agent whose tokens and cost are known by name.
#[derive(Debug)]
pub(crate) struct Agent {
    /// The value of the `agent` label.
    pub(crate) name: &'static str,
    /// What the names of its metrics and events start with.
    pub(crate) prefix: &'static str,
    /// The metric that counts tokens.
    pub(crate) tokens: Tokens,
    /// The metric that counts money, and what one of it is in 10⁻⁹ USD; some tell no cost.
    pub(crate) cost: Option<(&'static str, i64)>,
    /// The event of a request that was answered.
    pub(crate) request: RequestEvent,
}

/// A metric of tokens. An agent's types may overlap: cached input is a part of the input with some, beside it with others.
#[derive(Debug)]
pub(crate) struct Tokens {
    pub(crate) metric: &'static str,
    /// The attribute that holds the type.
    pub(crate) key: &'static str,
    /// The types that make up all tokens, each counted once, and what each is.
    pub(crate) types: &'static [(&'static str, TokenType)],
}

/// What a token was used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenType {
    Input,
    Output,
    CacheRead,
    CacheCreation,
}

/// The event that tells of one answered request, and its attributes.
#[derive(Debug)]
pub(crate) struct RequestEvent {
    /// Its `event.name`, without the agent's prefix.
    pub(crate) name: &'static str,
    /// An attribute without which it tells of something else.
    pub(crate) needs: &'static str,
    /// The attributes that together are all its tokens.
    pub(crate) tokens: &'static [&'static str],
    /// The attribute with its cost in 10⁻⁶ USD, as a whole number.
    pub(crate) cost_micros: Option<&'static str>,
    /// The attribute with its cost in USD.
    pub(crate) cost: Option<&'static str>,
}

/// Every agent that is known.
pub(crate) static AGENTS: [Agent; 3] = [
    Agent {
        name: "claude-code",
        prefix: "claude_code.",
        tokens: Tokens {
            metric: "claude_code.token.usage",
            key: "type",
            types: &[
                ("input", TokenType::Input),
                ("output", TokenType::Output),
                ("cacheRead", TokenType::CacheRead),
                ("cacheCreation", TokenType::CacheCreation),
            ],
        },
        cost: Some(("claude_code.cost.usage", 1_000_000_000)),
        request: RequestEvent {
            name: "api_request",
            needs: "input_tokens",
            tokens: &["input_tokens", "output_tokens", "cache_read_tokens", "cache_creation_tokens"],
            cost_micros: Some("cost_usd_micros"),
            cost: Some("cost_usd"),
        },
    },
    Agent {
        name: "codex",
        prefix: "codex.",
        // cached_input and cache_write_input are parts of input, reasoning_output is a part of output.
        tokens: Tokens {
            metric: "codex.turn.token_usage",
            key: "token_type",
            types: &[("input", TokenType::Input), ("output", TokenType::Output)],
        },
        cost: Some(("codex.turn.cost_microusd", 1_000)),
        // Each response has two events of this name; the one with counts is meant. What it calls tool tokens is the sum.
        request: RequestEvent {
            name: "sse_event",
            needs: "input_token_count",
            tokens: &["input_token_count", "output_token_count"],
            cost_micros: None,
            cost: None,
        },
    },
    Agent {
        name: "gemini-cli",
        prefix: "gemini_cli.",
        // cache is a part of input; thought and tool are parts of nothing.
        tokens: Tokens {
            metric: "gemini_cli.token.usage",
            key: "type",
            types: &[
                ("input", TokenType::Input),
                ("tool", TokenType::Input),
                ("output", TokenType::Output),
                ("thought", TokenType::Output),
            ],
        },
        cost: None,
        request: RequestEvent {
            name: "api_response",
            needs: "input_token_count",
            tokens: &["input_token_count", "output_token_count", "thoughts_token_count", "tool_token_count"],
            cost_micros: None,
            cost: None,
        },
    },
];

/// Whoever sends what none of [`AGENTS`] does.
pub(crate) const OTHER: &str = "other";

/// The agent that sends a metric or an event of this name.
pub(crate) fn of_name(name: &str) -> Option<&'static Agent> {
    AGENTS.iter().find(|agent| name.starts_with(agent.prefix))
}

impl Tokens {
    /// What a type of tokens is; `None` for one that is a part of another.
    pub(crate) fn of_type(&self, name: &str) -> Option<TokenType> {
        self.types.iter().find(|(known, _)| *known == name).map(|(_, token_type)| *token_type)
    }
}
