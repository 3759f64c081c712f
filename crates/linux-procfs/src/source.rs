//! Bringing the bytes of a file, the same one at every scrape or another one each time.

use std::cell::Cell;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::retry_on_intr;

use crate::error::{Malformed, ReadError};

/// The kernel's files are far smaller; a larger one is something else.
const MOST_BYTES: usize = 16 << 20;
/// Room at first, and what is kept from one reading to the next: most files are smaller.
const KEPT_BYTES: usize = 16 << 10;

thread_local! {
    /// What all readings of a thread share, as each ends before the next. One that begins within another has its own.
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// How many files of an exporter may stay open, shared by its sources.
#[derive(Debug, Clone)]
pub struct Descriptors(Arc<AtomicUsize>);

/// More fixed files than this no machine has; beyond, something is not as it should be.
const MOST_DESCRIPTORS: usize = 64;

impl Descriptors {
    /// At most 64, and at most a quarter of what the process may open (`RLIMIT_NOFILE`).
    #[must_use]
    pub fn new(limit: Option<u64>) -> Self {
        Descriptors::at_most(MOST_DESCRIPTORS, limit)
    }

    /// At most `most`, for files of things that there are many of, and at most a quarter of what the process may open.
    #[must_use]
    pub fn at_most(most: usize, limit: Option<u64>) -> Self {
        let quarter = limit.map_or(most, |limit| usize::try_from(limit / 4).unwrap_or(most));
        Descriptors(Arc::new(AtomicUsize::new(quarter.min(most))))
    }

    pub(crate) fn take(&self) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
    }

    pub(crate) fn give_back(&self, taken: usize) {
        self.0.fetch_add(taken, Ordering::Relaxed);
    }
}

/// How many files this process may open (`RLIMIT_NOFILE`, soft); `None` is unlimited.
#[must_use]
pub fn open_files_limit() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::Nofile).current
}

/// One file that is read again and again: it stays open where the descriptors allow, and is re-read from its start.
///
/// The kernel makes the text of such a file anew for every read at offset 0, so nothing is ever stale. No program can put
/// another file in its place; where that is done to a copy elsewhere, the file that was opened is read on.
#[derive(Debug)]
pub struct Source {
    path: PathBuf,
    descriptors: Descriptors,
    file: Option<File>,
}

impl Source {
    /// A source for the file at `path`, which need not exist yet.
    #[must_use]
    pub fn new(path: PathBuf, descriptors: &Descriptors) -> Self {
        Source { path, descriptors: descriptors.clone(), file: None }
    }

    /// What `then` makes of the file's bytes now.
    ///
    /// # Errors
    /// [`ReadError::Missing`] when it is not there, [`ReadError::Io`] when it can't be read or is larger than 16 MiB.
    pub fn read<T>(&mut self, then: impl FnOnce(&[u8]) -> T) -> Result<T, ReadError> {
        with_buffer(|buffer| Ok(then(self.fill(buffer)?)))
    }

    /// The file now, through its parser.
    ///
    /// # Errors
    /// As [`Source::read`], and [`ReadError::Malformed`] where the parser stops, or where the text does.
    pub fn parse<T>(&mut self, parser: impl FnOnce(&[u8]) -> Result<T, Malformed>) -> Result<T, ReadError> {
        let parsed = self.read(|bytes| whole(bytes).and_then(|()| parser(bytes)))?;
        parsed.map_err(|malformed| ReadError::Malformed(self.path.clone(), malformed))
    }

    /// Brings the file's bytes into the buffer.
    fn fill<'b>(&mut self, buffer: &'b mut Vec<u8>) -> Result<&'b [u8], ReadError> {
        if let Some(file) = &self.file {
            if let Ok(length) = read_all(file, buffer) {
                return Ok(&buffer[..length]);
            }
            // What was opened is gone (a network namespace, a process); the path may stand for another by now.
            self.file = None;
            self.descriptors.give_back(1);
        }
        let failed = |error| ReadError::io(&self.path, error);
        let file = open(&self.path).map_err(failed)?;
        let length = read_all(&file, buffer).map_err(failed)?;
        if self.descriptors.take() {
            self.file = Some(file);
        }
        Ok(&buffer[..length])
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        if self.file.is_some() {
            self.descriptors.give_back(1);
        }
    }
}

/// The kernel ends every line. A last line without an end is cut off, and the number at its end may be too.
pub(crate) fn whole(bytes: &[u8]) -> Result<(), Malformed> {
    match bytes.last() {
        None | Some(b'\n') => Ok(()),
        Some(_) => Err(Malformed { line: bytes.split(|byte| *byte == b'\n').count(), expected: "the end of the line" }),
    }
}

/// Work with the thread's buffer: 16 KiB, all of which is initialised. What a large file has taken is given back.
pub(crate) fn with_buffer<T>(work: impl FnOnce(&mut Vec<u8>) -> T) -> T {
    let mut buffer = BUFFER.take();
    if buffer.is_empty() {
        buffer.resize(KEPT_BYTES, 0);
    }
    let done = work(&mut buffer);
    if buffer.len() == KEPT_BYTES {
        BUFFER.set(buffer);
    }
    done
}

