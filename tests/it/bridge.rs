//! A running bridge with a ledger of its own.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use testkit::process::{Process, binary, free_address};

/// The flags that make its page the Collector's, session by session.
pub(crate) const AS_COLLECTOR: [&str; 2] = ["--session-label=keep", "--compat=otelcol"];

/// The bridge.
pub(crate) struct Bridge {
    /// Serves the page.
    pub(crate) page: Process,
    /// Takes OTLP over HTTP.
    pub(crate) otlp: SocketAddr,
    /// Takes OTLP over gRPC.
    #[cfg(target_os = "linux")]
    pub(crate) grpc: SocketAddr,
}

impl Bridge {
    /// Starts it on this ledger, which may be there from a life before, and waits until it is ready.
    pub(crate) fn start(ledger: &Path, flags: &[&str]) -> Bridge {
        let [otlp, grpc, page] = [(); 3].map(|()| free_address().expect("loopback has a free port"));
        let mut command = Command::new(binary("otlp-bridge").expect("the bridge is built"));
        command.arg(format!("--otlp.http-address={otlp}")).arg(format!("--otlp.grpc-address={grpc}"));
        command.arg(format!("--web.listen-address={page}")).arg(format!("--ledger.file={}", ledger.display()));
        command.args(flags);
        let page = Process::spawn(command, page, "/-/ready").expect("the bridge starts");
        Bridge {
            page,
            otlp,
            #[cfg(target_os = "linux")]
            grpc,
        }
    }
}
