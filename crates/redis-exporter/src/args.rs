//! The exporter's flags.

use exporter_toolkit::Secret;

use crate::address::{AddressError, Url};

/// The program's name.
pub(crate) const NAME: &str = "redis-exporter";

/// Where it listens unless told otherwise: the peer's port, on this machine alone.
pub const LISTEN_ADDRESS: &str = "127.0.0.1:9121";

/// What the exporter needs to know besides how its page is served.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct RedisArgs {
    /// Address of the server: host:port, redis://, rediss://, valkey://, valkeys:// or unix:///path.
    #[arg(long = "redis.addr", value_name = "URL", default_value = "redis://localhost:6379", help_heading = "Server")]
    pub(crate) address: String,
}

impl RedisArgs {
    /// The server's address, with who is to be logged in.
    pub(crate) fn url(&self) -> Result<(Url, Option<Secret>), AddressError> {
        Ok((self.address.parse()?, None))
    }
}
