//! Processors: which there are, what they are and what they do.

mod cpu_sysfs;
mod cpufreq;
mod cpuinfo;
mod interrupts;
mod schedstat;
mod stat;

pub use cpu_sysfs::{
    CpuSet, Throttles, Topology, parse_cpu_list, parse_online, read_cpus, read_throttles, read_topology,
};
pub use cpufreq::{CpuFreq, measure_clocks, read_cpufreq};
pub use cpuinfo::{CpuInfo, parse_cpuinfo};
pub use interrupts::{Interrupt, Interrupts, parse_interrupts};
pub use schedstat::{SchedStat, parse_schedstat};
pub use stat::{CpuTicks, KernelStat, parse_stat};
