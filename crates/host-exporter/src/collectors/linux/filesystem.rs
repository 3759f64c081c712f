//! Space and files of mounted file systems.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;
use std::path::Path;

use exporter_toolkit::{Collector, Filter, Outcome, Watch};
use exposition::{Desc, Families, Kind};
use linux_procfs::{FsStat, Mount, ReadError, Roots, Source, parse_mountinfo, statfs};

use crate::config::Config;
use crate::pattern::{self, FS_TYPES, MOUNT_POINTS};

const LABELS: &[&str] = &["device", "device_error", "fstype", "mountpoint"];

static SIZE: Desc =
    Desc { name: "node_filesystem_size_bytes", help: "Size (statfs, f_blocks).", kind: Kind::Gauge, labels: LABELS };
static FREE: Desc = Desc {
    name: "node_filesystem_free_bytes",
    help: "Space that is not in use (statfs, f_bfree).",
    kind: Kind::Gauge,
    labels: LABELS,
};
static AVAILABLE: Desc = Desc {
    name: "node_filesystem_avail_bytes",
    help: "Space that is not in use and for everybody (statfs, f_bavail).",
    kind: Kind::Gauge,
    labels: LABELS,
};
static FILES: Desc = Desc {
    name: "node_filesystem_files",
    help: "File nodes, 0 where they are made as needed (statfs, f_files).",
    kind: Kind::Gauge,
    labels: LABELS,
};
static FILES_FREE: Desc = Desc {
    name: "node_filesystem_files_free",
    help: "File nodes that are not in use (statfs, f_ffree).",
    kind: Kind::Gauge,
    labels: LABELS,
};
static READ_ONLY: Desc = Desc {
    name: "node_filesystem_readonly",
    help: "Whether nothing can be written (mountinfo, options and super options).",
    kind: Kind::Gauge,
    labels: LABELS,
};
static DEVICE_ERROR: Desc = Desc {
    name: "node_filesystem_device_error",
    help: "Whether the file system did not answer; the label says why (statfs).",
    kind: Kind::Gauge,
    labels: LABELS,
};
static MOUNT_INFO: Desc = Desc {
    name: "node_filesystem_mount_info",
    help: "Always 1; the device numbers of the mount (mountinfo).",
    kind: Kind::Gauge,
    labels: &["device", "major", "minor", "mountpoint"],
};

pub(crate) struct Filesystems {
    roots: Roots,
    mountinfo: Source,
    /// Whether mountinfo is that of this process, since process 1 is hidden.
    is_own: bool,
    mount_points: Filter,
    fs_types: Filter,
    filesystems: Vec<Filesystem>,
}

/// A mount, and what its file system answered.
struct Filesystem {
    mount: Mount,
    answer: Result<FsStat, String>,
}

impl Filesystems {
    pub(crate) fn new(config: &Config) -> Self {
        let (linux, options) = (&config.linux, &config.linux.options);
        Filesystems {
            mountinfo: Source::new(linux.roots.init("mountinfo"), &linux.descriptors),
            is_own: !linux.roots.shows_init("mountinfo"),
            roots: linux.roots.clone(),
            mount_points: Filter::with_default(
                options.mount_points_exclude.as_ref(),
                options.mount_points_include.as_ref(),
                &pattern::default(MOUNT_POINTS),
            ),
            fs_types: Filter::with_default(
                options.fs_types_exclude.as_ref(),
                options.fs_types_include.as_ref(),
                &pattern::default(FS_TYPES),
            ),
            filesystems: Vec::new(),
        }
    }

