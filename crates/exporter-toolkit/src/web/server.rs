//! The HTTP server of one exporter: accept, agree on TLS, serve, drain.

use std::convert::Infallible;
use std::error::Error;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use hyper::body::Incoming;
use hyper::header::CONNECTION;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::{Request, Response, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::either::Either;

use crate::exporter::Exporter;
use crate::shutdown::Shutdown;
use crate::web::body::Page;
use crate::web::connection::{Clock, Connection, Phase};
use crate::web::crowd::Crowd;
use crate::web::handler::{Handler, Web};
use crate::web::head::{self, NoHead, OneRequest};
use crate::web::listener::{Listener, Peer};
use crate::web::security::Security;

/// Connections at a time; for the next one, that which has waited longest for a header is closed.
const MOST_CONNECTIONS: usize = 512;
/// What one with TLS counts for: it holds some 11 kB where one without holds 2.
const TLS_WEIGHT: usize = 2;
/// The header of an HTTP/2 request, as if it were written out.
const MOST_HEADER_BYTES: u32 = 16 * 1024;
const MOST_HEADERS: usize = 64;
/// Requests at a time on one HTTP/2 connection.
const MOST_STREAMS: u32 = 16;
/// What is held of an HTTP/2 answer that its client does not take.
const SEND_BUFFER_BYTES: usize = 64 * 1024;
/// Bytes that are read of a client who is not served.
const MOST_UNREAD: usize = 256 * 1024;
/// Requests under way at the end get this long.
const DRAIN: Duration = Duration::from_secs(5);
/// After a failed accept, which without descriptors left would fail again at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// After this long without a failed accept, the next one is news.
const ACCEPT_QUIET: Duration = Duration::from_secs(60);

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
    let mut failed: Option<Instant> = None;
    let metrics = &handler.exporter.metrics;
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.requested() => break,
        };
        match accepted {
            Ok((socket, peer)) => {
                let connection = Connection::new(socket);
                let weight = if handler.security.has_tls() { TLS_WEIGHT } else { 1 };
                let Some(place) = crowd.enter(connection.clock(), weight) else {
                    metrics.crowded.inc();
                    continue;
                };
                let (handler, clock) = (Arc::clone(&handler), connection.clock());
                let served = serve_connection(connection, Visit { peer, handler, clock, shutdown: shutdown.clone() });
                let place = Arc::new(place);
                let held = Arc::clone(&place);
                let task = connections.spawn(async move {
                    if let Err(error) = served.await {
                        tracing::debug!(%peer, error = %crate::chain::chain(&*error), "connection ended");
                    }
                    drop(held);
                });
                place.served_by(task);
            }
            Err(error) => {
                metrics.accept_errors.inc();
                // While descriptors are short, one that is closed lets the next one in: it fails and works in turn.
                if failed.is_none_or(|failed| failed.elapsed() > ACCEPT_QUIET) {
                    tracing::warn!(%error, "can't accept connections");
                }
                failed = Some(Instant::now());
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

/// What HTTP is spoken over: a connection as it is, or TLS within it. One type, so that HTTP is compiled once.
type Stream = Either<Connection, Box<TlsStream<Connection>>>;

/// A connection's client, and what answers it.
#[derive(Clone)]
struct Visit {
    peer: Peer,
    handler: Arc<Handler>,
    clock: Clock,
    shutdown: Shutdown,
}

/// Why a connection ended.
type Ended = Box<dyn Error + Send + Sync>;

/// A part of a connection's life. Boxed before it is awaited: a future has room for all that it may come to hold, also where
/// the client never says a word.
type Part<'a, T> = Pin<Box<dyn Future<Output = Result<T, Ended>> + Send + 'a>>;

async fn serve_connection(mut connection: Connection, mut visit: Visit) -> Result<(), Ended> {
    // Nothing is set up for who says nothing.
    let first = tokio::select! {
        first = connection.first_byte() => first?,
        () = visit.shutdown.requested() => return Ok(()),
    };
    let Some(config) = visit.handler.security.tls() else {
        visit.clock.agreed(false);
        return serve_http1(Stream::Left(connection), visit).await;
    };
    if first != HANDSHAKE_RECORD {
        return part(connection, PLAIN_TO_TLS).await;
    }
    let (stream, multiplexed) = agree(connection, config).await?;
    visit.clock.agreed(multiplexed);
    if multiplexed { serve_http2(stream, visit).await } else { serve_http1(stream, visit).await }
}

/// Answers who is not served, and closes. What still comes is read first: with bytes left over, the system would take the
/// answer back.
fn part(mut stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, answer: &'static [u8]) -> Part<'static, ()> {
    Box::pin(async move {
        stream.write_all(answer).await?;
        stream.shutdown().await?;
        let mut chunk = [0; 1024];
        for _ in 0..MOST_UNREAD / chunk.len() {
            if stream.read(&mut chunk).await? == 0 {
                break;
            }
        }
        Ok(())
    })
}

/// Speaks TLS with the client, and HTTP/2 if it likes.
fn agree(connection: Connection, config: Arc<ServerConfig>) -> Part<'static, (Stream, bool)> {
    Box::pin(async move {
        let stream = TlsAcceptor::from(config).accept(connection).await?;
        let multiplexed = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        Ok((Stream::Right(Box::new(stream)), multiplexed))
    })
}

fn serve_http1(mut stream: Stream, mut visit: Visit) -> Part<'static, ()> {
    Box::pin(async move {
        let mut ahead = Vec::new();
        loop {
            let head = tokio::select! {
                head = head::read(&mut stream, ahead) => head,
                () = visit.shutdown.requested() => return Ok(()),
            };
            let head = match head {
                Ok(head) => head,
                Err(NoHead::Gone(error)) => return Err(error.into()),
                Err(none) => {
                    visit.handler.exporter.metrics.refused_requests.with_label_values(&["shape"]).inc();
                    return part(stream, none.answer().unwrap_or_default()).await;
                }
            };
            match serve_request(OneRequest::new(head, stream), visit.clone()).await? {
                None => return Ok(()),
                Some((rest, back)) => (ahead, stream) = (rest, back),
            }
            if !ahead.is_empty() {
                visit.clock.received();
            }
        }
    })
}

/// Answers the request whose header has come. The stream again, with what has come behind the request, if it may have more.
fn serve_request(stream: OneRequest<Stream>, visit: Visit) -> Part<'static, Option<(Vec<u8>, Stream)>> {
    Box::pin(async move {
        let lasts = AtomicBool::new(false);
        let mut stop = visit.shutdown.clone();
        let service = service_fn(|request: Request<Incoming>| {
            let asked_to_last = request.version() == Version::HTTP_11 && !request.headers().contains_key(CONNECTION);
            let answered = answer(request, visit.peer, Arc::clone(&visit.handler), visit.clock.clone());
            let lasts = &lasts;
            async move {
                let answered = answered.await;
                let stays = answered.as_ref().is_ok_and(|answer| !answer.headers().contains_key(CONNECTION));
                lasts.store(asked_to_last && stays, Ordering::Relaxed);
                answered
            }
        });
        let mut http = http1::Builder::new();
        http.max_headers(MOST_HEADERS).half_close(false);
        let mut connection = http.serve_connection(TokioIo::new(stream), service);
        let idle = poll_fn(|cx| match Pin::new(&mut connection).poll(cx) {
            Poll::Ready(served) => Poll::Ready(served.map(|()| false)),
            Poll::Pending if lasts.load(Ordering::Relaxed) && visit.clock.now().0 == Phase::Idle => {
                Poll::Ready(Ok(true))
            }
            Poll::Pending => Poll::Pending,
        });
        let is_idle = tokio::select! {
            is_idle = idle => is_idle?,
            () = stop.requested() => {
                Pin::new(&mut connection).graceful_shutdown();
                connection.await?;
                return Ok(None);
            }
        };
        Ok(is_idle.then(|| connection.into_parts().io.into_inner().into_parts()))
    })
}

fn serve_http2(stream: Stream, visit: Visit) -> Part<'static, ()> {
    Box::pin(async move {
        let mut stop = visit.shutdown.clone();
        let service =
            service_fn(|request| answer(request, visit.peer, Arc::clone(&visit.handler), visit.clock.clone()));
        let mut http = http2::Builder::new(TokioExecutor::new());
        http.max_concurrent_streams(MOST_STREAMS).max_header_list_size(MOST_HEADER_BYTES);
        http.max_send_buf_size(SEND_BUFFER_BYTES);
        let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
        tokio::select! {
            served = connection.as_mut() => return Ok(served?),
            () = stop.requested() => connection.as_mut().graceful_shutdown(),
        }
        Ok(connection.await?)
    })
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
