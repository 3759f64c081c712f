//! Which servers a request may name.

use std::path::PathBuf;
use std::str::FromStr;

use crate::address::{Address, Place};

/// A server, or several by a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Allowed {
    /// Whatever is reached by TCP.
    Any,
    /// Those whose host, in lower case, and port are so; `*` stands for any text.
    Tcp {
        host: String,
        /// Absent: any.
        port: Option<u16>,
    },
    /// A socket.
    Unix(PathBuf),
}

impl FromStr for Allowed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "host:port, either of which may be *, or unix:///path".to_owned();
        if let Some(path) = text.strip_prefix("unix://") {
            return if path.starts_with('/') { Ok(Allowed::Unix(path.into())) } else { Err(wrong()) };
        }
        if text == "*" {
            return Ok(Allowed::Any);
        }
        let (text, port) = match text.strip_suffix(":*") {
            Some(host) => (host, None),
            None => (text, Some(())),
        };
        if text.contains(['@', '/']) {
            return Err(wrong());
        }
        // A star is no character of a name, but stands where one may.
        let place = crate::address::tcp(text).map_err(|error| format!("{error}; {}", wrong()))?;
        let Place::Tcp(host, number) = place else { return Err(wrong()) };
        Ok(Allowed::Tcp { host: host.to_ascii_lowercase(), port: port.map(|()| number) })
    }
}

impl Allowed {
    /// Whether the server is one of these.
    pub(crate) fn holds(&self, address: &Address) -> bool {
        match (self, &address.place) {
            (Allowed::Unix(allowed), Place::Unix(path)) => allowed == path,
            (Allowed::Unix(_), Place::Tcp(..)) | (Allowed::Any | Allowed::Tcp { .. }, Place::Unix(_)) => false,
            (Allowed::Any, Place::Tcp(..)) => true,
            (Allowed::Tcp { host, port }, Place::Tcp(..)) => host_and_port(address)
                .is_some_and(|(name, number)| port.is_none_or(|port| port == number) && matches(host, &name)),
        }
    }
}

/// Whether the text is what the pattern says, in which each `*` stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let parts: Vec<_> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    let mut rest = rest;
    for part in middle {
        match rest.split_once(part) {
            Some((_, behind)) => rest = behind,
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Host and port as they stand in a pattern; nothing for a socket.
fn host_and_port(address: &Address) -> Option<(String, u16)> {
    match &address.place {
        Place::Tcp(host, port) => Some((host.to_ascii_lowercase(), *port)),
        Place::Unix(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::Url;

    fn holds(allowed: &str, server: &str) -> bool {
        let allowed: Allowed = allowed.parse().unwrap();
        allowed.holds(&server.parse::<Url>().unwrap().address)
    }

    #[test]
    fn who_is_allowed_by_what() {
        for (allowed, server, expected) in [
            ("cache:6380", "redis://cache:6380", true),
            ("cache:6380", "rediss://CACHE:6380/3", true),
            ("Cache", "cache:6379", true),
            ("cache", "cache:6380", false),
            ("cache:6380", "cache", false),
            ("cache", "xcache", false),
            ("cache:*", "cache:22", true),
            ("*:6379", "anything", true),
            ("*:6379", "anything:22", false),
            ("*", "anything:22", true),
            ("*", "unix:///run/x", false),
            ("redis-*.example", "redis-1.example", true),
            ("redis-*.example", "redis-1.example.evil", false),
            ("*-a-*-b", "x-a-y-b", true),
            ("*-a-*-b", "x-a-b", false),
            ("10.0.0.*:6379", "10.0.0.7", true),
            ("[::1]:6379", "redis://[::1]", true),
            ("unix:///run/x", "unix:///run/x", true),
            ("unix:///run/x", "unix:///run/y", false),
        ] {
            assert_eq!(holds(allowed, server), expected, "{allowed} {server}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        for text in ["", ":6379", "a:0", "a:99999", "unix://run/x", "redis://a", "u@a", "file:///etc/passwd"] {
            let error = text.parse::<Allowed>().unwrap_err();
            assert!(error.contains("host:port, either of which may be *"), "{error}");
        }
    }
}
