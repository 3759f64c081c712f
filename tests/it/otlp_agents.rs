//! What the agents really send, and what of it is on the page by default: tokens and money exactly once, nobody's name, and
//! nothing that makes a series each time.

use std::collections::BTreeMap;
use std::fs;

use testkit::http::{self, PROMETHEUS};
use testkit::page;

use crate::bridge::Bridge;
use crate::tools::repository;

/// A bridge, and what it has been sent.
struct Sent {
    bridge: Bridge,
    _folder: tempfile::TempDir,
}

impl Sent {
    /// Sends files of the fixtures in turn, by their names: `codex/exec.metrics.pb` goes to `/v1/metrics` as protobuf.
    fn new(flags: &[&str], files: &[&str]) -> Sent {
        let folder = tempfile::tempdir().expect("there is a folder for temporary files");
        let bridge = Bridge::start(&folder.path().join("ledger.db"), flags);
        let sent = Sent { bridge, _folder: folder };
        files.iter().for_each(|file| sent.send(file));
        sent
    }

    fn send(&self, file: &str) {
        let body = fs::read(repository().join("tests/fixtures/otlp").join(file)).expect("the fixture is there");
        let (name, encoding) = file.rsplit_once('.').expect("a fixture's name ends with its encoding");
        let (_, signal) = name.rsplit_once('.').unwrap_or(("", "metrics"));
        let content_type = if encoding == "pb" { "application/x-protobuf" } else { "application/json" };
        let answer = http::post(self.bridge.otlp, &format!("/v1/{signal}"), &[("Content-Type", content_type)], &body);
        let answer = answer.expect("the bridge answers");
        assert_eq!(answer.status, 200, "{file}: {}", answer.text());
        let nothing: &[u8] = if encoding == "pb" { b"" } else { b"{}" };
        assert_eq!(answer.body, nothing, "{file}: all of it is taken");
    }

    /// The series on a second look: a new one may be shown as 0 once.
    fn series(&self) -> BTreeMap<String, f64> {
        self.text();
        page::series(self.text().as_bytes())
    }

    fn text(&self) -> String {
        http::get(self.bridge.page.address(), "/metrics", PROMETHEUS).expect("the bridge answers").text()
    }
}

/// The sum of all series whose name is `name` and that have all of these labels.
fn sum(series: &BTreeMap<String, f64>, name: &str, labels: &[&str]) -> f64 {
    let is_asked = |key: &str| {
        let rest = key.strip_prefix(name).unwrap_or("-");
        (rest.is_empty() || rest.starts_with('{')) && labels.iter().all(|label| rest.contains(label))
    };
    series.iter().filter(|(key, _)| is_asked(key)).map(|(_, value)| value).sum()
}

/// The values of each type of tokens, in this order.
fn tokens(series: &BTreeMap<String, f64>, name: &str, key: &str, types: &[&str]) -> Vec<f64> {
    types.iter().map(|token_type| sum(series, name, &[&format!("{key}=\"{token_type}\"")])).collect()
}

const CODEX_TOKENS: &str = "codex_turn_token_usage_sum";
const CODEX_TYPES: [&str; 5] = ["input", "cached_input", "output", "reasoning_output", "cache_write_input"];
const GEMINI_TOKENS: &str = "gemini_cli_token_usage_total";

#[test]
fn a_run_of_codex_in_either_encoding() {
    for file in ["codex/exec.metrics.pb", "codex/exec.metrics.json"] {
        let series = Sent::new(&[], &[file]).series();
        assert_eq!(
            tokens(&series, CODEX_TOKENS, "token_type", &CODEX_TYPES),
            [2800.0, 2408.0, 350.0, 272.0, 210.0],
            "{file}"
        );
        // A second of a type that is a part of another would be counted twice.
        let counted = sum(&series, "pilotlight_agent_source_tokens_total", &["codex", "metrics"]);
        assert_eq!(counted, 3150.0, "{file}");
    }
}

