//! Where the kernel's file systems are mounted.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// The folders below which everything is read; other ones when a container watches its host, or in a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roots {
    /// Mount point of procfs.
    pub procfs: PathBuf,
    /// Mount point of sysfs.
    pub sysfs: PathBuf,
    /// Mount point of the root file system, below which mount points are touched.
    pub rootfs: PathBuf,
    /// Folder of udev's database of devices.
    pub udev_data: PathBuf,
}

impl Default for Roots {
    fn default() -> Self {
        Roots { procfs: "/proc".into(), sysfs: "/sys".into(), rootfs: "/".into(), udev_data: "/run/udev/data".into() }
    }
}

impl Roots {
    /// A path below procfs; `relative` has no leading slash.
    pub fn proc(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.procfs.join(relative)
    }

    /// A path below sysfs; `relative` has no leading slash.
    pub fn sys(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.sysfs.join(relative)
    }

    /// A file of process 1 in that procfs, whose mounts and network are the host's also when seen from a container; of
    /// this process where that is hidden (`hidepid`) or there is no process 1.
    #[must_use]
    pub fn init(&self, relative: &str) -> PathBuf {
        if self.shows_init(relative) { self.proc("1").join(relative) } else { self.proc("self").join(relative) }
    }

    /// Whether a file of process 1 of that procfs is there for this process.
    #[must_use]
    pub fn shows_init(&self, relative: &str) -> bool {
        self.proc("1").join(relative).exists()
    }

    /// Whether process 1 of that procfs is in the network that this process is in, so that netlink tells of the same.
    #[must_use]
    pub fn is_own_network(&self) -> bool {
        // The kernel numbers the files of each network apart, and alike wherever procfs is mounted.
        let number = |path: PathBuf| fs::metadata(path).map(|file| file.ino()).ok();
        let own = number(Roots::default().proc("self/net/dev"));
        own.is_some() && own == number(self.init("net/dev"))
    }

    /// Where a path of the host is found: `/home` below the root file system.
    #[must_use]
    pub fn host(&self, path: &Path) -> PathBuf {
        self.rootfs.join(path.strip_prefix("/").unwrap_or(path))
    }

    /// The host's name for a mount point as this process sees it: `/host/home` is `/home` where `/host` is the root file
    /// system.
    #[must_use]
    pub fn strip_rootfs<'p>(&self, mount_point: &'p str) -> &'p str {
        let root = self.rootfs.to_str().unwrap_or("/").trim_end_matches('/');
        match mount_point.strip_prefix(root) {
            Some("") => "/",
            Some(stripped) if stripped.starts_with('/') => stripped,
            _ => mount_point,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_a_container_that_watches_its_host() {
        let roots = Roots { procfs: "/host/proc".into(), rootfs: "/host".into(), ..Roots::default() };
        assert_eq!(roots.proc("stat"), Path::new("/host/proc/stat"));
        assert_eq!(roots.host(Path::new("/home")), Path::new("/host/home"));
        assert_eq!(roots.strip_rootfs("/host/home"), "/home");
        assert_eq!(roots.strip_rootfs("/host"), "/");
        assert_eq!(roots.strip_rootfs("/hosted"), "/hosted");
        assert_eq!(Roots::default().strip_rootfs("/home"), "/home");
        assert_eq!(Roots::default().strip_rootfs("/"), "/");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_network_of_this_process_and_of_another_machine() {
        let folder = tempfile::tempdir().unwrap();
        testkit::tree::unpack("--- proc/1/net/dev: another\n", folder.path()).unwrap();
        let roots = |procfs: PathBuf| Roots { procfs, ..Roots::default() };
        assert!(!roots(folder.path().join("proc")).is_own_network());
        assert!(!roots(folder.path().join("nowhere")).is_own_network());
        std::os::unix::fs::symlink("/proc/self", folder.path().join("self")).unwrap();
        assert!(roots(folder.path().to_owned()).is_own_network());
    }
}
