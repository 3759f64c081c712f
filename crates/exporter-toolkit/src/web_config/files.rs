//! The files of a configuration: read in full, with bounds, and compared with what they were.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use ring::digest::{Context, SHA256};
use rustix::fs::{Mode, OFlags};
use zeroize::Zeroizing;

/// Of each file; a chain of certificates has a few kilobytes.
const MOST_BYTES: u64 = 1 << 20;

/// Reads a regular file.
///
/// # Errors
/// A file that is not there, may not be read, is no regular file, or is larger than 1 MiB.
pub(crate) fn read(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    // To open a FIFO without a writer would wait for one.
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    // Room for all of it at once: a buffer that grows leaves copies of what it held.
    let capacity = usize::try_from(metadata.len().min(MOST_BYTES)).unwrap_or_default();
    let mut bytes = Zeroizing::new(Vec::with_capacity(capacity + 1));
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > MOST_BYTES) {
        return Err(io::Error::other("it is larger than 1 MiB"));
    }
    Ok(bytes)
}

/// SHA-256 over files; what can't be read counts by the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Digest([u8; 32]);

impl Digest {
    /// Of the configuration file as it was just read, and of the files that it names as they are now.
    pub(crate) fn of(config: &io::Result<Zeroizing<Vec<u8>>>, files: &[PathBuf]) -> Digest {
        let mut context = Context::new(&SHA256);
        add(&mut context, config);
        files.iter().for_each(|path| add(&mut context, &read(path)));
        let mut digest = [0; 32];
        digest.iter_mut().zip(context.finish().as_ref()).for_each(|(to, from)| *to = *from);
        Digest(digest)
    }
}

/// The length before the bytes, so that no two sequences of files are alike.
fn add(context: &mut Context, file: &io::Result<Zeroizing<Vec<u8>>>) {
    match file {
        Ok(bytes) => {
            context.update(&bytes.len().to_le_bytes());
            context.update(bytes);
        }
        Err(error) => {
            context.update(&usize::MAX.to_le_bytes());
            context.update(format!("{error}\0").as_bytes());
        }
    }
}
