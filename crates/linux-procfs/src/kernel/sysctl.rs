//! Files of `/proc/sys` that hold a few numbers.

use crate::error::Malformed;
use crate::fields::{columns, number, numbers};

/// Files that all processes have open (`/proc/sys/fs/file-nr`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileNr {
    /// Open now.
    pub allocated: u64,
    /// The most that may be.
    pub maximum: u64,
}

/// Reads `/proc/sys/fs/file-nr`.
///
/// # Errors
/// Anything but three numbers, of which the second has been 0 since Linux 2.6.
pub fn parse_file_nr(bytes: &[u8]) -> Result<FileNr, Malformed> {
    let [allocated, _unused, maximum] = numbers(&mut columns(bytes), 1, "three numbers")?;
    Ok(FileNr { allocated, maximum })
}

/// Reads a file that holds one number, as most of `/proc/sys` do.
///
/// # Errors
/// Anything else.
pub fn parse_number(bytes: &[u8]) -> Result<u64, Malformed> {
    number(bytes.trim_ascii()).ok_or(Malformed { line: 1, expected: "a number" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_with_three_numbers_and_with_one() {
        let file_nr = FileNr { allocated: 1504, maximum: 9_223_372_036_854_775_807 };
        assert_eq!(parse_file_nr(b"1504\t0\t9223372036854775807\n"), Ok(file_nr));
        assert_eq!(parse_file_nr(b"1504\t0\n"), Err(Malformed { line: 1, expected: "three numbers" }));
        assert!(parse_file_nr(b"1504\t0\t99999999999999999999\n").is_err());
        assert_eq!(parse_number(b"256\n"), Ok(256));
        for text in ["", "\n", "-1\n", "1 2\n", "0x1\n"] {
            assert_eq!(parse_number(text.as_bytes()), Err(Malformed { line: 1, expected: "a number" }), "{text}");
        }
    }
}