    fn read_all(&mut self, watch: &Watch<'_>) -> Result<(), ReadError> {
        self.filesystems.clear();
        let mut known: HashMap<(String, String, String), usize> = HashMap::new();
        let mounts = self.mountinfo.parse(parse_mountinfo)?;
        let is_confined = self.is_own && is_confined(&mounts);
        for mut mount in mounts {
            if is_confined {
                mount.read_only = mount.super_read_only;
            }
            mount.mount_point = self.roots.strip_rootfs(&mount.mount_point).to_owned();
            if !self.fs_types.shows(&mount.fs_type) || !self.mount_points.shows(&mount.mount_point) {
                continue;
            }
            // The same may be mounted at the same place twice, with other options: the later mount is the one in force.
            let identity = (mount.source.clone(), mount.mount_point.clone(), mount.fs_type.clone());
            match known.entry(identity) {
                Entry::Occupied(earlier) => {
                    self.filesystems[*earlier.get()].mount = mount;
                    continue;
                }
                Entry::Vacant(place) => place.insert(self.filesystems.len()),
            };
            let path = self.roots.host(Path::new(&mount.mount_point));
            let answer = match watch.guard(&mount.mount_point, || statfs(&path)) {
                Ok(answer) => answer.map_err(|error| reason(&error)),
                Err(_) => Err("mountpoint timeout".to_owned()),
            };
            self.filesystems.push(Filesystem { mount, answer });
        }
        Ok(())
    }
}

impl Collector for Filesystems {
    fn read(&mut self, watch: &Watch<'_>) -> Outcome {
        self.read_all(watch).into()
    }

    fn samples(&self, out: &mut Families) {
        self.filesystems.iter().for_each(|filesystem| samples(filesystem, out));
    }
}

/// Whether a process with these mounts is kept from writing, as by ProtectSystem=strict of systemd, where everything is mounted
/// once more and read-only: then the mount's own options tell of the process and not of the machine.
fn is_confined(mounts: &[Mount]) -> bool {
    let root = mounts.iter().rfind(|mount| mount.mount_point == "/");
    root.is_some_and(|root| root.read_only && !root.super_read_only)
}

fn samples(Filesystem { mount, answer }: &Filesystem, out: &mut Families) {
    let Mount { source, mount_point, fs_type, .. } = mount;
    let error = answer.as_ref().err().map_or("", String::as_str);
    let labels = [source.as_str(), error, fs_type, mount_point];
    out.add(&DEVICE_ERROR, &labels, answer.is_err());
    out.add(&READ_ONLY, &labels, mount.read_only);
    let Ok(stat) = answer else { return };
    let bytes = |blocks: u64| blocks as f64 * stat.block_bytes as f64;
    out.add(&SIZE, &labels, bytes(stat.blocks));
    out.add(&FREE, &labels, bytes(stat.free_blocks));
    out.add(&AVAILABLE, &labels, bytes(stat.available_blocks));
    out.add(&FILES, &labels, stat.files);
    out.add(&FILES_FREE, &labels, stat.free_files);
    out.add(&MOUNT_INFO, &[source, &mount.major.to_string(), &mount.minor.to_string(), mount_point], 1_u32);
}

/// The error as Go words it, since it becomes a label: C libraries differ in case and in a few words.
fn reason(error: &io::Error) -> String {
    let known = error.raw_os_error().map(rustix::io::Errno::from_raw_os_error).and_then(|errno| match errno {
        rustix::io::Errno::IO => Some("input/output error"),
        rustix::io::Errno::STALE => Some("stale NFS file handle"),
        rustix::io::Errno::NOTCONN => Some("transport endpoint is not connected"),
        rustix::io::Errno::TIMEDOUT => Some("connection timed out"),
        rustix::io::Errno::NOENT => Some("no such file or directory"),
        rustix::io::Errno::LOOP => Some("too many levels of symbolic links"),
        _ => None,
    });
    known.map_or_else(
        || {
            let text = error.to_string();
            text.split(" (os error").next().unwrap_or(&text).to_lowercase()
        },
        str::to_owned,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_in_the_words_of_the_peer() {
        for (errno, text) in [
            (rustix::io::Errno::ACCESS, "permission denied"),
            (rustix::io::Errno::NOENT, "no such file or directory"),
            (rustix::io::Errno::NOTCONN, "transport endpoint is not connected"),
            (rustix::io::Errno::STALE, "stale NFS file handle"),
        ] {
            assert_eq!(reason(&errno.into()), text);
        }
    }
}
