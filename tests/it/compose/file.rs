//! The file as compose reads it, and the configuration that it gives Prometheus.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::stack::{replaced, shipped};
use crate::tools::{Tools, repository};

/// The user of every container that has no other reason.
const NOBODY: &str = "65534:65534";

#[test]
fn compose_takes_the_file_alone_and_included() {
    let Some(tools) = Tools::find("compose", &["docker-compose"]) else { return };
    let folder = tempfile::tempdir().expect("there is a folder for temporary files");
    let file = repository().join("docker-compose.yml");
    let including = folder.path().join("compose.yml");
    let text = format!("include: [{}]\nservices: {{ own: {{ image: own, networks: [default] }} }}\n", file.display());
    fs::write(&including, text).expect("the folder is ours");

    let alone = services(&config(&tools, &file));
    let mut included = services(&config(&tools, &including));
    included.retain(|(name, _)| name != "own");
    assert_eq!(included, alone);
}

#[test]
fn every_service_is_contained() {
    let Some(tools) = Tools::find("compose", &["docker-compose"]) else { return };
    for (name, service) in services(&config(&tools, &repository().join("docker-compose.yml"))) {
        assert_eq!(service["read_only"], true, "{name}");
        assert_eq!(service["cap_drop"], json!(["ALL"]), "{name}");
        assert_eq!(service["security_opt"], json!(["no-new-privileges:true"]), "{name}");
        assert_eq!(service["restart"], "unless-stopped", "{name}");
        assert!(service["mem_limit"].is_string() && service["memswap_limit"] == service["mem_limit"], "{name}");
        assert!(service["pids_limit"].is_number(), "{name}");
        assert!(service["logging"]["options"]["max-size"].is_string(), "{name}");
        for setting in ["cap_add", "devices", "ipc", "network_mode", "pid", "privileged"] {
            assert_eq!(service[setting], Value::Null, "{name}: {setting}");
        }
        // The proxy alone has the engine's socket, for which it is root, without any right.
        let is_proxy = name == "socket-proxy";
        assert_eq!(service["user"] == NOBODY, !is_proxy, "{name}");
        for volume in list(&service["volumes"]) {
            let is_socket = volume["target"] == "/var/run/docker.sock";
            assert!(!is_socket || is_proxy, "{name}: {volume}");
            assert!(is_socket || volume["type"] == "volume" || volume["read_only"] == true, "{name}: {volume}");
        }
    }
}

#[test]
fn ports_are_published_on_loopback_alone() {
    let Some(tools) = Tools::find("compose", &["docker-compose"]) else { return };
    let mut published = Vec::new();
    for (name, service) in services(&config(&tools, &repository().join("docker-compose.yml"))) {
        for port in list(&service["ports"]) {
            let [address, outside] = ["host_ip", "published"].map(|key| port[key].as_str().unwrap_or_default());
            published.push(format!("{name} {address}:{outside}:{}", port["target"]));
        }
    }
    assert_eq!(
        published,
        [
            "alertmanager 127.0.0.1:9093:9093",
            "docker-exporter 127.0.0.1:9487:9487",
            "host-exporter 127.0.0.1:9100:9100",
            "otlp-bridge 127.0.0.1:4317:4317",
            "otlp-bridge 127.0.0.1:4318:4318",
            "otlp-bridge 127.0.0.1:8889:8889",
            "prometheus 127.0.0.1:9090:9090",
            "redis-exporter 127.0.0.1:9121:9121",
        ]
    );
}

#[test]
fn its_servers_are_those_of_the_suites() {
    let file = shipped("docker-compose.yml");
    let [prometheus, alertmanager] =
        ["prometheus", "alertmanager"].map(|name| version(&shipped("tests/tools/go.mod"), name));
    // The module of Prometheus 3.15.0 is 0.315.0.
    let prometheus = prometheus.strip_prefix("0.3").expect("it is a module of version 3");
    assert!(file.contains(&format!("\n    image: prom/prometheus:v3.{prometheus}\n")), "{prometheus}");
    assert!(file.contains(&format!("\n    image: prom/alertmanager:v{alertmanager}\n")), "{alertmanager}");
}

#[test]
fn prometheus_does_the_same_in_containers_as_without() {
    let mut contained = settings("prometheus/compose.yml");
    let services = [
        ("alertmanager", 9093),
        ("host-exporter", 9100),
        ("docker-exporter", 9487),
        ("redis-exporter", 9121),
        ("otlp-bridge", 8889),
    ];
    for (service, port) in services {
        contained = replaced(&contained, &format!("{service}:{port}"), &format!("127.0.0.1:{port}"));
    }
    assert_eq!(contained, settings("prometheus/prometheus.yml"));
}

/// What compose makes of a file.
fn config(tools: &Tools, file: &Path) -> Value {
    let mut compose = tools.command("docker-compose");
    let output = compose.arg("--file").arg(file).args(["config", "--format", "json"]).output().expect("it starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("it is JSON")
}

/// Its services, by name.
fn services(config: &Value) -> Vec<(String, Value)> {
    let services = config["services"].as_object().expect("it has services");
    services.iter().map(|(name, service)| (name.clone(), service.clone())).collect()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The version of a module of Prometheus' makers in a go.mod.
fn version(go_mod: &str, name: &str) -> String {
    let module = format!("github.com/prometheus/{name} v");
    let line = go_mod.lines().find_map(|line| line.trim_start().strip_prefix(&module)).expect("it is required");
    line.split_whitespace().next().unwrap_or_default().to_owned()
}

/// A configuration without its comments.
fn settings(path: &str) -> String {
    let text = shipped(path);
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#') && !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}
