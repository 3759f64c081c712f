//! The validator against the seeded defects.

use std::collections::BTreeSet;

use testkit::responses::{OPENMETRICS_TYPE, text, typed};
use testkit::seeds::{Seed, seeds};
use testkit::{Rule, Validator};

#[test]
fn each_seed_breaks_its_rule_and_no_other() {
    let mut missed = Vec::new();
    for Seed { rule, situation, response, previous } in seeds() {
        let defects = Validator::default().check(&response, previous.as_deref());
        if defects.is_empty() || defects.iter().any(|defect| defect.rule != rule) {
            missed.push(format!("{rule:?}, {situation}: {defects:#?}"));
        }
    }
    assert!(missed.is_empty(), "{} of {} seeds missed\n{}", missed.len(), seeds().len(), missed.join("\n"));
}

#[test]
fn each_rule_has_a_seed() {
    let seeded: BTreeSet<Rule> = seeds().into_iter().map(|seed| seed.rule).collect();
    assert_eq!(seeded.into_iter().collect::<Vec<_>>(), Rule::ALL);
}

#[test]
fn one_identity_by_an_empty_label() {
    // The label names of such a pair differ too, so that only a family that may vary shows this defect alone.
    let page = text("# HELP x X.\n# TYPE x gauge\nx{a=\"\"} 1\nx 1\n");
    let validator = Validator { varying_labels: &["x"], ..Validator::default() };
    let defects: Vec<_> = validator.check(&page, None).iter().map(ToString::to_string).collect();
    assert_eq!(defects, ["line 4: DuplicateSeries: x is in line 3 already"]);
}

#[test]
fn defects_name_line_and_thing() {
    let page = "# HELP jobs_total Jobs.\n# TYPE jobs_total counter\njobs_total{state=\"done\"} -1\njobs_total{state=\"done\"} 0x10 5\n";
    let response = typed(OPENMETRICS_TYPE, page);
    let defects: Vec<_> = Validator::default().check(&response, None).iter().map(ToString::to_string).collect();
    let expected = [
        "EofMissing: the page does not end with `# EOF`",
        "line 1: TypeTotal: TYPE of jobs_total has the ending of its samples",
        r#"line 3: CounterValue: jobs_total{state="done"} is -1"#,
        r#"line 4: Number: "0x10" is not a number that Prometheus reads"#,
        "line 4: Timestamp: jobs_total has the timestamp 5",
        r#"line 4: DuplicateSeries: jobs_total{state="done"} is in line 3 already"#,
    ];
    assert_eq!(defects, expected);
}
