//! Whole containers of other machines.

mod damage;
mod finding;
mod machine;
mod usage;

use std::path::PathBuf;

use linux_procfs::Descriptors;
use tempfile::TempDir;
use testkit::tree;

use super::{Cgroups, MOST_OPEN, Roots, Target};
use crate::usage::{DeviceIo, Pressure};

/// Stands as `{id}` in the fixtures.
const ID: &str = "5f0c6c1be8a94d3b8d2c7f4e1a9b60d35f0c6c1be8a94d3b8d2c7f4e1a9b60d3";
const OTHER: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const V1_HYBRID: &str = include_str!("../../../fixtures/cgroup/v1-hybrid.tree");
const V1_CO_MOUNTED: &str = include_str!("../../../fixtures/cgroup/v1-co-mounted.tree");
const V2_SYSTEMD: &str = include_str!("../../../fixtures/cgroup/v2-systemd.tree");
const V2_CGROUPFS: &str = include_str!("../../../fixtures/cgroup/v2-cgroupfs.tree");
const V2_ROOTLESS: &str = include_str!("../../../fixtures/cgroup/v2-rootless.tree");
const V2_PODMAN: &str = include_str!("../../../fixtures/cgroup/v2-podman.tree");

/// A machine in a folder.
struct Fixture {
    folder: TempDir,
}

impl Fixture {
    fn new(text: &str) -> Fixture {
        let folder = tempfile::tempdir().unwrap();
        tree::unpack(&text.replace("{id}", ID).replace("{other}", OTHER), folder.path()).unwrap();
        Fixture { folder }
    }

    fn roots(&self) -> Roots {
        let at = |path: &str| self.folder.path().join(path);
        Roots { procfs: at("proc"), sysfs: at("sys"), cgroupfs: at("sys/fs/cgroup") }
    }

    fn cgroups(&self) -> Cgroups {
        self.cgroups_with(MOST_OPEN)
    }

    /// With so many files that may stay open.
    fn cgroups_with(&self, most: usize) -> Cgroups {
        let mut cgroups = Cgroups::open(&self.roots(), Descriptors::at_most(most, None)).unwrap();
        cgroups.renew();
        cgroups
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path.replace("{id}", ID))
    }
}

fn target(parent: &str) -> Target<'_> {
    Target { id: ID, pid: Some(4711), parent, started_nanos: Some(1), has_quota: true }
}

fn pressure(some: u64, full: u64) -> Option<Pressure> {
    Some(Pressure { some_micros: Some(some), full_micros: Some(full) })
}

fn device(major: u32, minor: u32, device: &str, counts: [u64; 4]) -> DeviceIo {
    let [read_bytes, written_bytes, reads, writes] = counts.map(Some);
    DeviceIo { major, minor, device: device.to_owned(), read_bytes, written_bytes, reads, writes }
}
