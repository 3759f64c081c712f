//! The files of a configuration: read in full, with bounds, and compared with what they were.

use std::path::{Path, PathBuf};

use ring::digest::{Context, SHA256};
use zeroize::Zeroizing;

use crate::file::{ReadFileError, read_file};

/// Of each file; a chain of certificates has a few kilobytes.
const MOST_BYTES: usize = 1 << 20;

/// Reads a regular file of at most 1 MiB; what it holds is wiped when it is dropped.
///
/// # Errors
/// As [`read_file`].
pub(crate) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, ReadFileError> {
    read_file(path, MOST_BYTES).map(|(bytes, _)| Zeroizing::new(bytes))
}

/// SHA-256 over files; what can't be read counts by the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Digest([u8; 32]);

impl Digest {
    /// Of the configuration file as it was just read, and of the files that it names as they are now.
    pub(crate) fn of(config: &Result<Zeroizing<Vec<u8>>, ReadFileError>, files: &[PathBuf]) -> Digest {
        let mut context = Context::new(&SHA256);
        add(&mut context, config);
        files.iter().for_each(|path| add(&mut context, &read(path)));
        let mut digest = [0; 32];
        digest.iter_mut().zip(context.finish().as_ref()).for_each(|(to, from)| *to = *from);
        Digest(digest)
    }
}

/// The length before the bytes, so that no two sequences of files are alike.
fn add(context: &mut Context, file: &Result<Zeroizing<Vec<u8>>, ReadFileError>) {
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
