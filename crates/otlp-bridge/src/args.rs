//! The bridge's flags.

use std::path::PathBuf;
use std::time::Duration;

use exporter_toolkit::args::duration;

use crate::policy::{Compat, PersonalLabels, SessionLabel};

/// What the bridge needs to know besides how its page is served.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct BridgeArgs {
    /// Address for OTLP over gRPC. Repeatable.
    #[arg(
        long = "otlp.grpc-address",
        value_name = "ADDRESS",
        value_delimiter = ',',
        default_value = "localhost:4317",
        help_heading = "OTLP"
    )]
    pub(crate) grpc_addresses: Vec<String>,
    /// Address for OTLP over HTTP. Repeatable.
    #[arg(
        long = "otlp.http-address",
        value_name = "ADDRESS",
        value_delimiter = ',',
        default_value = "localhost:4318",
        help_heading = "OTLP"
    )]
    pub(crate) http_addresses: Vec<String>,
    /// File with TLS and users of the OTLP addresses, in the format of --web.config.file.
    #[arg(long = "otlp.config.file", value_name = "PATH", help_heading = "OTLP")]
    pub(crate) otlp_config_file: Option<PathBuf>,
    /// File with the token of senders that send Authorization: Bearer.
    #[arg(long = "otlp.bearer-token-file", value_name = "PATH", help_heading = "OTLP")]
    pub(crate) otlp_bearer_token_file: Option<PathBuf>,
    /// Bytes of a request, inflated.
    #[arg(long = "otlp.max-body-bytes", value_name = "BYTES", default_value_t = 20 << 20, value_parser = bytes,
          help_heading = "OTLP")]
    pub(crate) max_body: usize,

    /// File that keeps every total, and outlives the program. Made if there is none: in the folder that systemd gives a service,
    /// else in the folder pilotlight of $XDG_STATE_HOME, ~/.local/state or, on a Mac, ~/Library/Application Support.
    #[arg(long = "ledger.file", value_name = "PATH", default_value_os_t = default_ledger(), help_heading = "Ledger")]
    pub(crate) ledger: PathBuf,

    /// A page to be like, label for label: otelcol shows also what tells a person and what makes a series each time.
    #[arg(long = "compat", value_name = "PAGE", default_value = "none", help_heading = "Series")]
    pub(crate) compat: Compat,
    /// Whether each session has series of its own.
    #[arg(long = "session-label", value_name = "WHAT", default_value = "fold", help_heading = "Series")]
    pub(crate) session_label: SessionLabel,
    /// What becomes of attributes that tell a person, an account or an installation.
    #[arg(long = "personal-labels", value_name = "WHAT", default_value = "drop", help_heading = "Series")]
    pub(crate) personal_labels: PersonalLabels,
    /// Attribute of resources that becomes a label, such as host.name. Repeatable.
    #[arg(long = "resource-label", value_name = "KEY", value_delimiter = ',', help_heading = "Series")]
    pub(crate) resource_labels: Vec<String>,
    /// Series that senders can make; those beyond are counted together.
    #[arg(long = "max-series", value_name = "N", default_value_t = 20_000, help_heading = "Series")]
    pub(crate) max_series: usize,
    /// Names of metrics that senders can make.
    #[arg(long = "max-families", value_name = "N", default_value_t = 2_000, help_heading = "Series")]
    pub(crate) max_families: usize,
    /// Time after which a series that is no total goes, if nothing more is heard of it.
    #[arg(long = "metric-expiration", value_name = "DURATION", default_value = "5m", value_parser = duration,
          help_heading = "Series")]
    pub(crate) expiration: Duration,
    /// Show each new total once as 0, so that increase() has what it counts from.
    #[arg(long = "zero-injection", action = clap::ArgAction::SetTrue, default_value = "true", help_heading = "Series")]
    pub(crate) zero_injection: bool,
}

/// Where the system keeps what a program has to remember.
fn default_ledger() -> PathBuf {
    let folder = |name: &str| std::env::var_os(name).filter(|folder| !folder.is_empty()).map(PathBuf::from);
    // Systemd gives a service a folder of its own.
    let own = folder("STATE_DIRECTORY").unwrap_or_else(|| {
        let state = if cfg!(target_os = "macos") {
            folder("HOME").map(|home| home.join("Library/Application Support"))
        } else {
            folder("XDG_STATE_HOME").or_else(|| folder("HOME").map(|home| home.join(".local/state")))
        };
        state.unwrap_or_else(|| PathBuf::from("/var/lib")).join("pilotlight")
    });
    own.join("ledger.db")
}

fn bytes(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(bytes) if (1024..=1 << 30).contains(&bytes) => Ok(bytes),
        _ => Err("a number of bytes from 1024 to 1073741824".to_owned()),
    }
}
