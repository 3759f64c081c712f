//! Reading what containers use, and the machine, from the files of the kernel.

use std::collections::HashMap;
use std::error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use linux_procfs::{Descriptors, ReadError};
use rustix::io::Errno;

use super::devices::Devices;
use super::find::{Place, find, is_of, told};
use super::group::Group;
use super::layout::{Layout, Version};
use super::machine::{self, Machine};
use super::network;
use super::read::Part;
use crate::usage::{Interface, Usage};

/// The folders below which everything is read; other ones when this runs in a container, or in a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Roots {
    /// Mount point of procfs.
    pub(crate) procfs: PathBuf,
    /// Mount point of sysfs.
    pub(crate) sysfs: PathBuf,
    /// Where cgroups are mounted.
    pub(crate) cgroupfs: PathBuf,
}

impl Default for Roots {
    fn default() -> Self {
        Roots { procfs: "/proc".into(), sysfs: "/sys".into(), cgroupfs: "/sys/fs/cgroup".into() }
    }
}

/// A running container.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target<'a> {
    /// 64 hexadecimal digits.
    pub(crate) id: &'a str,
    /// Of its first process, as the engine numbers them.
    pub(crate) pid: Option<u32>,
    /// `--cgroup-parent`; mostly empty.
    pub(crate) parent: &'a str,
    /// When it started: another time is another run, whose cgroup may be elsewhere.
    pub(crate) started_nanos: Option<u64>,
    /// Whether its processor time is limited: another one is never throttled.
    pub(crate) has_quota: bool,
}

/// The cgroup `/`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Root {
    /// What all of the machine uses.
    pub(crate) usage: Usage,
    pub(crate) machine: Machine,
}

/// Why something could not be read.
#[derive(Debug)]
pub(crate) enum Error {
    /// There are no cgroups where they should be.
    NoCgroups(PathBuf),
    /// No cgroup that can be seen is the container's.
    Unseen,
    /// The container has ended meanwhile.
    Gone,
    /// The process of this number is not the container's, or can't be seen.
    Stranger(u32),
    Read(ReadError),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::NoCgroups(path) => write!(
                f,
                "{} has no cgroups; in a container, mount the host's /sys/fs/cgroup and name the folder by --path.cgroupfs",
                path.display()
            ),
            Error::Unseen => {
                f.write_str("its cgroup can't be seen; in a container, mount the host's /sys/fs/cgroup and /proc")
            }
            Error::Gone => f.write_str("it has ended"),
            Error::Stranger(pid) => {
                write!(f, "process {pid} is hidden or another container's; in a container, mount the host's /proc")
            }
            Error::Read(error) => error.fmt(f),
        }
    }
}

impl error::Error for Error {}

impl From<ReadError> for Error {
    /// A cgroup that is removed while a file of it is open answers that there is no such device.
    fn from(error: ReadError) -> Self {
        let is_gone = |error: &io::Error| error.raw_os_error().is_some_and(|code| code == Errno::NODEV.raw_os_error());
        match error {
            ReadError::Io(_, error) if is_gone(&error) => Error::Gone,
            error => Error::Read(error),
        }
    }
}

/// What stays open of a cgroup until the next scrape, in each hierarchy, in their order.
type Open = Vec<Option<Group>>;

/// Folders and files of cgroups that stay open at most: those of some 50 containers of v1, or 80 of v2.
pub(crate) const MOST_OPEN: usize = 1024;

/// What is known of a container's run.
struct Sought {
    started_nanos: Option<u64>,
    place: Option<Arc<Place>>,
    open: Open,
    /// Whether the process that the engine names is the container's.
    is_its_process: bool,
}

/// The cgroups of a machine.
pub(crate) struct Cgroups {
    roots: Roots,
    layout: Layout,
    devices: Devices,
    sought: HashMap<String, Sought>,
    /// What stays open of the root.
    root_open: Open,
    descriptors: Descriptors,
}

impl Cgroups {
    /// Looks which hierarchies there are. Fails where there is none. Files stay open as far as the descriptors go.
    pub(crate) fn open(roots: &Roots, descriptors: Descriptors) -> Result<Cgroups, Error> {
        let layout = Layout::of(&roots.cgroupfs)?;
        let devices = Devices::new(&roots.sysfs);
        let root_open = none_open(&layout);
        Ok(Cgroups { roots: roots.clone(), layout, devices, sought: HashMap::new(), root_open, descriptors })
    }

    pub(crate) fn version(&self) -> Version {
        self.layout.version
    }

    /// `cpu`, `cpuacct` (v1 alone), `memory`, `io` (blkio of v1) and `pids`, each with whether the kernel has it switched on.
    pub(crate) fn controllers(&self) -> impl Iterator<Item = (&'static str, bool)> {
        self.layout.controllers.iter().copied()
    }

    /// Forgets the containers that are gone.
    pub(crate) fn retain(&mut self, is_there: impl Fn(&str) -> bool) {
        self.sought.retain(|id, _| is_there(id));
    }

