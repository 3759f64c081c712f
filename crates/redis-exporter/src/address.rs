//! Where a server is, in the forms that users of redis_exporter write.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use exporter_toolkit::Secret;

/// The port of Redis.
const PORT: u16 = 6379;

/// A server's address. Shown without user and password.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Address {
    pub(crate) place: Place,
    /// Whether it speaks TLS.
    pub(crate) tls: bool,
}

/// What to connect to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Place {
    /// A name or an IP address (without brackets), and a port.
    Tcp(String, u16),
    /// A socket in the file system.
    Unix(PathBuf),
}

/// An address with who is to be logged in, if it says so.
#[derive(Debug, Clone)]
pub(crate) struct Url {
    pub(crate) address: Address,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<Arc<Secret>>,
}

/// What is wrong with an address. Does not repeat it, as a password may be in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AddressError {
    /// Neither host and port nor one of the schemes.
    Scheme,
    /// No host, or no path.
    Nowhere,
    /// The port is none.
    Port,
    /// A percent sign that does not encode anything.
    Encoding,
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            AddressError::Scheme => {
                "not an address of Redis: host:port, redis://, rediss://, valkey://, valkeys:// or unix:///path"
            }
            AddressError::Nowhere => "the address names no host",
            AddressError::Port => "the address's port is no number from 1 to 65535",
            AddressError::Encoding => "user or password of the address has a % that is not written as %25",
        })
    }
}

impl std::error::Error for AddressError {}

impl FromStr for Url {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let (scheme, rest) = text.split_once("://").unwrap_or(("redis", text));
        let tls = match scheme {
            "redis" | "valkey" | "tcp" => false,
            "rediss" | "valkeys" => true,
            "unix" | "redis-socket" | "redis+socket" => {
                let path = rest.split('?').next().unwrap_or_default();
                if !path.starts_with('/') {
                    return Err(AddressError::Nowhere);
                }
                let address = Address { place: Place::Unix(path.into()), tls: false };
                return Ok(Url { address, user: None, password: None });
            }
            _ => return Err(AddressError::Scheme),
        };
        // What is behind the host, a database or parameters, changes nothing of what is exported.
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let (login, host) = authority.rsplit_once('@').map_or((None, authority), |(login, host)| (Some(login), host));
        let (user, password) = match login.map(|login| login.split_once(':').unwrap_or((login, ""))) {
            Some((user, password)) => {
                let decoded = |text| decoded(text).map(some).ok_or(AddressError::Encoding);
                (decoded(user)?, decoded(password)?)
            }
            None => (None, None),
        };
        let place = tcp(host)?;
        let password = password.map(|password| Arc::new(Secret::new(password)));
        Ok(Url { address: Address { place, tls }, user, password })
    }
}

fn some(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

/// A host, with its port or without.
pub(crate) fn tcp(host: &str) -> Result<Place, AddressError> {
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => {
            let (name, behind) = rest.split_once(']').ok_or(AddressError::Nowhere)?;
            match behind {
                "" => (name, None),
                behind => (name, Some(behind.strip_prefix(':').ok_or(AddressError::Port)?)),
            }
        }
        None => match host.rsplit_once(':') {
            // More than one colon is an IPv6 address without brackets.
            Some((name, _)) if name.contains(':') => (host, None),
            Some((name, port)) => (name, Some(port)),
            None => (host, None),
        },
    };
    if name.is_empty() {
        return Err(AddressError::Nowhere);
    }
    let port = port.filter(|port| !port.is_empty()).map_or(Ok(PORT), str::parse);
    let port = port.ok().filter(|port| *port > 0).ok_or(AddressError::Port)?;
    Ok(Place::Tcp(name.to_owned(), port))
}

/// Text with its percent signs decoded; nothing if one encodes nothing, or all of them no text.
pub(crate) fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'%' {
            let digits = [rest.next(), rest.next()].map(|digit| (digit.unwrap_or(0) as char).to_digit(16));
            let [Some(high), Some(low)] = digits else { return None };
            u8::try_from(high * 16 + low).expect("two hexadecimal digits are a byte")
        } else {
            byte
        });
    }
    String::from_utf8(bytes).ok()
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Unix(path) => write!(f, "unix://{}", path.display()),
            Place::Tcp(host, port) => {
                let scheme = if self.tls { "rediss" } else { "redis" };
                if host.contains(':') {
                    write!(f, "{scheme}://[{host}]:{port}")
                } else {
                    write!(f, "{scheme}://{host}:{port}")
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<(String, Option<String>, Option<String>), AddressError> {
        let Url { address, user, password } = text.parse()?;
        Ok((address.to_string(), user, password.map(|password| password.expose().to_owned())))
    }

    #[test]
    fn addresses_as_users_write_them() {
        for (text, address) in [
            ("localhost", "redis://localhost:6379"),
            ("redis:6380", "redis://redis:6380"),
            ("redis://h/3", "redis://h:6379"),
            ("valkeys://h:1?x=y", "rediss://h:1"),
            ("rediss://[::1]:6380", "rediss://[::1]:6380"),
            ("::1", "redis://[::1]:6379"),
            ("unix:///run/redis.sock", "unix:///run/redis.sock"),
        ] {
            assert_eq!(parsed(text), Ok((address.to_owned(), None, None)), "{text}");
        }
    }

    #[test]
    fn logins() {
        let user = |text| parsed(text).map(|(_, user, password)| (user, password));
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(user("redis://u:p@h"), Ok((some("u"), some("p"))));
        assert_eq!(user("redis://:p%40%2f:x@h"), Ok((None, some("p@/:x"))));
        assert_eq!(user("redis://u@h"), Ok((some("u"), None)));
    }

    #[test]
    fn mistakes_are_named() {
        for (text, wrong) in [
            ("http://h", AddressError::Scheme),
            ("file:///etc/passwd", AddressError::Scheme),
            ("redis://", AddressError::Nowhere),
            ("unix://run/x", AddressError::Nowhere),
            ("h:0", AddressError::Port),
            ("h:99999", AddressError::Port),
            ("[::1]x", AddressError::Port),
            ("redis://:%zz@h", AddressError::Encoding),
        ] {
            assert_eq!(parsed(text), Err(wrong), "{text}");
        }
    }
}
