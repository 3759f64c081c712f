//! Values of flags, from text.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use clap::{Arg, Command};
use exporter_toolkit::{Pattern, Secret};

use crate::address::{AddressError, Url, decoded};
use crate::settings::DatabasePattern;

/// The server that is scraped, if one is.
#[derive(Debug, Clone)]
pub(crate) struct Server(pub(crate) Option<Url>);

/// Takes an address, or nothing. What is wrong with one is said without it, as a password may be in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ServerParser;

impl TypedValueParser for ServerParser {
    type Value = Server;

    fn parse_ref(&self, command: &Command, _: Option<&Arg>, value: &OsStr) -> Result<Server, clap::Error> {
        let parsed = match value.to_str() {
            Some("") => Ok(Server(None)),
            Some(text) => text.parse().map(|url| Server(Some(url))),
            None => Err(AddressError::Encoding),
        };
        let wrong = |error| format!("--redis.addr: {error}\n");
        parsed.map_err(|error| clap::Error::raw(ErrorKind::ValueValidation, wrong(error)).with_cmd(command))
    }
}

/// Patterns or names of keys, each of a database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Patterns(pub(crate) Vec<DatabasePattern>);

impl FromStr for Patterns {
    type Err = String;

    /// As the peer reads them: what has no key or no database is passed over.
    fn from_str(text: &str) -> Result<Self, String> {
        let patterns = text.split(',').filter(|item| !item.is_empty()).filter_map(|item| pattern(item).transpose());
        patterns.collect::<Result<_, _>>().map(Patterns)
    }
}

fn pattern(item: &str) -> Result<Option<DatabasePattern>, String> {
    let (database, key) = item.split_once('=').unwrap_or(("0", item));
    if key.contains('=') {
        return Err("a key has a =, which is written as %3D".to_owned());
    }
    let (database, key) = (database.trim().replace("db", ""), key.trim().replace('+', " "));
    let pattern = decoded(&key).ok_or("a key has a % that encodes nothing; it is written as %25")?;
    if database.is_empty() || pattern.is_empty() {
        return Ok(None);
    }
    let database = database.parse().map_err(|_| "before the = stands the database, such as db0".to_owned())?;
    Ok(Some(DatabasePattern { database, pattern }))
}

/// Patterns by which keys are grouped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Groups(pub(crate) Vec<String>);

impl FromStr for Groups {
    type Err = String;

    /// One line of CSV (RFC 4180), as the peer reads it.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut groups = Vec::new();
        let mut rest = Some(text.trim());
        while let Some(field) = rest {
            let (group, behind) = match field.strip_prefix('"') {
                Some(quoted) => quoted_field(quoted)?,
                None => {
                    let (group, behind) =
                        field.split_once(',').map_or((field, None), |(group, behind)| (group, Some(behind)));
                    (group.to_owned(), behind)
                }
            };
            groups.extend(Some(group).filter(|group| !group.is_empty()));
            rest = behind;
        }
        Ok(Groups(groups))
    }
}

/// A field whose opening quote is taken already, and what is behind its comma.
fn quoted_field(text: &str) -> Result<(String, Option<&str>), String> {
    let mut group = String::new();
    let mut rest = text;
    loop {
        let (before, behind) = rest.split_once('"').ok_or("a quote is not closed")?;
        group.push_str(before);
        match behind.strip_prefix('"') {
            Some(more) => {
                group.push('"');
                rest = more;
            }
            None if behind.is_empty() => return Ok((group, None)),
            None => {
                let behind = behind.strip_prefix(',').ok_or("behind a closing quote comes a comma")?;
                return Ok((group, Some(behind)));
            }
        }
    }
}

/// What names may begin with, or nothing.
pub(super) fn namespace(text: &str) -> Result<String, String> {
    let is_letter = |c: char| c.is_ascii_alphabetic() || c == '_' || c == ':';
    let good =
        !text.starts_with(|c: char| c.is_ascii_digit()) && text.chars().all(|c| is_letter(c) || c.is_ascii_digit());
    if good { Ok(text.to_owned()) } else { Err("letters, digits and _, a digit not first".to_owned()) }
}

/// Which search indexes; that all are meant takes no regular expression to say.
pub(super) fn indexes(text: &str) -> Result<Pattern, String> {
    match text {
        ".*" | "" => Ok(Pattern::in_code(".*", |_| true)),
        text => Pattern::new(text),
    }
}

/// A text that is not shown again.
pub(super) fn secret(text: &str) -> Result<Arc<Secret>, String> {
    Ok(Arc::new(Secret::new(text.to_owned())))
}

/// A path; an empty one is none, as for the peer.
pub(super) fn file(path: Option<&str>) -> Option<PathBuf> {
    path.filter(|path| !path.is_empty()).map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(text: &str) -> Result<Vec<(u32, String)>, String> {
        let Patterns(patterns) = text.parse()?;
        Ok(patterns.into_iter().map(|DatabasePattern { database, pattern }| (database, pattern)).collect())
    }

    #[test]
    fn keys_as_the_peer_reads_them() {
        for (text, expected) in [
            ("", &[][..]),
            ("my-key", &[(0, "my-key")]),
            ("db0=a,1=b,dbdbdb2=c", &[(0, "a"), (1, "b"), (2, "c")]),
            ("a, b ,db3 = c ", &[(0, "a"), (0, "b"), (3, "c")]),
            ("=,,=a,0=,db1=b", &[(1, "b")]),
            ("a%2Cb%3dc%25,d+e", &[(0, "a,b=c%"), (0, "d e")]),
        ] {
            let expected: Vec<_> = expected.iter().map(|(database, key)| (*database, (*key).to_owned())).collect();
            assert_eq!(patterns(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn keys_that_are_none() {
        for (text, remedy) in [
            ("a=b=c", "%3D"),
            ("a%zz", "%25"),
            ("a%ff", "%25"),
            ("wrong=a", "db0"),
            ("db-1=a", "db0"),
            ("4294967296=a", "db0"),
        ] {
            let error = patterns(text).unwrap_err();
            assert!(error.contains(remedy) && !error.contains("wrong"), "{error}");
        }
    }

    #[test]
    fn groups_in_csv() {
        let groups = |text: &str| text.parse().map(|Groups(groups)| groups);
        assert_eq!(groups(" "), Ok(vec![]));
        assert_eq!(groups("^(.*)_[^_]+$,^([^:]+):"), Ok(vec!["^(.*)_[^_]+$".to_owned(), "^([^:]+):".to_owned()]));
        assert_eq!(groups(r#""a,b","c""d",e"#), Ok(vec!["a,b".to_owned(), r#"c"d"#.to_owned(), "e".to_owned()]));
        assert!(groups("\"a").is_err() && groups("\"a\"b").is_err());
    }

    #[test]
    fn namespaces() {
        for (text, good) in [("redis", true), ("", true), ("a_1:b", true), ("1a", false), ("a-b", false), ("ä", false)]
        {
            assert_eq!(namespace(text).is_ok(), good, "{text}");
        }
    }
}
