//! What both programs make of streams whose totals are known.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::thread;

use testkit::otlp::claude::Total;
use testkit::otlp::scenarios::{self, Scenario};

use super::exports::{MINUTE, now};
use super::server::Server;
use crate::Failure;

/// Another seed is another stream with the same properties.
const SEED: u64 = 1;

/// What was found.
pub(super) struct Exactness {
    /// By scenario: what was sent, and what each shows of it.
    pub(super) table: String,
    /// Of each scenario that ours does not show exactly, what is not.
    pub(super) wrong: Vec<String>,
}

/// Sends every scenario to both, new processes. Fails when one does not answer.
pub(super) fn measure(servers: &[Server; 2]) -> Result<Exactness, Failure> {
    let beginning = now()? - 30 * MINUTE;
    let mut table = "| stream | sent, USD | ours | the Collector | it misses |\n|---|---|---|---|---|\n".to_owned();
    let mut wrong = Vec::new();
    for scenario in scenarios::all(SEED, beginning) {
        send(&scenario, servers)?;
        let [ours, peer] = servers;
        let (ours, peer) = (ours.series()?, peer.series()?);
        wrong.extend(differences(&scenario, &ours));
        let sent = dollars(&scenario, |_, total| Some(total.amount));
        let [ours, peer] =
            [&ours, &peer].map(|page| dollars(&scenario, |series, total| total.shown(*page.get(series)?)));
        writeln!(
            table,
            "| {} | {sent:.9} | {ours:.9} | {peer:.9} | {:+.1} % |",
            scenario.name,
            100.0 * (sent - peer) / sent
        )?;
    }
    Ok(Exactness { table, wrong })
}

fn send(scenario: &Scenario, servers: &[Server; 2]) -> Result<(), Failure> {
    for step in &scenario.steps {
        for server in servers {
            let headers = [("Content-Type", step.content_type)];
            let answer = testkit::http::post(server.otlp, "/v1/metrics", &headers, &step.body)?;
            if answer.status != step.status {
                return Err(format!("{}: {} answers {}", scenario.name, server.otlp, answer.text()).into());
            }
        }
    }
    thread::sleep(super::SETTLED);
    Ok(())
}

/// How many series of a page are not what was sent, and the first of them.
fn differences(scenario: &Scenario, page: &BTreeMap<String, f64>) -> Option<String> {
    let found = |series: &String, total: &Total| page.get(series).and_then(|value| total.shown(*value));
    let mut wrong = scenario.truth.iter().filter(|(series, total)| found(series, total) != Some(total.amount));
    let (series, total) = wrong.next()?;
    let (others, shown) = (wrong.count(), found(series, total));
    Some(format!("{}: {series} is {shown:?} instead of {}, and {others} more", scenario.name, total.amount))
}

/// The sum of a scenario's costs, as a page or the truth has them.
fn dollars(scenario: &Scenario, amount: impl Fn(&String, &Total) -> Option<u64>) -> f64 {
    let costs = scenario.truth.iter().filter(|(series, _)| series.starts_with("claude_code_cost_usage"));
    costs.filter_map(|(series, total)| amount(series, total)).sum::<u64>() as f64 / 1e9
}
