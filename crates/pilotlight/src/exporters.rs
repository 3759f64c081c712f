//! The exporters of this program, as data.

use clap::{ArgMatches, Command, FromArgMatches as _};
use exporter_toolkit::args::{WebArgs, complete, variable};
use exporter_toolkit::{Built, Service, check_health};

/// An exporter that `up` can serve.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    /// Its name in the table.
    pub(crate) name: &'static str,
    /// Its program's command line, which the environment fills.
    command: fn() -> Command,
    listen_address: &'static str,
    build: fn(&mut ArgMatches, bool) -> Built,
}

/// Every exporter, in the order of the table.
pub(crate) static EXPORTERS: [Entry; 4] = [
    Entry {
        name: "host",
        command: host_exporter::command,
        listen_address: host_exporter::LISTEN_ADDRESS,
        build: host_exporter::exporter,
    },
    Entry {
        name: "docker",
        command: docker_exporter::command,
        listen_address: docker_exporter::LISTEN_ADDRESS,
        build: docker_exporter::service_where_found,
    },
    Entry {
        name: "redis",
        command: redis_exporter::command,
        listen_address: redis_exporter::LISTEN_ADDRESS,
        build: redis_exporter::service_where_found,
    },
    Entry {
        name: "otlp",
        command: otlp_bridge::command,
        listen_address: otlp_bridge::LISTEN_ADDRESS,
        build: otlp_bridge::service,
    },
];

impl Entry {
    /// The exporter as the environment configures it, with its other ports; the error says what is wrong.
    pub(crate) fn configure(&self) -> Result<(Service, WebArgs), String> {
        let (mut matches, web) = self.read()?;
        let service = (self.build)(&mut matches, !web.disable_exporter_metrics).map_err(|error| error.to_string())?;
        Ok((service, web))
    }

    /// Whether the exporter answers, in whatever process it is; the error says why not.
    pub(crate) fn check_health(&self) -> Result<(), String> {
        let (_, web) = self.read()?;
        check_health(&web.listen_addresses).map_err(|error| error.to_string())
    }

    /// What the environment says: the exporter's own settings, and how its pages are served.
    fn read(&self) -> Result<(ArgMatches, WebArgs), String> {
        let command = complete((self.command)(), self.listen_address);
        let name = command.get_name().to_owned();
        let mut matches = command.try_get_matches_from([name]).map_err(|error| reason(&error))?;
        let web = WebArgs::from_arg_matches_mut(&mut matches).map_err(|error| reason(&error))?;
        Ok((matches, web))
    }

    /// The variable that sets one of the exporter's flags.
    pub(crate) fn variable(&self, flag: &str) -> String {
        variable((self.command)().get_name(), flag.trim_start_matches("--"))
    }
}

/// The first line of what clap would print, without its prefix.
fn reason(error: &clap::Error) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}
