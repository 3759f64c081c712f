//! Files that others may have laid out: read whole, never waited for, never larger than expected.

use std::fmt;
use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rustix::fs::OFlags;

/// Why a file was not read.
#[derive(Debug)]
pub enum ReadFileError {
    /// It is not there, or may not be read.
    Io(io::Error),
    /// A folder, a FIFO, a socket or a device.
    NotRegular,
    /// It has more bytes than this.
    TooLarge(usize),
}

impl fmt::Display for ReadFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadFileError::Io(error) => error.fmt(f),
            ReadFileError::NotRegular => f.write_str("not a regular file"),
            ReadFileError::TooLarge(most) if *most >> 20 > 0 => write!(f, "larger than {} MiB", most >> 20),
            ReadFileError::TooLarge(most) => write!(f, "larger than {} KiB", most >> 10),
        }
    }
}

impl std::error::Error for ReadFileError {}

/// The bytes of a regular file of at most `most` bytes, and what the system knows of it. Opening does not wait: what is a
/// FIFO without a writer is refused as anything else that is no file.
///
/// # Errors
/// As [`ReadFileError`] says.
pub fn read_file(path: &Path, most: usize) -> Result<(Vec<u8>, Metadata), ReadFileError> {
    let flags = OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    let flags = i32::try_from(flags.bits()).expect("flags are small");
    let file = File::options().read(true).custom_flags(flags).open(path).map_err(ReadFileError::Io)?;
    let metadata = file.metadata().map_err(ReadFileError::Io)?;
    if !metadata.is_file() {
        return Err(ReadFileError::NotRegular);
    }
    // Room for all of it from the start: a buffer that grows leaves copies of a secret behind.
    let expected = usize::try_from(metadata.len()).unwrap_or(usize::MAX).min(most);
    let mut bytes = Vec::with_capacity(expected + 1);
    #[expect(clippy::disallowed_methods, reason = "take bounds it")]
    file.take(most as u64 + 1).read_to_end(&mut bytes).map_err(ReadFileError::Io)?;
    if bytes.len() > most { Err(ReadFileError::TooLarge(most)) } else { Ok((bytes, metadata)) }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;

    use super::*;

    #[test]
    fn files_up_to_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for (length, most, error) in [
            (0, 4, None),
            (4, 4, None),
            (5, 4, Some("larger than 0 KiB")),
            (2 << 20, 1 << 20, Some("larger than 1 MiB")),
        ] {
            fs::write(&path, vec![b'x'; length]).unwrap();
            let read = read_file(&path, most).map(|(bytes, _)| bytes.len()).map_err(|error| error.to_string());
            assert_eq!(read, error.map_or(Ok(length), |error| Err(error.to_owned())));
        }
    }

    /// prometheus/node_exporter's audit: a FIFO stopped the reading of files for good.
    #[test]
    fn what_is_no_file_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("fifo");
        assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        for path in [&fifo, folder.path(), Path::new("/dev/zero"), Path::new("/dev/null")] {
            assert!(matches!(read_file(path, 1024), Err(ReadFileError::NotRegular)), "{}", path.display());
        }
        assert!(matches!(read_file(&folder.path().join("missing"), 1024), Err(ReadFileError::Io(_))));
    }
}
