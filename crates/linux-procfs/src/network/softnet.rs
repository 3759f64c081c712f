//! `/proc/net/softnet_stat`.

use crate::error::Malformed;
use crate::fields::{columns, hex, lines, some};

/// What a processor has done with packets since boot: its line of `/proc/net/softnet_stat`, in counters of 32 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Softnet {
    /// The processor. Before Linux 5.14 the line's position, which is another number where a processor is offline.
    pub cpu: u32,
    /// Packets taken from the queue.
    pub processed: u32,
    /// Packets dropped since the queue was full.
    pub dropped: u32,
    /// How often the packets or the time of one turn were used up with more waiting.
    pub time_squeezed: u32,
    /// How often a device's lock was held by another processor while sending; always 0 since Linux 4.20.
    pub collisions: u32,
    /// How often another processor has handed over packets to this one; since Linux 2.6.39.
    pub received_rps: Option<u32>,
    /// How often the limit of one flow was reached; since Linux 4.18.
    pub flow_limit: Option<u32>,
    /// Packets in the queue now; since Linux 5.14.
    pub backlog: Option<u32>,
}

/// Reads `/proc/net/softnet_stat`, one entry per processor that is online.
///
/// # Errors
/// A line with less than nine columns or another than a hexadecimal number of 32 bits; a processor behind a later one;
/// no line at all.
pub fn parse_softnet(bytes: &[u8]) -> Result<Vec<Softnet>, Malformed> {
    let mut read: Vec<Softnet> = Vec::new();
    for (position, (line, bytes)) in (0..).zip(lines(bytes)) {
        let softnet = parse_line(bytes, position).ok_or(Malformed { line, expected: "nine hexadecimal numbers" })?;
        if read.last().is_some_and(|last| last.cpu >= softnet.cpu) {
            return Err(Malformed { line, expected: "processors in their order" });
        }
        read.push(softnet);
    }
    some(read, "a processor")
}

fn parse_line(line: &[u8], position: u32) -> Option<Softnet> {
    let mut counts = [None; 13];
    for (count, column) in counts.iter_mut().zip(columns(line)) {
        *count = Some(u32::try_from(hex(column)?).ok()?);
    }
    Some(Softnet {
        cpu: counts[12].unwrap_or(position),
        processed: counts[0]?,
        dropped: counts[1]?,
        time_squeezed: counts[2]?,
        collisions: counts[8]?,
        received_rps: counts[9],
        flow_limit: counts[10],
        // Its column came together with that of the processor.
        backlog: counts[12].and(counts[11]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernels_with_nine_eleven_and_more_than_thirteen_columns() {
        let zeros = "00000000 ".repeat(5);
        let old = format!("0000000a 00000001 00000002 {zeros}00000003");
        let oldest = Softnet {
            cpu: 0,
            processed: 10,
            dropped: 1,
            time_squeezed: 2,
            collisions: 3,
            received_rps: None,
            flow_limit: None,
            backlog: None,
        };
        let older = Softnet { received_rps: Some(4), flow_limit: Some(5), ..oldest };
        let text = format!("{old} 00000004 00000005\n{old} 00000004 00000005\n");
        assert_eq!(parse_softnet(text.as_bytes()), Ok(vec![older, Softnet { cpu: 1, ..older }]));
        let newer = Softnet { cpu: 6, backlog: Some(u32::MAX), ..older };
        let text = format!("{old} 00000004 00000005 ffffffff 00000006 00000000 00000000\n");
        assert_eq!(parse_softnet(text.as_bytes()), Ok(vec![newer]));
        assert_eq!(parse_softnet(old.as_bytes()), Ok(vec![oldest]));
    }

    #[test]
    fn lines_that_are_cut_off_or_stand_twice() {
        let line = format!("{}00000001\n", "00000000 ".repeat(12));
        for (text, at) in [
            (String::new(), 1),
            ("00000000 ".repeat(8), 1),
            ("g0000000 ".repeat(9), 1),
            ("+0000000 ".repeat(9), 1),
            ("100000000 ".repeat(9), 1),
            (line.repeat(2), 2),
        ] {
            assert_eq!(parse_softnet(text.as_bytes()).unwrap_err().line, at, "{text}");
        }
    }
}
