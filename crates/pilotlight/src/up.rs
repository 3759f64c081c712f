//! `pilotlight up`: one thread with one runtime for each exporter, and a table of what came of it.

use std::error::Error;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;

use exporter_toolkit::args::WebArgs;
use exporter_toolkit::{Listener, Service, Shutdown, runtime, serve};
use tokio::task::spawn_blocking;

use crate::exporters::{EXPORTERS, Entry};
use crate::report::{self, Row, State};
use crate::supervise::supervise;

/// Serves everything that can be served until a signal. Status 1 when nothing can.
pub(crate) fn run() -> ExitCode {
    match serve_all() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            tracing::error!(%error, "can't start");
            ExitCode::FAILURE
        }
    }
}

/// Whether anything was served.
fn serve_all() -> Result<bool, Box<dyn Error>> {
    let runtime = runtime()?;
    runtime.block_on(async {
        let mut shutdown = Shutdown::on_signals()?;
        let mut threads = Vec::new();
        let mut rows = Vec::new();
        for entry in &EXPORTERS {
            let (state, thread) = start(entry, &shutdown)?;
            rows.push(Row { exporter: entry.name, state });
            threads.extend(thread);
        }
        // A reader that has gone away does not stop the exporters.
        write!(io::stdout(), "{}", report::table(&rows)).ok();
        let serving = !threads.is_empty();
        if serving {
            shutdown.requested().await;
        }
        // Beside the runtime, so that a second signal still ends the process at once.
        let joined = spawn_blocking(|| threads.into_iter().for_each(|thread| drop(thread.join())));
        joined.await.ok();
        Ok(serving)
    })
}

/// Starts the exporter's thread, and waits until it serves or can't.
fn start(entry: &'static Entry, shutdown: &Shutdown) -> io::Result<(State, Option<thread::JoinHandle<()>>)> {
    let (service, web) = match entry.configure() {
        Ok(configured) => configured,
        Err(why) => return Ok((State::Off { why }, None)),
    };
    let (report, started) = mpsc::channel();
    let shutdown = shutdown.clone();
    let work = move || {
        // Only the first start is waited for.
        let report = |state| drop(report.send(state));
        serve_one(entry, &service, &web, shutdown.clone(), report);
    };
    let thread = supervise(entry.name, work, thread::sleep)?;
    let died = || State::Off { why: "its thread died; the log says where".to_owned() };
    let state = started.recv().unwrap_or_else(|_| died());
    let thread = matches!(state, State::On { .. }).then_some(thread);
    Ok((state, thread))
}

fn serve_one(entry: &Entry, service: &Service, web: &WebArgs, shutdown: Shutdown, report: impl FnOnce(State)) {
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(error) => return report(State::Off { why: error.to_string() }),
    };
    runtime.block_on(async {
        let off = |why: String| {
            tracing::warn!(exporter = entry.name, error = why, "can't serve");
            State::Off { why }
        };
        let security = match web.security(service.guard.as_ref()) {
            Ok(security) => security,
            Err(error) => return report(off(error.to_string())),
        };
        let sockets = match service.bind(&web.listen()).await {
            Ok(sockets) => sockets,
            Err(error) => return report(off(format!("{error} (here by {})", entry.variable(error.flag())))),
        };
        let pages = urls(&sockets.page, security.scheme(), &web.telemetry_path);
        let ports = service.ports.iter().zip(&sockets.ports).map(|(port, listeners)| {
            let scheme = port.security.as_deref().unwrap_or(&security).scheme();
            (port.name, urls(listeners, scheme, ""))
        });
        let ports = ports.collect();
        // What goes on while it is served may be what a collector waits for.
        let checked = async {
            let collectors = service.exporter.check().await;
            report(State::On { pages, ports, collectors });
        };
        tokio::join!(serve(service, web.web(), security, sockets, shutdown), checked);
    });
}

fn urls(listeners: &[Listener], scheme: &str, path: &str) -> Vec<String> {
    let addresses = listeners.iter().filter_map(|listener| listener.address().ok());
    addresses.map(|address| address.url(scheme, path)).collect()
}
