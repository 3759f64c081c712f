//! The streamed part of the page, and who has seen which series: a new total is shown once as 0 to each scraper, so that
//! `increase()` has what it counts from.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use exporter_toolkit::{Pieces, Streamed, lock};
use exposition::{Cursor, Families, Format};

use crate::published::Published;

/// Bytes of a piece: little is held for a slow client, and the ledger thread is not kept waiting.
const PIECE: usize = 64 * 1024;

/// The page's streamed part.
pub(crate) struct Page {
    published: Arc<Mutex<Published>>,
    /// Absent where totals are shown as they are from the start.
    seen: Option<Arc<Mutex<Seen>>>,
}

impl Page {
    pub(crate) fn new(published: Arc<Mutex<Published>>, zero_injection: bool) -> Self {
        Page { published, seen: zero_injection.then(Arc::default) }
    }
}

impl Streamed for Page {
    fn begin(&self, scraper: &str, format: Format, staged: &mut Families) -> Box<dyn Pieces> {
        let mut published = lock(&self.published);
        let births = published.store.births();
        let unknown = published.births.unknown(Instant::now());
        let zero_after = self.seen.as_ref().map(|seen| lock(seen).by(scraper).unwrap_or(unknown));
        let cursor = Cursor::new(format, zero_after).after(staged);
        let seen = self.seen.clone().map(|seen| Visit { seen, scraper: scraper.to_owned(), births });
        Box::new(Part { published: Arc::clone(&self.published), cursor, visit: seen })
    }
}

/// One page that is being sent.
struct Part {
    published: Arc<Mutex<Published>>,
    cursor: Cursor,
    visit: Option<Visit>,
}

struct Visit {
    seen: Arc<Mutex<Seen>>,
    scraper: String,
    /// Series that had been born when the page began.
    births: u64,
}

impl Pieces for Part {
    fn next(&mut self, out: &mut Vec<u8>) -> bool {
        lock(&self.published).store.write(&mut self.cursor, out, PIECE)
    }

    fn written(&mut self) {
        if let Some(Visit { seen, scraper, births }) = self.visit.take() {
            lock(&seen).note(scraper, births);
        }
    }
}

/// Scrapers that are remembered.
const MOST_SCRAPERS: usize = 16;

/// Which series scrapers have seen, by how many had been born when their last page began. The one that came last is at the
/// end.
#[derive(Debug, Default)]
struct Seen(Vec<(String, u64)>);

impl Seen {
    /// The births that the scraper has seen, if it is known.
    fn by(&self, scraper: &str) -> Option<u64> {
        self.0.iter().find(|(name, _)| name == scraper).map(|(_, births)| *births)
    }

    /// The scraper has been sent a whole page, which began when there were `births`.
    fn note(&mut self, scraper: String, births: u64) {
        self.0.retain(|(name, _)| *name != scraper);
        if self.0.len() >= MOST_SCRAPERS {
            self.0.remove(0);
        }
        self.0.push((scraper, births));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_scrapers_are_remembered() {
        let mut seen = Seen::default();
        (0..17).for_each(|number| seen.note(number.to_string(), number));
        assert_eq!(["0", "1", "16"].map(|scraper| seen.by(scraper)), [None, Some(1), Some(16)]);
        seen.note("1".to_owned(), 20);
        seen.note("17".to_owned(), 21);
        assert_eq!(["1", "2"].map(|scraper| seen.by(scraper)), [Some(20), None]);
    }
}
