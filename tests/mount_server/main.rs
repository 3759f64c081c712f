//! A file system in user space that tests can stop: `mount-server FOLDER` mounts an empty one there, says so, and answers
//! the kernel until it is ended. While it is stopped (SIGSTOP), whoever touches the mount hangs, as with a network file
//! system whose server is gone; when it is ended, they get an error. The protocol is that of `linux/fuse.h`.

#![cfg_attr(not(target_os = "linux"), allow(unused))]

#[cfg(target_os = "linux")]
fn main() -> std::io::Result<()> {
    let folder = std::env::args_os().nth(1).ok_or_else(|| std::io::Error::other("usage: mount-server FOLDER"))?;
    linux::serve(folder.as_ref())
}

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
mod linux {
    use std::ffi::CString;
    use std::fs::File;
    use std::io::{self, Read as _, Write as _};
    use std::os::fd::AsRawFd as _;
    use std::path::Path;

    use rustix::mount::{MountFlags, mount};

    /// Larger than any request that an empty folder gets, and than what the kernel wants at least.
    const REQUEST_BYTES: usize = 64 << 10;

    const GETATTR: u32 = 3;
    const STATFS: u32 = 17;
    const INIT: u32 = 26;
    const OPENDIR: u32 = 27;
    const READDIR: u32 = 28;
    const RELEASEDIR: u32 = 29;
    /// Requests that take no answer: FORGET, INTERRUPT, BATCH_FORGET.
    const UNANSWERED: [u32; 3] = [2, 36, 42];
    const NO_SUCH_FILE: i32 = -2;

    pub(crate) fn serve(folder: &Path) -> io::Result<()> {
        let mut device = File::options().read(true).write(true).open("/dev/fuse")?;
        let options = format!("fd={},rootmode=40000,user_id=0,group_id=0", device.as_raw_fd());
        let options = CString::new(options).map_err(io::Error::other)?;
        mount("mount-server", folder, "fuse", MountFlags::NOSUID | MountFlags::NODEV, options.as_c_str())?;
        let mut out = io::stdout();
        writeln!(out, "mounted")?;
        out.flush()?;
        let mut request = vec![0; REQUEST_BYTES];
        loop {
            let length = device.read(&mut request)?;
            let Some(header) = request.get(..length.min(40)).filter(|header| header.len() == 40) else { continue };
            let operation = u32::from_ne_bytes([header[4], header[5], header[6], header[7]]);
            if UNANSWERED.contains(&operation) {
                continue;
            }
            let body = answer(operation);
            let error = if body.is_some() { 0 } else { NO_SUCH_FILE };
            let body = body.unwrap_or_default();
            let mut message = u32::try_from(16 + body.len()).map_err(io::Error::other)?.to_ne_bytes().to_vec();
            message.extend(error.to_ne_bytes());
            message.extend(&header[8..16]);
            message.extend(body);
            // A request that was given up in the meantime takes no answer.
            device.write_all(&message).ok();
        }
    }

    /// What follows the header; `None` is "no such file".
    fn answer(operation: u32) -> Option<Vec<u8>> {
        let words = |words: &[u32]| words.iter().flat_map(|word| word.to_ne_bytes()).collect::<Vec<u8>>();
        match operation {
            // Version 7.31, no read-ahead, no features, 12 requests in the background and 9 before it is congested, writes of
            // 4 KiB, times by the nanosecond.
            INIT => Some([words(&[7, 31, 0, 0, 12 | 9 << 16, 4096, 1]), vec![0; 36]].concat()),
            // Not to be remembered; then node 1, no times, mode and links of a folder.
            GETATTR => {
                Some([words(&[0; 4]), words(&[1]), vec![0; 56], words(&[0o40755, 2, 0, 0, 0, 4096, 0])].concat())
            }
            // Blocks, free, available, files, free files, each of 64 bits; block size, name length, fragment size.
            STATFS => {
                Some([words(&[1000, 0, 600, 0, 500, 0, 100, 0, 90, 0, 4096, 255, 4096, 0]), vec![0; 24]].concat())
            }
            OPENDIR => Some(vec![0; 16]),
            READDIR | RELEASEDIR => Some(Vec::new()),
            _ => None,
        }
    }
}
