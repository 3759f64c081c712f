//! Command lines that were written for the peer: one dash or two, and Go's words for on and off.

use std::ffi::OsString;

use clap::{ArgAction, Command};
use exporter_toolkit::args::{complete, variable};
use exporter_toolkit::go::{self, Argument, Form};

use crate::args::{LISTEN_ADDRESS, NAME, command};

/// The command line of this process, in words that every exporter understands.
#[must_use]
pub fn command_line() -> Vec<OsString> {
    let debug = std::env::var(variable(NAME, "debug")).ok();
    translate(std::env::args_os().collect(), debug.as_deref())
}

/// Our words for a command line; `debug` is what the environment says of that flag.
fn translate(given: Vec<OsString>, debug: Option<&str>) -> Vec<OsString> {
    let command = complete(command(), LISTEN_ADDRESS);
    let mut debug = debug.and_then(go::state).unwrap_or(false);
    let mut ours = Vec::new();
    for argument in go::arguments(given, |name| form(&command, name)) {
        let (name, value) = match argument {
            Argument::Other(argument) => {
                ours.push(argument);
                continue;
            }
            Argument::Peer(name, value) => (name, value),
        };
        match (name.as_str(), value) {
            ("debug", value) => match value.as_deref().map_or(Some(true), go::state) {
                Some(state) => debug = state,
                // For the parser to refuse.
                None => ours.push(said("debug", value.as_deref())),
            },
            ("log-level", Some(level)) => ours.push(said("log.level", Some(&level))),
            ("log-format", Some(format)) => ours.push(said("log.format", Some(&format))),
            ("version", Some(state)) if go::state(&state) == Some(false) => {}
            ("version", _) => ours.push("--version".into()),
            (name, value) => ours.push(said(name, value.as_deref())),
        }
    }
    if debug {
        ours.push(said("log.level", Some("debug")));
    }
    ours
}

fn said(name: &str, value: Option<&str>) -> OsString {
    match value {
        Some(value) => format!("--{name}={value}").into(),
        None => format!("--{name}").into(),
    }
}

/// Whether a flag takes a value.
fn form(command: &Command, name: &str) -> Option<Form> {
    if name == "version" {
        return Some(Form::Switch);
    }
    let flag = command.get_arguments().find(|flag| flag.get_long() == Some(name))?;
    match flag.get_action() {
        ArgAction::Set | ArgAction::Append if !flag.is_require_equals_set() => Some(Form::Value),
        ArgAction::Set | ArgAction::SetTrue => Some(Form::Switch),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn translated(given: &str, debug: Option<&str>) -> String {
        let given = ["redis-exporter"].into_iter().chain(given.split_whitespace()).map(OsString::from);
        let ours = translate(given.collect(), debug);
        ours[1..].iter().map(|argument| argument.to_str().unwrap()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn command_lines_that_people_have_for_the_peer() {
        for (given, ours) in [
            (
                "-redis.addr redis://db:6379 -redis.password s3cret -is-cluster -check-keys=db0=a*",
                "--redis.addr=redis://db:6379 --redis.password=s3cret --is-cluster --check-keys=db0=a*",
            ),
            (
                "--redis.addr= -include-system-metrics=T --set-client-name=0 -web.listen-address :9121",
                "--redis.addr= --include-system-metrics=T --set-client-name=0 --web.listen-address=:9121",
            ),
            ("-log-format json --log-level WARNING", "--log.format=json --log.level=WARNING"),
            ("-debug -log-level=error", "--log.level=error --log.level=debug"),
            ("-debug=f", ""),
            ("-debug=maybe", "--debug=maybe"),
            ("-version", "--version"),
            ("-version=false -redis.addr", "--redis.addr"),
            ("--no-queues -web.openmetrics -h", "--no-queues --web.openmetrics -h"),
        ] {
            assert_eq!(translated(given, None), ours, "{given}");
        }
    }

    #[test]
    fn a_switch_takes_nothing_from_the_next_argument() {
        assert_eq!(translated("-is-tile38 false", None), "--is-tile38 false");
    }

    #[test]
    fn the_variable_for_debug_gives_way_to_the_flag() {
        assert_eq!(translated("", Some("true")), "--log.level=debug");
        assert_eq!(translated("-debug=false", Some("1")), "");
        assert_eq!(translated("", Some("perhaps")), "");
    }
}
