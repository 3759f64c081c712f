//! A control group of its own for a program under measurement: its memory there is what a container's limit counts, the
//! kernel's part (sockets, open files) included.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The group's folder; removed when dropped, once the program has ended.
pub(crate) struct Cgroup {
    folder: PathBuf,
    usage: &'static str,
}

impl Cgroup {
    /// A new group below the root of the hierarchy that counts memory, version 1 or 2; `None` where that can't be had:
    /// without root, or in a container.
    pub(crate) fn create() -> Option<Self> {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("pilotlight-bench-{}-{number}", std::process::id());
        [("/sys/fs/cgroup/memory", "memory.usage_in_bytes"), ("/sys/fs/cgroup", "memory.current")].into_iter().find_map(
            |(root, usage)| {
                let folder = Path::new(root).join(&name);
                fs::create_dir(&folder).ok()?;
                let group = Cgroup { folder, usage };
                group.memory().map(|_| group)
            },
        )
    }

    /// A command that runs `program` in the group from its first page on.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", r#"echo $$ >"$0" && exec "$@""#]);
        command.arg(self.folder.join("cgroup.procs")).arg(program);
        command
    }

    /// Bytes that are charged to the group now.
    pub(crate) fn memory(&self) -> Option<u64> {
        fs::read_to_string(self.folder.join(self.usage)).ok()?.trim().parse().ok()
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        // An empty group that stays does no harm.
        fs::remove_dir(&self.folder).ok();
    }
}
