//! `/sys/fs/xfs/DEVICE/stats/stats`: counters of an XFS file system.

use crate::error::{Malformed, ReadError};
use crate::fields::{columns, lines, numbers};
use crate::sysfs::Folder;

/// Counters of an XFS file system since it was mounted, by line of the file and in the kernel's order. They are of 32 bits
/// and wrap. A line that the kernel does not have is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct XfsStats {
    /// Extents and blocks allocated, extents and blocks freed.
    pub extent_alloc: Option<[u64; 4]>,
    /// Of the trees of free space: lookups, compares, records inserted and deleted.
    pub abt: Option<[u64; 4]>,
    /// Of block maps: reads, writes, unmaps, insertions, deletions, lookups and compares of extents.
    pub blk_map: Option<[u64; 7]>,
    /// Of the trees of block maps: as `abt`.
    pub bmbt: Option<[u64; 4]>,
    /// Of folders: lookups, creations, removals, listings.
    pub dir: Option<[u64; 4]>,
    /// Of the inode cache: attempts, found, recycled, missed, duplicates, reclaims, changes of attributes.
    pub ig: Option<[u64; 7]>,
    /// Calls of write and of read.
    pub rw: Option<[u64; 2]>,
    /// Of inodes in memory: active, allocated, got, held, released, reclaimed, removed.
    pub vnodes: Option<[u64; 7]>,
}

/// Reads the counters of the file system on `device` below `folder`, which is `/sys/fs/xfs`.
///
/// # Errors
/// [`ReadError::Missing`] when it is not mounted any more, or `device` is another folder there; [`ReadError::Malformed`]
/// as [`parse_xfs_stats`].
pub fn read_xfs_stats(folder: &Folder, device: &str) -> Result<XfsStats, ReadError> {
    folder.parse(&format!("{device}/stats/stats"), parse_xfs_stats)
}

const COUNTS: &str = "a number for each counter";

/// Reads the counters of one file system, or of all.
///
/// # Errors
/// A line of those above with too few numbers; none of them.
pub fn parse_xfs_stats(bytes: &[u8]) -> Result<XfsStats, Malformed> {
    let mut stats = XfsStats::default();
    for (line, bytes) in lines(bytes) {
        let mut columns = columns(bytes);
        let Some(name) = columns.next() else { continue };
        match name {
            b"extent_alloc" => stats.extent_alloc = Some(numbers(&mut columns, line, COUNTS)?),
            b"abt" => stats.abt = Some(numbers(&mut columns, line, COUNTS)?),
            b"blk_map" => stats.blk_map = Some(numbers(&mut columns, line, COUNTS)?),
            b"bmbt" => stats.bmbt = Some(numbers(&mut columns, line, COUNTS)?),
            b"dir" => stats.dir = Some(numbers(&mut columns, line, COUNTS)?),
            b"ig" => stats.ig = Some(numbers(&mut columns, line, COUNTS)?),
            b"rw" => stats.rw = Some(numbers(&mut columns, line, COUNTS)?),
            b"vnodes" => stats.vnodes = Some(numbers(&mut columns, line, COUNTS)?),
            _ => {}
        }
    }
    if stats == XfsStats::default() {
        return Err(Malformed { line: 1, expected: "counters" });
    }
    Ok(stats)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_among_lines_that_are_passed_over() {
        let text = b"extent_alloc 1 2 3 4\nabt 5 6 7 8\nblk_map 9 10 11 12 13 14 15\nbmbt 16 17 18 19\n\
            dir 20 21 22 23\ntrans 0 1 2\nig 24 25 26 27 28 29 30\nlog 1 2 3 4 5\nrw 31 4294967295\n\
            vnodes 33 34 35 36 37 38 39 40\nxpc 399724544 92823103 86219234\ngc xpc 1\ndebug 0\n";
        let stats = XfsStats {
            extent_alloc: Some([1, 2, 3, 4]),
            abt: Some([5, 6, 7, 8]),
            blk_map: Some([9, 10, 11, 12, 13, 14, 15]),
            bmbt: Some([16, 17, 18, 19]),
            dir: Some([20, 21, 22, 23]),
            ig: Some([24, 25, 26, 27, 28, 29, 30]),
            rw: Some([31, 4_294_967_295]),
            vnodes: Some([33, 34, 35, 36, 37, 38, 39]),
        };
        assert_eq!(parse_xfs_stats(text), Ok(stats));
        assert_eq!(parse_xfs_stats(b"trans 0\n"), Err(Malformed { line: 1, expected: "counters" }));
        for text in ["trans 0\nrw 1", "\nrw 1 x", "x\nvnodes 1 2 3 4 5 6"] {
            let malformed = Malformed { line: 2, expected: "a number for each counter" };
            assert_eq!(parse_xfs_stats(text.as_bytes()), Err(malformed), "{text}");
        }
    }
}
