//! The HTTP server of one exporter: accept, serve, drain.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream, lookup_host};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::connection::Connection;
use crate::exporter::Exporter;
use crate::handler::{Handler, Web};
use crate::shutdown::Shutdown;

/// Connections at a time; the next one waits in the kernel's queue.
const MOST_CONNECTIONS: usize = 512;
/// A request's header, all of it.
const MOST_HEADER_BYTES: usize = 16 * 1024;
const MOST_HEADERS: usize = 64;
/// Requests under way at the end get this long.
const DRAIN: Duration = Duration::from_secs(5);
/// After a failed accept, which without descriptors left would fail again at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A listener that could not be had.
#[derive(Debug)]
pub struct BindError {
    address: String,
    error: io::Error,
}

impl std::fmt::Display for BindError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let BindError { address, error } = self;
        let remedy = match error.kind() {
            io::ErrorKind::AddrInUse => "; stop the program that has it, or choose another with --web.listen-address",
            io::ErrorKind::PermissionDenied => "; choose a port above 1023 with --web.listen-address",
            _ => "; choose another with --web.listen-address",
        };
        write!(f, "can't listen on {address}: {error}{remedy}")
    }
}

impl std::error::Error for BindError {}

/// Listens on every address: `host:port`, `[::1]:port`, or `:port` for all interfaces. A name that stands for several
/// addresses (`localhost`) is listened on at each.
///
/// # Errors
/// Any address that can't be listened on; none is kept then.
pub async fn bind(addresses: &[String]) -> Result<Vec<TcpListener>, BindError> {
    let mut listeners = Vec::new();
    for address in addresses {
        let failed = |error| BindError { address: address.clone(), error };
        let host = if address.starts_with(':') { format!("[::]{address}") } else { address.clone() };
        for socket in lookup_host(host).await.map_err(failed)? {
            listeners.push(TcpListener::bind(socket).await.map_err(failed)?);
        }
    }
    Ok(listeners)
}

/// Serves the exporter on the listeners until shutdown, then lets the requests under way finish.
pub async fn serve(exporter: Arc<Exporter>, web: Web, listeners: Vec<TcpListener>, mut shutdown: Shutdown) {
    let handler = Arc::new(Handler { exporter, web });
    let permits = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let mut acceptors = JoinSet::new();
    for listener in listeners {
        acceptors.spawn(accept(listener, Arc::clone(&handler), Arc::clone(&permits), shutdown.clone()));
    }
    shutdown.requested().await;
    let drained = async { while acceptors.join_next().await.is_some() {} };
    if tokio::time::timeout(DRAIN, drained).await.is_err() {
        tracing::warn!("requests were still under way; ended without them");
    }
}

/// Takes connections until shutdown, then waits for those that are open.
async fn accept(listener: TcpListener, handler: Arc<Handler>, permits: Arc<Semaphore>, shutdown: Shutdown) {
    let mut connections = JoinSet::new();
    let mut stop = shutdown.clone();
    let mut failing = false;
    loop {
        let permit = Arc::clone(&permits).acquire_owned().await.expect("the semaphore is never closed");
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.requested() => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                failing = false;
                let connection = connection(stream, peer, Arc::clone(&handler), shutdown.clone());
                connections.spawn(async move {
                    connection.await;
                    drop(permit);
                });
            }
            Err(error) => {
                if !std::mem::replace(&mut failing, true) {
                    tracing::warn!(%error, "can't accept connections");
                }
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn connection(stream: TcpStream, peer: SocketAddr, handler: Arc<Handler>, mut shutdown: Shutdown) {
    // A page is written in one go; waiting for more to send would only delay its end.
    stream.set_nodelay(true).ok();
    let connection = Connection::new(stream);
    let clock = connection.clock();
    let service = service_fn(|request| {
        let (handler, clock) = (Arc::clone(&handler), clock.clone());
        async move {
            clock.serving();
            let answer = handler.answer(&request).await;
            clock.writing();
            Ok::<_, Infallible>(answer)
        }
    });
    let mut http = http1::Builder::new();
    http.max_buf_size(MOST_HEADER_BYTES).max_headers(MOST_HEADERS).half_close(false);
    let mut serving = std::pin::pin!(http.serve_connection(TokioIo::new(connection), service));
    let served = tokio::select! {
        served = serving.as_mut() => served,
        () = shutdown.requested() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = served {
        tracing::debug!(%peer, error = %crate::slot::chain(&error), "connection ended");
    }
}
