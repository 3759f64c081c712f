//! cgroups: which ones a process is in, and their files of more than one number.

use std::collections::BTreeMap;

use crate::error::Malformed;
use crate::fields::{columns, lines, next, number, text};

/// A line of `/proc/PID/cgroup`: where the process is in one hierarchy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessCgroup {
    /// The controllers of the hierarchy, such as `cpu` and `cpuacct`; `name=systemd` for one without; none for cgroup v2.
    pub controllers: Vec<String>,
    /// From the root of the hierarchy, or from that of the reader's cgroup namespace: then it may begin with `/..`.
    pub path: String,
}

/// Reads `/proc/PID/cgroup`, in the kernel's order.
///
/// # Errors
/// A line that is not a number, controllers and a path between colons; no line is none.
pub fn parse_process_cgroups(bytes: &[u8]) -> Result<Vec<ProcessCgroup>, Malformed> {
    let parse = |(line, bytes): (usize, &[u8])| {
        // A path may hold colons.
        let mut parts = bytes.splitn(3, |byte| *byte == b':').skip(1);
        let (Some(controllers), Some(path @ [b'/', ..])) = (parts.next(), parts.next()) else {
            return Err(Malformed { line, expected: "a number, controllers and a path" });
        };
        let controllers = controllers.split(|byte| *byte == b',').filter(|name| !name.is_empty()).map(text).collect();
        Ok(ProcessCgroup { controllers, path: text(path) })
    };
    lines(bytes).map(parse).collect()
}

/// Calls `field` with each key and number of a file such as `cpu.stat`, `memory.stat`, `memory.events`,
/// `memory.oom_control`, in the kernel's order.
///
/// Some kernels let a size fall below 0 for a moment, as they add up what each processor has counted; that is 0 here.
///
/// # Errors
/// A line that is not a key and a number; `field` has been called for those before it.
pub fn parse_cgroup_numbers(bytes: &[u8], mut field: impl FnMut(&str, u64)) -> Result<(), Malformed> {
    for (line, bytes) in lines(bytes) {
        let mut columns = columns(bytes);
        let key = columns.next().and_then(|key| std::str::from_utf8(key).ok());
        let key = key.ok_or(Malformed { line, expected: "a key" })?;
        let value = columns.next().ok_or(Malformed { line, expected: "a number behind the key" })?;
        let below_0 = || number::<i64>(value).map(|_| 0);
        let value = number(value).or_else(below_0).ok_or(Malformed { line, expected: "a number behind the key" })?;
        field(key, value);
    }
    Ok(())
}

/// Reads `cgroup.procs`: how many processes are in the cgroup itself, not in those below it.
///
/// # Errors
/// A line that is not a number; the kernel writes 0 for a process of a namespace that the reader can't see.
pub fn parse_cgroup_procs(bytes: &[u8]) -> Result<u64, Malformed> {
    let mut processes = 0;
    for (line, bytes) in lines(bytes) {
        number::<u32>(bytes).ok_or(Malformed { line, expected: "the number of a process" })?;
        processes += 1;
    }
    Ok(processes)
}

/// The major and minor number of a block device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeviceNumber {
    /// Number of its driver.
    pub major: u32,
    /// Its number at the driver.
    pub minor: u32,
}

impl DeviceNumber {
    fn parse(column: &[u8]) -> Option<DeviceNumber> {
        let colon = column.iter().position(|byte| *byte == b':')?;
        Some(DeviceNumber { major: number(&column[..colon])?, minor: number(&column[colon + 1..])? })
    }
}

/// Reads and writes of a device, or their bytes, as the file counts them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BlkioCount {
    /// `Read`.
    pub read: Option<u64>,
    /// `Write`.
    pub write: Option<u64>,
}

