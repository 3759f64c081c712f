//! Questions to a running Prometheus.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use testkit::http;
use testkit::process::Process;

/// How long a test may wait for what it wants to see.
const PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(100);

/// The labels and value of each series that an instant query gives.
///
/// # Panics
/// With what the server says when it is not that.
pub(crate) fn query(server: &Process, promql: &str) -> Vec<(Value, f64)> {
    query_at(server.address(), promql)
}

/// The same of a server that is no child of this process.
pub(crate) fn query_at(server: SocketAddr, promql: &str) -> Vec<(Value, f64)> {
    let answer = api_at(server, &format!("query?query={}", percent_encoded(promql)));
    let Value::Array(results) = &answer["data"]["result"] else { panic!("{promql}: {answer}") };
    let value = |result: &Value| result["value"][1].as_str().and_then(|value| value.parse().ok());
    results
        .iter()
        .map(|result| (result["metric"].clone(), value(result).unwrap_or_else(|| panic!("{promql}: {answer}"))))
        .collect()
}

/// What it answers on `/api/v1/…`.
#[cfg(target_os = "linux")]
pub(crate) fn api(server: &Process, path: &str) -> Value {
    api_at(server.address(), path)
}

/// The same of a server that is no child of this process.
pub(crate) fn api_at(server: SocketAddr, path: &str) -> Value {
    let path = format!("/api/v1/{path}");
    let answer = http::get(server, &path, &[]).expect("Prometheus answers");
    serde_json::from_slice(&answer.body).unwrap_or_else(|err| panic!("{path}: {err}: {}", answer.text()))
}

/// Waits until it is so.
///
/// # Panics
/// After a minute.
pub(crate) fn wait_until(server: &Process, what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "not so after {PATIENCE:?}: {what}\n{}", server.stderr());
        thread::sleep(POLL);
    }
}

/// As the value of a parameter in a URL.
fn percent_encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("a string takes everything");
        }
    }
    encoded
}
