//! A file system in user space that tests can stop: `mount-server FOLDER` mounts one there that shows what was in the
//! folder before, says so, and answers the kernel until it is ended. While it is stopped (SIGSTOP), whoever touches the
//! mount hangs, as with a network file system whose server is gone or a device that does not answer; when it is ended,
//! they get an error. The protocol is that of `linux/fuse.h`.

#![cfg_attr(not(target_os = "linux"), allow(unused))]

#[cfg(target_os = "linux")]
mod files;

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

    use crate::files::{Files, Request};

    /// Larger than any request that is not a write, and than what the kernel wants at least.
    const REQUEST_BYTES: usize = 64 << 10;

    /// Requests that take no answer: FORGET, INTERRUPT, BATCH_FORGET.
    const UNANSWERED: [u32; 3] = [2, 36, 42];
    /// An operation that is not here; the kernel does without.
    const NOT_SUPPORTED: i32 = 38;

    pub(crate) fn serve(folder: &Path) -> io::Result<()> {
        let mut files = Files::of(folder)?;
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
            let Some(request) = Request::of(&request[..length]) else { continue };
            if UNANSWERED.contains(&request.operation) {
                continue;
            }
            let (error, body) = match files.answer(&request) {
                Ok(body) => (0, body),
                Err(error) => (error.raw_os_error().unwrap_or(NOT_SUPPORTED), Vec::new()),
            };
            let mut message = u32::try_from(16 + body.len()).map_err(io::Error::other)?.to_ne_bytes().to_vec();
            message.extend((-error).to_ne_bytes());
            message.extend(request.id);
            message.extend(body);
            // A request that was given up in the meantime takes no answer.
            device.write_all(&message).ok();
        }
    }
}
