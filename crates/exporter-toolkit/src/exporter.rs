//! An exporter as a value: what it is, and the page that it serves.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use exposition::Format;

use crate::collector::CollectorSpec;
use crate::identity::Identity;
use crate::scrape::budget;
use crate::scrape::health::Health;
use crate::scrape::kept::Kept;
use crate::scrape::query::{self, BadQuery};
use crate::scrape::scraper::{Scraped, Scraper};
use crate::scrape::slot::CollectorState;
use crate::self_metrics::SelfMetrics;
use crate::stream::{Stream, Streamed};

/// One exporter: its identity, its collectors, its own counters.
pub struct Exporter {
    pub(crate) identity: Identity,
    scraper: Arc<Scraper>,
    pub(crate) metrics: Arc<SelfMetrics>,
    kept: Arc<Kept>,
    streamed: Option<Arc<dyn Streamed>>,
}

impl Exporter {
    /// An exporter with these collectors, run in this order. `own_metrics` adds `process_*` and its own counters to the
    /// page.
    #[must_use]
    pub fn new(identity: Identity, collectors: Vec<CollectorSpec>, own_metrics: bool) -> Self {
        Exporter::with(identity, collectors, own_metrics, Arc::default())
    }

    /// An exporter of something else, which shares with this one the threads and the buffers that a scrape takes: for many that
    /// are rarely scraped at the same time. Its page tells nothing of itself.
    #[must_use]
    pub fn beside(&self, collectors: Vec<CollectorSpec>) -> Self {
        Exporter::with(self.identity, collectors, false, Arc::clone(&self.kept))
    }

    fn with(identity: Identity, collectors: Vec<CollectorSpec>, own_metrics: bool, kept: Arc<Kept>) -> Self {
        let parking = Arc::default();
        let metrics = Arc::new(SelfMetrics::new(identity, own_metrics, Arc::clone(&parking)));
        let health = Health::new(identity.scrape, metrics.panics.clone());
        let scraper = Arc::new(Scraper::new(collectors, health, parking, Arc::clone(&metrics), Arc::clone(&kept)));
        Exporter { identity, scraper, metrics, kept, streamed: None }
    }

    /// The exporter with families that are written while the page is being sent, behind those that are staged.
    #[must_use]
    pub fn with_streamed(self, streamed: Arc<dyn Streamed>) -> Self {
        Exporter { streamed: Some(streamed), ..self }
    }

    /// The exporter's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.identity.name
    }

    /// The registry of its own counters, for those that it brings besides.
    #[must_use]
    pub fn registry(&self) -> &prometheus::Registry {
        self.metrics.registry()
    }

    /// The collectors' names, in the order in which they run.
    pub fn collectors(&self) -> impl Iterator<Item = &'static str> + Clone {
        self.scraper.names()
    }

    /// Scrapes once, and tells how each collector fared.
    pub async fn check(&self) -> Vec<(&'static str, CollectorState)> {
        let deadline = Instant::now() + budget::from_header(None);
        let everything = (0..self.scraper.names().count()).collect();
        self.scraper.scrape(everything, deadline).await;
        self.scraper.states().collect()
    }

    /// Scrapes what the query selects and stages the whole page.
    pub(crate) async fn scrape(&self, query: Option<&str>, deadline: Instant) -> Result<Arc<Scraped>, BadQuery> {
        let selection = query::select(query, self.scraper.names())?;
        Ok(self.scraper.scrape(selection, deadline).await)
    }

    /// A response's body that is written while it is being sent, if this exporter has such.
    pub(crate) fn stream(
        &self,
        scraped: &Scraped,
        scraper: impl FnOnce() -> String,
        format: Format,
        compress: bool,
    ) -> Option<Stream> {
        let streamed = self.streamed.as_ref()?;
        Some(Stream::begin(streamed, &scraper(), scraped, (format, compress)))
    }

    /// The bytes of a response's body.
    pub(crate) fn encode(&self, scraped: &Scraped, format: Format, compress: bool) -> Bytes {
        scraped.body(format, compress, |page| self.kept.encode(page, format, compress))
    }
}
