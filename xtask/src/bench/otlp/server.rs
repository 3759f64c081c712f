//! The two programs that take OTLP and serve a page.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use testkit::page;
use testkit::process::{Process, free_address};

use crate::Failure;
use crate::bench::client::Client;

/// One of them, running; it ends when this is dropped.
pub(super) struct Server {
    process: Process,
    /// Where it takes OTLP over HTTP.
    pub(super) otlp: SocketAddr,
    /// Where its page is.
    pub(super) page: SocketAddr,
}

impl Server {
    /// The bridge with a new ledger in this folder and the Collector's labels. Fails when it does not start.
    pub(super) fn bridge(program: &Path, folder: &Path) -> Result<Server, Failure> {
        let [otlp, grpc, page] = [free_address()?, free_address()?, free_address()?];
        let mut command = Command::new(program);
        command.arg(format!("--otlp.http-address={otlp}")).arg(format!("--otlp.grpc-address={grpc}"));
        command.arg(format!("--web.listen-address={page}"));
        command.arg(format!("--ledger.file={}", folder.join(format!("{}.db", page.port())).display()));
        command.args(["--session-label=keep", "--compat=otelcol", "--max-series=200000"]);
        Ok(Server { process: Process::spawn(command, page, "/-/ready")?, otlp, page })
    }

    /// The Collector with what a careful user gives it: delta_to_cumulative, batches, and no series that expires. Fails as
    /// [`Server::bridge`].
    pub(super) fn collector(program: &Path, folder: &Path) -> Result<Server, Failure> {
        let [otlp, grpc, page] = [free_address()?, free_address()?, free_address()?];
        let file = folder.join(format!("{}.yaml", page.port()));
        fs::write(&file, collector_config(otlp, grpc, page))?;
        let mut command = Command::new(program);
        command.arg(format!("--config={}", file.display()));
        // It starts from the exporter's end: when the receiver listens, all the others do.
        Ok(Server { process: Process::listen(command, otlp)?, otlp, page })
    }

    /// The process id.
    pub(super) fn id(&self) -> u32 {
        self.process.id()
    }

    /// One page, not compressed. Fails when it isn't served whole with status 200.
    pub(super) fn page(&self) -> Result<Vec<u8>, Failure> {
        let mut client = Client::connect(self.page, "identity")?;
        client.get()?;
        Ok(client.body)
    }

    /// The client's totals on a page, the second one: a new one may be shown as 0 once. Ours has gauges of sessions beside them.
    /// Fails as [`Server::page`].
    pub(super) fn series(&self) -> Result<BTreeMap<String, f64>, Failure> {
        self.page()?;
        let mut series = page::series(&self.page()?);
        let name = |series: &String| series.split('{').next().unwrap_or_default().to_owned();
        series.retain(|series, _| series.starts_with("claude_code_") && name(series).ends_with("_total"));
        Ok(series)
    }
}

fn collector_config(otlp: SocketAddr, grpc: SocketAddr, page: SocketAddr) -> String {
    format!(
        "\
receivers:
  otlp:
    protocols:
      http:
        endpoint: {otlp}
      grpc:
        endpoint: {grpc}
processors:
  delta_to_cumulative:
    max_stale: 24h
  batch:
exporters:
  prometheus:
    endpoint: {page}
    metric_expiration: 24h
service:
  telemetry:
    logs: {{ level: error }}
    metrics: {{ level: none }}
  pipelines:
    metrics:
      receivers: [otlp]
      processors: [delta_to_cumulative, batch]
      exporters: [prometheus]
"
    )
}
