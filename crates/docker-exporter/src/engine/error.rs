//! Why the engine did not tell what it was asked, and what can be done about it.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

use exporter_toolkit::bounded::BodyError;
use serde_json::error::Category;

use crate::engine::endpoint::{Endpoint, EndpointError};
use crate::engine::paths::{Api, Request};

/// How much of the engine's own words is repeated.
const MOST_WORDS: usize = 200;

/// A request that was not answered, or not as an engine answers.
#[derive(Debug)]
pub(crate) enum EngineError {
    /// There is no engine at any place where they are known to be: these.
    Nowhere(Vec<String>),
    /// What was given is no address of an engine, and who gave it.
    Address(&'static str, EndpointError),
    /// No connection came about.
    Unreachable { endpoint: Endpoint, error: io::Error },
    /// No answer, or not all of it, within this time.
    Slow { route: &'static str, limit: Duration },
    /// An answer of more than this many bytes.
    TooLarge { route: &'static str, limit: usize },
    /// The connection broke off within an answer, or what came is not HTTP.
    Broken { route: &'static str, error: Box<dyn Error + Send + Sync> },
    /// 403: a proxy does not let the request through.
    Forbidden { route: &'static str, setting: &'static str },
    /// An answer that no engine gives: a page in HTML, a redirect.
    Foreign { route: &'static str, status: u16, media: String },
    /// The engine says that it can't, and why.
    Refused { route: &'static str, status: u16, words: String },
    /// JSON of another shape, or none; where.
    Malformed { route: &'static str, line: usize, column: usize, cut: bool },
    /// The engine takes no API as old as what this program knows.
    TooNew { least: Api },
    /// The engine does not say which API it has.
    Unversioned,
    /// An answer about something else than was asked for.
    Another { route: &'static str },
    /// An id that is none.
    NoId { route: &'static str },
}

impl EngineError {
    pub(super) fn of_body(error: BodyError, request: &Request<'_>, limit: Duration) -> Self {
        let route = request.route();
        match error {
            BodyError::TooLarge { limit } => EngineError::TooLarge { route, limit },
            BodyError::TooSlow => EngineError::Slow { route, limit },
            BodyError::Crowded => EngineError::Broken { route, error: "there is no memory for it".into() },
            BodyError::Broken(error) => EngineError::Broken { route, error },
        }
    }

    /// Not with its own words, which can hold what was sent.
    pub(super) fn of_json(error: &serde_json::Error, request: &Request<'_>) -> Self {
        let cut = error.classify() == Category::Eof;
        EngineError::Malformed { route: request.route(), line: error.line(), column: error.column(), cut }
    }

    /// With the engine's own words, as far as they can be shown.
    pub(super) fn of_words(words: &str, request: &Request<'_>, status: u16) -> Self {
        let words = words.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MOST_WORDS).collect();
        EngineError::Refused { route: request.route(), status, words }
    }
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EngineError::Nowhere(places) => write!(
                f,
                "no Docker engine: none of {} is there; start it, or say where it is by --docker.host or DOCKER_HOST",
                places.join(", ")
            ),
            EngineError::Address(who, error) => write!(f, "{who}: {error}"),
            EngineError::Unreachable { endpoint, error } => match (error.kind(), endpoint) {
                (io::ErrorKind::PermissionDenied, Endpoint::Unix(_)) => write!(
                    f,
                    "may not connect to {endpoint}; run as a member of the group that the socket belongs to (docker), or \
                     let a socket proxy ask the engine and name it by --docker.host"
                ),
                (io::ErrorKind::NotFound, Endpoint::Unix(_)) => {
                    write!(f, "there is no {endpoint}; start the engine, or mount its socket there")
                }
                (io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock, _) => {
                    write!(f, "no connection to {endpoint} in time; is the engine hanging?")
                }
                (io::ErrorKind::ConnectionRefused, _) => write!(f, "nobody listens at {endpoint}; start the engine"),
                _ => write!(f, "can't connect to {endpoint}: {error}"),
            },
            EngineError::Slow { route, limit } => {
                write!(
                    f,
                    "no whole answer to GET {route} within {} s; the engine hangs or is overloaded",
                    limit.as_secs_f64()
                )
            }
            EngineError::TooLarge { route, limit } => {
                write!(f, "the answer to GET {route} is larger than {} KiB, which no engine's is", limit >> 10)
            }
            EngineError::Broken { route, .. } => {
                write!(f, "the answer to GET {route} broke off; the engine, or a proxy before it, ended the connection")
            }
            EngineError::Forbidden { route, setting } => write!(
                f,
                "GET {route} is forbidden (403) by the proxy before the engine; allow it there, for docker-socket-proxy by \
                 {setting}"
            ),
            EngineError::Foreign { route, status, media } => {
                write!(f, "GET {route} is answered {status} with {media}, not with an engine's JSON; ")?;
                f.write_str(match status {
                    400 => "if it wants TLS, use its Unix socket or a socket proxy",
                    502..=504 => "the proxy there does not reach the engine",
                    _ => "name the engine itself, or a socket proxy, by --docker.host",
                })
            }
            EngineError::Refused { route, status, words } if words.is_empty() => {
                write!(f, "the engine answers GET {route} with {status}; its log says more")
            }
            EngineError::Refused { route, status, words } => {
                write!(f, "the engine answers GET {route} with {status}: {words}")
            }
            EngineError::Malformed { route, cut: true, .. } => write!(f, "the answer to GET {route} ends too early"),
            EngineError::Malformed { route, line, column, .. } => {
                write!(f, "the answer to GET {route} is not what an engine's is, at line {line}, column {column}")
            }
            EngineError::TooNew { least } => write!(
                f,
                "the engine speaks API {least} and newer, this exporter {} at most; update it, or set min-api-version in \
                 the engine's daemon.json",
                Api::NEWEST
            ),
            EngineError::Unversioned => f.write_str("the engine does not say which version of its API it has"),
            EngineError::Another { route } => write!(f, "the answer to GET {route} is about another container"),
            EngineError::NoId { route } => write!(f, "GET {route} is for ids of 64 hexadecimal digits alone"),
        }
    }
}

impl Error for EngineError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            EngineError::Broken { error, .. } => Some(&**error),
            // What these are caused by is in their own words.
            EngineError::Address(..) | EngineError::Unreachable { .. } => None,
            EngineError::Nowhere(_)
            | EngineError::Slow { .. }
            | EngineError::TooLarge { .. }
            | EngineError::Forbidden { .. }
            | EngineError::Foreign { .. }
            | EngineError::Refused { .. }
            | EngineError::Malformed { .. }
            | EngineError::TooNew { .. }
            | EngineError::Unversioned
            | EngineError::Another { .. }
            | EngineError::NoId { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_that_do_not_come_about() {
        for (host, kind, message) in [
            (
                "unix:///var/run/docker.sock",
                io::ErrorKind::PermissionDenied,
                "may not connect to unix:///var/run/docker.sock; run as a member of the group that the socket belongs to \
                 (docker), or let a socket proxy ask the engine and name it by --docker.host",
            ),
            (
                "unix:///var/run/docker.sock",
                io::ErrorKind::WouldBlock,
                "no connection to unix:///var/run/docker.sock in time; is the engine hanging?",
            ),
            (
                "tcp://proxy",
                io::ErrorKind::TimedOut,
                "no connection to tcp://proxy:2375 in time; is the engine hanging?",
            ),
            ("tcp://proxy", io::ErrorKind::ConnectionRefused, "nobody listens at tcp://proxy:2375; start the engine"),
            ("tcp://proxy", io::ErrorKind::NotFound, "can't connect to tcp://proxy:2375: entity not found"),
        ] {
            let error = EngineError::Unreachable { endpoint: host.parse().unwrap(), error: kind.into() };
            assert_eq!(error.to_string(), message);
        }
    }
}
