//! What the command line says, ready for the collectors.

use crate::args::CommonArgs;

#[cfg(target_os = "linux")]
pub(crate) use linux::Linux;

/// The settings of all collectors.
pub(crate) struct Config {
    pub(crate) common: CommonArgs,
    #[cfg(target_os = "linux")]
    pub(crate) linux: Linux,
}

#[cfg(target_os = "linux")]
mod linux {
    use linux_procfs::{Descriptors, Roots, Source, open_files_limit};
    use regex_lite::Regex;

    use crate::args::LinuxArgs;
    use crate::filter::Filter;

    /// Mount points that are of the kernel or a container engine, not of the machine's disks.
    const MOUNT_POINTS: &str =
        r"^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)";
    /// File systems that hold no files of anybody's, or those of another mount.
    const FS_TYPES: &str = r"^(autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|fusectl|hugetlbfs|iso9660|mqueue|nsfs|overlay|proc|procfs|pstore|rpc_pipefs|securityfs|selinuxfs|squashfs|erofs|sysfs|tracefs)$";
    /// RAM disks, loop devices and partitions.
    const DISKS: &str = r"^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+$";

    /// The settings of the collectors on Linux.
    pub(crate) struct Linux {
        pub(crate) roots: Roots,
        pub(crate) descriptors: Descriptors,
        pub(crate) options: LinuxArgs,
        pub(crate) mount_points: Filter,
        pub(crate) fs_types: Filter,
        pub(crate) disks: Filter,
        pub(crate) net_devices: Filter,
    }

    impl Linux {
        pub(crate) fn new(mut options: LinuxArgs) -> Self {
            // An empty pattern is none, as the peer has it; but for those that stand in for a default, see `filter`.
            for pattern in [
                &mut options.cpu_flags_include,
                &mut options.cpu_bugs_include,
                &mut options.mount_points_include,
                &mut options.fs_types_include,
                &mut options.disks_include,
                &mut options.net_devices_include,
                &mut options.net_devices_exclude,
            ] {
                pattern.take_if(|pattern| pattern.as_str().is_empty());
            }
            let roots = Roots {
                procfs: options.procfs.clone(),
                sysfs: options.sysfs.clone(),
                rootfs: options.rootfs.clone(),
                udev_data: options.udev_data.clone(),
            };
            Linux {
                roots,
                descriptors: Descriptors::new(open_files_limit()),
                mount_points: filter(&options.mount_points_exclude, &options.mount_points_include, MOUNT_POINTS),
                fs_types: filter(&options.fs_types_exclude, &options.fs_types_include, FS_TYPES),
                disks: filter(&options.disks_exclude, &options.disks_include, DISKS),
                net_devices: Filter::new(options.net_devices_exclude.clone(), options.net_devices_include.clone()),
                options,
            }
        }

        /// A file of procfs that is read at every scrape.
        pub(crate) fn source(&self, file: &str) -> Source {
            Source::new(self.roots.proc(file), &self.descriptors)
        }
    }

    /// The default leaves things out only where the user has said nothing; an empty pattern leaves out nothing.
    fn filter(exclude: &Option<Regex>, include: &Option<Regex>, default: &str) -> Filter {
        let default = || Regex::new(default).expect("the pattern is ours");
        let exclude = exclude.clone().or_else(|| include.is_none().then(default));
        Filter::new(exclude.filter(|pattern| !pattern.as_str().is_empty()), include.clone())
    }
}
