//! Requests as Claude Code, Codex CLI and Gemini CLI have sent them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use otlp::{Attribute, Data, Encoding, Limits, Number, NumberPoint, ResourceLogs, ResourceMetrics, Temporality, Value};

use crate::reference;

/// The requests whose names end so: name below the folder, bytes.
pub(crate) fn fixtures(suffix: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/otlp");
    let mut found = Vec::new();
    for client in ["", "claude-code", "codex", "gemini"] {
        for entry in fs::read_dir(folder.join(client)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(&folder).unwrap().to_str().unwrap().to_owned();
            let is_request = path.extension().is_some_and(|encoding| encoding == "pb" || encoding == "json");
            if name.ends_with(suffix) && is_request {
                found.push((name, fs::read(path).unwrap()));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "{suffix}");
    found
}

fn fixture(name: &str) -> Vec<u8> {
    fixtures(name).remove(0).1
}

fn encoding(name: &str) -> Encoding {
    if name.ends_with(".json") { Encoding::Json } else { Encoding::Protobuf }
}

fn metrics<'a>(name: &str, bytes: &'a [u8]) -> Vec<ResourceMetrics<'a>> {
    otlp::metrics(bytes, encoding(name), &Limits::default()).unwrap()
}

fn logs<'a>(name: &str, bytes: &'a [u8]) -> Vec<ResourceLogs<'a>> {
    otlp::logs(bytes, encoding(name), &Limits::default()).unwrap()
}

/// A metric without its values: name, unit, type, temporality, and the keys of each point.
type Shape = BTreeMap<String, (String, String, Vec<Vec<String>>)>;

