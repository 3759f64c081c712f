//! The collectors of Linux.

mod arp;
mod bcachefs;
mod bonding;
mod btrfs;
mod conntrack;
mod cpu;
mod cpufreq;
mod diskstats;
mod dmi;
mod dmmultipath;
mod edac;
mod entropy;
mod ext4;
mod filefd;
mod filesystem;
mod hwmon;
mod interrupts;
mod kernel_hung;
mod mdadm;
mod meminfo;
mod names;
mod net_addresses;
mod netclass;
mod netdev;
mod netstat;
mod nfs;
mod nfsd;
mod nvme;
mod os;
mod powersupplyclass;
mod pressure;
mod processes;
mod rapl;
mod reboot;
mod schedstat;
mod selinux;
mod sockstat;
mod softnet;
mod stat;
mod tcpstat;
mod thermal_zone;
mod timex;
mod udp_queues;
mod uname;
mod vmstat;
mod watchdog;
mod xfs;
mod zfs;
mod zram;

use exporter_toolkit::Outcome;
use linux_procfs::ReadError;

use crate::collectors::{Entry, entry, loadavg, textfile, time};

/// Every collector of this system, in the order in which they run: what can hang comes last.
pub(crate) static COLLECTORS: &[Entry] = &[
    entry!("cpu", "Processor time by mode, throttling and state (/proc/stat, sysfs).", cpu::Cpu::new),
    entry!("stat", "Boot time, forks, interrupts, context switches (/proc/stat).", stat::Stat::new),
    entry!("meminfo", "Memory (/proc/meminfo).", meminfo::MemInfo::new),
    entry!("loadavg", "Load averages (/proc/loadavg).", loadavg::Load::new),
    entry!("vmstat", "Paging and OOM kills (/proc/vmstat).", vmstat::VmStat::new),
    entry!("pressure", "Time lost to waiting (/proc/pressure).", pressure::PressureStall::new),
    entry!("schedstat", "Running and waiting of tasks by processor (/proc/schedstat).", schedstat::Scheduler::new),
    entry!("filefd", "Files that are open (/proc/sys/fs/file-nr).", filefd::OpenFiles::new),
    entry!("entropy", "Randomness at hand (/proc/sys/kernel/random).", entropy::Entropy::new),
    entry!("kernel_hung", "Tasks that hang (/proc/sys/kernel/hung_task_detect_count).", kernel_hung::HungTasks::new),
    entry!("interrupts", off, "Interrupts by line and processor (/proc/interrupts).", interrupts::InterruptLines::new),
    entry!("processes", off, "Processes and threads by state (/proc/PID/stat).", processes::ProcessStates::new),
    entry!("netdev", "Traffic of network devices (/proc/1/net/dev).", netdev::NetDevices::new),
    entry!("netclass", "What network devices are, and their settings (/sys/class/net).", netclass::NetClasses::new),
    entry!("nfs", "Calls of the NFS client (/proc/1/net/rpc/nfs).", nfs::Nfs::new),
    entry!("nfsd", "Calls to the NFS server (/proc/1/net/rpc/nfsd).", nfsd::Nfsd::new),
    entry!("netstat", "Counts of network protocols (/proc/1/net/netstat, snmp, snmp6).", netstat::NetStat::new),
    entry!("sockstat", "Sockets by protocol (/proc/1/net/sockstat, sockstat6).", sockstat::SockStat::new),
    entry!("softnet", "Packets by processor (/proc/1/net/softnet_stat).", softnet::SoftnetQueues::new),
    entry!("udp_queues", "Bytes in UDP queues (/proc/1/net/udp, udp6).", udp_queues::UdpQueues::new),
    entry!("conntrack", "Tracked connections (/proc/sys, /proc/1/net/stat).", conntrack::ConnectionTracking::new),
    entry!("arp", "Neighbours by device (netlink, /proc/1/net/arp).", arp::Arp::new),
    entry!("tcpstat", off, "TCP sockets by state (netlink, /proc/1/net/tcp, tcp6).", tcpstat::TcpStat::new),
    entry!("diskstats", "I/O of disks (/proc/diskstats, sysfs, udev).", diskstats::Disks::new),
    entry!("bonding", "Devices of network bonds (sysfs).", bonding::Bonding::new),
    entry!("uname", "Names and version of the system (uname).", uname::Names::new),
    entry!("dmi", "What the firmware says of the machine (/sys/class/dmi/id).", dmi::Firmware::new),
    entry!("selinux", "Whether SELinux is on, and its mode (/sys/fs/selinux).", selinux::Selinux::new),
    entry!("time", "Time, time zone and clock (clock_gettime, sysfs).", time::Clock::new),
    entry!("watchdog", "Watchdogs and their times (/sys/class/watchdog).", watchdog::Watchdogs::new),
    entry!("os", "Which system is installed (/etc/os-release).", os::System::new),
    entry!("reboot", ours, "Whether an upgrade waits for a reboot (/run/reboot-required).", reboot::Reboot::new),
    entry!("zfs", "Caches, pools and datasets of ZFS (/proc/spl/kstat/zfs).", zfs::Zfs::new),
    entry!("mdadm", "Software RAIDs (/proc/mdstat, sysfs).", mdadm::Arrays::new),
    entry!("nvme", "NVMe disks (/sys/class/nvme).", nvme::Controllers::new),
    entry!("dmmultipath", "Disks with several paths (/sys/block/dm-N).", dmmultipath::Multipaths::new),
    entry!("zram", ours, "Disks in compressed memory (/sys/block/zramN).", zram::ZramDisks::new),
    entry!("btrfs", "Btrfs file systems (/sys/fs/btrfs).", btrfs::BtrfsFilesystems::new),
    entry!("bcachefs", "bcachefs file systems (/sys/fs/bcachefs).", bcachefs::BcachefsFilesystems::new),
    entry!("xfs", "XFS file systems (/sys/fs/xfs).", xfs::XfsFilesystems::new),
    entry!("ext4", ours, "Errors of ext4 file systems (/sys/fs/ext4).", ext4::Ext4Filesystems::new),
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

/// How a reading ended of what a machine, or its kernel, may do without.
fn found(read: Result<(), ReadError>) -> Outcome {
    match read {
        Err(error) if error.is_absent() => Outcome::NoData,
        read => read.into(),
    }
}
