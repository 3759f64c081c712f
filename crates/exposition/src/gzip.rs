//! Compression of a page, for clients that ask for it.

use flate2::{Compress, Compression, FlushCompress, Status};

/// Compresses pages, one at a time; its tables (about 300 kB) are made at the first page and kept.
#[derive(Default)]
pub struct Gzip {
    deflate: Option<Compress>,
}

/// Level 1: on a metrics page the higher ones save a tenth of the bytes for several times the processor time.
const LEVEL: Compression = Compression::new(1);
/// The full 32 kB, so that a usual page fits: each time the window slides, deflate walks its whole table.
const WINDOW_BITS: u8 = 15;

impl Gzip {
    /// Appends `page` to `out` as one gzip member.
    pub fn compress(&mut self, page: &[u8], out: &mut Vec<u8>) {
        let deflate = self.deflate.get_or_insert_with(|| Compress::new_gzip(LEVEL, WINDOW_BITS));
        deflate.reset();
        let mut status = Status::Ok;
        while status != Status::StreamEnd {
            out.reserve(page.len() / 4 + 64);
            let read = usize::try_from(deflate.total_in()).expect("the page is in memory");
            status = deflate.compress_vec(&page[read..], out, FlushCompress::Finish).expect("deflate takes any bytes");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn two_pages_in_turn_inflate_to_what_they_were() {
        let mut gzip = Gzip::default();
        for page in [b"a 1\n".repeat(10_000), Vec::new(), b"b 2\n".to_vec()] {
            let mut member = b"before".to_vec();
            gzip.compress(&page, &mut member);
            let mut inflated = Vec::new();
            flate2::read::GzDecoder::new(&member[6..]).read_to_end(&mut inflated).unwrap();
            assert_eq!(inflated, page);
        }
    }
}
