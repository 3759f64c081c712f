//! Which other servers are scraped, and how those of a cluster are named.

use crate::targets::allowed::Allowed;

/// Which other servers.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Other servers")]
pub(crate) struct TargetArgs {
    /// Server that /scrape?target=… may name besides --redis.addr and those of the password file: host:port, either with *
    /// for anything; unix:///path; or * for any address at all. Repeatable.
    #[arg(long = "scrape.allow-target", value_name = "TARGET", value_delimiter = ',', value_parser = str::parse::<Allowed>)]
    pub(crate) allowed: Vec<Allowed>,
    /// Serve no /scrape.
    #[arg(long = "disable-scrape-endpoint")]
    pub(crate) disable_scrape_endpoint: bool,
    /// Have /discover-cluster-nodes name nodes by their hostnames, where they have announced one.
    #[arg(long = "cluster-discover-hostnames")]
    pub(crate) cluster_discover_hostnames: bool,
}
