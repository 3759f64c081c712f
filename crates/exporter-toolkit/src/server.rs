//! The HTTP server of one exporter: accept, agree on TLS, serve, drain.

use std::convert::Infallible;
use std::error::Error;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::graceful::GracefulConnection;
use tokio::io::AsyncWriteExt as _;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::body::Page;
use crate::connection::{Clock, Connection};
use crate::crowd::Crowd;
use crate::exporter::Exporter;
use crate::handler::{Handler, Web};
use crate::line_ends::LineEnds;
use crate::listener::Listener;
use crate::security::Security;
use crate::shutdown::Shutdown;
use crate::socket::Peer;
use crate::stream::Stream;

/// Connections at a time; for the next one, that which has waited longest for a header is closed.
const MOST_CONNECTIONS: usize = 512;
/// A request's header, all of it.
const MOST_HEADER_BYTES: u16 = 16 * 1024;
const MOST_HEADERS: usize = 64;
/// Requests at a time on one HTTP/2 connection.
const MOST_STREAMS: u32 = 16;
/// What is held of an HTTP/2 answer that its client does not take.
const SEND_BUFFER_BYTES: usize = 64 * 1024;
/// Requests under way at the end get this long.
const DRAIN: Duration = Duration::from_secs(5);
/// After a failed accept, which without descriptors left would fail again at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The first byte of a TLS handshake.
const HANDSHAKE_RECORD: u8 = 0x16;
/// What a client gets that speaks HTTP where TLS is expected.
const PLAIN_TO_TLS: &[u8] = b"HTTP/1.0 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n\
    Connection: close\r\n\r\nthis server speaks TLS; use https://\n";

/// Serves the exporter on the listeners until shutdown, then lets the requests under way finish.
pub async fn serve(
    exporter: Arc<Exporter>,
    web: Web,
    security: Security,
    listeners: Vec<Listener>,
    mut shutdown: Shutdown,
) {
    let handler = Arc::new(Handler::new(exporter, web, security));
    let crowd = Crowd::new(MOST_CONNECTIONS);
    let mut acceptors = JoinSet::new();
    for listener in listeners {
        acceptors.spawn(accept(listener, Arc::clone(&handler), Arc::clone(&crowd), shutdown.clone()));
    }
    shutdown.requested().await;
    let drained = async { while acceptors.join_next().await.is_some() {} };
    if tokio::time::timeout(DRAIN, drained).await.is_err() {
        tracing::warn!("requests were still under way; ended without them");
    }
}

/// Takes connections until shutdown, then waits for those that are open.
async fn accept(listener: Listener, handler: Arc<Handler>, crowd: Arc<Crowd>, shutdown: Shutdown) {
    let mut connections = JoinSet::new();
    let mut stop = shutdown.clone();
    let mut failing = false;
    let metrics = &handler.exporter.metrics;
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.requested() => break,
        };
        match accepted {
            Ok((socket, peer)) => {
                failing = false;
                let connection = Connection::new(socket);
                let Some(place) = crowd.enter(connection.clock()) else {
                    metrics.crowded.inc();
                    continue;
                };
                let (handler, shutdown) = (Arc::clone(&handler), shutdown.clone());
                let served = serve_connection(connection, peer, handler, shutdown);
                let place = Arc::new(place);
                let held = Arc::clone(&place);
                let task = connections.spawn(async move {
                    if let Err(error) = served.await {
                        tracing::debug!(%peer, error = %crate::slot::chain(&*error), "connection ended");
                    }
                    drop(held);
                });
                place.served_by(task);
            }
            Err(error) => {
                metrics.accept_errors.inc();
                if !std::mem::replace(&mut failing, true) {
                    tracing::warn!(%error, "can't accept connections");
                }
                // Most likely there are no descriptors left: one that nobody uses helps whoever comes next.
                crowd.close_longest_waiting();
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// Why a connection ended.
// The parts of a connection's life are boxed: a task is as large as the largest of them, also for who says nothing.
type Ended = Box<dyn Error + Send + Sync>;

async fn serve_connection(
    mut connection: Connection,
    peer: Peer,
    handler: Arc<Handler>,
    mut shutdown: Shutdown,
) -> Result<(), Ended> {
    // Nothing is set up for who says nothing.
    let first = tokio::select! {
        first = connection.first_byte() => first?,
        () = shutdown.requested() => return Ok(()),
    };
    let clock = connection.clock();
    let Some(config) = handler.security.tls() else {
        clock.agreed(false);
        return Box::pin(serve_http1(Stream::Plain(connection), peer, handler, clock, shutdown)).await;
    };
    if first != HANDSHAKE_RECORD {
        return Ok(connection.write_all(PLAIN_TO_TLS).await?);
    }
    let stream = Box::pin(TlsAcceptor::from(config).accept(connection)).await?;
    let multiplexed = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    clock.agreed(multiplexed);
    let stream = Stream::Tls(Box::new(stream));
    if multiplexed {
        Box::pin(serve_http2(stream, peer, handler, clock, shutdown)).await
    } else {
        Box::pin(serve_http1(stream, peer, handler, clock, shutdown)).await
    }
}

async fn serve_http1(
    stream: Stream,
    peer: Peer,
    handler: Arc<Handler>,
    clock: Clock,
    shutdown: Shutdown,
) -> Result<(), Ended> {
    let service = service_fn(|request| answer(request, peer, Arc::clone(&handler), clock.clone()));
    let mut http = http1::Builder::new();
    http.max_buf_size(MOST_HEADER_BYTES.into()).max_headers(MOST_HEADERS).half_close(false);
    drive(http.serve_connection(TokioIo::new(LineEnds::new(stream)), service), shutdown).await
}

async fn serve_http2(
    stream: Stream,
    peer: Peer,
    handler: Arc<Handler>,
    clock: Clock,
    shutdown: Shutdown,
) -> Result<(), Ended> {
    let service = service_fn(|request| answer(request, peer, Arc::clone(&handler), clock.clone()));
    let mut http = http2::Builder::new(TokioExecutor::new());
    http.max_concurrent_streams(MOST_STREAMS).max_header_list_size(MOST_HEADER_BYTES.into());
    http.max_send_buf_size(SEND_BUFFER_BYTES);
    drive(http.serve_connection(TokioIo::new(stream), service), shutdown).await
}

/// Runs the connection to its end; from shutdown on it takes no further request.
async fn drive<C>(connection: C, mut shutdown: Shutdown) -> Result<(), Ended>
where
    C: GracefulConnection,
    C::Error: Into<Ended>,
{
    let mut connection = pin!(connection);
    tokio::select! {
        served = connection.as_mut() => return served.map_err(Into::into),
        () = shutdown.requested() => {}
    }
    connection.as_mut().graceful_shutdown();
    connection.await.map_err(Into::into)
}

/// Answers one request, and keeps the clock of its connection.
async fn answer(
    request: Request<Incoming>,
    peer: Peer,
    handler: Arc<Handler>,
    clock: Clock,
) -> Result<Response<Page>, Infallible> {
    clock.serving();
    // No request needs its body here; one that has not come whole ends the connection.
    let (request, body) = request.into_parts();
    drop(body);
    let answer = handler.answer(&request, peer).await;
    clock.writing();
    Ok(answer.map(|bytes| Page::new(bytes, clock)))
}
