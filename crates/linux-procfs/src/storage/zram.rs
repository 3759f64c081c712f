//! `/sys/block/zramN`: disks in compressed memory.

use crate::error::{Malformed, ReadError};
use crate::fields::{columns, next};
use crate::sysfs::Folder;

/// A disk in compressed memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zram {
    /// How much it can hold, in bytes before compression; 0 as long as it is not set up.
    pub size_bytes: Option<u64>,
    /// What it holds.
    pub memory: ZramMemory,
}

/// What such a disk holds and takes, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ZramMemory {
    /// What was written to it.
    pub data_bytes: u64,
    /// The same, compressed.
    pub compressed_bytes: u64,
    /// The memory that it takes for that, with what its allocator needs and can't use.
    pub used_bytes: u64,
    /// The most memory that it may take; `None` without a limit.
    pub limit_bytes: Option<u64>,
}

/// Reads the disk `device`, such as `zram0`, below `block`, which is `/sys/block`.
///
/// # Errors
/// [`ReadError::Missing`] when it is gone, or before Linux 4.1; [`ReadError::Io`] when it can't be read;
/// [`ReadError::Malformed`] as [`parse_mm_stat`].
pub fn read_zram(block: &Folder, device: &str) -> Result<Zram, ReadError> {
    let folder = block.folder(device)?;
    Ok(Zram { size_bytes: folder.number("disksize"), memory: folder.parse("mm_stat", parse_mm_stat)? })
}

/// Reads the file `mm_stat`: a line of columns, to which kernels have added others behind the ones that are read.
///
/// # Errors
/// Fewer than four numbers.
pub fn parse_mm_stat(bytes: &[u8]) -> Result<ZramMemory, Malformed> {
    let mut columns = columns(bytes);
    let mut number = || next::<u64>(&mut columns, 1, "numbers of bytes");
    let (data_bytes, compressed_bytes, used_bytes, limit) = (number()?, number()?, number()?, number()?);
    Ok(ZramMemory { data_bytes, compressed_bytes, used_bytes, limit_bytes: (limit > 0).then_some(limit) })
}

#[cfg(test)]
mod tests {
    use testkit::tree;

    use super::*;

    #[test]
    fn memory_with_and_without_a_limit() {
        let memory =
            ZramMemory { data_bytes: 5_242_880, compressed_bytes: 1_310_720, used_bytes: 1_433_600, limit_bytes: None };
        // Linux 4.1, and 6.18 with incompressible pages.
        assert_eq!(parse_mm_stat(b" 5242880  1310720  1433600        0  1433600       17        0\n"), Ok(memory));
        let limited = ZramMemory { limit_bytes: Some(268_435_456), ..memory };
        let text = b" 5242880  1310720  1433600 268435456  1433600       17        0        3        9\n";
        assert_eq!(parse_mm_stat(text), Ok(limited));
        for text in ["", "\n", "1 2 3\n", "1 2 3 x\n", "1 -2 3 4\n", "1 2 18446744073709551616 4\n"] {
            let malformed = Malformed { line: 1, expected: "numbers of bytes" };
            assert_eq!(parse_mm_stat(text.as_bytes()), Err(malformed), "{text}");
        }
    }

    #[test]
    fn a_disk_that_is_set_up_one_that_is_not_and_one_that_is_gone() {
        let parent = tempfile::tempdir().unwrap();
        let text = "
--- zram0/disksize: 1073741824
--- zram0/mm_stat:  8192 74 12288 0 12288 0 0 0 0
--- zram1/disksize: 0
--- zram1/mm_stat: 0 0 0 0 0 0 0 0 0
";
        tree::unpack(text, parent.path()).unwrap();
        let block = Folder::open(parent.path().to_owned()).unwrap();
        let read = |device| read_zram(&block, device).map(|zram| (zram.size_bytes, zram.memory.used_bytes)).ok();
        assert_eq!([read("zram0"), read("zram1")], [Some((Some(1 << 30), 12_288)), Some((Some(0), 0))]);
        assert!(read_zram(&block, "zram2").unwrap_err().is_absent());
    }
}
