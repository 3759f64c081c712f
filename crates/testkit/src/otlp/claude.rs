//! Metric requests of Claude Code's shape, and what a page must show of them.
//!
//! Names, units, attributes and their order are those of version 2.1.197. A session has 17 series and a request with all
//! of them takes some 7.4 kB.

use super::{
    Attributes, Data, Metric, Number, Point, Request, ResourceMetrics, ScopeMetrics, Temporality, Value, texts,
};

const MAIN: &str = "claude-opus-4-8[1m]";
const AUXILIARY: &str = "claude-haiku-4-5";
const SCOPE: &str = "com.anthropic.claude_code";
const VERSION: &str = "2.1.197";

/// How many series a session has.
pub const SERIES: usize = TABLE.len();

/// One of the series that every session has.
struct Series {
    metric: &'static str,
    unit: &'static str,
    /// The metric's name on a page.
    exposed: &'static str,
    /// Amounts are counted in 10 to the power of minus this: 0 for what is whole, 9 for dollars and seconds.
    digits: u32,
    /// The attributes after those of the session.
    attributes: &'static [(&'static str, &'static str)],
}

const fn whole(
    metric: &'static str,
    exposed: &'static str,
    attributes: &'static [(&'static str, &'static str)],
) -> Series {
    Series { metric, unit: "", exposed, digits: 0, attributes }
}

const fn tokens(attributes: &'static [(&'static str, &'static str)]) -> Series {
    Series { unit: "tokens", ..whole("claude_code.token.usage", "claude_code_token_usage_tokens_total", attributes) }
}

const fn cost(attributes: &'static [(&'static str, &'static str)]) -> Series {
    let metric = whole("claude_code.cost.usage", "claude_code_cost_usage_USD_total", attributes);
    Series { unit: "USD", digits: 9, ..metric }
}

const fn active_time(attributes: &'static [(&'static str, &'static str)]) -> Series {
    let metric = whole("claude_code.active_time.total", "claude_code_active_time_seconds_total", attributes);
    Series { unit: "s", digits: 9, ..metric }
}

const fn lines(attributes: &'static [(&'static str, &'static str)]) -> Series {
    whole("claude_code.lines_of_code.count", "claude_code_lines_of_code_count_total", attributes)
}

/// In the order in which they are sent: the series of a metric follow each other.
const TABLE: [Series; 17] = [
    whole("claude_code.session.count", "claude_code_session_count_total", &[("start_type", "fresh")]),
    cost(&[("model", MAIN), ("query_source", "main"), ("effort", "high")]),
    cost(&[("model", AUXILIARY), ("query_source", "auxiliary"), ("effort", "high")]),
    tokens(&[("model", MAIN), ("query_source", "main"), ("effort", "high"), ("type", "input")]),
    tokens(&[("model", MAIN), ("query_source", "main"), ("effort", "high"), ("type", "output")]),
    tokens(&[("model", MAIN), ("query_source", "main"), ("effort", "high"), ("type", "cacheRead")]),
    tokens(&[("model", MAIN), ("query_source", "main"), ("effort", "high"), ("type", "cacheCreation")]),
    tokens(&[("model", AUXILIARY), ("query_source", "auxiliary"), ("effort", "high"), ("type", "input")]),
    tokens(&[("model", AUXILIARY), ("query_source", "auxiliary"), ("effort", "high"), ("type", "output")]),
    tokens(&[("model", AUXILIARY), ("query_source", "auxiliary"), ("effort", "high"), ("type", "cacheRead")]),
    tokens(&[("model", AUXILIARY), ("query_source", "auxiliary"), ("effort", "high"), ("type", "cacheCreation")]),
    lines(&[("type", "added"), ("model", MAIN)]),
    lines(&[("type", "removed"), ("model", MAIN)]),
    active_time(&[("type", "cli")]),
    active_time(&[("type", "user")]),
    whole(
        "claude_code.code_edit_tool.decision",
        "claude_code_code_edit_tool_decision_total",
        &[("tool_name", "Edit"), ("decision", "accept"), ("source", "config"), ("language", "Rust")],
    ),
    whole("claude_code.commit.count", "claude_code_commit_count_total", &[]),
];

/// One point to send: a series of the session by its place, an amount in the series' smallest unit, and the interval
/// that it is of, in nanoseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Below [`SERIES`].
    pub series: usize,
    /// Of the interval in delta streams, of the process's life in cumulative ones.
    pub amount: u64,
    /// When the interval, or the counting, began.
    pub start: u64,
    /// When the interval ended.
    pub time: u64,
}