#[test]
fn runs_of_codex_share_their_series() {
    let files = ["codex/exec.metrics.pb", "codex/resume.metrics.pb", "codex/retry.metrics.pb"];
    let series = Sent::new(&[], &files).series();
    assert_eq!(sum(&series, CODEX_TOKENS, &["token_type=\"input\""]), 8400.0);
    assert_eq!(sum(&series, "codex_turn_token_usage_count", &["token_type=\"total\""]), 3.0);
    assert_eq!(sum(&series, "codex_api_request_total", &["status=\"200\""]), 6.0);
    assert_eq!(sum(&series, "codex_api_request_total", &["status=\"500\""]), 1.0);
}

#[test]
fn a_request_that_is_sent_again() {
    let sent = Sent::new(&[], &["codex/exec.metrics.pb"; 3]);
    let series = sent.series();
    assert_eq!(sum(&series, CODEX_TOKENS, &["token_type=\"input\""]), 2800.0);
    assert_eq!(sum(&series, "pilotlight_otlp_requests_total", &["outcome=\"duplicate\""]), 2.0);
}

#[test]
fn the_cost_of_codex_is_one_series() {
    let files = [1, 2, 3].map(|number| format!("codex/app-server-{number}.metrics.pb"));
    let sent = Sent::new(&[], &files.each_ref().map(String::as_str));
    let series = sent.series();
    assert_eq!(tokens(&series, CODEX_TOKENS, "token_type", &["input", "output"]), [5600.0, 700.0]);
    let costs: Vec<_> = series.iter().filter(|(key, _)| key.starts_with("codex_turn_cost_microusd_total")).collect();
    assert_eq!(costs.iter().map(|(_, cost)| **cost).collect::<Vec<_>>(), [24_692.0], "{costs:?}");
    assert_eq!(sum(&series, "pilotlight_agent_source_cost_usd_total", &["codex"]), 0.024_692);
    assert!(!sent.text().contains("conversation_id"), "no label that is new each time");
}

#[test]
fn cumulative_values_that_come_twice() {
    let series = Sent::new(&[], &["codex/cumulative-1.metrics.pb", "codex/cumulative-2.metrics.pb"]).series();
    assert_eq!(sum(&series, CODEX_TOKENS, &["token_type=\"input\""]), 2800.0);
}

#[test]
fn events_of_codex() {
    // Two of four events of completed responses have counts; those of the run's metrics are the same.
    let series = Sent::new(&[], &["codex/exec.logs.pb", "codex/exec.metrics.pb"]).series();
    assert_eq!(sum(&series, "pilotlight_agent_source_tokens_total", &["codex", "events"]), 3150.0);
    assert_eq!(sum(&series, "pilotlight_agent_source_difference_tokens", &["codex"]), 0.0);
    // A turn that was interrupted has events and no metrics.
    let series = Sent::new(&[], &["codex/interrupted.logs.pb", "codex/exec.metrics.pb"]).series();
    assert_eq!(sum(&series, "pilotlight_agent_source_tokens_total", &["codex", "events"]), 1500.0);
}

#[test]
fn a_session_of_gemini_that_is_resumed() {
    let sent = Sent::new(&[], &[]);
    for (file, input) in [
        ("gemini/periodic-1.metrics.json", 1200.0),
        ("gemini/periodic-2.metrics.json", 1200.0),
        ("gemini/periodic-3.metrics.json", 2800.0),
        ("gemini/resume.metrics.json", 5600.0),
    ] {
        sent.send(file);
        assert_eq!(sum(&sent.series(), GEMINI_TOKENS, &["type=\"input\""]), input, "{file}");
    }
}

#[test]
fn the_same_totals_of_gemini_as_differences() {
    let types = ["input", "output", "cache", "thought", "tool"];
    let totals = |file| tokens(&Sent::new(&[], &[file]).series(), GEMINI_TOKENS, "type", &types);
    let cumulative = totals("gemini/http.metrics.json");
    assert_eq!(cumulative, [2800.0, 78.0, 2408.0, 272.0, 7.0]);
    assert_eq!(totals("gemini/grpc.metrics.pb"), cumulative);
    assert_eq!(totals("gemini/delta.metrics.json"), cumulative);
}

#[test]
fn requests_of_gemini_that_failed_and_were_sent_again() {
    let series = Sent::new(&[], &["gemini/retry.metrics.json"]).series();
    let errors = sum(&series, "gemini_cli_api_request_count_total", &["error_type="]);
    assert_eq!((sum(&series, "gemini_cli_api_request_count_total", &[]), errors), (4.0, 1.0));
}

