//! The command line that every exporter shares, in the words of the Go exporters.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::BoolishValueParser;
use clap::{Arg, ArgMatches, Args as _, Command, ValueEnum};
use exposition::Preference;

use crate::build_info::LONG_VERSION;
use crate::web::config::WebFlags;
use crate::web::listener::{Access, Listen, PAGE_FLAG, UNIX};
use crate::web::pages::Web;
use crate::web::security::{Security, SecurityError};

/// How the pages are served.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Web")]
pub struct WebArgs {
    /// Address to listen on: host:port, :port for all interfaces, or unix:/path. Repeatable; with commas in the environment.
    #[arg(long = "web.listen-address", value_name = "ADDRESS", value_delimiter = ',', value_parser = listen_address)]
    pub listen_addresses: Vec<String>,
    /// Listen on the sockets that systemd has opened, instead of any address.
    #[arg(long = "web.systemd-socket")]
    pub systemd_socket: bool,
    /// Permissions of the socket of a unix: address.
    #[arg(long = "web.socket-mode", value_name = "OCTAL", default_value = "0660", value_parser = mode)]
    pub socket_mode: u32,
    /// Owner of the socket of a unix: address, by numbers.
    #[arg(long = "web.socket-owner", value_name = "UID[:GID]", value_parser = owner)]
    pub socket_owner: Option<Owner>,
    /// File with TLS, users, headers and rate limit, in the format of the Go exporters. Followed while serving.
    #[arg(long = "web.config.file", value_name = "PATH")]
    pub config_file: Option<PathBuf>,
    /// File with the token of clients that send Authorization: Bearer. Followed while serving.
    #[arg(long = "web.bearer-token-file", value_name = "PATH")]
    pub bearer_token_file: Option<PathBuf>,
    /// Name under which clients reach this machine, or *.suffix, or * for any. Its own name, private ones and addresses need
    /// none. Repeatable.
    #[arg(long = "web.allowed-host", value_name = "NAME", value_delimiter = ',')]
    pub allowed_hosts: Vec<String>,
    /// Path of the metrics page.
    #[arg(long = "web.telemetry-path", value_name = "PATH", default_value = "/metrics", value_parser = absolute_path)]
    pub telemetry_path: String,
    /// Leave process_*, promhttp_* and the exporter's own counters off the page.
    #[arg(long = "web.disable-exporter-metrics")]
    pub disable_exporter_metrics: bool,
    /// Requests for the metrics page that are served at a time; the others get status 503. 0 is no limit.
    #[arg(long = "web.max-requests", value_name = "N", default_value_t = 40)]
    pub max_requests: usize,
    /// Answer in OpenMetrics to clients that take it beside the text format, as stock Prometheus does.
    #[arg(long = "web.openmetrics")]
    pub openmetrics: bool,
    /// Ask the exporter at the listen address whether it answers, and end: with status 0 if it does.
    #[arg(long = "healthcheck")]
    pub healthcheck: bool,
}

/// Numbers of a socket's user and, if it is to change, group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    user: u32,
    group: Option<u32>,
}

impl WebArgs {
    /// What to listen on.
    #[must_use]
    pub fn listen(&self) -> Listen {
        Listen {
            addresses: self.listen_addresses.clone(),
            systemd: self.systemd_socket,
            access: Access {
                mode: self.socket_mode,
                user: self.socket_owner.map(|owner| owner.user),
                group: self.socket_owner.and_then(|owner| owner.group),
            },
            flag: PAGE_FLAG,
        }
    }

    /// What guards the server; `flags` are an exporter's own, which may say it in the place of the configuration file.
    ///
    /// # Errors
    /// When a file that is to guard it is bad, or both say it.
    pub fn security(&self, flags: Option<&WebFlags>) -> Result<Security, SecurityError> {
        // An empty path is no file, as for the Go exporters.
        let named = |file: &'_ Option<PathBuf>| file.clone().filter(|path| !path.as_os_str().is_empty());
        let (config, token) = (named(&self.config_file), named(&self.bearer_token_file));
        match (config, flags) {
            (Some(_), Some(flags)) => Err(SecurityError::twice(flags)),
            (None, Some(flags)) => Security::by_flags(flags, token.as_deref()),
            (config, None) => Security::open(config.as_deref(), token.as_deref()),
        }
    }

    /// What the server needs of them.
    #[must_use]
    pub fn web(&self) -> Web {
        Web {
            telemetry_path: self.telemetry_path.clone(),
            preference: if self.openmetrics { Preference::OpenMetrics } else { Preference::Text },
            max_requests: self.max_requests,
            allowed_hosts: self.allowed_hosts.clone(),
        }
    }
}

/// What is logged, and how; always to standard error.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Logs")]
pub struct LogArgs {
    /// Only log messages of this severity or above.
    #[arg(long = "log.level", value_name = "LEVEL", default_value = "info", ignore_case = true)]
    pub level: LogLevel,
    /// Output format of log messages.
    #[arg(long = "log.format", value_name = "FORMAT", default_value = "logfmt", ignore_case = true)]
    pub format: LogFormat,
}