/// The request that a process of session `number` exports. Samples of one series follow each other or not: they are
/// grouped by metric, in the order of the series.
pub fn request(number: u32, temporality: Temporality, samples: &[Sample]) -> Request {
    let mut metrics: Vec<Metric> = Vec::new();
    for (place, series) in TABLE.iter().enumerate() {
        let of_series = samples.iter().filter(|sample| sample.series == place);
        let added: Vec<Point<Number>> = of_series.map(|sample| point(number, series, sample)).collect();
        if added.is_empty() {
            continue;
        }
        match metrics.last_mut() {
            Some(Metric { name, data: Data::Sum { points, .. }, .. }) if name == series.metric => points.extend(added),
            _ => metrics.push(Metric {
                name: series.metric.to_owned(),
                description: String::new(),
                unit: series.unit.to_owned(),
                data: Data::Sum { points: added, temporality, monotonic: true },
            }),
        }
    }
    let scope =
        ScopeMetrics { name: SCOPE.to_owned(), version: VERSION.to_owned(), metrics, ..ScopeMetrics::default() };
    let attributes = texts(&[
        ("service.name", "claude-code"),
        ("service.version", VERSION),
        ("os.type", "darwin"),
        ("os.version", "25.0.0"),
        ("host.arch", "arm64"),
    ]);
    Request { resources: vec![ResourceMetrics { attributes, scopes: vec![scope], ..ResourceMetrics::default() }] }
}

fn point(number: u32, series: &Series, sample: &Sample) -> Point<Number> {
    let mut attributes = session(number);
    attributes.extend(texts(series.attributes));
    // The SDK writes every amount as a double, also what is counted.
    let value = Number::Double(sample.amount as f64 / 10_f64.powi(series.digits.cast_signed()));
    Point { attributes, start: sample.start, time: sample.time, flags: 0, value }
}

/// The attributes of every point of a session.
fn session(number: u32) -> Attributes {
    let mut attributes = texts(&[
        ("user.id", "0f2b9c3d4e5f60718293a4b5c6d7e8f90112233445566778899aabbccddeeff0"),
        ("organization.id", "00000000-0000-4000-8000-00000000000a"),
        ("user.account_uuid", "00000000-0000-4000-8000-00000000000b"),
        ("user.email", "dev@example.test"),
        ("terminal.type", "tmux"),
    ]);
    attributes.insert(1, ("session.id".to_owned(), Value::Text(session_id(number))));
    attributes
}

/// The `session.id` of session `number`.
pub fn session_id(number: u32) -> String {
    format!("{number:08x}-1111-4222-8333-{number:012x}")
}

/// A total in a series' smallest unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Total {
    /// In 10 to the power of minus `digits`.
    pub amount: u64,
    /// 0 for what is whole, 9 for dollars and seconds.
    pub digits: u32,
}

impl Total {
    /// The sample that shows it, to the nearest unit. `None` for what is no amount, or more than a double tells apart.
    pub fn shown(self, sample: f64) -> Option<u64> {
        let amount = (sample * 10_f64.powi(self.digits.cast_signed())).round();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be in range")]
        (0.0..9e15).contains(&amount).then_some(amount as u64)
    }
}

/// How a page with the Collector's labels names a series of session `number`, in the spelling of [`crate::page::series`],
/// and in what its amounts are counted.
pub fn exposed(number: u32, series: usize) -> (String, u32) {
    let series = &TABLE[series];
    let added = texts(&[("job", "claude-code"), ("otel_scope_name", SCOPE), ("otel_scope_version", VERSION)]);
    let attributes = session(number).into_iter().chain(texts(series.attributes)).chain(added);
    let mut labels: Vec<String> = attributes
        .filter_map(|(key, value)| match value {
            Value::Text(value) => Some(format!("{}=\"{value}\"", key.replace('.', "_"))),
            _ => None,
        })
        .collect();
    labels.sort_unstable();
    (format!("{}{{{}}}", series.exposed, labels.join(",")), series.digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_with_every_series() {
        let sample = |series| Sample { series, amount: 3, start: 1, time: 2 };
        let samples: Vec<Sample> = (0..SERIES).map(sample).collect();
        let body = request(1, Temporality::Delta, &samples).protobuf();
        assert!((7_200..7_600).contains(&body.len()), "{} bytes", body.len());
    }

    #[test]
    fn a_total_as_a_page_shows_it() {
        let dollars = Total { amount: 45_312_000, digits: 9 };
        assert_eq!(dollars.shown(0.045312), Some(45_312_000));
        assert_eq!(dollars.shown(0.045312001), Some(45_312_001));
        assert_eq!(dollars.shown(f64::NAN), None);
        assert_eq!(Total { amount: 0, digits: 0 }.shown(1e18), None);
    }
}
