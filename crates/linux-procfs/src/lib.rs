//! The files of `/proc` and `/sys`, and the system calls beside them, read into plain structs.
//!
//! A parser is a pure function over the bytes of one file; [`Source`] brings the bytes. Nothing here knows a metric.
//! Fields keep the source's unit in their name; what the kernel may not say is an `Option`. Columns and keys that a
//! newer kernel adds are passed over; a column that is missing is an error that names the file and the line.

#[cfg(target_os = "linux")]
mod addresses;
mod arp;
mod bcachefs;
mod block;
mod bonding;
mod btrfs;
mod clocksource;
mod conntrack;
mod cpu_sysfs;
mod cpufreq;
mod cpuinfo;
mod diskstats;
mod dm_multipath;
mod dmi;
mod edac;
mod error;
#[cfg(target_os = "linux")]
mod ffi;
mod fields;
mod hwmon;
mod interrupts;
mod loadavg;
mod md_sysfs;
mod mdstat;
mod meminfo;
mod mountinfo;
#[cfg(target_os = "linux")]
mod neighbours;
mod net_class;
mod net_dev;
mod net_sockets;
#[cfg(target_os = "linux")]
mod netlink;
mod netstat;
mod nfs;
mod nvme;
mod os_release;
mod power_supply;
mod powercap;
mod pressure;
mod process;
#[cfg(target_os = "linux")]
mod processes;
mod roots;
mod schedstat;
mod selinux;
mod sockstat;
mod softnet;
mod source;
mod stat;
mod sysctl;
mod sysfs;
#[cfg(target_os = "linux")]
mod system;
mod tcp;
#[cfg(target_os = "linux")]
mod tcp_diag;
mod thermal;
mod timex;
mod vmstat;
mod watchdog;
mod xfs;
mod zfs;

#[cfg(target_os = "linux")]
pub use addresses::{NetAddress, read_addresses};
pub use arp::parse_arp;
pub use bcachefs::{
    Bcachefs, BcachefsCompression, BcachefsDevice, BcachefsIo, BcachefsWrites, parse_bcachefs_counter,
    parse_bcachefs_errors, parse_btree_write_stats, parse_compression_stats, parse_io_done, parse_io_errors,
    read_bcachefs,
};
pub use block::{UdevProperties, parse_udev, read_rotational, read_udev};
pub use bonding::{Bond, read_bond, read_bonds};
pub use btrfs::{Btrfs, BtrfsAllocation, BtrfsCommits, BtrfsDevice, BtrfsLayout, parse_commit_stats, read_btrfs};
pub use clocksource::{ClockSource, ClockSources};
pub use conntrack::{Conntrack, parse_conntrack};
pub use cpu_sysfs::{
    CpuSet, Throttles, Topology, parse_cpu_list, parse_online, read_cpus, read_throttles, read_topology,
};
pub use cpufreq::{CpuFreq, measure_clocks, read_cpufreq};
pub use cpuinfo::{CpuInfo, parse_cpuinfo};
pub use diskstats::{DiskStats, parse_diskstats};
pub use dm_multipath::{Multipath, MultipathPath, read_multipath};
pub use dmi::read_dmi;
pub use edac::{MemoryChannel, MemoryController, MemoryErrors, MemoryRow, memory_controllers, read_memory_controller};
pub use error::{Malformed, ReadError};
#[cfg(target_os = "linux")]
pub use ffi::adjtimex;
pub use hwmon::{HwmonChip, HwmonSensor, SensorKind, parse_hwmon_file, read_hwmon_chip, read_hwmon_sensors};
pub use interrupts::{Interrupt, Interrupts, parse_interrupts};
pub use loadavg::{LoadAvg, parse_loadavg};
pub use md_sysfs::{MdRaid, read_md_raid};
pub use mdstat::{MdArray, MdDisks, MdState, parse_mdstat};
pub use meminfo::{MemInfo, parse_meminfo};
pub use mountinfo::{Mount, parse_mountinfo};
#[cfg(target_os = "linux")]
pub use neighbours::read_neighbours;
pub use net_class::{NetClass, read_net_class};
pub use net_dev::{NetDev, NetStatistics, parse_net_dev, read_net_statistics, read_nohandler};
pub use net_sockets::{Socket, parse_sockets};
#[cfg(target_os = "linux")]
pub use netlink::NetlinkError;
pub use netstat::{parse_netstat, parse_snmp6};
pub use nfs::{
    NfsClient, NfsServer, ReadAhead, RpcNetwork, V2Calls, V3Calls, V4Calls, V4Operations, parse_nfs, parse_nfsd,
};
pub use nvme::{NvmeController, NvmeNamespace, read_nvme_controller};
pub use os_release::{OsRelease, parse_os_release, read_os_release};
pub use power_supply::{PowerSupply, read_power_supply};
pub use powercap::{PowerZone, read_energy_uj, read_power_zone};
pub use pressure::{Pressure, Stall, parse_pressure};
pub use process::{ProcessStat, parse_octets, parse_process_stat, read_open_files};
#[cfg(target_os = "linux")]
pub use processes::{Processes, States, count_processes};
pub use roots::Roots;
pub use schedstat::{SchedStat, parse_schedstat};
pub use selinux::{SelinuxMode, parse_selinux_config, read_selinux_config, read_selinux_mode};
pub use sockstat::parse_sockstat;
pub use softnet::{Softnet, parse_softnet};
pub use source::{Descriptors, Source, read_file};
pub use stat::{CpuTicks, KernelStat, parse_stat};
pub use sysctl::{FileNr, parse_file_nr, parse_number};
pub use sysfs::Folder;
#[cfg(target_os = "linux")]
pub use system::{
    FsStat, Uname, clock_ticks_per_second, open_files_limit, page_bytes, statfs, uname, virtual_memory_limit,
};
pub use tcp::TcpSockets;
#[cfg(target_os = "linux")]
pub use tcp_diag::read_tcp_sockets;
pub use thermal::{CoolingDevice, ThermalZone, read_cooling_device, read_thermal_zone};
pub use timex::Timex;
pub use vmstat::parse_vmstat;
pub use watchdog::{Watchdog, read_watchdog};
pub use xfs::{XfsStats, parse_xfs_stats, read_xfs_stats};
pub use zfs::{Kstat, KstatNumber, Pool, parse_kstat, parse_pool_io, parse_pool_state, read_pool, read_pools};
