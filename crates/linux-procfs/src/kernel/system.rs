//! System calls: statfs, uname, and the kernel's units.

use std::io;
use std::path::Path;

/// A file system's figures (statfs).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FsStat {
    /// Bytes of one block, the unit of the next three.
    pub block_bytes: u64,
    /// All of it.
    pub blocks: u64,
    /// Not in use.
    pub free_blocks: u64,
    /// Not in use, and for everybody.
    pub available_blocks: u64,
    /// File nodes, 0 where the file system makes them as needed.
    pub files: u64,
    /// File nodes that are not in use.
    pub free_files: u64,
}

/// Asks the file system that `path` is on. Blocks for as long as a network file system's server does not answer.
///
/// # Errors
/// As the system call.
pub fn statfs(path: &Path) -> io::Result<FsStat> {
    let stat = rustix::fs::statfs(path)?;
    Ok(FsStat {
        block_bytes: u64::try_from(stat.f_bsize).unwrap_or_default(),
        blocks: stat.f_blocks,
        free_blocks: stat.f_bfree,
        available_blocks: stat.f_bavail,
        files: stat.f_files,
        free_files: stat.f_ffree,
    })
}

/// What uname says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields of struct utsname")]
pub struct Uname {
    pub sysname: String,
    pub nodename: String,
    pub release: String,
    pub version: String,
    pub machine: String,
    pub domainname: String,
}

/// Asks for the system's names; bytes that are not UTF-8 become U+FFFD.
#[must_use]
pub fn uname() -> Uname {
    let uname = rustix::system::uname();
    let text = |name: &std::ffi::CStr| name.to_string_lossy().into_owned();
    Uname {
        sysname: text(uname.sysname()),
        nodename: text(uname.nodename()),
        release: text(uname.release()),
        version: text(uname.version()),
        machine: text(uname.machine()),
        domainname: text(uname.domainname()),
    }
}

/// `USER_HZ`, the unit of processor times.
#[must_use]
pub fn clock_ticks_per_second() -> u64 {
    rustix::param::clock_ticks_per_second()
}

/// Bytes of a page of memory.
#[must_use]
pub fn page_bytes() -> usize {
    rustix::param::page_size()
}

/// How much virtual memory this process may have, in bytes (`RLIMIT_AS`, soft); `None` is unlimited.
#[must_use]
pub fn virtual_memory_limit() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::As).current
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine() {
        let root = statfs(Path::new("/")).unwrap();
        assert!(root.block_bytes > 0 && root.blocks >= root.free_blocks && root.free_blocks >= root.available_blocks);
        assert_eq!(statfs(Path::new("/nowhere")).unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(uname().sysname, "Linux");
        assert_eq!(clock_ticks_per_second(), 100);
    }
}
