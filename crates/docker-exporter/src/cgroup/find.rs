//! Finding the cgroup of a container.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use linux_procfs::{Folder, ProcessCgroup, parse_process_cgroups, read_file};

use super::Target;
use super::layout::{Hierarchy, Layout};
use super::names::{is_named_for, of_container, patterns};

/// How deep the cgroup of a container may be, and how many are looked at for it.
const DEEPEST: usize = 6;
const MOST_CGROUPS: usize = 4096;

/// Where a container's cgroup is.
#[derive(Debug, PartialEq)]
pub(super) struct Place {
    /// From the root of a hierarchy, as far as it can be seen: `/docker/ID`.
    pub(super) path: Arc<str>,
    /// In each hierarchy, in their order.
    pub(super) folders: Vec<Option<PathBuf>>,
}

/// What `/proc/PID/cgroup` says; nothing where it can't be read.
pub(super) fn told(procfs: &Path, pid: Option<u32>) -> Vec<ProcessCgroup> {
    let file = pid.and_then(|pid| read_file(&procfs.join(format!("{pid}/cgroup"))).ok());
    file.and_then(|file| parse_process_cgroups(&file).ok()).unwrap_or_default()
}

/// Whether that is a process of the container. Where the exporter sees other processes than the engine does, another one has
/// the number.
pub(super) fn is_of(told: &[ProcessCgroup], id: &str) -> bool {
    told.iter().any(|cgroup| of_container(&cgroup.path, id).is_some())
}

/// Looks where the kernel says that its process is, then where an engine would have put it, and at last, if it may, in every
/// cgroup. Only a folder that is named for the container is taken for its.
pub(super) fn find(layout: &Layout, told: &[ProcessCgroup], target: &Target<'_>, may_walk: bool) -> Option<Place> {
    let mut path: Option<String> = None;
    let mut folders: Vec<Option<PathBuf>> = Vec::new();
    for hierarchy in &layout.hierarchies {
        let by_kernel = suffixes(told, hierarchy, target.id);
        let candidates = by_kernel.into_iter().chain(path.clone()).chain(patterns(target.parent, target.id));
        let found = candidates.map(|path| (below(&hierarchy.mount, &path), path)).find(|(folder, _)| folder.is_dir());
        if let Some((_, found)) = &found {
            path.get_or_insert_with(|| found.clone());
        }
        folders.push(found.map(|(folder, _)| folder));
    }
    if path.is_none() && may_walk {
        let found = walk(&layout.hierarchies.first()?.mount, target.id)?;
        let below = |hierarchy: &Hierarchy| Some(below(&hierarchy.mount, &found)).filter(|folder| folder.is_dir());
        folders = layout.hierarchies.iter().map(below).collect();
        path = Some(found);
    }
    Some(Place { path: path?.into(), folders })
}

fn below(mount: &Path, path: &str) -> PathBuf {
    mount.join(path.trim_start_matches('/'))
}

/// The kernel's path in a hierarchy, and what is left of it without its first elements: a mount may begin further down than
/// the kernel's path does (kata-containers/cgroups-rs#131), and in a cgroup namespace the path leads up first
/// (inspektor-gadget/inspektor-gadget#3085).
fn suffixes(told: &[ProcessCgroup], hierarchy: &Hierarchy, id: &str) -> Vec<String> {
    let is_its = |cgroup: &&ProcessCgroup| match cgroup.controllers.as_slice() {
        [] => hierarchy.names.is_empty(),
        names => hierarchy.names.iter().any(|own| names.contains(own)),
    };
    let path = told.iter().find(is_its).and_then(|cgroup| of_container(&cgroup.path, id)).unwrap_or_default();
    let inner = path.trim_start_matches("/..");
    if inner.split('/').any(|part| part == "..") {
        return Vec::new();
    }
    inner.match_indices('/').map(|(start, _)| inner[start..].to_owned()).collect()
}

/// The highest cgroup that is named for the container.
fn walk(mount: &Path, id: &str) -> Option<String> {
    let mut left = MOST_CGROUPS;
    let mut queue = VecDeque::from([(String::new(), 1)]);
    while let Some((path, depth)) = queue.pop_front() {
        let names = Folder::open(below(mount, &path)).and_then(|folder| folder.folders()).unwrap_or_default();
        for name in names {
            let path = format!("{path}/{name}");
            if is_named_for(&name, id) {
                return Some(path);
            }
            if depth < DEEPEST && left > 0 {
                left -= 1;
                queue.push_back((path, depth + 1));
            }
        }
    }
    None
}