/// Severities, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogLevel {
    /// Every scrape.
    Debug,
    /// Start, stop, recoveries.
    Info,
    /// What does not work; once per change of state.
    // redis_exporter's variable of the same name has this word.
    #[value(alias = "warning")]
    Warn,
    /// Why the program ends.
    Error,
}

/// Formats of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// `key=value` pairs.
    // As above.
    #[value(alias = "txt")]
    Logfmt,
    /// One JSON object a line.
    Json,
}

/// Adds [`WebArgs`] and [`LogArgs`] to a program's command. Every flag can also be set by its [`variable`]; every boolean
/// flag takes a value (`--a=false`) or none, and has a form `--no-a`; the last one wins.
#[must_use]
pub fn complete(command: Command, listen_address: &'static str) -> Command {
    let program = command.get_name().to_owned();
    // Adding arguments brings their group's own description along.
    let about = command.get_about().cloned();
    LogArgs::augment_args(WebArgs::augment_args(command))
        .about(about.unwrap_or_default())
        .version(LONG_VERSION)
        .args_override_self(true)
        .mut_arg("listen_addresses", |arg| arg.default_value(listen_address))
        .after_help(format!(
            "Every boolean flag has a --no- form. Every flag can be set by an environment variable: --web.telemetry-path by \
             {}.",
            variable(&program, "web.telemetry-path")
        ))
        .mut_args(|arg| {
            let Some(long) = arg.get_long() else { return arg };
            // One that a peer has named otherwise keeps its name, which the help tells; what it holds may be a password.
            let own = arg.get_env().map(ToOwned::to_owned);
            let follows_rule = own.is_none();
            let variable = own.unwrap_or_else(|| variable(&program, long).into());
            let arg = if is_switch(&arg) { as_switch(arg) } else { arg };
            // An empty variable is one that was not set: compose files write ${X:-}.
            if std::env::var_os(&variable).is_some_and(|value| value.is_empty()) {
                return arg.env(None::<&'static str>);
            }
            arg.env(variable).hide_env(follows_rule).hide_env_values(true)
        })
}

/// Parses the command line; a mistake in it ends the program with status 2 and says what is wrong.
#[must_use]
pub fn parse(command: Command, arguments: impl IntoIterator<Item = OsString>) -> ArgMatches {
    let arguments: Vec<_> = arguments.into_iter().map(|argument| positive(&command, argument)).collect();
    command.try_get_matches_from(arguments).unwrap_or_else(|error| error.exit())
}

/// A flag that is on or off, with a default, for commands that are built from a table.
#[must_use]
pub fn switch(name: &'static str, default: bool) -> Arg {
    as_switch(Arg::new(name).long(name).default_value(if default { "true" } else { "false" }))
}

fn is_switch(arg: &Arg) -> bool {
    matches!(arg.get_action(), clap::ArgAction::SetTrue)
}

fn as_switch(arg: Arg) -> Arg {
    let arg = if arg.get_default_values().is_empty() { arg.default_value("false") } else { arg };
    arg.action(clap::ArgAction::Set)
        .value_parser(BoolishValueParser::new())
        .num_args(0..=1)
        .require_equals(true)
        .default_missing_value("true")
        .hide_default_value(true)
        .hide_possible_values(true)
        .value_name("BOOL")
}

/// `--no-x` becomes `--x=false` where `--x` is a boolean flag.
fn positive(command: &Command, argument: OsString) -> OsString {
    let name = argument.to_str().and_then(|text| text.strip_prefix("--no-"));
    let switch = name.filter(|name| {
        let mut arguments = command.get_arguments();
        arguments.any(|arg| arg.get_long() == Some(name) && arg.is_require_equals_set())
    });
    switch.map(|name| format!("--{name}=false").into()).unwrap_or(argument)
}

/// The environment variable that sets a program's flag: `--web.telemetry-path` of `host-exporter` is
/// `HOST_EXPORTER_WEB_TELEMETRY_PATH`.
#[must_use]
pub fn variable(program: &str, flag: &str) -> String {
    format!("{program}_{flag}").replace(['.', '-'], "_").to_ascii_uppercase()
}

/// A duration as Go's flags have them, of one unit: `300s`, `5m`, `3h`.
///
/// # Errors
/// What it is to look like.
pub fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "a number with its unit: 300s, 5m or 3h".to_owned();
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(wrong)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err(wrong()),
    };
    let number: u32 = number.parse().map_err(|_| wrong())?;
    if number == 0 { Err(wrong()) } else { Ok(Duration::from_secs(u64::from(number) * seconds)) }
}

fn absolute_path(path: &str) -> Result<String, String> {
    if path.starts_with('/') { Ok(path.to_owned()) } else { Err("a path starts with /".to_owned()) }
}

fn listen_address(address: &str) -> Result<String, String> {
    match address.strip_prefix(UNIX) {
        Some(path) if !path.starts_with('/') => Err("the path of a socket starts with /".to_owned()),
        None if address.starts_with("vsock:") => Err("vsock is not supported; use TCP or a unix: address".to_owned()),
        _ => Ok(address.to_owned()),
    }
}

