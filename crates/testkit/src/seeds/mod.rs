//! Seeded defects: for each [`Rule`] of the validator the smallest responses that break it, and it alone.

mod heads;
mod messages;
mod pages;
mod values;

use crate::Rule;
use crate::responses::{openmetrics, text};

/// A rule, the situation that breaks it, the response, and the one before if it takes two.
#[expect(missing_docs, reason = "the sentence above names them")]
pub struct Seed {
    pub rule: Rule,
    pub situation: &'static str,
    pub response: Vec<u8>,
    pub previous: Option<Vec<u8>>,
}

/// All of them; each rule has one at least.
pub fn seeds() -> Vec<Seed> {
    let pages = [pages::lines(), pages::metadata(), pages::names()].concat();
    let messages = [messages::messages(), messages::histograms()].concat();
    let alone = [heads::heads(), pages, values::values(), values::histograms(), messages].concat();
    let alone = alone.into_iter().map(|(rule, situation, response)| Seed { rule, situation, response, previous: None });
    alone.chain(pairs()).collect()
}

type Alone = (Rule, &'static str, Vec<u8>);

const UP: &str = "# HELP up Up.\n# TYPE up gauge\nup 1\n";

fn pairs() -> Vec<Seed> {
    let counter = |sample: &str| text(format!("# HELP x_total X.\n# TYPE x_total counter\n{sample}\n"));
    let openmetrics_counter = |sample: &str| openmetrics(format!("# HELP x X.\n# TYPE x counter\n{sample}\n# EOF\n"));
    let histogram = |less: u32, all: u32, sum: u32| {
        text(format!(
            "# HELP t T.\n# TYPE t histogram\nt_bucket{{le=\"1\"}} {less}\nt_bucket{{le=\"+Inf\"}} {all}\nt_sum {sum}\nt_count {all}\n"
        ))
    };
    let pair = |rule, situation, previous, response| Seed { rule, situation, response, previous: Some(previous) };
    vec![
        pair(
            Rule::SeriesText,
            "labels in another order",
            counter("x_total{a=\"1\",b=\"2\"} 1"),
            counter("x_total{b=\"2\",a=\"1\"} 1"),
        ),
        pair(Rule::SeriesText, "an empty label that came", counter("x_total 1"), counter("x_total{a=\"\"} 1")),
        pair(
            Rule::TypeChanged,
            "a gauge that becomes untyped",
            text("# HELP x X.\n# TYPE x gauge\nx 1\n"),
            text("# HELP x X.\n# TYPE x untyped\nx 1\n"),
        ),
        pair(Rule::CounterFell, "a counter that starts again", counter("x_total 5"), counter("x_total 0")),
        pair(
            Rule::CounterFell,
            "a counter that falls a little",
            openmetrics_counter("x_total 5.5"),
            openmetrics_counter("x_total 5.4"),
        ),
        pair(
            Rule::CounterFell,
            "a counter that falls from text to OpenMetrics",
            counter("x_total 5"),
            openmetrics_counter("x_total 4"),
        ),
        pair(Rule::CounterFell, "a bucket that falls", histogram(3, 5, 9), histogram(2, 5, 9)),
        pair(Rule::CounterFell, "a count that falls", histogram(3, 5, 9), histogram(3, 4, 9)),
        pair(Rule::CounterFell, "a sum that falls", histogram(3, 5, 9), histogram(3, 5, 8)),
    ]
}
