//! Compression of a page, for clients that ask for it.

use flate2::{Compress, Compression, FlushCompress, Status};

/// Level 1: on a metrics page the higher ones save a tenth of the bytes for several times the processor time.
const LEVEL: Compression = Compression::new(1);
/// The full 32 kB, so that a usual page fits: each time the window slides, deflate walks its whole table.
const WINDOW_BITS: u8 = 15;

/// Appends `page` to `out` as one gzip member.
///
/// The tables, some 350 kB, are made anew for each page: that takes a twentieth of a usual scrape's time, and between two
/// scrapes they would be an eighth of all that the program holds.
pub fn gzip(page: &[u8], out: &mut Vec<u8>) {
    let mut member = Gzip::new();
    member.compress(page, FlushCompress::Finish, out);
}

/// A gzip member of a page that comes in pieces.
pub struct Gzip(Compress);

impl Gzip {
    /// An empty member; its tables are some 350 kB.
    #[must_use]
    pub fn new() -> Self {
        Gzip(Compress::new_gzip(LEVEL, WINDOW_BITS))
    }

    /// Takes the next piece, and appends what is ready to `out`, which may be nothing.
    pub fn write(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        self.compress(piece, FlushCompress::None, out);
    }

    /// Appends the rest of the member.
    pub fn finish(mut self, out: &mut Vec<u8>) {
        self.compress(&[], FlushCompress::Finish, out);
    }

    fn compress(&mut self, piece: &[u8], flush: FlushCompress, out: &mut Vec<u8>) {
        let (before, mut status, mut read) = (self.0.total_in(), Status::Ok, 0);
        // At the end of the member it says so; before, it has read all when there is room left for what it would write.
        while status != Status::StreamEnd && (flush == FlushCompress::Finish || read < piece.len()) {
            out.reserve(piece.len() / 4 + 64);
            status = self.0.compress_vec(&piece[read..], out, flush).expect("deflate takes any bytes");
            read = usize::try_from(self.0.total_in() - before).expect("the piece is in memory");
        }
    }
}

impl Default for Gzip {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    #[expect(clippy::disallowed_types, clippy::disallowed_methods, reason = "what was compressed here")]
    fn pages_inflate_to_what_they_were() {
        for page in [b"a 1\n".repeat(10_000), Vec::new(), b"b 2\n".to_vec()] {
            let mut member = b"before".to_vec();
            gzip(&page, &mut member);
            let mut inflated = Vec::new();
            flate2::read::GzDecoder::new(&member[6..]).read_to_end(&mut inflated).unwrap();
            assert_eq!(inflated, page);
        }
    }
}
