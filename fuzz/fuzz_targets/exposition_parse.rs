//! Bytes as a page: never a panic, what is read can be written and read again, and what is clean is not refused.

#![no_main]

use exposition::lint::lint;
use exposition::parse::{Family, ParseError, parse_openmetrics, parse_text};
use fuzz::round_trip;
use libfuzzer_sys::fuzz_target;
use testkit::responses::{openmetrics, text};
use testkit::{Rule, Validator};

fuzz_target!(|page: &[u8]| {
    check(page, parse_text(page), text(page));
    check(page, parse_openmetrics(page), openmetrics(page));
});

/// Defects that a page may have from whoever wrote it first.
const OF_THE_AUTHOR: [Rule; 5] = [Rule::HelpMissing, Rule::CounterValue, Rule::Quantile, Rule::Created, Rule::Empty];

fn check(page: &[u8], read: Result<Vec<Family>, ParseError>, response: Vec<u8>) {
    match read {
        Ok(families) => {
            drop(lint(&families));
            round_trip(&families, &OF_THE_AUTHOR);
        }
        Err(refusal) => {
            let lines = page.split(|byte| *byte == b'\n').count();
            assert!((1..=lines).contains(&refusal.line) && refusal.message.len() < 2_000, "{refusal}");
            let is_clean = Validator::default().check(&response, None).is_empty();
            // The one type that the parser refuses on purpose.
            let is_known = refusal.message.contains("gaugehistogram");
            assert!(!is_clean || is_known, "{refusal} in\n{}", String::from_utf8_lossy(page));
        }
    }
}
