//! Compression of a page, for clients that ask for it.

use flate2::{Compress, Compression, FlushCompress, Status};

/// Level 1: on a metrics page the higher ones save a tenth of the bytes for several times the processor time.
const LEVEL: Compression = Compression::new(1);
/// The full 32 kB, so that a usual page fits: each time the window slides, deflate walks its whole table.
const WINDOW_BITS: u8 = 15;

/// One gzip member that is written in pieces.
///
/// Its tables, some 350 kB, are made anew for each page: that takes a twentieth of a usual scrape's time, and between two
/// scrapes they would be an eighth of all that the program holds.
#[derive(Debug)]
pub struct Gzip(Compress);

impl Default for Gzip {
    fn default() -> Self {
        Gzip::new()
    }
}

impl Gzip {
    /// A member that nothing is written of yet.
    #[must_use]
    pub fn new() -> Self {
        Gzip(Compress::new_gzip(LEVEL, WINDOW_BITS))
    }

    /// Compresses a piece; what is ready of the member is appended to `out`, some of the piece mostly later.
    pub fn write(&mut self, mut piece: &[u8], out: &mut Vec<u8>) {
        while !piece.is_empty() {
            piece = &piece[self.step(piece, FlushCompress::None, out).0..];
        }
    }

    /// Appends the rest of the member.
    pub fn finish(self, out: &mut Vec<u8>) {
        self.write_last(&[], out);
    }

    /// As [`Gzip::write`] and [`Gzip::finish`] in one.
    fn write_last(mut self, mut piece: &[u8], out: &mut Vec<u8>) {
        let mut status = Status::Ok;
        while status != Status::StreamEnd {
            let read;
            (read, status) = self.step(piece, FlushCompress::Finish, out);
            piece = &piece[read..];
        }
    }

    /// How much of the piece was read, and what comes next.
    fn step(&mut self, piece: &[u8], flush: FlushCompress, out: &mut Vec<u8>) -> (usize, Status) {
        out.reserve(piece.len() / 4 + 64);
        let before = self.0.total_in();
        let status = self.0.compress_vec(piece, out, flush).expect("deflate takes any bytes");
        (usize::try_from(self.0.total_in() - before).expect("the piece is in memory"), status)
    }
}

/// Appends `page` to `out` as one gzip member.
pub fn gzip(page: &[u8], out: &mut Vec<u8>) {
    Gzip::new().write_last(page, out);
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

    #[test]
    #[expect(clippy::disallowed_types, clippy::disallowed_methods, reason = "what was compressed here")]
    fn a_page_in_pieces_is_one_member() {
        let page: Vec<u8> = (0..100_000_u32).flat_map(|n| n.to_string().into_bytes()).collect();
        for size in [1, 1000, 70_000, page.len()] {
            let (mut compressor, mut member) = (Gzip::new(), Vec::new());
            page.chunks(size).for_each(|piece| compressor.write(piece, &mut member));
            compressor.finish(&mut member);
            let mut inflated = Vec::new();
            let mut decoder = flate2::bufread::GzDecoder::new(&member[..]);
            decoder.read_to_end(&mut inflated).unwrap();
            assert!(inflated == page && decoder.into_inner().is_empty(), "pieces of {size}");
        }
    }
}
