//! `/sys/fs/bcachefs/UUID`: a bcachefs file system, its counters and devices. The kernel rounds large numbers to three digits
//! and a letter, such as `28.2k`.

use crate::error::{Malformed, ReadError, present};
use crate::fields::{columns, lines, number, pair, text};
use crate::sysfs::Folder;

/// A bcachefs file system. What this version of it does not have is `None` or empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bcachefs {
    /// Its folder's name, which is its id.
    pub uuid: String,
    /// Memory that its cache of trees takes, in bytes (`btree_cache_size`).
    pub btree_cache_bytes: Option<u64>,
    /// By algorithm (`compression_stats`).
    pub compression: Vec<BcachefsCompression>,
    /// How often each kind of error was found (`errors`).
    pub errors: Vec<(String, u64)>,
    /// Counters since the file system was made, sorted by name; of whatever, mostly events or bytes (`counters`).
    pub counters: Vec<(String, u64)>,
    /// Writes of trees by their reason (`btree_write_stats`).
    pub btree_writes: Vec<BcachefsWrites>,
    /// Sorted by name.
    pub devices: Vec<BcachefsDevice>,
}

/// What is compressed in one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BcachefsCompression {
    /// Such as `zstd`, and `incompressible` for what was not.
    pub algorithm: String,
    /// Bytes on the devices.
    pub compressed_bytes: u64,
    /// Bytes of the files.
    pub uncompressed_bytes: u64,
}

/// Writes of trees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BcachefsWrites {
    /// Such as `journal_reclaim`.
    pub reason: String,
    /// How many.
    pub count: u64,
    /// Bytes of one, on average.
    pub average_bytes: u64,
}

/// A device of a bcachefs file system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BcachefsDevice {
    /// Its number: 0 of `dev-0`.
    pub device: String,
    /// `label`; empty without one.
    pub label: String,
    /// `state`, the one in force in brackets.
    pub state: String,
    /// Bytes of a bucket (`bucket_size`).
    pub bucket_bytes: Option<u64>,
    /// How many buckets (`nbuckets`).
    pub buckets: Option<u64>,
    /// For how many copies one on it counts (`durability`).
    pub durability: Option<u64>,
    /// Bytes read and written (`io_done`).
    pub io_done: Vec<BcachefsIo>,
    /// How often each operation failed since the file system was made (`io_errors`).
    pub io_errors: Vec<(String, u64)>,
}

/// Bytes read from a device or written to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BcachefsIo {
    /// `read` or `write`.
    pub operation: &'static str,
    /// What for, such as `journal`.
    pub data_type: String,
    /// How many.
    pub bytes: u64,
}

/// Reads the file system whose folder below `parent`, which is `/sys/fs/bcachefs`, is named `uuid`.
///
/// # Errors
/// [`ReadError::Missing`] when it is not mounted any more, [`ReadError::Io`] when a folder can't be listed,
/// [`ReadError::Malformed`] as the parsers below.
pub fn read_bcachefs(parent: &Folder, uuid: &str) -> Result<Bcachefs, ReadError> {
    let folder = parent.folder(uuid)?;
    let device = |name: String| Some(read_device(&folder, name.strip_prefix("dev-")?));
    Ok(Bcachefs {
        uuid: uuid.to_owned(),
        btree_cache_bytes: rounded_in(&folder, "btree_cache_size"),
        compression: parsed(&folder, "compression_stats", parse_compression_stats)?,
        errors: parsed(&folder, "errors", parse_bcachefs_errors)?,
        counters: read_counters(&folder)?,
        btree_writes: parsed(&folder, "btree_write_stats", parse_btree_write_stats)?,
        devices: folder.names()?.into_iter().filter_map(device).collect::<Result<_, _>>()?,
    })
}

