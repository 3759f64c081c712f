//! What Prometheus takes without harm: allowed here too, or refused for a reason of ours.

use std::collections::BTreeSet;

use testkit::responses::{openmetrics, text, typed};
use testkit::{Rule, Validator};

enum Verdict {
    /// No defect: neither Prometheus nor anything else is misled.
    Allowed(&'static str),
    /// A defect although Prometheus goes on, because of what it cannot see.
    Refused(Rule, &'static str),
}
use Verdict::{Allowed, Refused};

const UP: &str = "# HELP up Up.\n# TYPE up gauge\nup 1\n";

fn table() -> Vec<(&'static str, Vec<u8>, Verdict)> {
    let up_and = |rest: &str| text(format!("{UP}{rest}"));
    vec![
        ("# EOF in text", up_and("# EOF\n"), Allowed("it is a comment there")),
        (
            "a comment in text",
            up_and("# Made by hand.\n#\n#TYPE up counter\n"),
            Allowed("no space after #: not metadata"),
        ),
        ("# UNIT in text", up_and("# UNIT up seconds\n"), Allowed("it is a comment there")),
        (
            "metadata without samples",
            up_and("# HELP idle_total Idle.\n# TYPE idle_total counter\n"),
            Allowed("both formats permit it; nothing is stored"),
        ),
        (
            "HELP without text",
            text("# HELP up \n# TYPE up gauge\nup 1\n"),
            Allowed("the Collector sends it for metrics without description"),
        ),
        (
            "no labels in braces",
            text("# HELP up Up.\n# TYPE up gauge\nup{} 1\n"),
            Allowed("both formats permit it; the series is the same"),
        ),
        (
            "a carriage return within a label",
            text("# HELP up Up.\n# TYPE up gauge\nup{a=\"x\ry\"} 1\n"),
            Allowed("only backslash, quote and line feed must be escaped"),
        ),
        (
            "an escaping scheme in the type",
            typed("text/plain; version=0.0.4; charset=utf-8; escaping=values", UP),
            Allowed("Go's libraries add it"),
        ),
        ("no trailing newline", text(UP.trim_end()), Refused(Rule::FinalNewline, "a cut-off number would pass")),
        (
            "# EOF without newline",
            openmetrics(format!("{UP}# EOF")),
            Refused(Rule::FinalNewline, "the specification asks for it"),
        ),
        (
            "text/plain without version",
            typed("text/plain; charset=utf-8", UP),
            Refused(Rule::ContentType, "other readers guess"),
        ),
        (
            "text/plain of version 9.9.9",
            typed("text/plain; version=9.9.9; charset=utf-8", UP),
            Refused(Rule::ContentType, "there is no such version"),
        ),
        (
            "a quoted UTF-8 name",
            text("# HELP \"up.time\" Up.\n# TYPE \"up.time\" gauge\n{\"up.time\",a=\"1\"} 1\n"),
            Refused(Rule::MetricName, "older servers fail the scrape, promtool cannot lint it"),
        ),
        (
            "a quoted UTF-8 label",
            text("# HELP up Up.\n# TYPE up gauge\nup{\"a.b\"=\"1\"} 1\n"),
            Refused(Rule::LabelName, "the same"),
        ),
        (
            "a blank line in text",
            text(format!("\n{UP}")),
            Refused(Rule::BlankLine, "it fails the scrape in OpenMetrics"),
        ),
        ("a spare comma", up_and("up{a=\"1\",} 1\n"), Refused(Rule::Malformed, "OpenMetrics forbids it")),
        ("two spaces", up_and("up  1\n"), Refused(Rule::Malformed, "it fails the scrape in OpenMetrics")),
        (
            "metadata behind a tab",
            text("# HELP up Up.\n#\tTYPE up gauge\n# TYPE up gauge\nup 1\n"),
            Refused(Rule::Malformed, "it is a comment to other readers"),
        ),
    ]
}

#[test]
fn harmless_rows() {
    for (situation, response, verdict) in table() {
        let defects = Validator::default().check(&response, None);
        let rules: BTreeSet<Rule> = defects.into_iter().map(|defect| defect.rule).collect();
        match verdict {
            Allowed(why) => assert_eq!(rules, BTreeSet::new(), "{situation} is allowed: {why}"),
            Refused(rule, why) => assert_eq!(rules, BTreeSet::from([rule]), "{situation} is refused: {why}"),
        }
    }
}