fn shape(request: &[ResourceMetrics<'_>]) -> Shape {
    let metrics = request.iter().flat_map(|resource| &resource.scopes).flat_map(|scope| &scope.metrics);
    metrics
        .map(|metric| {
            let (kind, mut points) = match &metric.data {
                Data::Sum { temporality, monotonic, points } => (
                    format!("sum {temporality:?} {monotonic}"),
                    points.iter().map(|point| keys(&point.attributes)).collect::<Vec<_>>(),
                ),
                Data::Histogram { temporality, points } => (
                    format!("histogram {temporality:?} {}", points[0].bounds.len()),
                    points.iter().map(|point| keys(&point.attributes)).collect(),
                ),
                other => panic!("{other:?}"),
            };
            points.sort();
            (metric.name.clone().into_owned(), (metric.unit.clone().into_owned(), kind, points))
        })
        .collect()
}

fn keys(attributes: &[Attribute<'_>]) -> Vec<String> {
    attributes.iter().map(|attribute| attribute.key.clone().into_owned()).collect()
}

fn of<'v, 'a>(attributes: &'v [Attribute<'a>], key: &str) -> &'v Value<'a> {
    &attributes.iter().find(|attribute| attribute.key == key).unwrap().value
}

#[test]
fn every_request_in_protobuf_is_what_the_reference_reads() {
    let limits = Limits::default();
    for (name, bytes) in fixtures(".pb") {
        if name.ends_with("logs.pb") {
            assert_eq!(logs(&name, &bytes), reference::logs(&bytes).unwrap(), "{name}");
        } else if name.ends_with("traces.pb") {
            let read = otlp::traces(&bytes, Encoding::Protobuf, &limits).unwrap();
            assert_eq!(read, reference::traces(&bytes).unwrap(), "{name}");
        } else {
            assert_eq!(metrics(&name, &bytes), reference::metrics(&bytes).unwrap(), "{name}");
        }
    }
}

#[test]
fn every_request_in_json_has_something_in_it() {
    for (name, bytes) in fixtures(".json") {
        let count = if name.ends_with("logs.json") {
            logs(&name, &bytes)[0].scopes.iter().map(|scope| scope.records.len()).sum()
        } else if name.ends_with("traces.json") {
            let read = otlp::traces(&bytes, Encoding::Json, &Limits::default()).unwrap();
            assert!(read[0].scopes[0].spans.iter().all(|span| span.trace_id.is_some() && span.start < span.end));
            read[0].scopes[0].spans.len()
        } else {
            shape(&metrics(&name, &bytes)).len()
        };
        assert!(count >= 2, "{name}: {count}");
    }
}

#[test]
fn both_encodings_of_one_request_are_the_same() {
    for name in ["otlp_claude_delta_1", "otlp_claude_cumulative_1"] {
        let [protobuf, json] = [format!("{name}.pb"), format!("{name}.json")];
        let [bytes, text] = [fixture(&protobuf), fixture(&json)];
        assert_eq!(metrics(&json, &text), metrics(&protobuf, &bytes), "{name}");
    }
}

#[test]
fn claude_code_in_both_encodings() {
    let [bytes, text] = [fixture("claude-code/delta.metrics.pb"), fixture("claude-code/delta.metrics.json")];
    let [in_protobuf, in_json] = [metrics("a.pb", &bytes), metrics("a.json", &text)];
    assert_eq!(shape(&in_protobuf), shape(&in_json));
    assert_eq!(in_protobuf[0].resource, in_json[0].resource);

    let [bytes, text] = [fixture("claude-code/delta.logs.pb"), fixture("claude-code/delta.logs.json")];
    let [in_protobuf, in_json] = [logs("a.pb", &bytes), logs("a.json", &text)];
    let events = |request: &[ResourceLogs<'_>]| -> Vec<_> {
        let records = request[0].scopes.iter().flat_map(|scope| &scope.records);
        records.map(|record| (record.body.text().into_owned(), keys(&record.attributes))).collect()
    };
    assert_eq!(events(&in_protobuf), events(&in_json));
}

#[test]
fn a_metric_of_claude_code() {
    let bytes = fixture("otlp_claude_delta_1.json");
    let request = metrics("a.json", &bytes);
    let metric = request[0].scopes[0].metrics.iter().find(|metric| metric.name == "claude_code.cost.usage").unwrap();
    let Data::Sum { temporality: Temporality::Delta, monotonic: true, points } = &metric.data else {
        panic!("{metric:?}")
    };
    assert_eq!(metric.unit, "USD");
    assert_eq!(points[0].value, Number::Double(0.045_312));
}

#[test]
fn the_tokens_of_codex_in_both_encodings() {
    for name in ["codex/exec.metrics.pb", "codex/exec.metrics.json"] {
        let bytes = fixture(name);
        let request = metrics(name, &bytes);
        let metrics = request.iter().flat_map(|resource| &resource.scopes).flat_map(|scope| &scope.metrics);
        let tokens = metrics.clone().find(|metric| metric.name == "codex.turn.token_usage").unwrap();
        let Data::Histogram { temporality: Temporality::Delta, points } = &tokens.data else { panic!("{tokens:?}") };
        let sums: BTreeMap<_, _> = points
            .iter()
            .map(|point| (of(&point.attributes, "token_type").text().into_owned(), (point.sum.unwrap(), point.count)))
            .collect();
        let expected = [
            ("cache_write_input", 210.0),
            ("cached_input", 2408.0),
            ("input", 2800.0),
            ("output", 350.0),
            ("reasoning_output", 272.0),
            ("total", 3150.0),
        ];
        assert_eq!(sums, expected.map(|(key, sum)| (key.to_owned(), (sum, 1))).into(), "{name}");
        assert!(points.iter().all(|point| point.bucket_counts.len() == point.bounds.len() + 1));
    }
}

#[test]
fn codex_has_the_same_metrics_in_both_encodings() {
    let [bytes, text] = [fixture("codex/exec.metrics.pb"), fixture("codex/exec.metrics.json")];
    let [all, few] = [shape(&metrics("a.pb", &bytes)), shape(&metrics("a.json", &text))];
    let shared: Vec<_> = few.keys().filter(|name| all.contains_key(*name)).collect();
    assert_eq!(shared.len(), 4, "{:?}", all.keys());
    for name in shared {
        assert_eq!(all[name], few[name], "{name}");
    }
}

#[test]
fn a_log_record_of_codex_has_no_time_and_no_body() {
    for name in ["codex/exec.logs.pb", "codex/exec.logs.json"] {
        let bytes = fixture(name);
        let request = logs(name, &bytes);
        // The one other record is the exporter's own.
        let mut records = request[0].scopes.iter().flat_map(|scope| &scope.records);
        let record = records.find(|record| record.severity != 5).unwrap();
        assert_eq!((record.time, record.severity, &*record.severity_text), (0, 9, "INFO"), "{name}");
        assert_eq!(record.observed_time / 1_000_000_000_000_000_000, 1, "{name}");
        assert_eq!(record.body, Value::Empty, "{name}");
        assert!(record.event_name.starts_with("event otel/src/events/"), "{name}");
        assert_eq!(of(&record.attributes, "event.name").text().split('.').next(), Some("codex"), "{name}");
    }
}

#[test]
fn gemini_is_built_alike_over_grpc_and_http() {
    let [bytes, text] = [fixture("gemini/grpc.metrics.pb"), fixture("gemini/http.metrics.json")];
    let [grpc, http] = [metrics("a.pb", &bytes), metrics("a.json", &text)];
    assert_eq!(shape(&grpc), shape(&http));
    assert_eq!(keys(&grpc[0].resource.attributes), keys(&http[0].resource.attributes));
    // The one attribute that is an array, and an integer that is a number in JSON.
    let arguments = of(&http[0].resource.attributes, "process.command_args");
    assert!(arguments.text().starts_with(r#"["/opt/homebrew/bin/node","#), "{arguments:?}");
    assert_eq!(of(&http[0].resource.attributes, "process.pid"), &Value::Int(4242));
    assert_eq!(tokens(&http), tokens(&grpc));
    assert_eq!(tokens(&http)["cache"], 2408);
}

fn tokens(request: &[ResourceMetrics<'_>]) -> BTreeMap<String, i64> {
    let metric = request[0].scopes[0].metrics.iter().find(|metric| metric.name == "gemini_cli.token.usage").unwrap();
    let Data::Sum { temporality: Temporality::Cumulative, points, .. } = &metric.data else { panic!("{metric:?}") };
    let amount = |point: &NumberPoint<'_>| match point.value {
        Number::Int(value) => value,
        other => panic!("{other:?}"),
    };
    points.iter().map(|point| (of(&point.attributes, "type").text().into_owned(), amount(point))).collect()
}