fn read_counters(folder: &Folder) -> Result<Vec<(String, u64)>, ReadError> {
    let Some(counters) = present(folder.folder("counters"))? else { return Ok(Vec::new()) };
    let counter = |name: String| {
        let value = counters.parse(&name, parse_bcachefs_counter).ok()?;
        Some((name, value))
    };
    Ok(counters.names()?.into_iter().filter_map(counter).collect())
}

fn read_device(folder: &Folder, device: &str) -> Result<BcachefsDevice, ReadError> {
    let folder = folder.folder(&format!("dev-{device}"))?;
    Ok(BcachefsDevice {
        device: device.to_owned(),
        label: folder.text("label").unwrap_or_default(),
        state: folder.text("state").unwrap_or_default(),
        bucket_bytes: rounded_in(&folder, "bucket_size"),
        buckets: folder.number("nbuckets"),
        durability: folder.number("durability"),
        io_done: parsed(&folder, "io_done", parse_io_done)?,
        io_errors: parsed(&folder, "io_errors", parse_io_errors)?,
    })
}

/// A file through its parser; empty where it is missing or can't be read.
fn parsed<T>(
    folder: &Folder,
    name: &str,
    parser: impl FnOnce(&[u8]) -> Result<Vec<T>, Malformed>,
) -> Result<Vec<T>, ReadError> {
    match folder.parse(name, parser) {
        Err(malformed @ ReadError::Malformed(..)) => Err(malformed),
        parsed => Ok(parsed.unwrap_or_default()),
    }
}

fn rounded_in(folder: &Folder, name: &str) -> Option<u64> {
    rounded(folder.text(name)?.as_bytes())
}

/// `720`, `28.2k`, `2.05G`: the letters are powers of 1024.
fn rounded(text: &[u8]) -> Option<u64> {
    let power = match text.last()?.to_ascii_lowercase() {
        b'k' => 1,
        b'm' => 2,
        b'g' => 3,
        b't' => 4,
        b'p' => 5,
        b'e' => 6,
        _ => return number(text),
    };
    let digits = &text[..text.len() - 1];
    let is_plain = digits.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    let value = number::<f64>(digits).filter(|_| is_plain)? * 1024_f64.powi(power);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "less than a byte is cut off")]
    (value < 2_f64.powi(64)).then_some(value as u64)
}

/// Reads `compression_stats`, which has a line of heading.
///
/// # Errors
/// A line that is not an algorithm and two sizes.
pub fn parse_compression_stats(bytes: &[u8]) -> Result<Vec<BcachefsCompression>, Malformed> {
    let row = |(line, bytes)| {
        let malformed = Malformed { line, expected: "an algorithm and two sizes" };
        let mut columns = columns(bytes);
        let algorithm = columns.next().ok_or(malformed)?;
        let mut size = || columns.next().and_then(rounded).ok_or(malformed);
        let algorithm = text(algorithm.strip_suffix(b":").unwrap_or(algorithm));
        Ok(BcachefsCompression { algorithm, compressed_bytes: size()?, uncompressed_bytes: size()? })
    };
    lines(bytes).skip(1).map(row).collect()
}

/// Reads `btree_write_stats`, which has a line of heading.
///
/// # Errors
/// A line that is not a reason, a count and a size.
pub fn parse_btree_write_stats(bytes: &[u8]) -> Result<Vec<BcachefsWrites>, Malformed> {
    let row = |(line, bytes)| {
        let malformed = Malformed { line, expected: "a reason, a count and a size" };
        let mut columns = columns(bytes);
        let reason = columns.next().ok_or(malformed)?;
        let count = columns.next().and_then(number).ok_or(malformed)?;
        let average_bytes = columns.next().and_then(rounded).ok_or(malformed)?;
        Ok(BcachefsWrites { reason: text(reason.strip_suffix(b":").unwrap_or(reason)), count, average_bytes })
    };
    lines(bytes).skip(1).map(row).collect()
}

