//! An exporter as a value: what it is, and the page that it serves.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use bytes::Bytes;
use exposition::{Format, gzip};

use crate::collector::CollectorSpec;
use crate::identity::Identity;
use crate::lock::lock;
use crate::scrape::budget;
use crate::scrape::health::Health;
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
    encoder: Mutex<Encoder>,
    streamed: Option<Arc<dyn Streamed>>,
}

/// The buffers of encoding, used by one response at a time.
struct Encoder {
    page: Vec<u8>,
    compressed: Vec<u8>,
}

/// Room for most pages; only what is written to takes memory.
const PAGE_BYTES: usize = 256 * 1024;

impl Default for Encoder {
    fn default() -> Self {
        Encoder { page: Vec::with_capacity(PAGE_BYTES), compressed: Vec::new() }
    }
}

impl Exporter {
    /// An exporter with these collectors, run in this order. `own_metrics` adds `process_*` and its own counters to the
    /// page.
    #[must_use]
    pub fn new(identity: Identity, collectors: Vec<CollectorSpec>, own_metrics: bool) -> Self {
        let parking = Arc::default();
        let metrics = Arc::new(SelfMetrics::new(identity, own_metrics, Arc::clone(&parking)));
        let health = Health::new(identity.scrape, metrics.panics.clone());
        let scraper = Arc::new(Scraper::new(collectors, health, parking, Arc::clone(&metrics)));
        Exporter { identity, scraper, metrics, encoder: Mutex::default(), streamed: None }
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
        scraped.body(format, compress, |page| {
            let Encoder { page: text, compressed } = &mut *lock(&self.encoder);
            clear(text);
            format.encode(page, text);
            if !compress {
                return Bytes::copy_from_slice(text);
            }
            clear(compressed);
            gzip(text, compressed);
            Bytes::copy_from_slice(compressed)
        })
    }
}

/// Empties a buffer and keeps it, unless its last page was far smaller than what it holds.
fn clear(buffer: &mut Vec<u8>) {
    let enough = buffer.len().max(PAGE_BYTES);
    if buffer.capacity() / 4 > enough {
        buffer.shrink_to(enough);
    }
    buffer.clear();
}