/// Reads a file of cgroup v1's blkio that counts by device and operation, such as `blkio.throttle.io_serviced`.
///
/// Devices that the kernel has no name for are left out: it writes `(unknown)` for the paths of an NVMe disk that has
/// several.
///
/// # Errors
/// A line that is neither a device, an operation and a number, nor the total.
pub fn parse_blkio(bytes: &[u8]) -> Result<BTreeMap<DeviceNumber, BlkioCount>, Malformed> {
    let mut devices: BTreeMap<DeviceNumber, BlkioCount> = BTreeMap::new();
    for (line, bytes) in lines(bytes) {
        let mut columns = columns(bytes);
        let malformed = Malformed { line, expected: "a device, an operation and a number" };
        let device = columns.next().ok_or(malformed)?;
        if matches!(device, b"Total" | b"(unknown)") {
            continue;
        }
        let device = DeviceNumber::parse(device).ok_or(malformed)?;
        let operation = columns.next().ok_or(malformed)?;
        let count = next(&mut columns, line, malformed.expected)?;
        let counts = devices.entry(device).or_default();
        match operation {
            b"Read" => counts.read = Some(count),
            b"Write" => counts.write = Some(count),
            _ => {}
        }
    }
    Ok(devices)
}

/// A device's line in `io.stat`, as far as anybody needs it here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the kernel's names of its fields")]
pub struct IoStat {
    pub rbytes: Option<u64>,
    pub wbytes: Option<u64>,
    pub rios: Option<u64>,
    pub wios: Option<u64>,
}

