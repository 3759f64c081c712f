//! `process_*`: the exporter's own processor time, memory and open files, named as in every Go exporter.

#[cfg(target_os = "linux")]
pub(crate) use linux::Process;
#[cfg(not(target_os = "linux"))]
pub(crate) use other::Process;

#[cfg(target_os = "linux")]
mod linux {
    use exposition::{Desc, Families, Kind};
    use linux_procfs::{
        Descriptors, ReadError, Roots, Source, clock_ticks_per_second, open_files_limit, page_bytes, parse_octets,
        parse_process_stat, parse_stat, read_open_files, virtual_memory_limit,
    };

    static CPU_SECONDS: Desc = Desc {
        name: "process_cpu_seconds_total",
        help: "Seconds of processor time, in user mode and in the kernel (/proc/self/stat).",
        kind: Kind::Counter,
        labels: &[],
    };
    static START_TIME: Desc = Desc {
        name: "process_start_time_seconds",
        help: "Start of the process in seconds since 1970 (/proc/self/stat, /proc/stat).",
        kind: Kind::Gauge,
        labels: &[],
    };
    static RESIDENT: Desc = Desc {
        name: "process_resident_memory_bytes",
        help: "Resident memory (/proc/self/stat).",
        kind: Kind::Gauge,
        labels: &[],
    };
    static VIRTUAL: Desc = Desc {
        name: "process_virtual_memory_bytes",
        help: "Virtual memory (/proc/self/stat).",
        kind: Kind::Gauge,
        labels: &[],
    };
    static VIRTUAL_MAX: Desc = Desc {
        name: "process_virtual_memory_max_bytes",
        help: "Limit of virtual memory; 2^64-1 is none (getrlimit, RLIMIT_AS).",
        kind: Kind::Gauge,
        labels: &[],
    };
    static OPEN_FILES: Desc =
        Desc { name: "process_open_fds", help: "Open files (/proc/self/fd).", kind: Kind::Gauge, labels: &[] };
    static MAX_FILES: Desc = Desc {
        name: "process_max_fds",
        help: "Limit of open files; 2^64-1 is none (getrlimit, RLIMIT_NOFILE).",
        kind: Kind::Gauge,
        labels: &[],
    };
    static RECEIVED: Desc = Desc {
        name: "process_network_receive_bytes_total",
        help: "Bytes received over IP in the process's network namespace (/proc/self/net/netstat, InOctets).",
        kind: Kind::Counter,
        labels: &[],
    };
    static SENT: Desc = Desc {
        name: "process_network_transmit_bytes_total",
        help: "Bytes sent over IP in the process's network namespace (/proc/self/net/netstat, OutOctets).",
        kind: Kind::Counter,
        labels: &[],
    };

    /// The files of this process, kept open.
    pub(crate) struct Process {
        roots: Roots,
        stat: Source,
        netstat: Source,
        /// Seconds since 1970; does not change, so read once.
        boot_time: Option<u64>,
    }

    impl Process {
        pub(crate) fn new() -> Self {
            let roots = Roots::default();
            let descriptors = Descriptors::new(open_files_limit());
            let source = |file| Source::new(roots.proc(file), &descriptors);
            let boot_time = source("stat").parse(parse_stat).ok().and_then(|stat| stat.boot_time_seconds);
            Process { stat: source("self/stat"), netstat: source("self/net/netstat"), boot_time, roots }
        }

        /// Stages what can be read; what can't is left out.
        pub(crate) fn samples(&mut self, page: &mut Families) {
            if let Err(error) = self.own(page) {
                tracing::debug!(%error, "process metrics left out");
            }
            if let Some((received, sent)) = self.netstat.read(parse_octets).ok().flatten() {
                page.add(&RECEIVED, &[], received);
                page.add(&SENT, &[], sent);
            }
        }

        fn own(&mut self, page: &mut Families) -> Result<(), ReadError> {
            let stat = self.stat.parse(parse_process_stat)?;
            let seconds = |ticks: u64| ticks as f64 / clock_ticks_per_second() as f64;
            page.add(&CPU_SECONDS, &[], seconds(stat.user_ticks + stat.system_ticks));
            if let Some(boot_time) = self.boot_time {
                page.add(&START_TIME, &[], boot_time as f64 + seconds(stat.start_ticks));
            }
            page.add(&RESIDENT, &[], stat.resident_pages * page_bytes() as u64);
            page.add(&VIRTUAL, &[], stat.virtual_bytes);
            page.add(&VIRTUAL_MAX, &[], virtual_memory_limit().unwrap_or(u64::MAX));
            page.add(&OPEN_FILES, &[], read_open_files(&self.roots.proc("self/fd"))?);
            page.add(&MAX_FILES, &[], open_files_limit().unwrap_or(u64::MAX));
            Ok(())
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod other {
    use exposition::Families;

    /// This system is not read yet.
    pub(crate) struct Process;

    impl Process {
        pub(crate) fn new() -> Self {
            Process
        }

        #[expect(clippy::unused_self, reason = "Linux keeps files open")]
        pub(crate) fn samples(&mut self, _: &mut Families) {}
    }
}
