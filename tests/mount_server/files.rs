//! The files that are served, and what the kernel asks about them.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

const LOOKUP: u32 = 1;
const GETATTR: u32 = 3;
const READLINK: u32 = 5;
const OPEN: u32 = 14;
const READ: u32 = 15;
const STATFS: u32 = 17;
const RELEASE: u32 = 18;
const INIT: u32 = 26;
const OPENDIR: u32 = 27;
const READDIR: u32 = 28;
const RELEASEDIR: u32 = 29;

/// Every read comes here, whatever the size of the file: nothing is remembered.
const FOPEN_DIRECT_IO: u32 = 1;

/// What the kernel asks.
pub(crate) struct Request<'r> {
    pub(crate) operation: u32,
    pub(crate) id: &'r [u8],
    /// The number of the file, from 1 on.
    file: u64,
    body: &'r [u8],
}

impl<'r> Request<'r> {
    /// `None` for what is too short.
    pub(crate) fn of(bytes: &'r [u8]) -> Option<Self> {
        let (header, body) = bytes.split_at_checked(40)?;
        Some(Request { operation: word(&header[4..]), id: &header[8..16], file: long(&header[16..]), body })
    }

    /// Where to read, and how much.
    fn range(&self) -> (u64, usize) {
        (long(&self.body[8..]), word(&self.body[16..]) as usize)
    }
}

fn word(bytes: &[u8]) -> u32 {
    u32::from_ne_bytes(bytes[..4].try_into().expect("four bytes"))
}

fn long(bytes: &[u8]) -> u64 {
    u64::from_ne_bytes(bytes[..8].try_into().expect("eight bytes"))
}

/// What is in a folder below the mount that hides it.
pub(crate) struct Files {
    folder: File,
    /// By number, relative to the folder, which is the first.
    paths: Vec<PathBuf>,
}

impl Files {
    pub(crate) fn of(folder: &Path) -> io::Result<Files> {
        Ok(Files { folder: File::open(folder)?, paths: vec![PathBuf::new()] })
    }

    /// The way past the mount.
    fn hidden(&self, path: &Path) -> PathBuf {
        Path::new("/proc/self/fd").join(self.folder.as_raw_fd().to_string()).join(".").join(path)
    }

    fn path(&self, request: &Request<'_>) -> io::Result<&PathBuf> {
        let position = usize::try_from(request.file).ok().and_then(|number| number.checked_sub(1));
        position.and_then(|position| self.paths.get(position)).ok_or_else(|| io::ErrorKind::Unsupported.into())
    }

    /// What follows the header of the answer.
    pub(crate) fn answer(&mut self, request: &Request<'_>) -> io::Result<Vec<u8>> {
        match request.operation {
            // Version 7.31, no read-ahead, no features, 12 requests in the background and 9 before it is congested, writes
            // of 4 KiB, times by the nanosecond.
            INIT => Ok([words(&[7, 31, 0, 0, 12 | 9 << 16, 4096, 1]), vec![0; 36]].concat()),
            // Blocks, free, available, files, free files, each of 64 bits; block size, name length, fragment size.
            STATFS => Ok([words(&[1000, 0, 600, 0, 500, 0, 100, 0, 90, 0, 4096, 255, 4096, 0]), vec![0; 24]].concat()),
            LOOKUP => self.look_up(request),
            // Not to be remembered.
            GETATTR => Ok([words(&[0; 4]), self.attributes(self.path(request)?)?].concat()),
            READLINK => Ok(fs::read_link(self.hidden(self.path(request)?))?.into_os_string().as_bytes().to_vec()),
            OPEN | OPENDIR => Ok(words(&[0, 0, FOPEN_DIRECT_IO, 0])),
            READ => {
                let (offset, size) = request.range();
                let mut bytes = vec![0; size];
                let length = File::open(self.hidden(self.path(request)?))?.read_at(&mut bytes, offset)?;
                bytes.truncate(length);
                Ok(bytes)
            }
            READDIR => self.list(request),
            RELEASE | RELEASEDIR => Ok(Vec::new()),
            _ => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    fn look_up(&mut self, request: &Request<'_>) -> io::Result<Vec<u8>> {
        let name = request.body.split(|byte| *byte == 0).next().unwrap_or_default();
        let path = self.path(request)?.join(std::ffi::OsStr::from_bytes(name));
        let attributes = self.attributes(&path)?;
        let known = self.paths.iter().position(|known| *known == path);
        let position = known.unwrap_or_else(|| {
            self.paths.push(path);
            self.paths.len() - 1
        });
        // Its number; of its first generation, and neither it nor its attributes to be remembered.
        let number = position as u64 + 1;
        Ok([number.to_ne_bytes().to_vec(), vec![0; 32], attributes].concat())
    }

    fn attributes(&self, path: &Path) -> io::Result<Vec<u8>> {
        let metadata = fs::symlink_metadata(self.hidden(path))?;
        let numbers = [metadata.ino(), metadata.len(), 0, 0, metadata.mtime().cast_unsigned(), 0];
        let numbers: Vec<u8> = numbers.iter().flat_map(|number| number.to_ne_bytes()).collect();
        // No fractions of seconds; mode, links, user, group, device, block size.
        Ok([numbers, vec![0; 12], words(&[metadata.mode(), 1, 0, 0, 0, 4096, 0])].concat())
    }

    /// All names at once: the folders of tests are small.
    fn list(&self, request: &Request<'_>) -> io::Result<Vec<u8>> {
        let (mut entries, mut position) = (Vec::new(), 0_u64);
        let is_begin = request.range().0 == 0;
        for entry in fs::read_dir(self.hidden(self.path(request)?))?.filter(|_| is_begin) {
            let entry = entry?;
            let name = entry.file_name();
            position += 1;
            entries.extend(entry.metadata()?.ino().to_ne_bytes());
            entries.extend(position.to_ne_bytes());
            let length = u32::try_from(name.len()).map_err(io::Error::other)?;
            // The kind of a file is in the upper bits of its mode.
            entries.extend(words(&[length, entry.metadata()?.mode() >> 12]));
            entries.extend(name.as_bytes());
            entries.resize(entries.len().next_multiple_of(8), 0);
        }
        Ok(entries)
    }
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_ne_bytes()).collect()
}
