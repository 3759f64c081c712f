//! The collectors, as one table.

#[cfg(target_os = "macos")]
mod boottime;
#[cfg(target_os = "linux")]
mod cpu;
#[cfg(target_os = "linux")]
mod cpufreq;
#[cfg(target_os = "linux")]
mod diskstats;
#[cfg(target_os = "linux")]
mod edac;
#[cfg(target_os = "linux")]
mod filesystem;
#[cfg(target_os = "linux")]
mod hwmon;
mod loadavg;
#[cfg(target_os = "linux")]
mod meminfo;
#[cfg(target_os = "linux")]
mod netdev;
#[cfg(target_os = "linux")]
mod powersupplyclass;
#[cfg(target_os = "linux")]
mod pressure;
#[cfg(target_os = "linux")]
mod rapl;
#[cfg(target_os = "linux")]
mod stat;
mod textfile;
#[cfg(target_os = "linux")]
mod thermal_zone;
mod time;
#[cfg(target_os = "linux")]
mod timex;
#[cfg(target_os = "linux")]
mod uname;
#[cfg(target_os = "linux")]
mod vmstat;

use exporter_toolkit::Collector;

use crate::config::Config;

/// One collector as this program declares it.
pub(crate) struct Entry {
    /// `collector.NAME`: the flag that switches it.
    pub(crate) flag: &'static str,
    /// Whether it runs unless it is switched off.
    pub(crate) default: bool,
    /// What it shows, and where that comes from.
    pub(crate) help: &'static str,
    pub(crate) build: fn(&Config) -> Box<dyn Collector>,
}

impl Entry {
    /// The collector's name, as node_exporter has it.
    pub(crate) fn name(&self) -> &'static str {
        self.flag.trim_start_matches("collector.")
    }
}

macro_rules! entry {
    ($flag:literal, $help:literal, $build:expr) => {
        entry!($flag, true, $help, $build)
    };
    ($flag:literal, off, $help:literal, $build:expr) => {
        entry!($flag, false, $help, $build)
    };
    ($flag:literal, $default:literal, $help:literal, $build:expr) => {
        Entry {
            flag: concat!("collector.", $flag),
            default: $default,
            help: $help,
            build: |config| Box::new($build(config)),
        }
    };
}

/// Every collector of this system, in the order in which they run: what can hang comes last.
#[cfg(target_os = "linux")]
pub(crate) static COLLECTORS: &[Entry] = &[
    entry!("cpu", "Processor time by mode, throttling and state (/proc/stat, sysfs).", cpu::Cpu::new),
    entry!("stat", "Boot time, forks, interrupts, context switches (/proc/stat).", stat::Stat::new),
    entry!("meminfo", "Memory (/proc/meminfo).", meminfo::MemInfo::new),
    entry!("loadavg", "Load averages (/proc/loadavg).", loadavg::Load::new),
    entry!("vmstat", "Paging and OOM kills (/proc/vmstat).", vmstat::VmStat::new),
    entry!("pressure", "Time lost to waiting (/proc/pressure).", pressure::PressureStall::new),
    entry!("netdev", "Traffic of network devices (/proc/1/net/dev).", netdev::NetDevices::new),
    entry!("diskstats", "I/O of disks (/proc/diskstats, sysfs, udev).", diskstats::Disks::new),
    entry!("uname", "Names and version of the system (uname).", uname::Names::new),
    entry!("time", "Time, time zone and clock (clock_gettime, sysfs).", time::Clock::new),
    entry!("timex", "State of the kernel's clock (adjtimex).", timex::ClockState::new),
    entry!("hwmon", "Temperatures, fans, voltages, power of chips (/sys/class/hwmon).", hwmon::Hwmon::new),
    entry!("thermal_zone", "Thermal zones and cooling devices (/sys/class/thermal).", thermal_zone::Thermal::new),
    entry!("cpufreq", "Clocks and governors of processors (sysfs, cpufreq).", cpufreq::CpuFrequencies::new),
    entry!(
        "powersupplyclass",
        "Mains, batteries, USB ports (/sys/class/power_supply).",
        powersupplyclass::PowerSupplies::new
    ),
    entry!("rapl", "Energy of processors and memory (/sys/class/powercap).", rapl::Rapl::new),
    entry!("edac", "Errors of memory (/sys/devices/system/edac).", edac::Edac::new),
    entry!("filesystem", "Space and files of mounts (/proc/1/mountinfo, statfs).", filesystem::Filesystems::new),
    entry!("textfile", "Metrics of *.prom files.", textfile::Textfile::new),
];

/// Every collector of this system, in the order in which they run.
#[cfg(target_os = "macos")]
pub(crate) static COLLECTORS: &[Entry] = &[
    entry!("boottime", "Boot time (kern.boottime).", boottime::Boot::new),
    entry!("loadavg", "Load averages (getloadavg).", loadavg::Load::new),
    entry!("time", "Time and time zone (clock_gettime).", time::Clock::new),
    entry!("textfile", "Metrics of *.prom files.", textfile::Textfile::new),
];
