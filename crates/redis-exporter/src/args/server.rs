//! Which server is scraped, and how it is talked to.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::ArgAction::SetTrue;
use exporter_toolkit::{Secret, go};

use crate::args::value::{Server, ServerParser, file, secret};
use crate::client::TlsFiles;

/// Which server, and how.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Server")]
pub(crate) struct ServerArgs {
    /// Address of the server: host:port, redis://, rediss://, valkey://, valkeys:// or unix:///path, with user and password if
    /// they have to be in it. Empty where /scrape alone is of use.
    #[arg(long = "redis.addr", value_name = "URL", default_value = "redis://localhost:6379", env = "REDIS_ADDR",
          value_parser = ServerParser)]
    pub(crate) address: Server,
    /// User to log in as, where the server has users (ACL).
    #[arg(long = "redis.user", value_name = "NAME", env = "REDIS_USER")]
    pub(crate) user: Option<String>,
    /// Password of the server. Whoever lists processes sees a flag: the variable shows it to fewer, the file to fewer still.
    #[arg(long = "redis.password", value_name = "PASSWORD", env = "REDIS_PASSWORD", value_parser = secret)]
    pub(crate) password: Option<Arc<Secret>>,
    /// File with the password alone, or with those of several servers in JSON: {"redis://user@host:6379": "password"}. Those
    /// servers may be scraped by /scrape. Read again at /-/reload.
    #[arg(long = "redis.password-file", value_name = "PATH", env = "REDIS_PASSWORD_FILE")]
    password_file: Option<String>,
    /// Longest time for a connection to come about. A scrape has the time that its client says.
    #[arg(long = "connection-timeout", value_name = "DURATION", default_value = "15s", value_parser = go::duration)]
    pub(crate) connection_timeout: Duration,
    /// Name the connection redis_exporter, for CLIENT LIST.
    #[arg(long = "set-client-name", action = SetTrue, default_value = "true")]
    pub(crate) set_client_name: bool,
    /// Show the time that a PING takes, at the price of a round trip.
    #[arg(long = "ping-on-connect")]
    pub(crate) ping_on_connect: bool,
    /// What CONFIG is called on the server, or - if it is not to be asked.
    #[arg(long = "config-command", value_name = "NAME", default_value = "CONFIG")]
    pub(crate) config_command: String,
    /// The server is a node of a cluster: keys are looked for on all its nodes, and /discover-cluster-nodes names them.
    #[arg(long = "is-cluster")]
    pub(crate) is_cluster: bool,
    /// The server is Tile38: show what SERVER EXT says.
    #[arg(long = "is-tile38")]
    pub(crate) is_tile38: bool,

    /// File with the certificates of those whom the server's has to be signed by [default: those of this machine].
    #[arg(long = "tls-ca-cert-file", value_name = "PATH")]
    authorities: Option<String>,
    /// File with the certificate to show to the server.
    #[arg(long = "tls-client-cert-file", value_name = "PATH")]
    certificate: Option<String>,
    /// File with the key of that certificate.
    #[arg(long = "tls-client-key-file", value_name = "PATH")]
    key: Option<String>,
    /// Name that the server's certificate has to have [default: that in the address].
    #[arg(long = "tls-server-name", value_name = "NAME")]
    server_name: Option<String>,
    /// Take any certificate. Then anybody on the way may read the password.
    #[arg(long = "skip-tls-verification")]
    skip_verification: bool,
}

impl ServerArgs {
    /// The file with passwords.
    pub(crate) fn password_file(&self) -> Option<PathBuf> {
        file(self.password_file.as_deref())
    }

    /// What TLS is spoken with.
    pub(crate) fn tls(&self) -> TlsFiles {
        TlsFiles {
            authorities: file(self.authorities.as_deref()),
            certificate: file(self.certificate.as_deref()),
            key: file(self.key.as_deref()),
            server_name: self.server_name.clone().filter(|name| !name.is_empty()),
            unverified: self.skip_verification,
        }
    }
}