/// Reads `errors`: kinds of errors and how often each was found. When the last was, behind that, is passed over.
///
/// # Errors
/// A line that is not a kind and a count.
pub fn parse_bcachefs_errors(bytes: &[u8]) -> Result<Vec<(String, u64)>, Malformed> {
    let row = |(line, bytes)| {
        let mut columns = columns(bytes);
        let (kind, count) = (columns.next(), columns.next().and_then(number));
        kind.map(text).zip(count).ok_or(Malformed { line, expected: "a kind of error and a count" })
    };
    lines(bytes).map(row).collect()
}

/// Reads a file of `counters`: its value since the file system was made.
///
/// # Errors
/// No line with it.
pub fn parse_bcachefs_counter(bytes: &[u8]) -> Result<u64, Malformed> {
    let value = lines(bytes).find_map(|(_, line)| line.strip_prefix(b"since filesystem creation:"));
    let value = value.and_then(|value| rounded(value.trim_ascii()));
    value.ok_or(Malformed { line: 2, expected: "since filesystem creation: and a number" })
}

/// Reads a device's `io_done`.
///
/// # Errors
/// A line below `read:` or `write:` that is not a type of data, a colon and a number.
pub fn parse_io_done(bytes: &[u8]) -> Result<Vec<BcachefsIo>, Malformed> {
    let mut done = Vec::new();
    let mut operation = None;
    for (line, bytes) in lines(bytes) {
        match (bytes.trim_ascii(), operation) {
            (b"read:", _) => operation = Some("read"),
            (b"write:", _) => operation = Some("write"),
            (bytes, Some(operation)) => {
                let (data_type, bytes) = count(line, bytes)?;
                done.push(BcachefsIo { operation, data_type, bytes });
            }
            (_, None) => {}
        }
    }
    Ok(done)
}

/// Reads a device's `io_errors`, of which a second part, since a point in time, is passed over.
///
/// # Errors
/// A line of the first part that is not an operation, a colon and a number.
pub fn parse_io_errors(bytes: &[u8]) -> Result<Vec<(String, u64)>, Malformed> {
    let since_creation = lines(bytes).skip_while(|(_, line)| !line.starts_with(b"IO errors since filesystem creation"));
    let errors = since_creation.skip(1).take_while(|(_, line)| !line.starts_with(b"IO errors since "));
    errors.map(|(line, bytes)| count(line, bytes)).collect()
}

