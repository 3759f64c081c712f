//! What is known of a server.

use crate::info::Info;

/// A server as the parts of a scrape know it.
#[derive(Debug, Default)]
pub(crate) struct Server {
    /// What it said last; that of this scrape, once it has come.
    pub(crate) info: Info,
    /// How many databases it has, where CONFIG tells.
    pub(crate) databases: Option<u32>,
}
