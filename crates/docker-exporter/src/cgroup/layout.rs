//! Which hierarchies of cgroups there are, and what each tells.

use std::path::{Path, PathBuf};

use linux_procfs::Folder;

use super::Error;
use super::read::Part;

/// How the kernel's controllers are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    /// A hierarchy for each controller or two.
    V1,
    /// So too, and one of cgroup v2 beside them, without a controller.
    Hybrid,
    /// One for all.
    V2,
}

impl Version {
    /// As engines say it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Version::V1 | Version::Hybrid => "1",
            Version::V2 => "2",
        }
    }
}

/// What is below `/sys/fs/cgroup`.
#[derive(Debug, PartialEq)]
pub(super) struct Layout {
    pub(super) version: Version,
    /// One at least.
    pub(super) hierarchies: Vec<Hierarchy>,
    /// Those that tell of containers, and whether the kernel has them switched on.
    pub(super) controllers: Vec<(&'static str, bool)>,
}

/// A tree of cgroups.
#[derive(Debug, PartialEq)]
pub(super) struct Hierarchy {
    pub(super) mount: PathBuf,
    /// Its controllers, as `/proc/PID/cgroup` has them; none for cgroup v2.
    pub(super) names: Vec<String>,
    /// What is read in it.
    pub(super) parts: Vec<Part>,
}

/// The controllers of cgroup v2. Processor time is told without one; I/O has the name that both versions get on the page.
const UNIFIED: [&str; 4] = ["cpu", "memory", "io", "pids"];

/// Those of cgroup v1, and what each tells.
const SPLIT: [(&str, &str, Part); 5] = [
    ("cpu", "cpu", Part::Throttling),
    ("cpuacct", "cpuacct", Part::Cpuacct),
    ("memory", "memory", Part::MemoryV1),
    ("blkio", "io", Part::Blkio),
    ("pids", "pids", Part::Threads),
];

impl Layout {
    /// Looks at what is mounted. cgroup v2 is known by a file that is at its root alone, as a process's own cgroup may be
    /// shown in another way.
    pub(super) fn of(cgroupfs: &Path) -> Result<Layout, Error> {
        let nothing = |_| Error::NoCgroups(cgroupfs.to_owned());
        let root = Folder::open(cgroupfs.to_owned()).map_err(nothing)?;
        if root.holds("cgroup.controllers") {
            return Ok(Layout::unified(cgroupfs, &root.text("cgroup.controllers").unwrap_or_default()));
        }
        // What is no folder is a link to one: cpu leads to cpu,cpuacct.
        Layout::split(cgroupfs, &root, &root.folders().map_err(nothing)?)
    }

    fn unified(mount: &Path, controllers: &str) -> Layout {
        let is_on = |name: &str| controllers.split_ascii_whitespace().any(|on| on == name);
        let parts = [Part::CpuV2, Part::MemoryV2, Part::Io, Part::Threads, Part::Pressure, Part::Processes];
        Layout {
            version: Version::V2,
            hierarchies: vec![Hierarchy { mount: mount.to_owned(), names: Vec::new(), parts: parts.to_vec() }],
            controllers: UNIFIED.map(|name| (name, is_on(name))).to_vec(),
        }
    }

    fn split(cgroupfs: &Path, root: &Folder, folders: &[String]) -> Result<Layout, Error> {
        let mut hierarchies = Vec::new();
        let mut others = Vec::new();
        for folder in folders {
            let mount = cgroupfs.join(folder);
            if root.holds(&format!("{folder}/cgroup.controllers")) {
                others.push(Hierarchy { mount, names: Vec::new(), parts: vec![Part::Pressure] });
            } else if root.holds(&format!("{folder}/cgroup.procs")) {
                let names: Vec<String> = folder.split(',').map(str::to_owned).collect();
                let told = SPLIT.iter().filter(|(name, ..)| names.iter().any(|own| own == name));
                let parts: Vec<Part> = told.map(|(_, _, part)| *part).collect();
                hierarchies.extend((!parts.is_empty()).then_some(Hierarchy { mount, names, parts }));
            }
        }
        // The peer counts them in the hierarchy of cpu.
        let counting =
            hierarchies.iter().position(|hierarchy| hierarchy.parts.contains(&Part::Throttling)).unwrap_or(0);
        let counting = hierarchies.get_mut(counting).ok_or_else(|| Error::NoCgroups(cgroupfs.to_owned()))?;
        counting.parts.push(Part::Processes);
        let is_on = |part| hierarchies.iter().any(|hierarchy| hierarchy.parts.contains(&part));
        Ok(Layout {
            version: if others.is_empty() { Version::V1 } else { Version::Hybrid },
            controllers: SPLIT.map(|(_, shown, part)| (shown, is_on(part))).to_vec(),
            hierarchies: hierarchies.into_iter().chain(others).collect(),
        })
    }
}