/// Reads `io.stat` of cgroup v2.
///
/// Some kernels begin a line for each device and end it only where the device has been used: the numbers in a line are those
/// of its last device, and the file's last line may have no end. Devices that the kernel has no name for (`(unknown)`) are
/// left out.
///
/// # Errors
/// Bytes or operations that are not a number, or cut off.
pub fn parse_io_stat(bytes: &[u8]) -> Result<BTreeMap<DeviceNumber, IoStat>, Malformed> {
    let mut devices: BTreeMap<DeviceNumber, IoStat> = BTreeMap::new();
    for (index, row) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let line = index + 1;
        let mut device = None;
        for column in columns(row) {
            let Some(equals) = column.iter().position(|byte| *byte == b'=') else {
                device = DeviceNumber::parse(column);
                continue;
            };
            if !row.ends_with(b"\n") {
                return Err(Malformed { line, expected: "the end of the line" });
            }
            let Some(device) = device else { continue };
            let stat = devices.entry(device).or_default();
            let field = match &column[..equals] {
                b"rbytes" => &mut stat.rbytes,
                b"wbytes" => &mut stat.wbytes,
                b"rios" => &mut stat.rios,
                b"wios" => &mut stat.wios,
                _ => continue,
            };
            let value = number(&column[equals + 1..]);
            *field = Some(value.ok_or(Malformed { line, expected: "a number behind the equals sign" })?);
        }
    }
    Ok(devices)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cgroups(text: &str) -> Result<Vec<(String, String)>, Malformed> {
        let cgroups = parse_process_cgroups(text.as_bytes())?;
        Ok(cgroups.into_iter().map(|cgroup| (cgroup.controllers.join("+"), cgroup.path)).collect())
    }

    #[test]
    fn a_process_in_hierarchies_of_both_versions() {
        let text = "9:name=systemd:/docker/a\n4:memory:/docker/a:b\n2:cpu,cpuacct:/../c (deleted)\n0::/\n";
        let expected =
            [("name=systemd", "/docker/a"), ("memory", "/docker/a:b"), ("cpu+cpuacct", "/../c (deleted)"), ("", "/")];
        assert_eq!(cgroups(text), Ok(expected.map(|(names, path)| (names.to_owned(), path.to_owned())).to_vec()));
        assert_eq!(cgroups(""), Ok(vec![]));
        let malformed = Err(Malformed { line: 2, expected: "a number, controllers and a path" });
        for line in ["4", "4:memory", "4:memory:", "4:memory:docker"] {
            assert_eq!(cgroups(&format!("0::/\n{line}\n")), malformed, "{line}");
        }
    }

    #[test]
    fn numbers_that_are_below_0_for_a_moment_and_columns_of_a_newer_kernel() {
        let mut fields = Vec::new();
        let text = b"usage_usec 24375\nfile -4096\nsock 1 2\nzero -0\n";
        let read = parse_cgroup_numbers(text, |key, value| fields.push((key.to_owned(), value)));
        assert_eq!(read, Ok(()));
        assert_eq!(
            fields,
            [("usage_usec", 24_375), ("file", 0), ("sock", 1), ("zero", 0)].map(|(key, value)| (key.to_owned(), value))
        );
        for (text, expected) in [
            (&b"a 1\nb"[..], "a number behind the key"),
            (b"a 1\nb x\n", "a number behind the key"),
            (b"a 1\nb 18446744073709551616\n", "a number behind the key"),
            (b"a 1\n\xff 1\n", "a key"),
        ] {
            assert_eq!(parse_cgroup_numbers(text, |_, _| {}), Err(Malformed { line: 2, expected }));
        }
    }

    #[test]
    fn processes_of_a_cgroup_some_of_which_are_out_of_sight() {
        assert_eq!(parse_cgroup_procs(b"1\n0\n22217\n"), Ok(3));
        assert_eq!(parse_cgroup_procs(b""), Ok(0));
        let malformed = Malformed { line: 2, expected: "the number of a process" };
        assert_eq!(parse_cgroup_procs(b"1\nx\n"), Err(malformed));
    }

    const SDA: DeviceNumber = DeviceNumber { major: 8, minor: 0 };

    #[test]
    fn blkio_of_two_devices_and_one_without_a_name() {
        // containerd/cgroups#393: the line without a name cost the container all its figures.
        let text = b"8:0 Read 4096\n8:0 Write 512\n8:0 Sync 512\n8:0 Async 4096\n8:0 Discard 0\n8:0 Total 4608\n\
            (unknown) Read 7\n(unknown) Total 7\n259:3 Read 1\nTotal 4616\n";
        let nvme = DeviceNumber { major: 259, minor: 3 };
        let count = |read, write| BlkioCount { read, write };
        assert_eq!(parse_blkio(text), Ok([(SDA, count(Some(4096), Some(512))), (nvme, count(Some(1), None))].into()));
        assert_eq!(parse_blkio(b"Total 0\n"), Ok([].into()));
        let malformed = Malformed { line: 1, expected: "a device, an operation and a number" };
        for line in ["8:0", "8:0 Read", "8:0 Read x", "8 Read 1", "8:x Read 1", "Read 1"] {
            assert_eq!(parse_blkio(line.as_bytes()), Err(malformed), "{line}");
        }
    }

    #[test]
    fn io_of_devices_used_and_not_in_one_line_and_of_one_without_a_name() {
        // canonical/lxd#10052 and #18609: 7:6 and 7:7 have not been used; the name of the device of the third line is not known.
        let text = b"8:0 rbytes=4096 wbytes=512 rios=1 wios=2 dbytes=0 dios=0 cost.usage=5 depth=max\n\
            7:7 7:6 7:4 rbytes=28672 wbytes=0\n(unknown) rbytes=1 wbytes=1 rios=1 wios=1\n252:0 ";
        let sda = IoStat { rbytes: Some(4096), wbytes: Some(512), rios: Some(1), wios: Some(2) };
        let seventh = IoStat { rbytes: Some(28_672), wbytes: Some(0), ..IoStat::default() };
        assert_eq!(parse_io_stat(text), Ok([(SDA, sda), (DeviceNumber { major: 7, minor: 4 }, seventh)].into()));
        for (text, line, expected) in [
            ("8:0 rbytes=x\n", 1, "a number behind the equals sign"),
            ("8:0 rbytes=1\n8:16 rbytes=", 2, "the end of the line"),
            ("8:0 rbytes=12", 1, "the end of the line"),
        ] {
            assert_eq!(parse_io_stat(text.as_bytes()), Err(Malformed { line, expected }), "{text}");
        }
    }
}
