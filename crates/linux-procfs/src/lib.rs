//! The files of `/proc` and `/sys`, and the system calls beside them, read into plain structs.
//!
//! A parser is a pure function over the bytes of one file; [`Source`] brings the bytes. Nothing here knows a metric.
//! Fields keep the source's unit in their name; what the kernel may not say is an `Option`. Columns and keys that a
//! newer kernel adds are passed over; a column that is missing is an error that names the file and the line.

mod block;
mod clocksource;
mod cpu_sysfs;
mod cpufreq;
mod cpuinfo;
mod diskstats;
mod edac;
mod error;
#[cfg(target_os = "linux")]
mod ffi;
mod fields;
mod hwmon;
mod loadavg;
mod meminfo;
mod mountinfo;
mod net_dev;
mod power_supply;
mod powercap;
mod pressure;
mod process;
mod roots;
mod source;
mod stat;
mod sysfs;
#[cfg(target_os = "linux")]
mod system;
mod thermal;
mod timex;
mod vmstat;

pub use block::{UdevProperties, parse_udev, read_rotational, read_udev};
pub use clocksource::{ClockSource, ClockSources};
pub use cpu_sysfs::{
    CpuSet, Throttles, Topology, parse_cpu_list, parse_online, read_cpus, read_throttles, read_topology,
};
pub use cpufreq::{CpuFreq, read_cpufreq};
pub use cpuinfo::{CpuInfo, parse_cpuinfo};
pub use diskstats::{DiskStats, parse_diskstats};
pub use edac::{MemoryChannel, MemoryController, MemoryErrors, MemoryRow, memory_controllers, read_memory_controller};
pub use error::{Malformed, ReadError};
#[cfg(target_os = "linux")]
pub use ffi::adjtimex;
pub use hwmon::{HwmonChip, HwmonSensor, SensorKind, parse_hwmon_file, read_hwmon_chips, read_hwmon_sensors};
pub use loadavg::{LoadAvg, parse_loadavg};
pub use meminfo::{MemInfo, parse_meminfo};
pub use mountinfo::{Mount, parse_mountinfo};
pub use net_dev::{NetDev, parse_net_dev, read_nohandler};
pub use power_supply::{PowerSupply, read_power_supply};
pub use powercap::{PowerZone, read_energy_uj, read_power_zones};
pub use pressure::{Pressure, Stall, parse_pressure};
pub use process::{ProcessStat, parse_octets, parse_process_stat, read_open_files};
pub use roots::Roots;
pub use source::{Descriptors, Source, read_file};
pub use stat::{CpuTicks, KernelStat, parse_stat};
pub use sysfs::Folder;
#[cfg(target_os = "linux")]
pub use system::{
    FsStat, Uname, clock_ticks_per_second, open_files_limit, page_bytes, statfs, uname, virtual_memory_limit,
};
pub use thermal::{CoolingDevice, ThermalZone, read_cooling_device, read_thermal_zone};
pub use timex::Timex;
pub use vmstat::parse_vmstat;
