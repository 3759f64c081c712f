//! A running OpenTelemetry Collector between senders and Prometheus, as the bridge's users have had it.

use std::fs;
use std::net::SocketAddr;

use tempfile::TempDir;
use testkit::process::{Process, free_address};

use crate::tools::Tools;

/// The Collector, with an OTLP receiver over HTTP and a page.
pub(crate) struct Collector {
    /// Takes OTLP over HTTP at its address.
    pub(crate) otlp: Process,
    /// Where its page is.
    pub(crate) page: SocketAddr,
    _folder: TempDir,
}

impl Collector {
    /// Starts it as a sender, which passes on what it takes, over gRPC and over HTTP, compressed as it does by itself.
    pub(crate) fn sender(tools: &Tools, grpc: SocketAddr, http: SocketAddr) -> Process {
        let address = free_address().expect("loopback has a free port");
        let folder = tempfile::tempdir().expect("there is a folder for temporary files");
        let file = folder.path().join("otelcol.yaml");
        fs::write(&file, sender_config(address, grpc, http)).expect("the folder is ours");
        let mut command = tools.command("otelcol");
        command.arg(format!("--config={}", file.display()));
        Process::listen(command, address).expect("the Collector starts")
    }

    /// Starts it with delta_to_cumulative and without batches, so that a request that it has acknowledged is on its page.
    pub(crate) fn start(tools: &Tools) -> Collector {
        let folder = tempfile::tempdir().expect("there is a folder for temporary files");
        let [otlp, page] = [(); 2].map(|()| free_address().expect("loopback has a free port"));
        let file = folder.path().join("otelcol.yaml");
        fs::write(&file, config(otlp, page)).expect("the folder is ours");
        let mut command = tools.command("otelcol");
        command.arg(format!("--config={}", file.display()));
        // It starts from the exporter's end: when the receiver listens, all the others do.
        let otlp = Process::listen(command, otlp).expect("the Collector starts");
        Collector { page, otlp, _folder: folder }
    }
}

fn config(otlp: SocketAddr, page: SocketAddr) -> String {
    format!(
        "\
receivers:
  otlp:
    protocols:
      http:
        endpoint: {otlp}
processors:
  delta_to_cumulative:
    max_stale: 24h
exporters:
  prometheus:
    endpoint: {page}
    metric_expiration: 24h
service:
  telemetry:
    logs: {{ level: warn }}
    metrics: {{ level: none }}
  pipelines:
    metrics:
      receivers: [otlp]
      processors: [delta_to_cumulative]
      exporters: [prometheus]
"
    )
}

/// Metrics go by gRPC, logs by HTTP.
fn sender_config(otlp: SocketAddr, grpc: SocketAddr, http: SocketAddr) -> String {
    format!(
        "\
receivers:
  otlp:
    protocols:
      http:
        endpoint: {otlp}
exporters:
  otlp:
    endpoint: {grpc}
    tls: {{ insecure: true }}
  otlphttp:
    endpoint: http://{http}
service:
  telemetry:
    logs: {{ level: warn }}
    metrics: {{ level: none }}
  pipelines:
    metrics:
      receivers: [otlp]
      exporters: [otlp]
    logs:
      receivers: [otlp]
      exporters: [otlphttp]
"
    )
}