/// `journal     :           0`
fn count(line: usize, bytes: &[u8]) -> Result<(String, u64), Malformed> {
    let malformed = Malformed { line, expected: "a name, a colon and a number" };
    let (name, value) = pair(bytes).ok_or(malformed)?;
    Ok((text(name), number(value).ok_or(malformed)?))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn rounded_numbers() {
        for (text, value) in [
            ("0", Some(0)),
            ("720", Some(720)),
            ("1.5k", Some(1536)),
            ("28.2k", Some(28_876)),
            ("2.05G", Some(2_201_170_739)),
            ("10.8T", Some(11_874_725_579_980)),
            ("1P", Some(1 << 50)),
            ("1E", Some(1 << 60)),
        ] {
            assert_eq!(rounded(text.as_bytes()), value, "{text}");
        }
        for text in ["", "k", ".", "1.5kB", "-1k", "1e3", "inf", "NaN", "1 k", "16E"] {
            assert_eq!(rounded(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn tables_and_lines_of_them_that_are_damaged() {
        let compression = |algorithm: &str, compressed_bytes, uncompressed_bytes| BcachefsCompression {
            algorithm: algorithm.to_owned(),
            compressed_bytes,
            uncompressed_bytes,
        };
        let text = b"type   compressed  uncompressed  average extent size\nlz4:  48k  72k  62.5k\ngzip  0  0  0\n";
        let expected = vec![compression("lz4", 48 << 10, 72 << 10), compression("gzip", 0, 0)];
        assert_eq!(parse_compression_stats(text), Ok(expected));
        assert_eq!(parse_compression_stats(b"type\nlz4 1").unwrap_err().line, 2);

        let text = b"                   nr        size\ninitial:           3298401   100k\ninterior:  2 720\n";
        let writes =
            |reason: &str, count, average_bytes| BcachefsWrites { reason: reason.to_owned(), count, average_bytes };
        let expected = vec![writes("initial", 3_298_401, 100 << 10), writes("interior", 2, 720)];
        assert_eq!(parse_btree_write_stats(text), Ok(expected));
        assert_eq!(parse_btree_write_stats(b"nr size\ninitial: x 1").unwrap_err().line, 2);

        let text = b"btree_node_read_error 2 1700000000\nalloc_key_to_missing_dev_bucket 1 Mon Jan  1\n";
        let expected = [("btree_node_read_error", 2), ("alloc_key_to_missing_dev_bucket", 1)];
        assert_eq!(parse_bcachefs_errors(text), Ok(expected.map(|(kind, count)| (kind.to_owned(), count)).into()));
        assert_eq!(parse_bcachefs_errors(b"a 1 1\nb").unwrap_err().line, 2);
    }

    #[test]
    fn what_a_device_did_and_what_failed() {
        let io = |operation, data_type: &str, bytes| BcachefsIo { operation, data_type: data_type.to_owned(), bytes };
        let text = b"read:\nsb          :       86016\nuser        :102313054208\nwrite:\nsb          :0\n";
        let expected = vec![io("read", "sb", 86_016), io("read", "user", 102_313_054_208), io("write", "sb", 0)];
        assert_eq!(parse_io_done(text), Ok(expected));
        assert_eq!(parse_io_done(b"read:\nsb : x").unwrap_err().line, 2);

        let text = b"IO errors since filesystem creation\n  read:    197416\n  checksum:5\n\
            IO errors since 8 y ago\n  read:    1\n";
        let expected = [("read", 197_416), ("checksum", 5)].map(|(name, count)| (name.to_owned(), count));
        assert_eq!(parse_io_errors(text), Ok(expected.into()));
        assert_eq!(parse_io_errors(b"IO errors since filesystem creation\n  read\n").unwrap_err().line, 2);
        assert_eq!((parse_io_done(b""), parse_io_errors(b"")), (Ok(vec![]), Ok(vec![])));
    }

    #[test]
    fn a_file_system_that_has_little_to_say() {
        let parent = tempfile::tempdir().unwrap();
        for (name, value) in [
            ("btree_cache_size", "2.05G\n"),
            ("counters/data_read", "since mount:                   1\nsince filesystem creation:     44.5T\n"),
            ("counters/odd", "since mount:                   1\n"),
            ("dev-3/state", "[rw] ro evacuating spare\n"),
            ("dev-3/bucket_size", "512k\n"),
            ("dev-3/nbuckets", "953880\n"),
        ] {
            let path = parent.path().join("0f0e").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, value).unwrap();
        }
        let device = BcachefsDevice {
            device: "3".to_owned(),
            label: String::new(),
            state: "[rw] ro evacuating spare".to_owned(),
            bucket_bytes: Some(512 << 10),
            buckets: Some(953_880),
            durability: None,
            io_done: vec![],
            io_errors: vec![],
        };
        let expected = Bcachefs {
            uuid: "0f0e".to_owned(),
            btree_cache_bytes: Some(2_201_170_739),
            compression: vec![],
            errors: vec![],
            counters: vec![("data_read".to_owned(), 48_928_267_436_032)],
            btree_writes: vec![],
            devices: vec![device],
        };
        let folder = Folder::open(parent.path().to_owned()).unwrap();
        assert_eq!(read_bcachefs(&folder, "0f0e").unwrap(), expected);
        assert!(matches!(read_bcachefs(&folder, "0f0f"), Err(ReadError::Missing(_))));
    }
}
