//! What a container uses and may use, whichever source told it. A field is absent where the source does not say.

/// What a container uses, from its cgroup's files and its network's, or from the engine's statistics.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) cpu: Cpu,
    pub(crate) memory: Memory,
    /// One for each block device that the container has read or written, sorted by major and minor.
    pub(crate) devices: Vec<DeviceIo>,
    pub(crate) pressure: Pressures,
    /// `cgroup.procs`: processes, not threads.
    pub(crate) processes: Option<u64>,
    /// `pids.current`: threads.
    pub(crate) threads: Option<u64>,
}

/// `cpuacct.*` and `cpu.stat`.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Cpu {
    pub(crate) usage_nanos: Option<u64>,
    pub(crate) user_nanos: Option<u64>,
    pub(crate) system_nanos: Option<u64>,
    /// Only where a quota can be: with the cpu controller.
    pub(crate) throttling: Option<Throttling>,
}

/// How often the quota was used up.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Throttling {
    pub(crate) periods: u64,
    pub(crate) throttled_periods: u64,
    pub(crate) throttled_nanos: u64,
}

/// The memory controller's files; all absent where it is off, as on a Raspberry Pi as it comes.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Memory {
    pub(crate) usage_bytes: Option<u64>,
    pub(crate) max_usage_bytes: Option<u64>,
    pub(crate) swap_bytes: Option<u64>,
    /// `total_cache`, `file`.
    pub(crate) cache_bytes: Option<u64>,
    /// `total_rss`, `anon`.
    pub(crate) rss_bytes: Option<u64>,
    pub(crate) mapped_file_bytes: Option<u64>,
    pub(crate) active_file_bytes: Option<u64>,
    pub(crate) inactive_file_bytes: Option<u64>,
    pub(crate) slab_reclaimable_bytes: Option<u64>,
    pub(crate) page_faults: Option<u64>,
    pub(crate) major_page_faults: Option<u64>,
    /// Times that the limit was met.
    pub(crate) failcnt: Option<u64>,
    /// Processes that the kernel has killed, since the cgroup was made.
    pub(crate) oom_kills: Option<u64>,
    pub(crate) events_high: Option<u64>,
    pub(crate) events_max: Option<u64>,
}

impl Memory {
    /// What can't be given back by dropping file pages that are not in use: usage without the inactive ones.
    pub(crate) fn working_set_bytes(&self) -> Option<u64> {
        Some(self.usage_bytes?.saturating_sub(self.inactive_file_bytes?))
    }
}

/// What a container has moved to and from a block device. The kernel's own counts; absent where it keeps none.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct DeviceIo {
    pub(crate) major: u32,
    pub(crate) minor: u32,
    /// `/dev/sda`, as `/sys/dev/block` has it; `8:0` where that has none.
    pub(crate) device: String,
    pub(crate) read_bytes: Option<u64>,
    pub(crate) written_bytes: Option<u64>,
    pub(crate) reads: Option<u64>,
    pub(crate) writes: Option<u64>,
}

/// `*.pressure`: microseconds in which some, or all, of the tasks waited.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pressures {
    pub(crate) cpu: Option<Pressure>,
    pub(crate) memory: Option<Pressure>,
    pub(crate) io: Option<Pressure>,
}

/// One file of them.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pressure {
    pub(crate) some_micros: Option<u64>,
    pub(crate) full_micros: Option<u64>,
}

/// One network interface of a container, from `/proc/PID/net/dev` or the engine's statistics.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Interface {
    pub(crate) name: String,
    pub(crate) receive: Traffic,
    pub(crate) transmit: Traffic,
}

/// One direction.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Traffic {
    pub(crate) bytes: u64,
    pub(crate) packets: u64,
    pub(crate) errors: u64,
    pub(crate) dropped: u64,
}
