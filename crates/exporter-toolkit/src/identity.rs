//! What sets one exporter apart from another.

use exposition::Desc;

use crate::scrape::health::ScrapeDescs;

/// What an exporter is called and which families tell of itself.
#[derive(Debug, Clone, Copy)]
pub struct Identity {
    /// The program's name (`host-exporter`).
    pub name: &'static str,
    /// One line for the landing page.
    pub summary: &'static str,
    /// Success and duration of its collectors.
    pub scrape: ScrapeDescs,
    /// The build info of the exporter that it replaces, with labels among those of Go exporters; absent where
    /// that has none.
    pub peer_build_info: Option<&'static Desc>,
}
