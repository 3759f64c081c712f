//! One exporter as a program of its own.

use std::error::Error;
use std::ffi::OsString;
use std::fmt;
use std::io;
use std::process::ExitCode;

use clap::{ArgMatches, Command, FromArgMatches as _};
use tokio::runtime::{Builder, Runtime};

use crate::args::{self, LogArgs, WebArgs};
use crate::build_info::{REVISION, VERSION};
use crate::logging;
use crate::service::{Built, Service};
use crate::shutdown::Shutdown;
use crate::web::healthcheck;
use crate::web::listener::Listener;
use crate::web::security::{Security, SecurityError};
use crate::web::server::serve;

/// The status for a bad file, as for a bad flag.
const BAD_CONFIGURATION: u8 = 2;

/// The whole `main` of an exporter's program: serves until a signal asks it to stop.
///
/// `build` makes the service from the command line, of which it may take what it needs, and is told whether the page is to
/// tell of the exporter itself.
/// Status 2 for a mistake on the command line or in a file that guards the server; 1, with the reason in the log, when it can't start.
#[must_use]
pub fn program(
    command: Command,
    listen_address: &'static str,
    build: impl FnOnce(&mut ArgMatches, bool) -> Built,
) -> ExitCode {
    program_with(command, std::env::args_os(), listen_address, build)
}

/// As [`program`], with these arguments, the program's name first: what it makes of a command line that was written for its peer.
#[must_use]
pub fn program_with(
    command: Command,
    arguments: impl IntoIterator<Item = OsString>,
    listen_address: &'static str,
    build: impl FnOnce(&mut ArgMatches, bool) -> Built,
) -> ExitCode {
    let command = args::complete(command, listen_address);
    let mut matches = args::parse(command, arguments);
    let web = WebArgs::from_arg_matches_mut(&mut matches).expect("clap has checked the arguments");
    logging::start(&LogArgs::from_arg_matches_mut(&mut matches).expect("clap has checked the arguments"));
    if web.healthcheck {
        return healthcheck::run(&web.listen_addresses);
    }
    let service = build(&mut matches, !web.disable_exporter_metrics);
    // Of some size with every flag's default in it, and not needed any more.
    drop(matches);
    let served = service.and_then(|service| {
        let security = web.security(service.guard.as_ref())?;
        run(&service, &web, security)
    });
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "can't start");
            let is_configured = !error.is::<SecurityError>() && !error.is::<BadFlag>();
            if is_configured { ExitCode::FAILURE } else { ExitCode::from(BAD_CONFIGURATION) }
        }
    }
}

/// What is wrong with flags that each are right by themselves, or with a file that one names: status 2.
#[derive(Debug)]
pub struct BadFlag(String);

impl BadFlag {
    /// `flag` with its dashes; `problem` with the remedy, and without what may be a secret.
    #[must_use]
    pub fn new(flag: &'static str, problem: impl fmt::Display) -> Self {
        BadFlag(format!("{flag}: {problem}"))
    }

    /// As [`BadFlag::new`], of a text that names the flag itself.
    #[must_use]
    pub fn named(problem: impl fmt::Display) -> Self {
        BadFlag(problem.to_string())
    }
}

impl fmt::Display for BadFlag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for BadFlag {}

fn run(service: &Service, web: &WebArgs, security: Security) -> Result<(), Box<dyn Error>> {
    runtime()?.block_on(async {
        let shutdown = Shutdown::on_signals()?;
        tracing::info!(version = VERSION, revision = REVISION, "starting {}", service.exporter.name());
        let collectors: Vec<_> = service.exporter.collectors().collect();
        tracing::info!(collectors = collectors.join(","), "enabled collectors");
        let sockets = service.bind(&web.listen()).await?;
        told(&sockets.page, "page", security.has_tls())?;
        for (port, listeners) in service.ports.iter().zip(&sockets.ports) {
            told(listeners, port.name, port.security.as_deref().unwrap_or(&security).has_tls())?;
        }
        serve(service, web.web(), security, sockets, shutdown).await;
        Ok(())
    })
}

/// Logs where a port listens, and whether others may reach it.
fn told(listeners: &[Listener], port: &str, tls: bool) -> io::Result<()> {
    for listener in listeners {
        let address = listener.address()?;
        tracing::info!(port, %address, tls, "listening");
        if address.is_public() {
            tracing::warn!(port, %address, "reachable from other machines; 127.0.0.1 is for this one alone");
        }
    }
    Ok(())
}

/// The runtime that an exporter is served on: one thread, with a network and a clock.
///
/// # Errors
/// When the system refuses what it needs.
pub fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_io().enable_time().build()
}
