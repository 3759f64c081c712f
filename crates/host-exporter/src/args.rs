//! The flags of node_exporter for the collectors that this exporter has.

use std::collections::HashSet;
use std::ffi::OsString;

#[cfg(target_os = "linux")]
pub(crate) use linux::LinuxArgs;

/// The flags that the command line of this process names, in whatever form: without dashes, `no-` and value.
pub(crate) fn named() -> HashSet<String> {
    let flag = |argument: OsString| {
        let flag = argument.to_str()?.strip_prefix("--")?.split('=').next()?;
        Some(flag.strip_prefix("no-").unwrap_or(flag).to_owned())
    };
    std::env::args_os().filter_map(flag).collect()
}

/// What the collectors of every system show.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Collector options")]
pub(crate) struct CommonArgs {
    /// Folder whose *.prom files are shown; may be a glob pattern. Repeatable.
    #[arg(long = "collector.textfile.directory", value_name = "PATH")]
    pub(crate) textfile_directories: Vec<String>,
}

#[cfg(target_os = "linux")]
mod linux {
    use std::path::PathBuf;

    use clap::ArgAction::SetTrue;
    use exporter_toolkit::Pattern;

    use crate::pattern::{NETSTAT_FIELDS, NOTHING, VMSTAT_FIELDS, pattern};

