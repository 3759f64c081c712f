//! What scrapes use and give back: pages, the buffers that encode them, and threads that read.

use std::io;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use exposition::{Families, Format, gzip};

use crate::lock::lock;
use crate::scrape::reader::{Job, Reader};

/// A staged page, kept for the next scrape once nobody holds it.
pub(crate) type Page = Arc<Mutex<Families>>;

/// As many pages and threads are kept; more are only there while they are used.
const MOST_KEPT: usize = 4;
/// Room for most pages; only what is written to takes memory.
const PAGE_BYTES: usize = 256 * 1024;

/// What is kept for one exporter, or for several that are rarely scraped at the same time.
#[derive(Default)]
pub(crate) struct Kept {
    /// Pages that have been served; one that nobody holds any more is used again.
    pages: Mutex<Vec<Page>>,
    /// Threads without a job.
    readers: Mutex<Vec<Reader>>,
    encoder: Mutex<Encoder>,
}

/// The buffers of encoding, used by one response at a time.
struct Encoder {
    page: Vec<u8>,
    compressed: Vec<u8>,
}

impl Default for Encoder {
    fn default() -> Self {
        Encoder { page: Vec::with_capacity(PAGE_BYTES), compressed: Vec::new() }
    }
}

impl Kept {
    /// A page without anything on it.
    pub(crate) fn blank_page(&self) -> Page {
        let mut pages = lock(&self.pages);
        // One owner besides this list would be a request that is still being answered, or a thread that hangs.
        let free = pages.iter().find(|page| Arc::strong_count(page) == 1).cloned();
        let page = free.unwrap_or_else(|| {
            let page = Page::default();
            if pages.len() < MOST_KEPT {
                pages.push(Arc::clone(&page));
            }
            page
        });
        lock(&page).clear();
        page
    }

    /// Gives the job to a thread that has none. `start` makes one where there is none.
    pub(crate) fn hand_over(&self, mut job: Job, start: impl FnOnce() -> io::Result<Reader>) -> io::Result<Reader> {
        while let Some(ready) = lock(&self.readers).pop() {
            match ready.run(job) {
                Ok(()) => return Ok(ready),
                Err(back) => job = back,
            }
        }
        let ready = start()?;
        ready.run(job).map_err(|_| io::Error::other("the reader thread has ended"))?;
        Ok(ready)
    }

    /// Takes back a thread that is through with its job.
    pub(crate) fn give_back(&self, reader: Reader) {
        let mut readers = lock(&self.readers);
        if readers.len() < MOST_KEPT {
            readers.push(reader);
        }
    }

    /// The bytes of a response's body.
    pub(crate) fn encode(&self, page: &mut Families, format: Format, compress: bool) -> Bytes {
        let Encoder { page: text, compressed } = &mut *lock(&self.encoder);
        clear(text);
        format.encode(page, text);
        if !compress {
            return Bytes::copy_from_slice(text);
        }
        clear(compressed);
        gzip(text, compressed);
        Bytes::copy_from_slice(compressed)
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
