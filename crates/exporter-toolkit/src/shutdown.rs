//! When to stop.

use std::process;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Tells every task of an exporter when to stop; clones tell of the same stop.
#[derive(Debug, Clone)]
pub struct Shutdown(watch::Receiver<bool>);

/// Requests the stop; so does dropping it.
#[derive(Debug)]
pub struct Stop(watch::Sender<bool>);

impl Stop {
    /// Requests the stop.
    pub fn request(&self) {
        self.0.send_replace(true);
    }
}

impl Shutdown {
    /// A stop that the program itself requests.
    #[must_use]
    pub fn new() -> (Stop, Self) {
        let (stop, requested) = watch::channel(false);
        (Stop(stop), Shutdown(requested))
    }

    /// Stops at the first SIGTERM or SIGINT; a second one ends the process at once. Process 1 of a container has no
    /// default action for either, so both are handled from here on.
    ///
    /// # Errors
    /// When the system refuses a signal handler.
    pub fn on_signals() -> std::io::Result<Self> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let (stop, shutdown) = Shutdown::new();
        tokio::spawn(async move {
            for nth in 1.. {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
                if nth > 1 {
                    process::exit(1);
                }
                tracing::info!("stopping");
                stop.request();
            }
        });
        Ok(shutdown)
    }

    /// Returns once the stop has been requested.
    pub async fn requested(&mut self) {
        // A sender that is gone can't ask any more: then there is nobody to serve for.
        self.0.wait_for(|stop| *stop).await.ok();
    }
}
