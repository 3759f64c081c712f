//! What a container uses, as the engine tells it: for when its cgroup's files can't be seen. It tells less than they do.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::engine::model::or_default;
use crate::usage::{Cpu, DeviceIo, Interface, Memory, Throttling, Traffic, Usage};

/// `GET /containers/ID/stats`. Counters alone: the engine computes nothing of a single measurement.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct Stats {
    /// When it was measured.
    #[serde(deserialize_with = "or_default")]
    read: String,
    #[serde(deserialize_with = "or_default")]
    cpu_stats: CpuStats,
    #[serde(deserialize_with = "or_default")]
    memory_stats: MemoryStats,
    #[serde(deserialize_with = "or_default")]
    blkio_stats: BlkioStats,
    #[serde(deserialize_with = "or_default")]
    pids_stats: PidsStats,
    /// By the interface's name; none of a container that has the host's network or another container's.
    #[serde(deserialize_with = "or_default")]
    networks: BTreeMap<String, NetworkStats>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
struct CpuStats {
    #[serde(deserialize_with = "or_default")]
    cpu_usage: CpuUsage,
    throttling_data: Option<ThrottlingData>,
}

/// Nanoseconds.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
struct CpuUsage {
    total_usage: Option<u64>,
    usage_in_kernelmode: Option<u64>,
    usage_in_usermode: Option<u64>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
struct ThrottlingData {
    #[serde(deserialize_with = "or_default")]
    periods: u64,
    #[serde(deserialize_with = "or_default")]
    throttled_periods: u64,
    #[serde(deserialize_with = "or_default")]
    throttled_time: u64,
}

/// Without `limit`, which is the machine's memory where a container has none of its own.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
struct MemoryStats {
    usage: Option<u64>,
    max_usage: Option<u64>,
    failcnt: Option<u64>,
    #[serde(deserialize_with = "or_default")]
    stats: MemoryStat,
}

/// `memory.stat`. On cgroup v1 there is every name twice, the second time with `total_` for the cgroup and those below it; on
/// v2, where some names are others, that is what all of them mean.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
struct MemoryStat {
    total_cache: Option<u64>,
    total_rss: Option<u64>,
    total_mapped_file: Option<u64>,
    total_active_file: Option<u64>,
    total_inactive_file: Option<u64>,
    total_pgfault: Option<u64>,
    total_pgmajfault: Option<u64>,
    file: Option<u64>,
    anon: Option<u64>,
    file_mapped: Option<u64>,
    active_file: Option<u64>,
    inactive_file: Option<u64>,
    pgfault: Option<u64>,
    pgmajfault: Option<u64>,
    slab_reclaimable: Option<u64>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
struct BlkioStats {
    #[serde(deserialize_with = "or_default")]
    io_service_bytes_recursive: Vec<BlkioEntry>,
    /// None on cgroup v2.
    #[serde(deserialize_with = "or_default")]
    io_serviced_recursive: Vec<BlkioEntry>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
struct BlkioEntry {
    #[serde(deserialize_with = "or_default")]
    major: u32,
    #[serde(deserialize_with = "or_default")]
    minor: u32,
    #[serde(deserialize_with = "or_default")]
    op: String,
    #[serde(deserialize_with = "or_default")]
    value: u64,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
struct PidsStats {
    current: Option<u64>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
struct NetworkStats {
    #[serde(deserialize_with = "or_default")]
    rx_bytes: u64,
    #[serde(deserialize_with = "or_default")]
    rx_packets: u64,
    #[serde(deserialize_with = "or_default")]
    rx_errors: u64,
    #[serde(deserialize_with = "or_default")]
    rx_dropped: u64,
    #[serde(deserialize_with = "or_default")]
    tx_bytes: u64,
    #[serde(deserialize_with = "or_default")]
    tx_packets: u64,
    #[serde(deserialize_with = "or_default")]
    tx_errors: u64,
    #[serde(deserialize_with = "or_default")]
    tx_dropped: u64,
}

impl Stats {
    /// What the container uses, and its interfaces, sorted by name. Absent for what an engine tells of a container that has
    /// stopped: zeros of the year 1, which would look like a reset of every counter.
    pub(crate) fn usage(&self) -> Option<(Usage, Vec<Interface>)> {
        let is_used = self.cpu_stats.cpu_usage.total_usage.is_some_and(|nanos| nanos > 0)
            || self.memory_stats.usage.is_some_and(|bytes| bytes > 0);
        if self.read.is_empty() || self.read.starts_with("0001-") || !is_used {
            return None;
        }
        let usage = Usage {
            cpu: cpu(&self.cpu_stats),
            memory: memory(&self.memory_stats),
            devices: devices(&self.blkio_stats),
            threads: self.pids_stats.current,
            ..Usage::default()
        };
        Some((usage, self.networks.iter().map(|(name, network)| interface(name, network)).collect()))
    }
}

fn cpu(stats: &CpuStats) -> Cpu {
    Cpu {
        usage_nanos: stats.cpu_usage.total_usage,
        user_nanos: stats.cpu_usage.usage_in_usermode,
        system_nanos: stats.cpu_usage.usage_in_kernelmode,
        throttling: stats.throttling_data.as_ref().map(|data| Throttling {
            periods: data.periods,
            throttled_periods: data.throttled_periods,
            throttled_nanos: data.throttled_time,
        }),
    }
}

fn memory(stats: &MemoryStats) -> Memory {
    // A container that runs uses some. Where it uses none the controller is off, and whatever else is said of it is 0 too.
    let Some(usage) = stats.usage.filter(|bytes| *bytes > 0) else { return Memory::default() };
    let stat = &stats.stats;
    let is_v1 = stat.total_cache.is_some() || stat.total_inactive_file.is_some();
    Memory {
        usage_bytes: Some(usage),
        max_usage_bytes: stats.max_usage,
        cache_bytes: stat.total_cache.or(stat.file),
        rss_bytes: stat.total_rss.or(stat.anon),
        mapped_file_bytes: stat.total_mapped_file.or(stat.file_mapped),
        active_file_bytes: stat.total_active_file.or(stat.active_file),
        inactive_file_bytes: stat.total_inactive_file.or(stat.inactive_file),
        slab_reclaimable_bytes: stat.slab_reclaimable,
        page_faults: stat.total_pgfault.or(stat.pgfault),
        major_page_faults: stat.total_pgmajfault.or(stat.pgmajfault),
        // Left out when it is 0. On v2 the engine puts another count there, of kills.
        failcnt: is_v1.then(|| stats.failcnt.unwrap_or(0)),
        ..Memory::default()
    }
}

/// Which count of a device.
type Field = fn(&mut DeviceIo) -> &mut Option<u64>;

fn devices(stats: &BlkioStats) -> Vec<DeviceIo> {
    let mut devices = BTreeMap::new();
    let mut put = |entry: &BlkioEntry, read: Field, written: Field| {
        // Sums of these two, and words of Podman's own, are not counted again.
        let field = match entry.op.as_str() {
            op if op.eq_ignore_ascii_case("read") => read,
            op if op.eq_ignore_ascii_case("write") => written,
            _ => return,
        };
        let device = devices.entry((entry.major, entry.minor)).or_insert_with(|| DeviceIo {
            major: entry.major,
            minor: entry.minor,
            ..DeviceIo::default()
        });
        *field(device) = Some(entry.value);
    };
    for entry in &stats.io_service_bytes_recursive {
        put(entry, |device| &mut device.read_bytes, |device| &mut device.written_bytes);
    }
    for entry in &stats.io_serviced_recursive {
        put(entry, |device| &mut device.reads, |device| &mut device.writes);
    }
    devices.into_values().collect()
}

fn interface(name: &str, network: &NetworkStats) -> Interface {
    Interface {
        name: name.to_owned(),
        receive: Traffic {
            bytes: network.rx_bytes,
            packets: network.rx_packets,
            errors: network.rx_errors,
            dropped: network.rx_dropped,
        },
        transmit: Traffic {
            bytes: network.tx_bytes,
            packets: network.tx_packets,
            errors: network.tx_errors,
            dropped: network.tx_dropped,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(json: &str) -> Option<(Usage, Vec<Interface>)> {
        serde_json::from_str::<Stats>(json).unwrap().usage()
    }

    const TRAFFIC: (Traffic, Traffic) = (
        Traffic { bytes: 1086, packets: 13, errors: 0, dropped: 1 },
        Traffic { bytes: 796, packets: 10, errors: 2, dropped: 0 },
    );

    #[test]
    fn a_container_on_cgroup_v1() {
        let told = usage(
            r#"{"read":"2026-11-21T16:16:06.007486776Z","preread":"0001-01-01T00:00:00Z","pids_stats":{"current":3},
            "blkio_stats":{"io_service_bytes_recursive":[
                {"major":254,"minor":16,"op":"Read","value":1},{"major":254,"minor":0,"op":"Read","value":4096},
                {"major":254,"minor":0,"op":"Write","value":8192},{"major":254,"minor":0,"op":"Sync","value":8192},
                {"major":254,"minor":0,"op":"Async","value":0},{"major":254,"minor":0,"op":"Total","value":12288}],
             "io_serviced_recursive":[{"major":254,"minor":0,"op":"Read","value":1},{"major":254,"minor":0,"op":"Write","value":2}],
             "io_queue_recursive":[]},
            "num_procs":0,"storage_stats":{},
            "cpu_stats":{"cpu_usage":{"total_usage":24375346,"percpu_usage":[10640416,13734930],
             "usage_in_kernelmode":10000000,"usage_in_usermode":20000000},"system_cpu_usage":88420840000000,"online_cpus":2,
             "throttling_data":{"periods":4,"throttled_periods":1,"throttled_time":5000}},
            "precpu_stats":{"cpu_usage":{"total_usage":0,"usage_in_kernelmode":0,"usage_in_usermode":0}},
            "memory_stats":{"usage":454656,"max_usage":3801088,"stats":{"active_file":1,"cache":1,"inactive_file":1,
             "mapped_file":1,"pgfault":1,"pgmajfault":1,"rss":1,"total_active_file":118784,"total_cache":122880,
             "total_inactive_file":4096,"total_mapped_file":122881,"total_pgfault":1032,"total_pgmajfault":2,"total_rss":57344},
             "limit":16777216},
            "name":"/web","id":"eb33","networks":{"eth1":{"rx_bytes":5},"eth0":{"rx_bytes":1086,"rx_packets":13,"rx_errors":0,
             "rx_dropped":1,"tx_bytes":796,"tx_packets":10,"tx_errors":2,"tx_dropped":0}}}"#,
        );
        let device = DeviceIo { major: 254, ..DeviceIo::default() };
        let expected = Usage {
            cpu: Cpu {
                usage_nanos: Some(24_375_346),
                user_nanos: Some(20_000_000),
                system_nanos: Some(10_000_000),
                throttling: Some(Throttling { periods: 4, throttled_periods: 1, throttled_nanos: 5000 }),
            },
            memory: Memory {
                usage_bytes: Some(454_656),
                max_usage_bytes: Some(3_801_088),
                cache_bytes: Some(122_880),
                rss_bytes: Some(57_344),
                mapped_file_bytes: Some(122_881),
                active_file_bytes: Some(118_784),
                inactive_file_bytes: Some(4096),
                page_faults: Some(1032),
                major_page_faults: Some(2),
                failcnt: Some(0),
                ..Memory::default()
            },
            devices: vec![
                DeviceIo {
                    read_bytes: Some(4096),
                    written_bytes: Some(8192),
                    reads: Some(1),
                    writes: Some(2),
                    ..device.clone()
                },
                DeviceIo { minor: 16, read_bytes: Some(1), ..device },
            ],
            threads: Some(3),
            ..Usage::default()
        };
        let (receive, transmit) = TRAFFIC;
        let eth1 = Traffic { bytes: 5, ..Traffic::default() };
        let interfaces = vec![
            Interface { name: "eth0".to_owned(), receive, transmit },
            Interface { name: "eth1".to_owned(), receive: eth1, transmit: Traffic::default() },
        ];
        assert_eq!(told, Some((expected, interfaces)));
    }

    #[test]
    fn a_container_on_cgroup_v2() {
        let told = usage(
            r#"{"name":"/web","id":"eb33","os_type":"linux","read":"2026-11-21T12:00:00Z",
            "cpu_stats":{"cpu_usage":{"total_usage":24375000,"usage_in_kernelmode":10000000,"usage_in_usermode":14375000},
             "system_cpu_usage":884208,"online_cpus":2,"throttling_data":{"periods":0,"throttled_periods":0,"throttled_time":0}},
            "memory_stats":{"usage":454656,"stats":{"active_file":118784,"anon":57344,"file":122880,"file_mapped":122881,
             "inactive_file":4096,"pgfault":1032,"pgmajfault":2,"slab_reclaimable":12288,"thp_fault_alloc":0},
             "failcnt":7,"limit":8318783488},
            "blkio_stats":{"io_service_bytes_recursive":[{"major":254,"minor":0,"op":"read","value":4096},
             {"major":254,"minor":0,"op":"write","value":8192}],"io_serviced_recursive":null},
            "pids_stats":{"current":3,"limit":18446744073709551615},"num_procs":0,"storage_stats":{}}"#,
        );
        let expected = Usage {
            cpu: Cpu {
                usage_nanos: Some(24_375_000),
                user_nanos: Some(14_375_000),
                system_nanos: Some(10_000_000),
                throttling: Some(Throttling::default()),
            },
            memory: Memory {
                usage_bytes: Some(454_656),
                cache_bytes: Some(122_880),
                rss_bytes: Some(57_344),
                mapped_file_bytes: Some(122_881),
                active_file_bytes: Some(118_784),
                inactive_file_bytes: Some(4096),
                slab_reclaimable_bytes: Some(12_288),
                page_faults: Some(1032),
                major_page_faults: Some(2),
                ..Memory::default()
            },
            devices: vec![DeviceIo {
                major: 254,
                read_bytes: Some(4096),
                written_bytes: Some(8192),
                ..DeviceIo::default()
            }],
            threads: Some(3),
            ..Usage::default()
        };
        assert_eq!(told, Some((expected, Vec::new())));
    }

    /// A peer served them, and `rate()` saw a reset of every counter (dlepaux/docker-exporter).
    #[test]
    fn a_container_that_has_stopped() {
        let zeros = r#""cpu_stats":{"cpu_usage":{"total_usage":0,"usage_in_kernelmode":0,"usage_in_usermode":0},
            "throttling_data":{"periods":0,"throttled_periods":0,"throttled_time":0}},"memory_stats":{},"pids_stats":{},
            "blkio_stats":{"io_service_bytes_recursive":null},"networks":{"eth0":{"rx_bytes":0}}"#;
        for read in ["0001-01-01T00:00:00Z", "", "2026-11-21T12:00:00Z"] {
            assert_eq!(usage(&format!(r#"{{"read":"{read}",{zeros}}}"#)), None, "{read}");
        }
        assert_eq!(usage(&format!("{{{zeros}}}")), None);
        assert_eq!(usage("{}"), None);
    }

    /// google/cadvisor#3469: a Raspberry Pi's kernel without the memory controller, shown as 0 bytes.
    #[test]
    fn a_machine_without_the_memory_controller() {
        let cpu = r#""read":"2026-11-21T12:00:00Z","cpu_stats":{"cpu_usage":{"total_usage":5}}"#;
        for memory in ["", r#","memory_stats":{}"#, r#","memory_stats":{"usage":0,"stats":{"anon":0,"file":0}}"#] {
            let (usage, _) = usage(&format!("{{{cpu}{memory}}}")).unwrap();
            assert_eq!(usage.memory, Memory::default(), "{memory}");
            assert_eq!(usage.cpu, Cpu { usage_nanos: Some(5), ..Cpu::default() });
        }
    }

    /// containers/podman#16139.
    #[test]
    fn operations_that_only_podman_has() {
        let entries = ["rbytes", "wbytes", "rios", "wios", "dbytes", "dios", "", "read", "WRITE"]
            .map(|op| format!(r#"{{"major":8,"minor":0,"op":"{op}","value":1}}"#));
        let told = format!(
            r#"{{"read":"2026-11-21T12:00:00Z","memory_stats":{{"usage":1}},
                "blkio_stats":{{"io_service_bytes_recursive":[{}]}}}}"#,
            entries.join(",")
        );
        let device = DeviceIo { major: 8, read_bytes: Some(1), written_bytes: Some(1), ..DeviceIo::default() };
        assert_eq!(usage(&told).unwrap().0.devices, [device]);
    }

    #[test]
    fn null_for_everything() {
        let told = usage(
            r#"{"read":"2026-11-21T12:00:00Z","pids_stats":null,"networks":null,
            "blkio_stats":{"io_service_bytes_recursive":[{"major":null,"op":null}],"io_serviced_recursive":null},
            "cpu_stats":{"cpu_usage":{"total_usage":1,"usage_in_usermode":null},"throttling_data":null},
            "memory_stats":{"usage":null,"stats":null}}"#,
        );
        let cpu = Cpu { usage_nanos: Some(1), ..Cpu::default() };
        assert_eq!(told, Some((Usage { cpu, ..Usage::default() }, Vec::new())));
        assert_eq!(usage(r#"{"read":null,"cpu_stats":null,"memory_stats":null,"blkio_stats":null}"#), None);
    }
}
