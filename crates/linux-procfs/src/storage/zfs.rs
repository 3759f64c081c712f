//! `/proc/spl/kstat/zfs`: what ZFS counts for the whole system, for each pool and for each dataset.

use std::path::Path;

use crate::error::{Malformed, ReadError};
use crate::fields::{columns, lines, next, number, text};
use crate::roots::Roots;
use crate::source::{read_file, whole};
use crate::sysfs::Folder;

/// A file of named values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kstat {
    /// The 64-bit numbers, in the file's order; values of other types are passed over.
    pub numbers: Vec<(String, KstatNumber)>,
    /// The value of `dataset_name`, which the files of datasets have.
    pub dataset: Option<String>,
}

/// A number of a kstat, as its type says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum KstatNumber {
    Signed(i64),
    Unsigned(u64),
}

/// What ZFS tells of an imported pool.
#[derive(Debug, Default)]
pub struct Pool {
    /// Its name.
    pub name: String,
    /// Its health in ZFS' word, such as `ONLINE`, since ZFS 0.8.
    pub state: Option<String>,
    /// Its I/O, by the kernel's names in its order; empty since ZFS 2.1.
    pub io: Vec<(String, u64)>,
    /// Its mounted datasets, each with its name.
    pub datasets: Vec<(String, Kstat)>,
    /// The first file of it that could not be read; the others are here.
    pub fault: Option<ReadError>,
}

const FOLDER: &str = "spl/kstat/zfs";

/// Reads a file of named values, such as `arcstats`.
///
/// # Errors
/// No heading of `name`, `type` and `data`; a line behind it without a type, or without the number that the type says.
pub fn parse_kstat(bytes: &[u8]) -> Result<Kstat, Malformed> {
    let mut kstat = Kstat::default();
    let mut lines = lines(bytes);
    let heading = lines.find(|(_, line)| columns(line).eq([&b"name"[..], b"type", b"data"]));
    heading.ok_or(Malformed { line: 1, expected: "a heading of name, type and data" })?;
    for (line, bytes) in lines {
        let mut columns = columns(bytes);
        let (Some(name), Some(kind)) = (columns.next(), columns.next()) else {
            return Err(Malformed { line, expected: "a name and a type" });
        };
        let number = match kind {
            b"3" => KstatNumber::Signed(next(&mut columns, line, "a number behind type 3")?),
            b"4" => KstatNumber::Unsigned(next(&mut columns, line, "a number behind type 4")?),
            b"7" if name == b"dataset_name" => {
                kstat.dataset = Some(text(behind_type(bytes)));
                continue;
            }
            _ => continue,
        };
        kstat.numbers.push((text(name), number));
    }
    Ok(kstat)
}

/// What stands behind the first two columns of a line; the name of a dataset may hold spaces.
fn behind_type(line: &[u8]) -> &[u8] {
    (0..2).fold(line.trim_ascii_start(), |rest, _| {
        let end = rest.iter().position(u8::is_ascii_whitespace).unwrap_or(rest.len());
        rest[end..].trim_ascii_start()
    })
}

/// Reads a pool's `io`: bytes, operations and nanoseconds by name.
///
/// # Errors
/// No line of names that starts with `nread`; behind it no line with a number for each.
pub fn parse_pool_io(bytes: &[u8]) -> Result<Vec<(String, u64)>, Malformed> {
    let mut lines = lines(bytes);
    let heading = lines.find(|(_, line)| columns(line).next() == Some(b"nread"));
    let (line, names) = heading.ok_or(Malformed { line: 1, expected: "a line of names from nread on" })?;
    let malformed = Malformed { line: line + 1, expected: "a number for each name" };
    let mut numbers = lines.next().into_iter().flat_map(|(_, line)| columns(line)).map(number);
    let pairs = columns(names).map(|name| Some((text(name), numbers.next()??)));
    pairs.map(|pair| pair.ok_or(malformed)).collect()
}

/// Reads a pool's `state`, one word.
///
/// # Errors
/// No word.
pub fn parse_pool_state(bytes: &[u8]) -> Result<String, Malformed> {
    match bytes.trim_ascii() {
        b"" => Err(Malformed { line: 1, expected: "a state" }),
        state => Ok(text(state)),
    }
}

/// The names of the imported pools, sorted; those that are not UTF-8 are left out, as ZFS allows none.
///
/// # Errors
/// [`ReadError::Missing`] where ZFS is not loaded; [`ReadError::Io`] when its folder can't be listed.
pub fn read_pools(roots: &Roots) -> Result<Vec<String>, ReadError> {
    // Beside the folders of the pools stand the files of the whole system.
    Folder::open(roots.proc(FOLDER))?.folders()
}

/// Reads what there is of a pool. One that was exported meanwhile is empty.
#[must_use]
pub fn read_pool(roots: &Roots, name: &str) -> Pool {
    let folder = roots.proc(FOLDER).join(name);
    let mut pool = Pool { name: name.to_owned(), ..Pool::default() };
    let files = Folder::open(folder.clone()).and_then(|folder| folder.names());
    for file in files.as_deref().unwrap_or_default() {
        let path = folder.join(file);
        let read = match file.as_str() {
            "io" => parse(&path, parse_pool_io).map(|io| pool.io = io),
            "state" => parse(&path, parse_pool_state).map(|state| pool.state = Some(state)),
            file if file.starts_with("objset-") => {
                parse(&path, parse_dataset).map(|dataset| pool.datasets.push(dataset))
            }
            _ => continue,
        };
        pool.note(read);
    }
    pool.note(files.map(drop));
    pool
}

