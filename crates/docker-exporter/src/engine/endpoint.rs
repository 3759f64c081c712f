//! Where an engine listens, in the words of `DOCKER_HOST`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// The port of an engine without TLS.
const PORT: u16 = 2375;

/// A socket of an engine, or of a proxy before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// `unix:///var/run/docker.sock`.
    Unix(PathBuf),
    /// `tcp://proxy:2375`, and `http://` as well; the host is a name, an IPv4 address or an IPv6 address without brackets.
    Tcp { host: String, port: u16 },
}

/// Why a text names no engine that this program can talk to. Never repeats a password in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EndpointError {
    /// `unix://` without an absolute path.
    NoPath,
    /// Neither a name nor an address, or something behind it.
    NoHost,
    /// `user:password@`.
    Credentials,
    Ssh,
    Tls,
    /// `DOCKER_TLS_VERIFY` beside `tcp://`.
    Verify,
    Pipe,
    Descriptor,
    Unknown,
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, EndpointError> {
        let (scheme, rest) = text.split_once("://").ok_or(EndpointError::Unknown)?;
        match scheme {
            "unix" if rest.starts_with('/') => Ok(Endpoint::Unix(PathBuf::from(rest))),
            "unix" => Err(EndpointError::NoPath),
            "tcp" | "http" => tcp(rest),
            "https" => Err(EndpointError::Tls),
            "ssh" => Err(EndpointError::Ssh),
            "npipe" => Err(EndpointError::Pipe),
            "fd" => Err(EndpointError::Descriptor),
            _ => Err(EndpointError::Unknown),
        }
    }
}

fn tcp(rest: &str) -> Result<Endpoint, EndpointError> {
    if rest.contains('@') {
        return Err(EndpointError::Credentials);
    }
    let authority = rest.strip_suffix('/').unwrap_or(rest);
    let (host, port) = match authority.strip_prefix('[') {
        Some(address) => {
            let (address, port) = address.split_once(']').ok_or(EndpointError::NoHost)?;
            address.parse::<std::net::Ipv6Addr>().map_err(|_| EndpointError::NoHost)?;
            (address, port.strip_prefix(':').or_else(|| port.is_empty().then_some("")))
        }
        None => authority.split_once(':').map_or((authority, Some("")), |(host, port)| (host, Some(port))),
    };
    let port = match port.ok_or(EndpointError::NoHost)? {
        "" => PORT,
        port => port.parse().map_err(|_| EndpointError::NoHost)?,
    };
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte);
    if host.is_empty() || port == 0 || !host.bytes().all(is_host) {
        return Err(EndpointError::NoHost);
    }
    Ok(Endpoint::Tcp { host: host.to_owned(), port })
}

impl Endpoint {
    /// What the header `Host` says.
    pub(super) fn authority(&self) -> String {
        match self {
            // An engine takes any; a path would be none.
            Endpoint::Unix(_) => "localhost".to_owned(),
            Endpoint::Tcp { host, port } if host.contains(':') => format!("[{host}]:{port}"),
            Endpoint::Tcp { host, port } => format!("{host}:{port}"),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Endpoint::Unix(path) => write!(f, "unix://{}", path.display()),
            Endpoint::Tcp { .. } => write!(f, "tcp://{}", self.authority()),
        }
    }
}

impl fmt::Display for EndpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            EndpointError::NoPath => "unix:// takes an absolute path, as in unix:///var/run/docker.sock",
            EndpointError::NoHost => "tcp:// takes a host and a port alone, as in tcp://docker-socket-proxy:2375",
            EndpointError::Credentials => {
                "a user or a password in the address is not supported; use a socket proxy on a private network"
            }
            EndpointError::Ssh => {
                "ssh:// is not supported; let ssh forward the socket (ssh -L /tmp/docker.sock:/var/run/docker.sock HOST) \
                 and use unix:///tmp/docker.sock, or run the exporter on that host"
            }
            EndpointError::Tls => {
                "TLS to the engine is not supported; use its Unix socket, or a socket proxy on a private network (tcp://)"
            }
            EndpointError::Verify => {
                "DOCKER_TLS_VERIFY is set, and TLS to the engine is not supported; use its Unix socket, or a socket proxy on \
                 a private network with DOCKER_TLS_VERIFY unset"
            }
            EndpointError::Pipe => {
                "npipe:// is of Windows, where this exporter does not run; run it as a container and give it the engine's \
                 socket, unix:///var/run/docker.sock"
            }
            EndpointError::Descriptor => {
                "fd:// is for the engine's own listener; use the path of that socket, as in unix:///var/run/docker.sock"
            }
            EndpointError::Unknown => "not an address of an engine; use unix:///PATH or tcp://HOST:PORT",
        })
    }
}

impl std::error::Error for EndpointError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let tcp = |host: &str, port| Endpoint::Tcp { host: host.to_owned(), port };
        for (text, endpoint, shown, authority) in [
            (
                "unix:///var/run/docker.sock",
                Endpoint::Unix(PathBuf::from("/var/run/docker.sock")),
                "unix:///var/run/docker.sock",
                "localhost",
            ),
            ("tcp://proxy:2375", tcp("proxy", 2375), "tcp://proxy:2375", "proxy:2375"),
            ("tcp://proxy", tcp("proxy", 2375), "tcp://proxy:2375", "proxy:2375"),
            ("http://10.0.0.1:80/", tcp("10.0.0.1", 80), "tcp://10.0.0.1:80", "10.0.0.1:80"),
            ("tcp://[::1]:2375", tcp("::1", 2375), "tcp://[::1]:2375", "[::1]:2375"),
            ("tcp://[fe80::1]", tcp("fe80::1", 2375), "tcp://[fe80::1]:2375", "[fe80::1]:2375"),
        ] {
            let parsed: Endpoint = text.parse().unwrap();
            assert_eq!((parsed.to_string().as_str(), parsed.authority().as_str()), (shown, authority));
            assert_eq!(parsed, endpoint);
        }
    }

    #[test]
    fn what_is_no_address_of_an_engine() {
        for (text, error) in [
            ("", EndpointError::Unknown),
            ("/var/run/docker.sock", EndpointError::Unknown),
            ("proxy:2375", EndpointError::Unknown),
            ("file:///etc/passwd", EndpointError::Unknown),
            ("unix://docker.sock", EndpointError::NoPath),
            ("unix://", EndpointError::NoPath),
            ("tcp://", EndpointError::NoHost),
            ("tcp://:2375", EndpointError::NoHost),
            ("tcp://proxy:0", EndpointError::NoHost),
            ("tcp://proxy:65536", EndpointError::NoHost),
            ("tcp://proxy:2375/v1.41", EndpointError::NoHost),
            ("tcp://proxy:2375?x", EndpointError::NoHost),
            ("tcp://pro xy:2375", EndpointError::NoHost),
            ("tcp://proxy\r\nHost: x", EndpointError::NoHost),
            ("tcp://::1:2375", EndpointError::NoHost),
            ("tcp://[::1", EndpointError::NoHost),
            ("tcp://[::1]2375", EndpointError::NoHost),
            ("tcp://[proxy]:2375", EndpointError::NoHost),
            ("tcp://user:canary@proxy:2375", EndpointError::Credentials),
            ("https://proxy:2376", EndpointError::Tls),
            ("ssh://user@host", EndpointError::Ssh),
            ("npipe:////./pipe/docker_engine", EndpointError::Pipe),
            ("fd://", EndpointError::Descriptor),
        ] {
            assert_eq!(text.parse::<Endpoint>(), Err(error), "{text}");
            assert!(!error.to_string().contains("canary"));
        }
    }
}
