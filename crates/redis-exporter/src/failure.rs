//! Why a server could not be scraped, as one of a few classes.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::io;

use crate::resp::{Malformed, ServerError};

/// What the `err` label says; the whole text is for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Class {
    /// Nobody listens there.
    Refused,
    /// The name has no address, or nobody tells it in time.
    Dns,
    /// The time was up.
    Timeout,
    /// TLS did not come about: a certificate, a name, or an end that does not speak it.
    Tls,
    /// The password or the user is wrong, or there is none.
    Auth,
    /// The server is reading its data and answers nothing else.
    Loading,
    /// A script blocks the server.
    Busy,
    /// The server has as many clients as it may.
    MaxClients,
    /// What came is no answer of Redis, or far too much of one.
    Protocol,
    /// The server refuses this client, or what is asked.
    Denied,
    /// The connection broke.
    Io,
}

impl Class {
    /// The value of the label.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Class::Refused => "refused",
            Class::Dns => "dns",
            Class::Timeout => "timeout",
            Class::Tls => "tls",
            Class::Auth => "auth",
            Class::Loading => "loading",
            Class::Busy => "busy",
            Class::MaxClients => "maxclients",
            Class::Protocol => "protocol",
            Class::Denied => "denied",
            Class::Io => "io",
        }
    }
}

/// A scrape that failed: its class, and what exactly happened. Never holds a password.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) class: Class,
    text: Cow<'static, str>,
}

impl Failure {
    pub(crate) fn new(class: Class, text: impl Into<Cow<'static, str>>) -> Self {
        Failure { class, text: text.into() }
    }

    /// What the server answered to the one command without which there is nothing.
    pub(crate) fn of_server(error: ServerError<'_>) -> Self {
        let text = error.text();
        let class = match error.code() {
            "NOAUTH" | "WRONGPASS" => Class::Auth,
            "LOADING" => Class::Loading,
            "BUSY" => Class::Busy,
            "NOPERM" | "DENIED" => Class::Denied,
            _ if text.contains("max number of clients") => Class::MaxClients,
            _ if text.contains("invalid password") || text.contains("invalid username-password") => Class::Auth,
            _ => Class::Denied,
        };
        let text = text.chars().take(200).collect::<String>();
        Failure::new(class, text)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let class = match error.kind() {
            // There is no such socket, or a listener no more.
            io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound => Class::Refused,
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Class::Timeout,
            _ if error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>()) => Class::Tls,
            _ => Class::Io,
        };
        Failure::new(class, error.to_string())
    }
}

impl From<Malformed> for Failure {
    fn from(malformed: Malformed) -> Self {
        Failure::new(Class::Protocol, malformed.to_string())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.class.word(), self.text)
    }
}

impl Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_of_what_servers_say() {
        for (text, class) in [
            ("NOAUTH Authentication required.", Class::Auth),
            ("WRONGPASS invalid username-password pair or user is disabled.", Class::Auth),
            ("ERR invalid password", Class::Auth),
            ("LOADING Redis is loading the dataset in memory", Class::Loading),
            ("BUSY Redis is busy running a script.", Class::Busy),
            ("ERR max number of clients reached", Class::MaxClients),
            ("NOPERM this user has no permissions to run the 'info' command", Class::Denied),
            ("DENIED Redis is running in protected mode", Class::Denied),
        ] {
            assert_eq!(Failure::of_server(ServerError(text.as_bytes())).class, class, "{text}");
        }
    }
}
