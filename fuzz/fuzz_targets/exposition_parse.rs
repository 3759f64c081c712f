//! Bytes as a page: never a panic, what is read can be written and read again, and what is clean is not refused.

#![no_main]

use exposition::lint::lint;
use exposition::parse::{Family, ParseError, parse_openmetrics, parse_text};
use fuzz::round_trip;
use libfuzzer_sys::fuzz_target;
use testkit::responses::{openmetrics, text};
use testkit::{Rule, Validator};

fuzz_target!(|page: &[u8]| {
    check(page, parse_text(page), &text(page));
    check(page, parse_openmetrics(page), &openmetrics(page));
});

/// Defects that a page may have from whoever wrote it first.
const OF_THE_AUTHOR: [Rule; 5] = [Rule::HelpMissing, Rule::CounterValue, Rule::Quantile, Rule::Created, Rule::Empty];

/// Defects in spite of which a page says what it says.
const READABLE: [Rule; 11] = [
    Rule::HelpMissing,
    Rule::TypeMissing,
    Rule::LabelSet,
    Rule::Empty,
    Rule::DuplicateSeries,
    Rule::LabelFloat,
    Rule::BucketInf,
    Rule::BucketOrder,
    Rule::BucketCumulative,
    Rule::BucketCount,
    Rule::SumOrCountMissing,
];

fn check(page: &[u8], read: Result<Vec<Family>, ParseError>, response: &[u8]) {
    match read {
        Ok(families) => {
            drop(lint(&families));
            round_trip(&families, &OF_THE_AUTHOR);
        }
        Err(refusal) => {
            let line = refusal.line.checked_sub(1).and_then(|index| page.split(|byte| *byte == b'\n').nth(index));
            let line = line.unwrap_or_else(|| panic!("{refusal} in no line"));
            assert!(refusal.message.len() < 2_000, "{refusal}");
            let defects = Validator::default().check(response, None);
            let is_readable = defects.iter().all(|defect| READABLE.contains(&defect.rule));
            // The one type that the parser refuses on purpose; and what is metadata to it, as to the Go parser of text files, is
            // a comment to Prometheus and the validator.
            let is_comment = line.starts_with(b"#") && !line.starts_with(b"# HELP ") && !line.starts_with(b"# TYPE ");
            let is_known = refusal.message.contains("gaugehistogram") || is_comment;
            assert!(!is_readable || is_known, "{refusal} in\n{}", String::from_utf8_lossy(page));
        }
    }
}
