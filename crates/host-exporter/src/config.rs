//! What the command line says, ready for the collectors.

use crate::args::CommonArgs;

#[cfg(target_os = "linux")]
pub(crate) use linux::Linux;

/// The settings of all collectors.
pub(crate) struct Config {
    pub(crate) common: CommonArgs,
    /// The names of those that run.
    #[cfg(target_os = "linux")]
    pub(crate) collectors: Vec<&'static str>,
    #[cfg(target_os = "linux")]
    pub(crate) linux: Linux,
}

#[cfg(target_os = "linux")]
impl Config {
    /// Whether the cpu collector shows the clocks of /proc/cpuinfo: with node_cpu_info, and beside cpufreq only, as the
    /// peer has it.
    pub(crate) fn shows_clocks_of_cpuinfo(&self) -> bool {
        ["cpu", "cpufreq"].iter().all(|name| self.collectors.contains(name)) && self.linux.options.shows_cpu_info()
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use linux_procfs::{Descriptors, HwmonChip, PowerZone, Roots, Source, open_files_limit};

    use crate::args::LinuxArgs;
    use crate::devices::Remembered;

    /// The settings of the collectors on Linux.
    pub(crate) struct Linux {
        pub(crate) roots: Roots,
        pub(crate) descriptors: Descriptors,
        pub(crate) options: LinuxArgs,
        pub(crate) chips: Remembered<HwmonChip>,
        pub(crate) power_zones: Remembered<PowerZone>,
    }

    impl Linux {
        pub(crate) fn new(options: LinuxArgs) -> Self {
            let roots = Roots {
                procfs: options.procfs.clone(),
                sysfs: options.sysfs.clone(),
                rootfs: options.rootfs.clone(),
                udev_data: options.udev_data.clone(),
            };
            let descriptors = Descriptors::new(open_files_limit());
            Linux { roots, descriptors, options, chips: Remembered::default(), power_zones: Remembered::default() }
        }

        /// A file of procfs that is read at every scrape.
        pub(crate) fn source(&self, file: &str) -> Source {
            Source::new(self.roots.proc(file), &self.descriptors)
        }

        /// A file of `/proc/net` that is read at every scrape: of process 1, whose network is the host's also when seen
        /// from a container.
        pub(crate) fn network(&self, file: &str) -> Source {
            Source::new(self.roots.init("net").join(file), &self.descriptors)
        }
    }
}
