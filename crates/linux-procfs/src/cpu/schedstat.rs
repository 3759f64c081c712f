//! `/proc/schedstat`: what the scheduler has counted for each processor.

use crate::error::Malformed;
use crate::fields::{columns, lines, number, some};

/// A processor's line in `/proc/schedstat`: totals since boot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SchedStat {
    /// Its number.
    pub cpu: u32,
    /// Time in which tasks ran.
    pub running_ns: u64,
    /// Time in which tasks could have run and waited for it.
    pub waiting_ns: u64,
    /// How often a task was given the processor.
    pub timeslices: u64,
}

/// Reads `/proc/schedstat` of version 15 and later, in the kernel's order.
///
/// # Errors
/// A processor's line without a number in its name and nine behind it; no processor.
pub fn parse_schedstat(bytes: &[u8]) -> Result<Vec<SchedStat>, Malformed> {
    let cpus = lines(bytes).filter_map(|(line, bytes)| Some((line, bytes.strip_prefix(b"cpu")?)));
    let cpus: Result<Vec<SchedStat>, Malformed> = cpus
        .map(|(line, bytes)| parse_line(bytes).ok_or(Malformed { line, expected: "cpu, its number, and nine numbers" }))
        .collect();
    some(cpus?, "a processor")
}

/// Behind the processor's number stand six counts of the scheduler's own work, then the three.
fn parse_line(bytes: &[u8]) -> Option<SchedStat> {
    let mut columns = columns(bytes);
    let cpu = number(columns.next()?)?;
    let mut columns = columns.skip(6).map(number);
    Some(SchedStat { cpu, running_ns: columns.next()??, waiting_ns: columns.next()??, timeslices: columns.next()?? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processors_among_their_domains_and_lines_cut_off() {
        let text = b"version 17\ntimestamp 15819019232\ncpu0 498494191 0 3533438552 2553969831 3853684107 2465731542 2045936778163039 343796328169361 4767485306\n\
            domain0 SMT 00000000,00000003 212499247 210112015 1861015 1860405436 536440\ncpu12 1 2 3 4 5 6 7 8 9 10\n";
        let first = SchedStat {
            cpu: 0,
            running_ns: 2_045_936_778_163_039,
            waiting_ns: 343_796_328_169_361,
            timeslices: 4_767_485_306,
        };
        let second = SchedStat { cpu: 12, running_ns: 7, waiting_ns: 8, timeslices: 9 };
        assert_eq!(parse_schedstat(text), Ok(vec![first, second]));
        for line in ["cpu0 1 2 3 4 5 6 7 8", "cpu 1 2 3 4 5 6 7 8 9", "cpu0 1 2 3 4 5 6 7 8 99999999999999999999"] {
            let malformed = Malformed { line: 2, expected: "cpu, its number, and nine numbers" };
            assert_eq!(parse_schedstat(format!("version 15\n{line}").as_bytes()), Err(malformed), "{line}");
        }
        let empty = Malformed { line: 1, expected: "a processor" };
        assert_eq!(parse_schedstat(b"version 15\ntimestamp 1\n"), Err(empty));
    }
}
