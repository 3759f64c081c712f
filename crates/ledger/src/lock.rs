//! One writer: a lock that ends with its process, however that ends.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, OFlags, flock};

/// Holds the lock until it is dropped. The file stays: to remove it could take a lock from under the next process.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
}

/// Why the lock was not taken.
pub(crate) enum NotLocked {
    /// By this process, if it has said so.
    Held(Option<u32>),
    Io(PathBuf, io::Error),
}

impl Lock {
    /// Takes the lock of the ledger at `path`, without waiting, and leaves this process's id in its file.
    pub(crate) fn take(path: &Path) -> Result<Lock, NotLocked> {
        let path = beside(path, ".lock");
        let failed = |error| NotLocked::Io(path.clone(), error);
        let flags =
            i32::try_from((OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK).bits()).expect("flags are small");
        let mut options = fs::OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600).custom_flags(flags);
        let mut file = options.open(&path).map_err(failed)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => return Err(NotLocked::Held(pid_in(&mut file))),
            Err(error) => return Err(failed(error.into())),
        }
        // Who it is only serves the message to a second process: a full disk must not keep the first one out.
        let written =
            file.set_len(0).and_then(|()| file.rewind()).and_then(|()| writeln!(file, "{}", std::process::id()));
        if let Err(error) = written {
            tracing::debug!(path = %path.display(), %error, "the lock file does not tell who holds it");
        }
        Ok(Lock { file })
    }
}

impl Drop for Lock {
    /// Closing would do, were it not for a child process that is just being started and has the file open for a moment too.
    fn drop(&mut self) {
        if let Err(error) = flock(&self.file, FlockOperation::Unlock) {
            tracing::debug!(%error, "the lock ends with the process");
        }
    }
}

/// A file beside the ledger, whose name begins with the ledger's.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn pid_in(file: &mut File) -> Option<u32> {
    let mut text = [0; 16];
    let length = file.read(&mut text).ok()?;
    std::str::from_utf8(&text[..length]).ok()?.trim().parse().ok()
}