/// Reads the file from its start into the buffer, which grows where it must; how many bytes there are.
pub(crate) fn read_all(file: &File, buffer: &mut Vec<u8>) -> io::Result<usize> {
    let mut length = 0;
    loop {
        if length == buffer.len() {
            grow(buffer)?;
        }
        match file.read_at(&mut buffer[length..], length as u64) {
            Ok(0) => return Ok(length),
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// As [`read_all`], of a file that comes in one read where there is room for it, and is read again where there was none.
pub(crate) fn read_whole(file: &File, buffer: &mut Vec<u8>) -> io::Result<usize> {
    loop {
        match file.read_at(buffer, 0) {
            Ok(read) if read == buffer.len() => grow(buffer)?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}

fn grow(buffer: &mut Vec<u8>) -> io::Result<()> {
    if buffer.len() >= MOST_BYTES {
        return Err(io::Error::other("larger than 16 MiB"));
    }
    buffer.resize(MOST_BYTES.min(buffer.len() * 2), 0);
    Ok(())
}

/// The bytes of a file that is opened for this once, as files of devices that come and go are.
///
/// # Errors
/// As [`Source::read`].
pub fn read_file(path: &Path) -> Result<Vec<u8>, ReadError> {
    with_buffer(|buffer| {
        let read = open(path).and_then(|file| read_all(&file, buffer));
        let length = read.map_err(|error| ReadError::io(path, error))?;
        Ok(buffer[..length].to_vec())
    })
}

/// Opens for reading and never waits: a FIFO in the place of a file is refused when it is read.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    // With std, musl would make a second call for the last flag.
    Ok(retry_on_intr(|| openat(CWD, path, flags, Mode::empty()))?.into())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn bytes(source: &mut Source) -> Result<Vec<u8>, ReadError> {
        source.read(<[u8]>::to_vec)
    }

    #[test]
    fn a_file_that_grows_and_shrinks_while_it_stays_open() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stat");
        let mut source = Source::new(path.clone(), &Descriptors::new(None));
        assert!(matches!(bytes(&mut source), Err(ReadError::Missing(missing)) if missing == path));
        let long = b"x".repeat(3 * KEPT_BYTES);
        for text in [&b"short"[..], &long, b"", b"short again"] {
            fs::write(&path, text).unwrap();
            assert_eq!(bytes(&mut source).unwrap(), text);
        }
    }

    #[test]
    fn a_number_that_may_be_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vmstat");
        let mut source = Source::new(path.clone(), &Descriptors::new(None));
        for (text, error) in [("", None), ("a 1\n", None), ("a 1\nb 23", Some("line 2: expected the end of the line"))]
        {
            fs::write(&path, text).unwrap();
            let read = source.parse(|bytes| Ok(bytes.len()));
            assert_eq!(read.ok(), error.is_none().then_some(text.len()), "{text}");
            let read = source.parse(|_| Ok(())).err().map(|error| error.to_string());
            assert_eq!(read, error.map(|error| format!("{} {error}", path.display())));
        }
    }

    #[test]
    fn a_file_that_was_huge_once_does_not_hold_its_memory() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stat");
        let mut source = Source::new(path.clone(), &Descriptors::new(None));
        for length in [MOST_BYTES - 1, 10, MOST_BYTES, 10] {
            fs::write(&path, vec![b'x'; length]).unwrap();
            assert_eq!(bytes(&mut source).is_ok(), length < MOST_BYTES);
            with_buffer(|buffer| assert_eq!(buffer.capacity(), KEPT_BYTES));
        }
    }

    #[test]
    fn a_file_that_is_read_while_another_is() {
        let folder = tempfile::tempdir().unwrap();
        let mut sources = ["a", "b"].map(|name| {
            fs::write(folder.path().join(name), name).unwrap();
            Source::new(folder.path().join(name), &Descriptors::new(None))
        });
        let [a, b] = &mut sources;
        let read = a.read(|outer| b.read(|inner| [outer, inner].concat()).unwrap()).unwrap();
        assert_eq!(read, b"ab");
    }

    #[test]
    fn sources_without_a_descriptor_left_read_all_the_same_and_return_theirs() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a"), "a").unwrap();
        let descriptors = Descriptors::new(Some(7));
        let mut sources = [(); 3].map(|()| Source::new(folder.path().join("a"), &descriptors));
        for source in &mut sources {
            assert_eq!(bytes(source).unwrap(), b"a");
        }
        assert_eq!(sources.iter().filter(|source| source.file.is_some()).count(), 1);
        drop(sources);
        assert_eq!(descriptors.0.load(Ordering::Relaxed), 1);
        assert_eq!(Descriptors::new(Some(1 << 20)).0.load(Ordering::Relaxed), MOST_DESCRIPTORS);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_fifo_that_nobody_writes() {
        use rustix::fs::{CWD, FileType, Mode, mknodat};

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stat");
        mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        let mut source = Source::new(path.clone(), &Descriptors::new(None));
        assert!(matches!(bytes(&mut source), Err(ReadError::Io(at, _)) if at == path));
        assert!(matches!(read_file(&path), Err(ReadError::Io(at, _)) if at == path));
    }

    #[test]
    fn a_file_without_end() {
        let mut source = Source::new("/dev/zero".into(), &Descriptors::new(None));
        assert_eq!(bytes(&mut source).unwrap_err().to_string(), "can't read /dev/zero: larger than 16 MiB");
        let error = read_file(Path::new("/dev/zero")).unwrap_err();
        assert_eq!(error.to_string(), "can't read /dev/zero: larger than 16 MiB");
    }
}