    /// Where Linux is read, and what its collectors show. An include pattern switches the default exclude pattern off.
    #[derive(Debug, Clone, clap::Args)]
    #[command(next_help_heading = "Collector options")]
    pub(crate) struct LinuxArgs {
        /// Mount point of procfs; another one when a container watches its host.
        #[arg(long = "path.procfs", value_name = "PATH", default_value = "/proc", help_heading = "Paths")]
        pub(crate) procfs: PathBuf,
        /// Mount point of sysfs.
        #[arg(long = "path.sysfs", value_name = "PATH", default_value = "/sys", help_heading = "Paths")]
        pub(crate) sysfs: PathBuf,
        /// Mount point of the root file system.
        #[arg(long = "path.rootfs", value_name = "PATH", default_value = "/", help_heading = "Paths")]
        pub(crate) rootfs: PathBuf,
        /// Folder of udev's data.
        #[arg(long = "path.udev.data", value_name = "PATH", default_value = "/run/udev/data", help_heading = "Paths")]
        pub(crate) udev_data: PathBuf,
        /// Show node_cpu_guest_seconds_total.
        #[arg(long = "collector.cpu.guest", action = SetTrue, default_value = "true")]
        pub(crate) cpu_guest: bool,
        /// Show node_cpu_info.
        #[arg(long = "collector.cpu.info")]
        pub(crate) cpu_info: bool,
        /// Show node_cpu_flag_info for the flags that match, and node_cpu_info.
        #[arg(long = "collector.cpu.info.flags-include", value_name = "REGEXP", value_parser = pattern)]
        pub(crate) cpu_flags_include: Option<Pattern>,
        /// Show node_cpu_bug_info for the bugs that match, and node_cpu_info.
        #[arg(long = "collector.cpu.info.bugs-include", value_name = "REGEXP", value_parser = pattern)]
        pub(crate) cpu_bugs_include: Option<Pattern>,
        /// Show node_softirqs_total by vector.
        #[arg(long = "collector.stat.softirq")]
        pub(crate) stat_softirq: bool,
        /// Mount points to leave out [default: those of the kernel and of container engines].
        #[arg(long = "collector.filesystem.mount-points-exclude", value_name = "REGEXP", value_parser = pattern,
              alias = "collector.filesystem.ignored-mount-points", conflicts_with = "mount_points_include")]
        pub(crate) mount_points_exclude: Option<Pattern>,
        /// Mount points to show.
        #[arg(long = "collector.filesystem.mount-points-include", value_name = "REGEXP", value_parser = pattern)]
        pub(crate) mount_points_include: Option<Pattern>,
        /// File system types to leave out [default: those that hold no files].
        #[arg(long = "collector.filesystem.fs-types-exclude", value_name = "REGEXP", value_parser = pattern,
              alias = "collector.filesystem.ignored-fs-types", conflicts_with = "fs_types_include")]
        pub(crate) fs_types_exclude: Option<Pattern>,
        /// File system types to show.
        #[arg(long = "collector.filesystem.fs-types-include", value_name = "REGEXP", value_parser = pattern)]
        pub(crate) fs_types_include: Option<Pattern>,
        /// Disks to leave out [default: RAM disks, loop devices and partitions].
        #[arg(long = "collector.diskstats.device-exclude", value_name = "REGEXP", value_parser = pattern,
              alias = "collector.diskstats.ignored-devices", conflicts_with = "disks_include")]
        pub(crate) disks_exclude: Option<Pattern>,
        /// Disks to show.
        #[arg(long = "collector.diskstats.device-include", value_name = "REGEXP", value_parser = pattern)]
        pub(crate) disks_include: Option<Pattern>,
        /// Network devices to leave out.
        #[arg(long = "collector.netdev.device-exclude", value_name = "REGEXP", value_parser = pattern,
              alias = "collector.netdev.device-blacklist", conflicts_with = "net_devices_include")]
        pub(crate) net_devices_exclude: Option<Pattern>,
        /// Network devices to show.
        #[arg(long = "collector.netdev.device-include", value_name = "REGEXP", value_parser = pattern,
              alias = "collector.netdev.device-whitelist")]
        pub(crate) net_devices_include: Option<Pattern>,
        /// Network devices whose settings are left out.
        #[arg(long = "collector.netclass.ignored-devices", value_name = "REGEXP", value_parser = pattern,
              default_value = NOTHING)]
        pub(crate) net_class_ignored: Pattern,
        /// Leave out the speed of a network device that says it is below 0.
        #[arg(long = "collector.netclass.ignore-invalid-speed")]
        pub(crate) net_class_valid_speed: bool,
        /// Interrupts to leave out; the pattern is matched with TYPE;INFO;DEVICES.
        #[arg(long = "collector.interrupts.name-exclude", value_name = "REGEXP", value_parser = pattern)]
        pub(crate) interrupts_exclude: Option<Pattern>,
        /// Interrupts to show; the pattern is matched with TYPE;INFO;DEVICES.
        #[arg(long = "collector.interrupts.name-include", value_name = "REGEXP", value_parser = pattern)]
        pub(crate) interrupts_include: Option<Pattern>,
        /// Show interrupts that a processor has not met yet.
        #[arg(long = "collector.interrupts.include-zeros", action = SetTrue, default_value = "true")]
        pub(crate) interrupts_with_zeros: bool,
        /// Show node_network_address_info.
        #[arg(long = "collector.netdev.address-info")]
        pub(crate) net_address_info: bool,
        /// Show errors and drops of network devices by their cause, with other names.
        #[arg(long = "collector.netdev.enable-detailed-metrics")]
        pub(crate) net_detailed: bool,
        /// Add a network device's alias as the label ifalias.
        #[arg(long = "collector.netdev.label-ifalias")]
        pub(crate) net_label_ifalias: bool,
        /// Fields of /proc/net/netstat, snmp and snmp6 to show, as PROTOCOL_FIELD.
        #[arg(long = "collector.netstat.fields", value_name = "REGEXP", value_parser = pattern,
              default_value = NETSTAT_FIELDS)]
        pub(crate) netstat_fields: Pattern,
        /// Network devices whose neighbours are left out.
        #[arg(long = "collector.arp.device-exclude", value_name = "REGEXP", value_parser = pattern)]
        pub(crate) arp_exclude: Option<Pattern>,
        /// Network devices whose neighbours are shown.
        #[arg(long = "collector.arp.device-include", value_name = "REGEXP", value_parser = pattern)]
        pub(crate) arp_include: Option<Pattern>,
        /// Count neighbours by netlink; /proc/net/arp is read without, and in another network.
        #[arg(long = "collector.arp.netlink", action = SetTrue, default_value = "true")]
        pub(crate) arp_netlink: bool,
        /// Fields of /proc/vmstat to show.
        #[arg(long = "collector.vmstat.fields", value_name = "REGEXP", value_parser = pattern,
              default_value = VMSTAT_FIELDS)]
        pub(crate) vmstat_fields: Pattern,
        /// Chips of hwmon to leave out.
        #[arg(long = "collector.hwmon.chip-exclude", value_name = "REGEXP", value_parser = pattern)]
        pub(crate) hwmon_chip_exclude: Option<Pattern>,
        /// Chips of hwmon to show.
        #[arg(long = "collector.hwmon.chip-include", value_name = "REGEXP", value_parser = pattern)]
        pub(crate) hwmon_chip_include: Option<Pattern>,
        /// Sensors of hwmon to leave out, by chip and sensor: platform_coretemp_0;temp3.
        #[arg(long = "collector.hwmon.sensor-exclude", value_name = "REGEXP", value_parser = pattern)]
        pub(crate) hwmon_sensor_exclude: Option<Pattern>,
        /// Sensors of hwmon to show, by chip and sensor.
        #[arg(long = "collector.hwmon.sensor-include", value_name = "REGEXP", value_parser = pattern)]
        pub(crate) hwmon_sensor_include: Option<Pattern>,
        /// Power supplies to leave out.
        #[arg(long = "collector.powersupply.ignored-supplies", value_name = "REGEXP", value_parser = pattern,
              default_value = NOTHING)]
        pub(crate) power_supplies_ignored: Pattern,
        /// Show one node_rapl_joules_total with the zone as a label, in place of a metric for each zone.
        #[arg(long = "collector.rapl.enable-zone-label")]
        pub(crate) rapl_zone_label: bool,
    }

    impl LinuxArgs {
        /// Whether node_cpu_info is asked for, by its own flag or by one of those that need it.
        pub(crate) fn shows_cpu_info(&self) -> bool {
            let given = |pattern: &Option<Pattern>| pattern.as_ref().is_some_and(|pattern| !pattern.is_empty());
            self.cpu_info || given(&self.cpu_flags_include) || given(&self.cpu_bugs_include)
        }
    }
}