#[test]
fn models_that_gemini_chose_between() {
    let sent = Sent::new(&[], &["gemini/router.metrics.json"]);
    let series = sent.series();
    let input = |model: &str| sum(&series, GEMINI_TOKENS, &["type=\"input\"", &format!("model=\"{model}\"")]);
    assert_eq!(["gemini-3.5-flash-lite", "gemini-3.8-flash"].map(input), [90.0, 2800.0]);
    assert!(!sent.text().contains("routing_reasoning"), "what a model wrote is no label");
}

#[test]
fn sessions_are_one_series_and_the_last_ones_have_gauges() {
    let sent = Sent::new(&[], &["otlp_claude_delta_1.pb", "otlp_claude_delta_2.pb"]);
    let series = sent.series();
    let cost: Vec<_> = series.keys().filter(|key| key.starts_with("claude_code_cost_usage_USD_total")).collect();
    assert_eq!(cost.len(), 2, "one for each model: {cost:?}");
    assert_eq!(sum(&series, "claude_code_session_count_total", &[]), 4.0);
    let id = "session_id=\"00000001-1111-4222-8333-000000000001\"";
    assert_eq!(sum(&series, "claude_code_session_cost_usd", &[id]), 0.092_672);
    assert_eq!(sum(&series, "claude_code_session_tokens", &[id, "type=\"input\""]), 3068.0);
    assert_eq!(sum(&series, "claude_code_session_active_seconds", &[id]), 97.5);
}

/// Everything that the fixtures have of people, prompts and replies; they were made so that all of it can be told.
const PRIVATE: [&str; 14] = [
    "dev@example.test",
    "user_email",
    "user_account",
    "organization_id",
    "installation_id",
    "process_command_args",
    "process_owner",
    "host_name",
    "/home/",
    "prompt=",
    "response_text",
    "00000000-0000-4000-8000-00000000000a",
    "00000000-0000-4000-8000-00000000000b",
    "0f2b9c3d4e5f60718293a4b5c6d7e8f90112233445566778899aabbccddeeff0",
];

#[test]
fn nobodys_name_prompt_or_reply_is_on_the_page_in_the_log_or_in_the_ledger() {
    let fixtures = repository().join("tests/fixtures/otlp");
    let mut files = vec!["otlp_claude_delta_1.pb".to_owned()];
    for folder in ["claude-code", "codex", "gemini"] {
        let entries = fs::read_dir(fixtures.join(folder)).expect("the fixtures are there");
        let names = entries.map(|entry| entry.expect("it can be read").file_name().into_string().expect("it is text"));
        files.extend(names.map(|name| format!("{folder}/{name}")));
    }
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let mut sent = Sent::new(&["--log.level=debug"], &files);
    let text = sent.text();
    sent.bridge.page.terminate().expect("it runs");
    sent.bridge.page.wait(std::time::Duration::from_secs(10)).expect("it ends");
    let mut places = vec![("page", text), ("log", sent.bridge.page.stderr())];
    for entry in fs::read_dir(sent._folder.path()).expect("the folder is ours") {
        let bytes = fs::read(entry.expect("it can be read").path()).expect("it can be read");
        places.push(("ledger", String::from_utf8_lossy(&bytes).into_owned()));
    }
    for (place, text) in places {
        for private in PRIVATE {
            assert!(!text.contains(private), "{private} is in the {place}");
        }
    }
}

#[test]
fn people_as_hashes_that_stay_the_same() {
    let flags = ["--personal-labels=hash"];
    let sent = Sent::new(&flags, &["otlp_claude_delta_1.pb", "otlp_claude_delta_2.pb"]);
    let series = sent.series();
    let hashes: std::collections::BTreeSet<_> = series
        .keys()
        .filter_map(|key| key.split_once("user_email=\"")?.1.split_once('"'))
        .map(|(hash, _)| hash)
        .collect();
    assert_eq!(hashes.len(), 1, "{hashes:?}");
    assert!(hashes.iter().all(|hash| hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())));
    assert!(!sent.text().contains("dev@example.test"));
}
