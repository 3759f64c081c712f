//! The machines whose files stand in the fixtures of linux-procfs, and the program started on them.

use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;
use std::time::Duration;

use tempfile::TempDir;
use testkit::process::{Process, binary, free_address};
use testkit::tree;

/// The machines that there are.
#[rustfmt::skip]
pub(crate) const MACHINES: [&str; 6] = [
    "bare-metal", "container-guest", "new-kernel", "old-kernel", "raspberry-pi", "vps",
];

/// Another machine's files, which a test may damage.
pub(crate) struct Tree(Rc<TempDir>);

/// The program, and the files that it reads.
pub(crate) struct Host {
    process: Process,
    tree: Rc<TempDir>,
}

impl Host {
    /// Where the files are.
    pub(crate) fn folder(&self) -> &Path {
        self.tree.path()
    }
}

impl Deref for Host {
    type Target = Process;

    fn deref(&self) -> &Process {
        &self.process
    }
}

impl DerefMut for Host {
    fn deref_mut(&mut self) -> &mut Process {
        &mut self.process
    }
}

impl Tree {
    pub(crate) fn fixture(machine: &str) -> Self {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../linux-procfs/fixtures");
        let folder = tempfile::tempdir().unwrap();
        tree::unpack_machine(&fixtures.join(machine), folder.path()).unwrap();
        Tree(Rc::new(folder))
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.0.path().join(relative)
    }

    /// The flags that make the exporter read this tree. `rootfs` is where its mount points are found.
    fn flags(&self, rootfs: &str) -> impl Iterator<Item = String> {
        // The last of two counts.
        tree::flags(self.0.path()).into_iter().chain([format!("--path.rootfs={rootfs}")])
    }

    /// The exporter, reading this tree, in UTC.
    pub(crate) fn start(&self, rootfs: &str, flags: &[&str]) -> Host {
        self.spawn(rootfs, &[], flags)
    }

    pub(crate) fn start_here(&self, flags: &[&str]) -> Host {
        self.start_with(&[], flags)
    }

    /// With these variables in its environment.
    pub(crate) fn start_with(&self, variables: &[(&str, &str)], flags: &[&str]) -> Host {
        self.spawn(&self.path("rootfs").display().to_string(), variables, flags)
    }

    fn spawn(&self, rootfs: &str, variables: &[(&str, &str)], flags: &[&str]) -> Host {
        let address = free_address().unwrap();
        let mut command = Command::new(binary("host-exporter").unwrap());
        command.env("TZ", "UTC").envs(variables.iter().copied());
        command.arg(format!("--web.listen-address={address}")).args(self.flags(rootfs)).args(flags);
        let process = Process::spawn(command, address, "/-/ready").unwrap();
        Host { process, tree: Rc::clone(&self.0) }
    }
}

/// Ends the program; all that it has logged.
pub(crate) fn log_of(mut process: Host) -> String {
    process.terminate().unwrap();
    process.wait(Duration::from_secs(5)).unwrap();
    process.stderr()
}
