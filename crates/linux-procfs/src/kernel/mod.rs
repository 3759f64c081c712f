//! The kernel and the system on top: memory, load, processes, clock, settings.

mod clocksource;
mod loadavg;
mod meminfo;
mod os_release;
mod pressure;
mod process;
#[cfg(target_os = "linux")]
mod processes;
mod reboot;
mod selinux;
mod sysctl;
#[cfg(target_os = "linux")]
mod system;
mod timex;
mod vmstat;

pub use clocksource::{ClockSource, ClockSources};
pub use loadavg::{LoadAvg, parse_loadavg};
pub use meminfo::{MemInfo, parse_meminfo};
pub use os_release::{OsRelease, parse_os_release, read_os_release};
pub use pressure::{Pressure, Stall, parse_pressure};
pub use process::{ProcessStat, parse_octets, parse_process_stat, read_open_files};
#[cfg(target_os = "linux")]
pub use processes::{Processes, States, count_processes};
pub use reboot::read_reboot_required;
pub use selinux::{SelinuxMode, parse_selinux_config, read_selinux_config, read_selinux_mode};
pub use sysctl::{FileNr, parse_file_nr, parse_number};
#[cfg(target_os = "linux")]
pub use system::{FsStat, Uname, clock_ticks_per_second, page_bytes, statfs, uname, virtual_memory_limit};
pub use timex::Timex;
pub use vmstat::parse_vmstat;
