//! Pages that are written while they are being sent, so that memory does not grow with them.

use std::mem;
use std::sync::Arc;

use bytes::Bytes;
use exposition::{Families, Format, Gzip};

use crate::lock::lock;
use crate::scrape::scraper::Scraped;

/// Families too many to stage: written piece by piece while the page is being sent.
pub trait Streamed: Send + Sync {
    /// Begins a page. `scraper` is the client's address without its port, and its User-Agent: who asks again is the same.
    /// `staged` are the families that come first; what is added to them, those see too who share the scrape.
    fn begin(&self, scraper: &str, format: Format, staged: &mut Families) -> Box<dyn Pieces>;
}

/// The pieces of one page. Dropped before its end when the client goes away.
pub trait Pieces: Send {
    /// Appends the next piece, some 32 kB; `false` when that was the last one. Must not block.
    fn next(&mut self, out: &mut Vec<u8>) -> bool;

    /// The client has taken the whole page: its last byte has been handed to the system.
    fn written(&mut self) {}
}

/// A page as it is sent: the staged families, and the pieces behind them.
pub(crate) struct Stream {
    /// What comes before the pieces.
    staged: Vec<u8>,
    pieces: Box<dyn Pieces>,
    format: Format,
    gzip: Option<Gzip>,
    /// What the last piece took; the next one takes about as much.
    usual: usize,
    is_over: bool,
}

impl Stream {
    /// The page that begins with what was scraped.
    pub(crate) fn begin(streamed: &Arc<dyn Streamed>, scraper: &str, scraped: &Scraped, form: (Format, bool)) -> Self {
        let (format, compress) = form;
        let mut page = lock(scraped.page());
        let pieces = streamed.begin(scraper, format, &mut page);
        let mut staged = Vec::new();
        format.encode_open(&mut page, &mut staged);
        Stream { staged, pieces, format, gzip: compress.then(Gzip::new), usual: 0, is_over: false }
    }

    /// The next bytes to send; `None` at the end.
    pub(crate) fn next(&mut self) -> Option<Bytes> {
        while !self.is_over {
            let mut piece = mem::take(&mut self.staged);
            if piece.is_empty() {
                piece.reserve(self.usual);
                if !self.pieces.next(&mut piece) {
                    self.format.end(&mut piece);
                    self.is_over = true;
                }
                self.usual = piece.len() + piece.len() / 16;
            }
            if let Some(mut gzip) = self.gzip.take() {
                let mut compressed = Vec::with_capacity(piece.len() / 8);
                gzip.write(&piece, &mut compressed);
                if self.is_over {
                    gzip.finish(&mut compressed);
                } else {
                    self.gzip = Some(gzip);
                }
                piece = compressed;
            }
            if !piece.is_empty() {
                return Some(piece.into());
            }
        }
        None
    }

    /// Whether all of it was handed out.
    pub(crate) fn is_over(&self) -> bool {
        self.is_over
    }

    /// Who wants to hear when the client has it.
    pub(crate) fn into_pieces(self) -> Box<dyn Pieces> {
        self.pieces
    }
}
