//! `os-release`: which system is installed.

use std::collections::BTreeMap;

use crate::error::ReadError;
use crate::roots::Roots;
use crate::source::read_file;

/// Where the file is; the first that is there counts.
const PLACES: [&str; 2] = ["etc/os-release", "usr/lib/os-release"];

/// Beyond this no file describes a system.
const MOST_FIELDS: usize = 256;

/// The fields of os-release(5) by name: `ID`, `VERSION_ID` …
pub type OsRelease = BTreeMap<String, String>;

/// Reads `/etc/os-release` or `/usr/lib/os-release` below the root file system.
///
/// # Errors
/// When neither is there, or the one that is can't be read.
pub fn read_os_release(roots: &Roots) -> Result<OsRelease, ReadError> {
    let [etc, usr] = PLACES.map(|place| roots.rootfs.join(place));
    let bytes = match read_file(&etc) {
        Err(ReadError::Missing(_)) => read_file(&usr),
        read => read,
    };
    Ok(parse_os_release(&bytes?))
}

/// Reads the format of os-release(5): assignments as a shell knows them. What is none is passed over, and the last one
/// of a name counts.
#[must_use]
pub fn parse_os_release(bytes: &[u8]) -> OsRelease {
    let text = String::from_utf8_lossy(bytes);
    let field = |line: &str| {
        let (name, value) = line.split_once('=')?;
        let name = name.trim();
        let is_name = name.starts_with(|first: char| first == '_' || first.is_ascii_alphabetic());
        is_name.then_some((name.to_owned(), unquoted(value.trim())?))
    };
    text.lines().filter_map(field).take(MOST_FIELDS).collect()
}

/// The value of an assignment without its quotes and what stands behind it; `None` when a quote has no end.
fn unquoted(text: &str) -> Option<String> {
    let (mut value, mut quote, mut characters) = (String::new(), None, text.chars());
    while let Some(character) = characters.next() {
        match (quote, character) {
            (None, '"' | '\'') => quote = Some(character),
            (Some(open), close) if open == close => quote = None,
            (None, '#') if value.is_empty() || value.ends_with(char::is_whitespace) => {
                value.truncate(value.trim_end().len());
                break;
            }
            (None, '\\') => value.extend(characters.next()),
            (Some('"'), '\\') => match characters.next()? {
                escaped @ ('"' | '\\' | '$' | '`') => value.push(escaped),
                other => value.extend(['\\', other]),
            },
            (_, other) => value.push(other),
        }
    }
    quote.is_none().then_some(value)
}

#[cfg(test)]
mod tests {
    use testkit::tree;

    use super::*;

    #[test]
    fn quotes_comments_and_lines_that_are_no_assignments() {
        let text = b"# ID=comment\n\nNAME=\"Debian GNU/Linux \"\nID=debian\n ID_LIKE = 'a \\ \"b\"' # two\nVERSION=\"1 \\\"x\\\" \\$5 \\n\"\n\
            VARIANT=a\\ b#c\nBUILD_ID= # none\nIMAGE_ID=\"open\nno assignment\n=1\n1=2\nPRETTY_NAME=b\xfccher\nID=last\n";
        let expected = [
            ("BUILD_ID", ""),
            ("ID", "last"),
            ("ID_LIKE", "a \\ \"b\""),
            ("NAME", "Debian GNU/Linux "),
            ("PRETTY_NAME", "b\u{fffd}cher"),
            ("VARIANT", "a b#c"),
            ("VERSION", "1 \"x\" $5 \\n"),
        ];
        assert_eq!(parse_os_release(text), expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
    }

    #[test]
    fn the_file_in_etc_before_the_one_in_usr() {
        let folder = tempfile::tempdir().unwrap();
        let roots = Roots { rootfs: folder.path().to_owned(), ..Roots::default() };
        assert!(read_os_release(&roots).unwrap_err().is_absent());
        for (path, id) in PLACES.iter().rev().zip(["usr", "etc"]) {
            tree::unpack(&format!("--- {path}: ID={id}\n"), folder.path()).unwrap();
            assert_eq!(read_os_release(&roots).unwrap()["ID"], id);
        }
    }
}
