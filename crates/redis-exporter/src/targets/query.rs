//! What a request for another server says.

use std::fmt;

use crate::address::{Address, AddressError, Url};
use crate::args::value::Patterns;
use crate::settings::KeySettings;

/// A server, and which of its keys are looked at.
#[derive(Debug, PartialEq)]
pub(super) struct Query {
    pub(super) address: Address,
    pub(super) user: Option<String>,
    /// The name that its certificate has to have.
    pub(super) server_name: Option<String>,
    pub(super) keys: KeySettings,
}

/// What is wrong with a query. Does not repeat it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wrong {
    NoTarget,
    Target(AddressError),
    /// It is no server of Redis, whoever may be scraped.
    Forbidden,
    Parameter(&'static str, String),
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Wrong::NoTarget => f.write_str("there is no target; write /scrape?target=host:port"),
            Wrong::Target(error) => write!(f, "target: {error}"),
            Wrong::Forbidden => f.write_str("this target may not be scraped"),
            Wrong::Parameter(name, problem) => write!(f, "{name}: {problem}"),
        }
    }
}

/// What may be asked for; the operator's own flags take more.
const SCHEMES: [&str; 5] = ["redis", "rediss", "valkey", "valkeys", "unix"];

impl Query {
    /// `keys` are looked at where the query does not say otherwise. A password in the target is passed over: whoever asks needs
    /// to know none.
    pub(super) fn parse(query: &str, keys: &KeySettings) -> Result<Self, Wrong> {
        let mut parsed: Option<Url> = None;
        let mut server_name = None;
        let mut keys = keys.clone();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            // The first of a name counts, and an empty one for nothing, as with the peer.
            match &*name {
                _ if value.is_empty() => {}
                "target" if parsed.is_none() => {
                    let scheme = value.split_once("://").map(|(scheme, _)| scheme);
                    if scheme.is_some_and(|scheme| !SCHEMES.contains(&scheme)) {
                        return Err(Wrong::Forbidden);
                    }
                    parsed = Some(value.parse().map_err(Wrong::Target)?);
                }
                "tls_server_name" => server_name = Some(value.into_owned()),
                "tls-server-name" if server_name.is_none() => server_name = Some(value.into_owned()),
                "check-keys" => keys.check = patterns("check-keys", &value)?,
                "check-single-keys" => keys.check_single = patterns("check-single-keys", &value)?,
                "check-streams" => keys.streams = patterns("check-streams", &value)?,
                "check-single-streams" => keys.single_streams = patterns("check-single-streams", &value)?,
                "count-keys" => keys.count = patterns("count-keys", &value)?,
                _ => {}
            }
        }
        let Url { address, user, .. } = parsed.ok_or(Wrong::NoTarget)?;
        Ok(Query { address, user, server_name, keys })
    }
}

fn patterns(name: &'static str, value: &str) -> Result<Vec<crate::settings::DatabasePattern>, Wrong> {
    let Patterns(patterns) = value.parse().map_err(|problem| Wrong::Parameter(name, problem))?;
    Ok(patterns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::DatabasePattern;

    fn parsed(query: &str) -> Result<Query, Wrong> {
        let own = vec![DatabasePattern { database: 0, pattern: "own".to_owned() }];
        Query::parse(query, &KeySettings { check: own, ..KeySettings::default() })
    }

    #[test]
    fn targets_with_and_without_a_scheme() {
        let target = |query: &str| parsed(query).map(|query| (query.address.to_string(), query.user));
        let some = |text: &str| Some(text.to_owned());
        for (query, address, user) in [
            ("target=h", "redis://h:6379", None),
            ("target=h:1&target=i:2", "redis://h:1", None),
            ("target=&target=i:2", "redis://i:2", None),
            ("target=valkeys%3A%2F%2Fh%3A1", "rediss://h:1", None),
            ("target=redis://u:canary@h", "redis://h:6379", some("u")),
            ("target=unix:///run/x", "unix:///run/x", None),
        ] {
            assert_eq!(target(query), Ok((address.to_owned(), user)), "{query}");
        }
        for (query, wrong) in [
            ("", Wrong::NoTarget),
            ("target=", Wrong::NoTarget),
            ("Target=h", Wrong::NoTarget),
            ("target=file:///etc/passwd", Wrong::Forbidden),
            ("target=http://169.254.169.254/", Wrong::Forbidden),
            ("target=tcp://h:22", Wrong::Forbidden),
            ("target=redis://", Wrong::Target(AddressError::Nowhere)),
            ("target=h:x", Wrong::Target(AddressError::Port)),
        ] {
            assert_eq!(target(query), Err(wrong), "{query}");
        }
    }

    #[test]
    fn keys_of_the_query_replace_those_of_the_command_line() {
        let pattern = |database, text: &str| vec![DatabasePattern { database, pattern: text.to_owned() }];
        assert_eq!(parsed("target=h&check-keys=").unwrap().keys.check, pattern(0, "own"));
        let query =
            "target=h&check-keys=db1=a*&check-single-keys=b&check-streams=c&check-single-streams=d%252C&count-keys=e";
        let keys = parsed(query).unwrap().keys;
        assert_eq!((keys.check, keys.check_single), (pattern(1, "a*"), pattern(0, "b")));
        assert_eq!((keys.streams, keys.single_streams), (pattern(0, "c"), pattern(0, "d,")));
        assert_eq!(keys.count, pattern(0, "e"));
        let error = parsed("target=h&check-keys=canary=x").unwrap_err();
        assert!(matches!(error, Wrong::Parameter("check-keys", _)) && !error.to_string().contains("canary"), "{error}");
    }

    #[test]
    fn the_name_of_a_certificate_in_either_spelling() {
        let name = |query: &str| parsed(query).unwrap().server_name;
        assert_eq!(name("target=h&tls-server-name=a&tls_server_name=b").as_deref(), Some("b"));
        assert_eq!(name("target=h&tls_server_name=b&tls-server-name=a").as_deref(), Some("b"));
        assert_eq!(name("target=h&tls-server-name=a").as_deref(), Some("a"));
        assert_eq!(name("target=h"), None);
    }
}
