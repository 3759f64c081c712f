//! The machines whose files stand in the fixtures of linux-procfs, and the program started on them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use testkit::process::{Process, binary, free_address};

/// Another machine's files.
pub(crate) struct Tree(PathBuf);

impl Tree {
    pub(crate) fn fixture(name: &str) -> Self {
        Tree(Path::new(env!("CARGO_MANIFEST_DIR")).join("../linux-procfs/fixtures").join(name))
    }

    /// A copy in `folder` that a test may damage.
    pub(crate) fn copy_of(name: &str, folder: &Path) -> Self {
        copy(&Tree::fixture(name).0, folder);
        Tree(folder.to_owned())
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.0.join(relative)
    }

    /// The flags that make the exporter read this tree. `rootfs` is where its mount points are found.
    fn flags(&self, rootfs: &str) -> [String; 4] {
        let path = |name| self.path(name).display().to_string();
        [
            format!("--path.procfs={}", path("proc")),
            format!("--path.sysfs={}", path("sys")),
            format!("--path.udev.data={}", path("udev")),
            format!("--path.rootfs={rootfs}"),
        ]
    }

    /// The exporter, reading this tree, in UTC.
    pub(crate) fn start(&self, rootfs: &str, flags: &[&str]) -> Process {
        self.spawn(rootfs, &[], flags)
    }

    pub(crate) fn start_here(&self, flags: &[&str]) -> Process {
        self.start_with(&[], flags)
    }

    /// With these variables in its environment.
    pub(crate) fn start_with(&self, variables: &[(&str, &str)], flags: &[&str]) -> Process {
        self.spawn(&self.path("rootfs").display().to_string(), variables, flags)
    }

    fn spawn(&self, rootfs: &str, variables: &[(&str, &str)], flags: &[&str]) -> Process {
        let address = free_address().unwrap();
        let mut command = Command::new(binary("host-exporter").unwrap());
        command.env("TZ", "UTC").envs(variables.iter().copied());
        command.arg(format!("--web.listen-address={address}")).args(self.flags(rootfs)).args(flags);
        Process::spawn(command, address, "/-/ready").unwrap()
    }
}

/// Ends the program; all that it has logged.
pub(crate) fn log_of(mut process: Process) -> String {
    process.terminate().unwrap();
    process.wait(Duration::from_secs(5)).unwrap();
    process.stderr()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
