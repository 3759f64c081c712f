//! Command lines as Go's `flag` package reads them, for what was written for a peer that has it: `-name` is `--name`, and a
//! switch takes no value but behind `=`.

use std::ffi::{OsStr, OsString};
use std::time::Duration;

use crate::web::config;

/// How a flag of the peer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// With a value, behind `=` or as the next argument.
    Value,
    /// Alone, or with its state behind `=`.
    Switch,
}

/// An argument of such a command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Argument {
    /// A flag of the peer, without dashes, and its value.
    Peer(String, Option<String>),
    /// Anything else. If it is a flag it has two dashes, but for those of one letter.
    Other(OsString),
}

/// The arguments of a command line. `form` knows the peer's flags by their names.
pub fn arguments(given: impl IntoIterator<Item = OsString>, form: impl Fn(&str) -> Option<Form>) -> Vec<Argument> {
    let mut given = given.into_iter();
    let mut arguments = Vec::new();
    while let Some(argument) = given.next() {
        if argument == "--" {
            arguments.extend([argument].into_iter().chain(given).map(Argument::Other));
            break;
        }
        let Some((name, value)) = flag(&argument) else {
            arguments.push(Argument::Other(argument));
            continue;
        };
        let peer = |value: Option<String>| Argument::Peer(name.to_owned(), value);
        arguments.push(match (form(name), value) {
            (Some(_), Some(value)) => peer(Some(value.to_owned())),
            (Some(Form::Switch), None) => peer(None),
            (Some(Form::Value), None) => peer(given.next().map(|next| next.to_string_lossy().into_owned())),
            (None, _) if name.chars().nth(1).is_none() => Argument::Other(argument),
            (None, None) => Argument::Other(format!("--{name}").into()),
            (None, Some(value)) => Argument::Other(format!("--{name}={value}").into()),
        });
    }
    arguments
}

/// The state that a switch is given, in any of Go's words for it.
#[must_use]
pub fn state(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// A duration as `time.ParseDuration` reads it: `50ms`, `1m30s`; not 0, and not less.
///
/// # Errors
/// What it is to look like.
pub fn duration(text: &str) -> Result<Duration, String> {
    let duration = config::duration(text).filter(|duration| !duration.is_zero());
    duration.ok_or_else(|| "a number with its unit: 50ms, 15s or 1m30s".to_owned())
}

/// A flag's name, and what stands behind its `=`.
fn flag(argument: &OsStr) -> Option<(&str, Option<&str>)> {
    let text = argument.to_str()?.strip_prefix('-')?;
    let text = text.strip_prefix('-').unwrap_or(text);
    let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
    (!name.is_empty() && !name.starts_with('-')).then_some((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(given: &[&str]) -> Vec<Argument> {
        arguments(given.iter().map(OsString::from), |name| match name {
            "addr" | "v" => Some(Form::Value),
            "debug" => Some(Form::Switch),
            _ => None,
        })
    }

    fn peer(name: &str, value: Option<&str>) -> Argument {
        Argument::Peer(name.to_owned(), value.map(str::to_owned))
    }

    fn other(text: &str) -> Argument {
        Argument::Other(text.into())
    }

    #[test]
    fn one_dash_or_two_and_a_value_behind_or_after() {
        assert_eq!(
            read(&["x", "-addr", "-1", "--addr=a=b", "-addr=", "-v=4", "-addr"]),
            [
                other("x"),
                peer("addr", Some("-1")),
                peer("addr", Some("a=b")),
                peer("addr", Some("")),
                peer("v", Some("4")),
                peer("addr", None),
            ]
        );
    }

    #[test]
    fn a_switch_takes_no_value_from_the_next_argument() {
        assert_eq!(
            read(&["-debug", "false", "--debug=0"]),
            [peer("debug", None), other("false"), peer("debug", Some("0"))]
        );
    }

    #[test]
    fn flags_that_the_peer_has_not() {
        assert_eq!(
            read(&["-web.openmetrics", "-web.x=-y", "--a", "b", "-h", "-", "---", "-=", "--", "-debug"]),
            ["--web.openmetrics", "--web.x=-y", "--a", "b", "-h", "-", "---", "-=", "--", "-debug"].map(other)
        );
    }

    #[test]
    fn durations() {
        for (text, millis) in [("50ms", 50), ("15s", 15_000), ("1m30s", 90_000), ("1.5s", 1_500), ("2h", 7_200_000)] {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "15", "0s", "-1s", "s", "1 s", "1d"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn states() {
        for (text, on) in [("1", Some(true)), ("T", Some(true)), ("False", Some(false)), ("yes", None), ("", None)] {
            assert_eq!(state(text), on, "{text}");
        }
    }
}
