//! `/proc/PID`: what a process does and uses.

use std::fs;
use std::path::Path;

use crate::error::{Malformed, ReadError};
use crate::fields::{columns, lines, number};

/// `/proc/PID/stat`, as far as anybody needs it here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProcessStat {
    /// The letter of its state: `R`, `S`, `D`, `Z` …
    pub state: u8,
    /// How many threads it has.
    pub threads: u64,
    /// Time in user mode, in ticks of `USER_HZ`.
    pub user_ticks: u64,
    /// Time in the kernel, in ticks of `USER_HZ`.
    pub system_ticks: u64,
    /// When it started, in ticks of `USER_HZ` after boot.
    pub start_ticks: u64,
    /// Virtual memory.
    pub virtual_bytes: u64,
    /// Resident memory, in pages.
    pub resident_pages: u64,
}

/// Reads `/proc/PID/stat`.
///
/// # Errors
/// Without a name in parentheses, and a letter and at least 21 columns behind it.
pub fn parse_process_stat(bytes: &[u8]) -> Result<ProcessStat, Malformed> {
    let malformed = Malformed { line: 1, expected: "a name in parentheses and the columns behind it" };
    // The name may hold anything, a parenthesis too; the last one ends it.
    let end = bytes.iter().rposition(|byte| *byte == b')').ok_or(malformed)?;
    let mut columns = columns(&bytes[end + 1..]);
    let Some(&[state]) = columns.next() else { return Err(malformed) };
    let mut behind = |skipped| columns.nth(skipped).and_then(number).ok_or(malformed);
    // proc_pid_stat(5) counts the columns from 1: the state is the third, and user time, the first of these, the 14th.
    Ok(ProcessStat {
        state,
        user_ticks: behind(10)?,
        system_ticks: behind(0)?,
        threads: behind(4)?,
        start_ticks: behind(1)?,
        virtual_bytes: behind(0)?,
        resident_pages: behind(0)?,
    })
}

/// Bytes received and sent over IP in the process's network, from `/proc/PID/net/netstat` (`IpExt`: `InOctets`,
/// `OutOctets`); `None` where the kernel does not count them.
#[must_use]
pub fn parse_octets(bytes: &[u8]) -> Option<(u64, u64)> {
    let mut rows = lines(bytes).filter_map(|(_, line)| line.strip_prefix(b"IpExt:"));
    let (names, values) = (rows.next()?, rows.next()?);
    let value = |wanted: &[u8]| {
        let mut pairs = columns(names).zip(columns(values));
        pairs.find(|(name, _)| *name == wanted).and_then(|(_, value)| number(value))
    };
    Some((value(b"InOctets")?, value(b"OutOctets")?))
}

/// How many files a process has open, from its folder `/proc/PID/fd`.
///
/// # Errors
/// When the folder can't be read.
pub fn read_open_files(folder: &Path) -> Result<u64, ReadError> {
    let failed = |error| ReadError::io(folder, error);
    // Since Linux 6.2 the folder's size is the number.
    let size = fs::metadata(folder).map_err(failed)?.len();
    if size > 0 { Ok(size) } else { Ok(fs::read_dir(folder).map_err(failed)?.count() as u64) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_with_a_name_made_to_confuse() {
        let stat = b"26231 (v) i (m) R 5392 7446 5392 34835 7446 4218880 32533 309516 26 82 1677 44 158 99 20 0 1 0 82375 56274944 1981 18446744073709551615 1 2\n";
        let expected = ProcessStat {
            state: b'R',
            threads: 1,
            user_ticks: 1677,
            system_ticks: 44,
            start_ticks: 82_375,
            virtual_bytes: 56_274_944,
            resident_pages: 1981,
        };
        assert_eq!(parse_process_stat(stat), Ok(expected));
        for text in ["", "1 (x", "1 (x) R 1 2 3", "1 (x) RS 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21"] {
            assert!(parse_process_stat(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn octets_in_whatever_column() {
        let text = b"TcpExt: A B\nTcpExt: 1 2\nIpExt: InNoRoutes InOctets OutOctets\nIpExt: 1 6286396970 2786264347\n";
        assert_eq!(parse_octets(text), Some((6_286_396_970, 2_786_264_347)));
        assert_eq!(parse_octets(b"IpExt: InOctets\n"), None);
        assert_eq!(parse_octets(b""), None);
    }
}
