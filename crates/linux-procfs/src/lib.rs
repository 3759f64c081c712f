//! The files of `/proc` and `/sys`, and the system calls beside them, read into plain structs.
//!
//! A parser is a pure function over the bytes of one file; [`Source`] brings the bytes. Nothing here knows a metric.
//! Fields keep the source's unit in their name; what the kernel may not say is an `Option`. Columns and keys that a
//! newer kernel adds are passed over; a column that is missing is an error that names the file and the line.

#[cfg(target_os = "linux")]
mod addresses;
mod arp;
mod block;
mod bonding;
mod clocksource;
mod conntrack;
mod cpu_sysfs;
mod cpuinfo;
mod diskstats;
mod error;
mod fields;
mod loadavg;
mod meminfo;
mod mountinfo;
#[cfg(target_os = "linux")]
mod neighbours;
mod net_dev;
mod net_sockets;
#[cfg(target_os = "linux")]
mod netlink;
mod netstat;
mod pressure;
mod process;
mod roots;
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
mod vmstat;

#[cfg(target_os = "linux")]
pub use addresses::{NetAddress, read_addresses};
pub use arp::parse_arp;
pub use block::{UdevProperties, parse_udev, read_rotational, read_udev};
pub use bonding::{Bond, read_bond, read_bonds};
pub use clocksource::{ClockSource, ClockSources};
pub use conntrack::{Conntrack, parse_conntrack};
pub use cpu_sysfs::{
    CpuSet, Throttles, Topology, parse_cpu_list, parse_online, read_cpus, read_throttles, read_topology,
};
pub use cpuinfo::{CpuInfo, parse_cpuinfo};
pub use diskstats::{DiskStats, parse_diskstats};
pub use error::{Malformed, ReadError};
pub use loadavg::{LoadAvg, parse_loadavg};
pub use meminfo::{MemInfo, parse_meminfo};
pub use mountinfo::{Mount, parse_mountinfo};
#[cfg(target_os = "linux")]
pub use neighbours::read_neighbours;
pub use net_dev::{NetDev, NetStatistics, parse_net_dev, read_net_statistics, read_nohandler};
pub use net_sockets::{Socket, parse_sockets};
#[cfg(target_os = "linux")]
pub use netlink::NetlinkError;
pub use netstat::{parse_netstat, parse_snmp6};
pub use pressure::{Pressure, Stall, parse_pressure};
pub use process::{ProcessStat, parse_octets, parse_process_stat, read_open_files};
pub use roots::Roots;
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
pub use vmstat::parse_vmstat;
