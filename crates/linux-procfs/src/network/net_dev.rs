//! `/proc/net/dev`, and the counters of `/sys/class/net` that it lacks or adds up.

use crate::error::{Malformed, ReadError};
use crate::fields::{columns, lines, numbers, text};
use crate::sysfs::Folder;

/// A network device's line in `/proc/net/dev`: totals since the device came up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the kernel's names of its sixteen columns, receive before transmit")]
pub struct NetDev {
    pub device: String,
    pub receive_bytes: u64,
    pub receive_packets: u64,
    pub receive_errors: u64,
    pub receive_dropped: u64,
    pub receive_fifo: u64,
    pub receive_frame: u64,
    pub receive_compressed: u64,
    pub receive_multicast: u64,
    pub transmit_bytes: u64,
    pub transmit_packets: u64,
    pub transmit_errors: u64,
    pub transmit_dropped: u64,
    pub transmit_fifo: u64,
    pub transmit_collisions: u64,
    pub transmit_carrier: u64,
    pub transmit_compressed: u64,
}

/// Lines of the heading.
const HEADING: usize = 2;

/// Reads `/proc/net/dev`, in the kernel's order.
///
/// # Errors
/// A line behind the two of the heading without a device, a colon and 16 numbers; no heading.
pub fn parse_net_dev(bytes: &[u8]) -> Result<Vec<NetDev>, Malformed> {
    let mut lines = lines(bytes);
    lines.by_ref().nth(HEADING - 1).ok_or(Malformed { line: 1, expected: "two lines of heading" })?;
    lines.map(|(line, bytes)| parse_line(line, bytes)).collect()
}

fn parse_line(line: usize, bytes: &[u8]) -> Result<NetDev, Malformed> {
    let expected = "a device, a colon and 16 numbers";
    // A name may hold colons (an old alias such as eth0:1); the last one ends it.
    let end = bytes.iter().rposition(|byte| *byte == b':').ok_or(Malformed { line, expected })?;
    let (device, rest) = (bytes[..end].trim_ascii(), &bytes[end + 1..]);
    let counts: [u64; 16] = numbers(&mut columns(rest), line, expected)?;
    Ok(NetDev {
        device: text(device),
        receive_bytes: counts[0],
        receive_packets: counts[1],
        receive_errors: counts[2],
        receive_dropped: counts[3],
        receive_fifo: counts[4],
        receive_frame: counts[5],
        receive_compressed: counts[6],
        receive_multicast: counts[7],
        transmit_bytes: counts[8],
        transmit_packets: counts[9],
        transmit_errors: counts[10],
        transmit_dropped: counts[11],
        transmit_fifo: counts[12],
        transmit_collisions: counts[13],
        transmit_carrier: counts[14],
        transmit_compressed: counts[15],
    })
}

/// Packets that came for no one listening (`DEVICE/statistics/rx_nohandler`, since Linux 4.6); `class` is `class/net`.
/// `None` also where that shows another network than procfs, as in some containers.
#[must_use]
pub fn read_nohandler(class: &Folder, device: &str) -> Option<u64> {
    class.number(&format!("{device}/statistics/rx_nohandler"))
}

/// A network device's counters in `/sys/class/net/DEVICE/statistics` that `/proc/net/dev` lacks or adds up; `None` is
/// what this kernel does not have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the kernel's names of its files, but for receive (rx) and transmit (tx)")]
pub struct NetStatistics {
    pub receive_dropped: Option<u64>,
    pub receive_missed_errors: Option<u64>,
    pub receive_frame_errors: Option<u64>,
    pub receive_length_errors: Option<u64>,
    pub receive_over_errors: Option<u64>,
    pub receive_crc_errors: Option<u64>,
    pub receive_nohandler: Option<u64>,
    pub transmit_carrier_errors: Option<u64>,
    pub transmit_aborted_errors: Option<u64>,
    pub transmit_heartbeat_errors: Option<u64>,
    pub transmit_window_errors: Option<u64>,
}

/// Reads `DEVICE/statistics`; `class` is `class/net`.
///
/// # Errors
/// [`ReadError::Missing`] also where the sysfs shows another network than procfs, as in some containers.
pub fn read_net_statistics(class: &Folder, device: &str) -> Result<NetStatistics, ReadError> {
    let folder = class.folder(&format!("{device}/statistics"))?;
    Ok(NetStatistics {
        receive_dropped: folder.number("rx_dropped"),
        receive_missed_errors: folder.number("rx_missed_errors"),
        receive_frame_errors: folder.number("rx_frame_errors"),
        receive_length_errors: folder.number("rx_length_errors"),
        receive_over_errors: folder.number("rx_over_errors"),
        receive_crc_errors: folder.number("rx_crc_errors"),
        receive_nohandler: folder.number("rx_nohandler"),
        transmit_carrier_errors: folder.number("tx_carrier_errors"),
        transmit_aborted_errors: folder.number("tx_aborted_errors"),
        transmit_heartbeat_errors: folder.number("tx_heartbeat_errors"),
        transmit_window_errors: folder.number("tx_window_errors"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADING_LINES: &str = "Inter-|   Receive                                                |  Transmit\n \
        face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n";

    #[test]
    fn devices_with_and_without_space_behind_the_colon() {
        let text = format!(
            "{HEADING_LINES}    lo: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\neth0:18446744073709551615 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n"
        );
        let lo = NetDev {
            device: "lo".to_owned(),
            receive_bytes: 1,
            receive_packets: 2,
            receive_errors: 3,
            receive_dropped: 4,
            receive_fifo: 5,
            receive_frame: 6,
            receive_compressed: 7,
            receive_multicast: 8,
            transmit_bytes: 9,
            transmit_packets: 10,
            transmit_errors: 11,
            transmit_dropped: 12,
            transmit_fifo: 13,
            transmit_collisions: 14,
            transmit_carrier: 15,
            transmit_compressed: 16,
        };
        let eth0 = NetDev { device: "eth0".to_owned(), receive_bytes: u64::MAX, ..lo.clone() };
        assert_eq!(parse_net_dev(text.as_bytes()), Ok(vec![lo, eth0]));
    }

    #[test]
    fn a_name_that_is_not_utf_8() {
        let text = [HEADING_LINES.as_bytes(), b"e\xff0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"].concat();
        assert_eq!(parse_net_dev(&text).unwrap()[0].device, "e\u{fffd}0");
    }

    #[test]
    fn lines_that_are_cut_off() {
        for line in ["eth0", "eth0: 1 2 3", "eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 x"] {
            assert_eq!(parse_net_dev(format!("{HEADING_LINES}{line}").as_bytes()).unwrap_err().line, 3, "{line}");
        }
        assert_eq!(parse_net_dev(HEADING_LINES.as_bytes()), Ok(vec![]));
        assert_eq!(parse_net_dev(b"Inter-|   Rec").unwrap_err().expected, "two lines of heading");
    }

    #[test]
    fn statistics_of_which_the_kernel_has_two() {
        let folder = tempfile::tempdir().unwrap();
        let text =
            "--- class/net/eth0/statistics/rx_crc_errors: 3\n--- class/net/eth0/statistics/tx_carrier_errors: 5\n";
        testkit::tree::unpack(text, folder.path()).unwrap();
        let class = Folder::open(folder.path().join("class/net")).unwrap();
        let two =
            NetStatistics { receive_crc_errors: Some(3), transmit_carrier_errors: Some(5), ..NetStatistics::default() };
        assert_eq!(read_net_statistics(&class, "eth0").unwrap(), two);
        assert!(read_net_statistics(&class, "eth1").unwrap_err().is_absent());
    }
}
