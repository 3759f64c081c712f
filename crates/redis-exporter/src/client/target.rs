//! Which server a client is of, and who it says that it is.

use std::sync::Arc;
use std::time::Duration;

use exporter_toolkit::Secret;

use crate::address::Address;
use crate::client::tls::Tls;
use crate::passwords::Passwords;

/// The command that a password goes with.
pub(crate) const AUTH: &str = "AUTH";

/// Which server, and how it is logged in to.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) address: Address,
    pub(crate) login: Login,
    /// What TLS is spoken with, if the address asks for it.
    pub(crate) tls: Option<Arc<Tls>>,
    /// Longer than this no connection is waited for.
    pub(crate) connect_timeout: Duration,
}

/// As whom a server is logged in to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Login {
    pub(crate) user: Option<String>,
    /// The password that stands in the address; it goes before all others.
    pub(crate) password: Option<Arc<Secret>>,
    /// What else is known of passwords, which may change.
    pub(crate) passwords: Arc<Passwords>,
}

impl Login {
    /// The password for that server now.
    pub(crate) fn password(&self, address: &Address) -> Option<Arc<Secret>> {
        self.password.clone().or_else(|| self.passwords.of(address, self.user.as_deref()))
    }
}
