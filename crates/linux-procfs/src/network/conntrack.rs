//! `/proc/net/stat/nf_conntrack`: what the tracking of connections has counted.

use crate::error::Malformed;
use crate::fields::{columns, heading, hex, lines};

/// The counters of all processors together. Each has 32 bits in the kernel; newer kernels leave some at 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Conntrack {
    /// Searches that found an entry.
    pub found: u64,
    /// Packets that can't be tracked.
    pub invalid: u64,
    /// Packets that belonged to an entry already, or are not to be tracked.
    pub ignore: u64,
    /// Entries inserted.
    pub insert: u64,
    /// Entries not inserted, for the same was there.
    pub insert_failed: u64,
    /// Packets dropped, for no entry could be made.
    pub drop: u64,
    /// Entries dropped to make room in a full table.
    pub early_drop: u64,
    /// Searches begun again, for the table was being resized.
    pub search_restart: u64,
}

/// Reads `/proc/net/stat/nf_conntrack`, a heading and a line per processor.
///
/// # Errors
/// No heading, or none that starts with `entries`; a line with less than 17 hexadecimal numbers; no processor.
pub fn parse_conntrack(bytes: &[u8]) -> Result<Conntrack, Malformed> {
    let mut lines = lines(bytes);
    heading(&mut lines, b"entries ")?;
    let mut all: Option<Conntrack> = None;
    for (line, bytes) in lines {
        let counts = parse_line(bytes).ok_or(Malformed { line, expected: "17 hexadecimal numbers" })?;
        add(all.get_or_insert_default(), &counts);
    }
    all.ok_or(Malformed { line: 2, expected: "a processor" })
}

/// The numbers of a processor's line, by the kernel's order of columns.
fn parse_line(line: &[u8]) -> Option<[u64; 17]> {
    let mut counts = [0; 17];
    let mut columns = columns(line);
    for count in &mut counts {
        *count = u32::try_from(hex(columns.next()?)?).ok()?.into();
    }
    Some(counts)
}

fn add(all: &mut Conntrack, counts: &[u64; 17]) {
    all.found += counts[2];
    all.invalid += counts[4];
    all.ignore += counts[5];
    all.insert += counts[8];
    all.insert_failed += counts[9];
    all.drop += counts[10];
    all.early_drop += counts[11];
    all.search_restart += counts[16];
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADING: &str = "entries  searched found new invalid ignore delete delete_list insert insert_failed drop early_drop icmp_error  expect_new expect_create expect_delete search_restart\n";

    #[test]
    fn two_processors_together() {
        let line = |first: u32| (first..first + 17).map(|count| format!("{count:08x} ")).collect::<String>();
        let text = format!("{HEADING}{}\n{}00000000\n", line(0), line(100));
        let all = Conntrack {
            found: 104,
            invalid: 108,
            ignore: 110,
            insert: 116,
            insert_failed: 118,
            drop: 120,
            early_drop: 122,
            search_restart: 132,
        };
        assert_eq!(parse_conntrack(text.as_bytes()), Ok(all));
    }

    #[test]
    fn lines_that_are_cut_off_or_stand_twice() {
        let line = "00000000 ".repeat(17);
        for (text, at) in [
            (String::new(), 1),
            (line.clone(), 1),
            (HEADING.to_owned(), 2),
            (format!("{HEADING}{}\n", "00000000 ".repeat(16)), 2),
            (format!("{HEADING}{}\n", "100000000 ".repeat(17)), 2),
            (format!("{HEADING}{line}\n").repeat(2), 3),
        ] {
            assert_eq!(parse_conntrack(text.as_bytes()).unwrap_err().line, at, "{text}");
        }
    }
}