fn mode(text: &str) -> Result<u32, String> {
    u32::from_str_radix(text, 8)
        .ok()
        .filter(|mode| *mode <= 0o777)
        .ok_or("permissions are octal, such as 0660".to_owned())
}

fn owner(text: &str) -> Result<Owner, String> {
    let (user, group) = text.split_once(':').map_or((text, None), |(user, group)| (user, Some(group)));
    let number = |text: &str| text.parse().map_err(|_| format!("{text:?} is no number; `id` tells those of a user"));
    Ok(Owner { user: number(user)?, group: group.map(number).transpose()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> Result<WebArgs, clap::Error> {
        let command = Command::new("x-exporter").arg(switch("collector.cpu", true));
        let command = complete(command, "127.0.0.1:1");
        let arguments = ["x-exporter"].iter().chain(arguments).map(|text| positive(&command, OsString::from(text)));
        let matches = command.clone().try_get_matches_from(arguments)?;
        <WebArgs as clap::FromArgMatches>::from_arg_matches(&matches)
    }

    #[test]
    fn defaults() {
        let web = parsed(&[]).unwrap();
        assert_eq!(web.listen_addresses, ["127.0.0.1:1"]);
        assert_eq!((web.telemetry_path.as_str(), web.max_requests), ("/metrics", 40));
        assert!(!web.openmetrics && !web.disable_exporter_metrics);
    }

    #[test]
    fn switches_in_every_form_and_the_last_one_wins() {
        for (arguments, on) in [
            (&["--web.openmetrics"][..], true),
            (&["--web.openmetrics=true"], true),
            (&["--web.openmetrics=false"], false),
            (&["--no-web.openmetrics"], false),
            (&["--web.openmetrics", "--no-web.openmetrics"], false),
            (&["--no-web.openmetrics", "--web.openmetrics", "--no-collector.cpu"], true),
        ] {
            assert_eq!(parsed(arguments).unwrap().openmetrics, on, "{arguments:?}");
        }
    }

    #[test]
    fn several_addresses() {
        let web = parsed(&["--web.listen-address=a:1", "--web.listen-address", "b:2"]).unwrap();
        assert_eq!(web.listen_addresses, ["a:1", "b:2"]);
    }

    #[test]
    fn durations() {
        assert_eq!(duration("300s"), Ok(Duration::from_secs(300)));
        assert_eq!(duration("5m"), Ok(Duration::from_secs(300)));
        assert_eq!(duration("3h"), Ok(Duration::from_secs(10_800)));
        for text in ["", "5", "m", "0s", "-1s", "1.5h", "ü"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        for (argument, named) in [
            ("--web.telemetry-path=metrics", "a path starts with /"),
            ("--web.openmetrics=maybe", "maybe"),
            ("--no-web.max-requests", "--no-web.max-requests"),
            ("--web.listen-adress=:1", "--web.listen-address"),
        ] {
            let error = parsed(&[argument]).unwrap_err().to_string();
            assert!(error.contains(named), "{error}");
        }
    }

    #[test]
    fn a_variable_that_a_peer_has_named_keeps_its_name() {
        let given = Arg::new("address").long("x.address").env("PEER_ADDRESS");
        let command = complete(Command::new("x-exporter").arg(given), "127.0.0.1:1");
        let arg = |name: &str| command.get_arguments().find(|arg| arg.get_id() == name).unwrap();
        assert_eq!(arg("address").get_env(), Some(std::ffi::OsStr::new("PEER_ADDRESS")));
        // It is not to be guessed, and may hold a password.
        assert!(!arg("address").is_hide_env_set() && arg("address").is_hide_env_values_set());
        assert!(arg("level").is_hide_env_set());
    }

    #[test]
    fn words_of_the_peers_for_levels_and_formats() {
        for (arguments, level, format) in [
            (["--log.level=INFO", "--log.format=txt"], LogLevel::Info, LogFormat::Logfmt),
            (["--log.level=Warning", "--log.format=JSON"], LogLevel::Warn, LogFormat::Json),
        ] {
            let command = complete(Command::new("x-exporter"), "127.0.0.1:1");
            let matches = command.try_get_matches_from(["x-exporter"].iter().chain(&arguments)).unwrap();
            let log = <LogArgs as clap::FromArgMatches>::from_arg_matches(&matches).unwrap();
            assert_eq!((log.level, log.format), (level, format));
        }
    }

    #[test]
    fn every_flag_has_its_variable() {
        let command = complete(Command::new("x-exporter").about("Nothing."), "127.0.0.1:1");
        assert_eq!(command.get_about().map(ToString::to_string), Some("Nothing.".to_owned()));
        let variable = |long: &str| {
            let mut arguments = command.get_arguments();
            arguments.find(|arg| arg.get_long() == Some(long)).and_then(Arg::get_env).map(|name| name.to_owned())
        };
        assert_eq!(variable("web.telemetry-path"), Some("X_EXPORTER_WEB_TELEMETRY_PATH".into()));
        assert_eq!(variable("web.openmetrics"), Some("X_EXPORTER_WEB_OPENMETRICS".into()));
    }
}