    /// Asks for devices anew; to be called before usage is read for a page.
    pub(crate) fn renew(&mut self) {
        let mut hierarchies = self.layout.hierarchies.iter().zip(&mut self.root_open);
        let with_blkio = hierarchies.find(|(hierarchy, _)| hierarchy.parts.contains(&Part::Blkio));
        let root = with_blkio.and_then(|(hierarchy, open)| {
            let root = taken(open, &hierarchy.mount, &self.descriptors).ok()?;
            Some((root, open))
        });
        match root {
            Some((mut root, open)) => {
                self.devices.renew(Some(&mut root));
                *open = root.kept();
            }
            None => self.devices.renew(None),
        }
    }

    /// What the container uses, and the path of its cgroup. All of it or nothing: a container that ends meanwhile is gone.
    pub(crate) fn read(&mut self, target: &Target<'_>) -> Result<(Arc<str>, Usage), Error> {
        let mut or_else = Error::Unseen;
        if let Some(place) = self.known(target).and_then(|sought| sought.place.clone()) {
            match self.usage(target, &place) {
                // systemd may have made it anew, elsewhere.
                Err(Error::Gone) => or_else = Error::Gone,
                read => return Ok((place.path.clone(), read?)),
            }
        }
        let place = self.seek(target).ok_or(or_else)?;
        let usage = self.usage(target, &place)?;
        Ok((place.path.clone(), usage))
    }

    /// The interfaces of the container's network. What the host has of them is not among them.
    pub(crate) fn interfaces(&mut self, target: &Target<'_>) -> Result<Vec<Interface>, Error> {
        let pid = target.pid.ok_or(Error::Gone)?;
        let is_known = self.known(target).is_some_and(|sought| sought.is_its_process);
        if !is_known {
            if !is_of(&told(&self.roots.procfs, target.pid), target.id) {
                return Err(Error::Stranger(pid));
            }
            // Remembered for the run, also by whoever reads nothing but interfaces.
            self.seek(target);
        }
        network::interfaces(&self.roots.procfs, pid)
    }

    /// What the machine has, and what all of it uses.
    pub(crate) fn root(&mut self) -> Result<Root, Error> {
        let mut usage = Usage::default();
        for (hierarchy, open) in self.layout.hierarchies.iter().zip(&mut self.root_open) {
            let mut parts = hierarchy.parts.iter().filter(|part| part.is_told_at_root()).peekable();
            if parts.peek().is_some() {
                let mut group = taken(open, &hierarchy.mount, &self.descriptors)?;
                parts.try_for_each(|part| part.read(&mut group, &mut self.devices, &mut usage))?;
                *open = group.kept();
            }
        }
        let (machine, memory) = machine::read(&self.roots)?;
        usage.memory = memory;
        Ok(Root { usage, machine })
    }

    /// The interfaces of the host, as its first process has them.
    pub(crate) fn root_interfaces(&self) -> Result<Vec<Interface>, Error> {
        network::interfaces(&self.roots.procfs, 1)
    }

    fn known(&self, target: &Target<'_>) -> Option<&Sought> {
        self.sought.get(target.id).filter(|sought| sought.started_nanos == target.started_nanos)
    }

    /// Looks for the container's cgroup, in every folder only once for each run.
    fn seek(&mut self, target: &Target<'_>) -> Option<Arc<Place>> {
        let is_first = self.known(target).is_none();
        let told = told(&self.roots.procfs, target.pid);
        let place = is_id(target.id).then(|| find(&self.layout, &told, target, is_first)).flatten().map(Arc::new);
        let is_its_process = is_of(&told, target.id);
        let open = none_open(&self.layout);
        let sought = Sought { started_nanos: target.started_nanos, place: place.clone(), open, is_its_process };
        self.sought.insert(target.id.to_owned(), sought);
        place
    }

    fn usage(&mut self, target: &Target<'_>, place: &Place) -> Result<Usage, Error> {
        let mut usage = Usage::default();
        let open = self.sought.get_mut(target.id).map(|sought| &mut sought.open).into_iter().flatten();
        let has_blkio = self.devices.have_a_counter();
        let is_wanted = |part: &&Part| match part {
            Part::Throttling => target.has_quota,
            Part::Blkio => has_blkio,
            _ => true,
        };
        for ((hierarchy, folder), open) in self.layout.hierarchies.iter().zip(&place.folders).zip(open) {
            let Some(folder) = folder else { continue };
            let mut parts = hierarchy.parts.iter().filter(is_wanted).peekable();
            // Of v1 most have a folder of their own, and opening that costs as much as a file in it.
            if parts.peek().is_none() {
                continue;
            }
            let mut group = taken(open, folder, &self.descriptors)?;
            for part in parts {
                part.read(&mut group, &mut self.devices, &mut usage)?;
            }
            *open = group.finish()?;
        }
        Ok(usage)
    }
}

fn none_open(layout: &Layout) -> Open {
    layout.hierarchies.iter().map(|_| None).collect()
}

/// The group that stayed open, or the one at `path`. It is put back when all of it could be read, and else opened anew.
fn taken(open: &mut Option<Group>, path: &Path, descriptors: &Descriptors) -> Result<Group, Error> {
    open.take().map_or_else(|| Group::open(path.to_owned(), descriptors), Ok)
}

/// What is no id of a container is not looked for: an empty one would be found anywhere.
fn is_id(id: &str) -> bool {
    id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit())
}