impl Pool {
    /// Keeps the first error that is not the absence of a file, as any may go while the folder is read.
    fn note(&mut self, read: Result<(), ReadError>) {
        self.fault = self.fault.take().or(read.err().filter(|error| !error.is_absent()));
    }
}

fn parse_dataset(bytes: &[u8]) -> Result<(String, Kstat), Malformed> {
    let mut kstat = parse_kstat(bytes)?;
    let name = kstat.dataset.take().ok_or(Malformed { line: 1, expected: "a line of dataset_name" })?;
    Ok((name, kstat))
}

fn parse<T>(path: &Path, parser: fn(&[u8]) -> Result<T, Malformed>) -> Result<T, ReadError> {
    let bytes = read_file(path)?;
    whole(&bytes).and_then(|()| parser(&bytes)).map_err(|malformed| ReadError::Malformed(path.to_owned(), malformed))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use KstatNumber::{Signed, Unsigned};

    use super::*;

    const HEADING: &str = "6 1 0x01 91 4368 5266997922 97951858082072\nname                            type data\n";

    fn kstat(rows: &str) -> Result<Kstat, Malformed> {
        parse_kstat(format!("{HEADING}{rows}").as_bytes())
    }

    #[test]
    fn numbers_of_two_types_and_what_is_none() {
        let rows = "erpt-dropped                    4    18446744073709551615\nmemory_available_bytes          3    -5\n\
            a_string                        7    text\nnothing                         7    \nshort 2 1\n";
        let numbers =
            vec![("erpt-dropped".to_owned(), Unsigned(u64::MAX)), ("memory_available_bytes".to_owned(), Signed(-5))];
        assert_eq!(kstat(rows), Ok(Kstat { numbers, dataset: None }));
        assert_eq!(kstat(""), Ok(Kstat::default()));
    }

    /// prometheus/node_exporter 1.12.1 shows the whole line where a name is a part of `dataset_name`.
    #[test]
    fn datasets_whose_names_confuse() {
        for name in ["tank/two  words", "set", "7", "dataset_name", "name type data"] {
            let read = kstat(&format!(
                "dataset_name                    7    {name}\nwrites                          4    1\n"
            ));
            let numbers = vec![("writes".to_owned(), Unsigned(1))];
            assert_eq!(read, Ok(Kstat { numbers, dataset: Some(name.to_owned()) }));
        }
    }

    #[test]
    fn kstats_that_are_none() {
        let heading = Malformed { line: 1, expected: "a heading of name, type and data" };
        assert_eq!(parse_kstat(b""), Err(heading));
        assert_eq!(parse_kstat(b"implementation   native         byteswap\n"), Err(heading));
        for (row, expected) in [
            ("hits\n", "a name and a type"),
            ("hits 4\n", "a number behind type 4"),
            ("hits 4 -1\n", "a number behind type 4"),
            ("hits 3 9223372036854775808\n", "a number behind type 3"),
        ] {
            assert_eq!(kstat(row), Err(Malformed { line: 3, expected }), "{row}");
        }
    }

    #[test]
    fn io_of_a_pool() {
        let io = |numbers: &str| parse_pool_io(format!("12 3 0x00 1 80 1 2\nnread    nwritten \n{numbers}").as_bytes());
        assert_eq!(io("7        0        \n"), Ok(vec![("nread".to_owned(), 7), ("nwritten".to_owned(), 0)]));
        for numbers in ["", "7\n", "7 x\n"] {
            assert_eq!(io(numbers), Err(Malformed { line: 3, expected: "a number for each name" }), "{numbers}");
        }
        assert_eq!(parse_pool_io(b"").unwrap_err().expected, "a line of names from nread on");
        assert_eq!(parse_pool_state(b"ONLINE\n"), Ok("ONLINE".to_owned()));
        assert_eq!(parse_pool_state(b"\n").unwrap_err().expected, "a state");
    }

    #[test]
    fn a_pool_with_a_broken_dataset_and_one_that_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let zfs = folder.path().join(FOLDER);
        fs::create_dir_all(zfs.join("tank")).unwrap();
        let good = format!("{HEADING}dataset_name 7 tank\nreads 4 2\n");
        let nameless = format!("{HEADING}reads 4 2\n");
        for (file, text) in [
            ("arcstats", HEADING),
            ("tank/objset-0x1", &nameless),
            ("tank/objset-0x2", &good),
            ("tank/state", "ONLINE\n"),
            ("tank/txgs", "unknown\n"),
        ] {
            fs::write(zfs.join(file), text).unwrap();
        }
        let roots = Roots { procfs: folder.path().to_owned(), ..Roots::default() };
        assert_eq!(read_pools(&roots).unwrap(), ["tank"]);
        let pool = read_pool(&roots, "tank");
        assert_eq!((pool.name.as_str(), pool.state.as_deref(), pool.io), ("tank", Some("ONLINE"), vec![]));
        let kstat = Kstat { numbers: vec![("reads".to_owned(), Unsigned(2))], dataset: None };
        assert_eq!(pool.datasets, [("tank".to_owned(), kstat)]);
        assert!(matches!(pool.fault, Some(ReadError::Malformed(path, _)) if path == zfs.join("tank/objset-0x1")));
        let gone = read_pool(&roots, "gone");
        assert!(gone.fault.is_none() && gone.datasets.is_empty());
        let nowhere = Roots { procfs: folder.path().join("nowhere"), ..roots };
        assert!(matches!(read_pools(&nowhere), Err(ReadError::Missing(_))));
    }
}
