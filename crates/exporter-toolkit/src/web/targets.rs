//! Scrapes of what a request names: the multi-target pattern of Prometheus.

use std::sync::Arc;

use hyper::{Response, StatusCode};

use crate::exporter::Exporter;
use crate::web::answer::plain;
use crate::web::body::Payload;

/// Exporters besides a service's own, of which a request names one. Its page is served as the service's own is, and counts
/// against the same limit of requests at a time.
pub trait Targets: Send + Sync + 'static {
    /// Where they are scraped.
    fn path(&self) -> &str;

    /// The exporter that the query asks for. Must not block.
    ///
    /// # Errors
    /// Why there is none.
    fn exporter(&self, query: Option<&str>) -> Result<Arc<Exporter>, NoTarget>;
}

/// Why there is no page for a query. Its text goes to whoever asked, and so repeats nothing of the query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoTarget {
    /// The query is wrong.
    Bad(String),
    /// What it names may not be scraped.
    Forbidden(String),
    /// As much as may be is being scraped.
    Crowded(String),
}

impl NoTarget {
    pub(crate) fn answer(self) -> Response<Payload> {
        let (status, text) = match self {
            NoTarget::Bad(text) => (StatusCode::BAD_REQUEST, text),
            NoTarget::Forbidden(text) => (StatusCode::FORBIDDEN, text),
            NoTarget::Crowded(text) => (StatusCode::SERVICE_UNAVAILABLE, text),
        };
        plain(status, format!("{text}\n"))
    }
}
