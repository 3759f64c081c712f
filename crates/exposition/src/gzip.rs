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
    let mut deflate = Compress::new_gzip(LEVEL, WINDOW_BITS);
    let mut status = Status::Ok;
    while status != Status::StreamEnd {
        out.reserve(page.len() / 4 + 64);
        let read = usize::try_from(deflate.total_in()).expect("the page is in memory");
        status = deflate.compress_vec(&page[read..], out, FlushCompress::Finish).expect("deflate takes any bytes");
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
