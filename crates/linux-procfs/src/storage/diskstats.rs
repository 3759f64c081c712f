//! `/proc/diskstats`.

use crate::error::Malformed;
use crate::fields::{columns, lines, next, number, text};

/// A block device's line in `/proc/diskstats`. Times are in milliseconds, sectors of 512 bytes whatever the device's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DiskStats {
    /// Number of the driver.
    pub major: u32,
    /// Number of the device at the driver.
    pub minor: u32,
    /// The device's name below `/dev`, and below `/sys/block` with `!` for `/`.
    pub device: String,
    /// The columns behind the name in the kernel's order, as many as this kernel writes: 11, since 4.18 15, since 5.5 17.
    ///
    /// reads: completed, merged, sectors, ms; writes: completed, merged, sectors, ms; I/O: in progress, ms, weighted ms;
    /// discards: completed, merged, sectors, ms; flushes: completed, ms.
    pub columns: Vec<u64>,
}

/// Reads `/proc/diskstats`, in the kernel's order.
///
/// # Errors
/// A line without numbers, a name and 11 counts. (Partitions before Linux 2.6.25 had four.)
pub fn parse_diskstats(bytes: &[u8]) -> Result<Vec<DiskStats>, Malformed> {
    lines(bytes).map(|(line, bytes)| parse_line(line, bytes)).collect()
}

fn parse_line(line: usize, bytes: &[u8]) -> Result<DiskStats, Malformed> {
    let mut columns = columns(bytes);
    let major = next(&mut columns, line, "the major number")?;
    let minor = next(&mut columns, line, "the minor number")?;
    let device = text(columns.next().ok_or(Malformed { line, expected: "a device name" })?);
    let counts = columns.take(17).map(|column| number(column).ok_or(Malformed { line, expected: "counts as numbers" }));
    let columns = counts.collect::<Result<Vec<u64>, _>>()?;
    if columns.len() < 11 {
        return Err(Malformed { line, expected: "at least 11 counts behind the name" });
    }
    Ok(DiskStats { major, minor, device, columns })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_of_three_kernels() {
        let text = b"   8       0 sda 1 2 3 4 5 6 7 8 9 10 11\n\
             259       0 nvme0n1 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15\n\
             254       1 dm-1 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18\n";
        let disk = |major, minor, device: &str, columns: u64| DiskStats {
            major,
            minor,
            device: device.to_owned(),
            columns: (1..=columns).collect(),
        };
        assert_eq!(
            parse_diskstats(text),
            Ok(vec![disk(8, 0, "sda", 11), disk(259, 0, "nvme0n1", 15), disk(254, 1, "dm-1", 17)])
        );
    }

    #[test]
    fn lines_that_are_cut_off_or_hold_other_than_numbers() {
        for text in [
            "8",
            "8 0",
            "8 0 sda",
            "8 0 sda 1 2 3 4",
            "x 0 sda 1 2 3 4 5 6 7 8 9 10 11",
            "8 0 sda 1 2 3 4 5 6 7 8 9 10 x",
        ] {
            assert_eq!(parse_diskstats(text.as_bytes()).unwrap_err().line, 1, "{text}");
        }
    }
}
