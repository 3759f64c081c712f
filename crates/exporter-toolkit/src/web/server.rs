//! The HTTP server of one service: accept, agree on TLS, serve, drain.

use std::convert::Infallible;
use std::error::Error;
use std::future::{Future, poll_fn};
use std::panic::resume_unwind;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use hyper::body::Incoming;
use hyper::header::{CONNECTION, HeaderMap, HeaderValue};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::{Request, Response, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::task::{JoinError, JoinSet};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::either::Either;

use crate::service::{Service, Sockets};
use crate::shutdown::Shutdown;
use crate::web::body::{Page, RequestBody};
use crate::web::connection::{BODY, Clock, Connection, Phase};
use crate::web::crowd::Crowd;
use crate::web::edge::Names;
use crate::web::framing::Framing;
use crate::web::handler::{Content, Current, Handler};
use crate::web::head::{self, Head, NoHead, OneRequest};
use crate::web::listener::{Listener, Peer};
use crate::web::pages::{Pages, Web};
use crate::web::security::Security;

/// Connections at a time and port; for the next one, that which has waited longest for a header is closed.
const MOST_CONNECTIONS: usize = 512;
/// What one with TLS counts for: it holds some 11 kB where one without holds 2.
const TLS_WEIGHT: usize = 2;
/// The header of an HTTP/2 request, as if it were written out.
const MOST_HEADER_BYTES: u32 = 16 * 1024;
const MOST_HEADERS: usize = 64;
/// Requests at a time on one HTTP/2 connection.
const MOST_STREAMS: u32 = 16;
/// Of them, those that were reset before they were looked at, and those that broke rules; with more the connection ends.
const MOST_RESETS: usize = 20;
const MOST_ERRORS: usize = 128;
/// What an HTTP/2 client may send before it is read: of one request, and of all on a connection.
const STREAM_WINDOW: u32 = 256 * 1024;
const CONNECTION_WINDOW: u32 = 1024 * 1024;
/// What is held of an answer that its client does not take.
const SEND_BUFFER_BYTES: usize = 64 * 1024;
/// Bytes that are read of a client who is not served, within the time that a header has: of any, and of one who was sending
/// a body, and would take a reset for a failure of the network.
const MOST_UNREAD: usize = 256 * 1024;
const MOST_UNREAD_BODY: usize = 64 * 1024 * 1024;
/// Requests under way at the end get this long.
const DRAIN: Duration = Duration::from_secs(5);
/// What goes on beside the pages has this long to hear of the end, and to end.
const FAREWELL: Duration = Duration::from_millis(100);
/// After a failed accept, which without descriptors left would fail again at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// After this long without a failed accept, the next one is news.
const ACCEPT_QUIET: Duration = Duration::from_secs(60);

/// The first byte of a TLS handshake.
const HANDSHAKE_RECORD: u8 = 0x16;
/// What a client gets that speaks HTTP where TLS is expected.
const PLAIN_TO_TLS: &[u8] = b"HTTP/1.0 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n\
    Connection: close\r\n\r\nthis server speaks TLS; use https://\n";

/// Serves the exporter and the other ports on their sockets until shutdown, then lets the requests under way finish.
pub async fn serve(service: &Service, web: Web, security: Security, sockets: Sockets, mut shutdown: Shutdown) {
    let own = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let names = Arc::new(Names::new(&own, &web.allowed_hosts));
    let security = Arc::new(security);
    let others = service.ports.iter().filter_map(|port| port.security.clone());
    let current = Current::of(&service.exporter, std::iter::once(Arc::clone(&security)).chain(others).collect());
    let mut acceptors = JoinSet::new();
    let mut open = |listeners: Vec<Listener>, security: &Arc<Security>, content, body_time| {
        let exporter = Arc::clone(&service.exporter);
        let (names, security) = (Arc::clone(&names), Arc::clone(security));
        let handler = Arc::new(Handler::new(exporter, names, security, current.clone(), content));
        // One port's clients take no other's places.
        let crowd = Crowd::new(MOST_CONNECTIONS);
        for listener in listeners {
            let door = Door { handler: Arc::clone(&handler), body_time, shutdown: shutdown.clone() };
            acceptors.spawn(accept(listener, door, Arc::clone(&crowd)));
        }
    };
    let pages = Content::Pages(Pages::new(service, web));
    open(sockets.page, &security, pages, BODY);
    for (port, listeners) in service.ports.iter().zip(sockets.ports) {
        let application = Content::Application(Arc::clone(&port.application));
        open(listeners, port.security.as_ref().unwrap_or(&security), application, port.body_time);
    }
    let mut work: JoinSet<()> = service.work.iter().map(|work| work(shutdown.clone())).collect();
    // It ends when all is to end, and before that only if it dies.
    while let Some(ended) = tokio::select! {
        ended = work.join_next() => ended,
        () = shutdown.requested() => None,
    } {
        died(ended);
    }
    shutdown.requested().await;
    let drained = async { while acceptors.join_next().await.is_some() {} };
    if tokio::time::timeout(DRAIN, drained).await.is_err() {
        tracing::warn!("requests were still under way; ended without them");
    }
    let ended = async {
        while let Some(ended) = work.join_next().await {
            died(ended);
        }
    };
    // What does not listen is dropped.
    tokio::time::timeout(FAREWELL, ended).await.ok();
}

/// Lets a panic of what went on beside the pages go on here, where whoever serves sees it.
fn died(ended: Result<(), JoinError>) {
    if let Err(Ok(panic)) = ended.map_err(JoinError::try_into_panic) {
        resume_unwind(panic);
    }
}

/// What is behind a port.
#[derive(Clone)]
struct Door {
    handler: Arc<Handler>,
    body_time: Duration,
    shutdown: Shutdown,
}

/// Takes connections until shutdown, then waits for those that are open.
async fn accept(listener: Listener, door: Door, crowd: Arc<Crowd>) {
    let mut connections = JoinSet::new();
    let mut stop = door.shutdown.clone();
    let mut failed: Option<Instant> = None;
    let metrics = &door.handler.exporter.metrics;
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.requested() => break,
        };
        match accepted {
            Ok((socket, peer)) => {
                let connection = Connection::new(socket);
                let weight = if door.handler.security.has_tls() { TLS_WEIGHT } else { 1 };
                let Some(place) = crowd.enter(connection.clock(), weight) else {
                    metrics.crowded.inc();
                    continue;
                };
                let visit = Visit { peer, clock: connection.clock(), door: door.clone() };
                let served = serve_connection(connection, visit);
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
    clock: Clock,
    door: Door,
}

impl Visit {
    fn handler(&self) -> &Handler {
        &self.door.handler
    }
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
        () = visit.door.shutdown.requested() => return Ok(()),
    };
    let Some(config) = visit.handler().security.tls() else {
        visit.clock.agreed(false);
        return serve_http1(Stream::Left(connection), visit).await;
    };
    if first != HANDSHAKE_RECORD {
        return part(connection, PLAIN_TO_TLS, MOST_UNREAD).await;
    }
    let (stream, multiplexed) = agree(connection, config).await?;
    visit.clock.agreed(multiplexed);
    if multiplexed { serve_http2(stream, visit).await } else { serve_http1(stream, visit).await }
}

/// Answers who is not served, and closes. What still comes is read first: with bytes left over, the system would take the
/// answer back.
fn part(
    mut stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    answer: &'static [u8],
    most: usize,
) -> Part<'static, ()> {
    Box::pin(async move {
        stream.write_all(answer).await?;
        stream.shutdown().await?;
        let (mut chunk, mut read) = ([0; 1024], 0);
        while read < most {
            match stream.read(&mut chunk).await? {
                0 => break,
                length => read += length,
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
        let mut is_first = true;
        loop {
            let head = tokio::select! {
                head = head::read(&mut stream, ahead) => head,
                () = visit.door.shutdown.requested() => return Ok(()),
            };
            let framed = match head {
                Ok(head) if is_first && head.is_preface() && visit.handler().is_application() => match stream {
                    Stream::Left(mut connection) => {
                        connection.unread(head.into_bytes());
                        visit.clock.agreed(true);
                        return serve_http2(Stream::Left(connection), visit).await;
                    }
                    Stream::Right(_) => Err(NoHead::Malformed),
                },
                head => head.and_then(|head| framed(head, visit.handler())),
            };
            let (head, framing) = match framed {
                Ok(framed) => framed,
                Err(NoHead::Gone(error)) => return Err(error.into()),
                Err(none) => {
                    visit.handler().exporter.metrics.refused_requests.with_label_values(&["shape"]).inc();
                    return part(stream, none.answer().unwrap_or_default(), MOST_UNREAD).await;
                }
            };
            match serve_request(OneRequest::new(head, framing, stream), visit.clone()).await? {
                None => return Ok(()),
                Some((rest, back)) => (ahead, stream) = (rest, back),
            }
            is_first = false;
            if !ahead.is_empty() {
                visit.clock.received();
            }
        }
    })
}

/// The header with how its body ends. Nobody reads a body of a request for a page.
fn framed(head: Head, handler: &Handler) -> Result<(Head, Framing), NoHead> {
    if !handler.takes_bodies() {
        return Ok((head, Framing::Length(0)));
    }
    let framing = head.framing().ok_or(NoHead::Malformed)?;
    Ok((head, framing))
}

/// Answers the request whose header has come. The stream again, with what has come behind the request, if it may have more.
fn serve_request(stream: OneRequest<Stream>, visit: Visit) -> Part<'static, Option<(Vec<u8>, Stream)>> {
    Box::pin(async move {
        let lasts = AtomicBool::new(false);
        let mut stop = visit.door.shutdown.clone();
        let service = service_fn(|request: Request<Incoming>| {
            let asked_to_last = request.version() == Version::HTTP_11 && keeps_alive(request.headers());
            let answered = answer(request, visit.clone());
            let lasts = &lasts;
            async move {
                let mut answered = answered.await;
                if let Ok(answer) = &mut answered {
                    if !asked_to_last {
                        answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                    }
                    lasts.store(!answer.headers().contains_key(CONNECTION), Ordering::Relaxed);
                }
                answered
            }
        });
        let mut http = http1::Builder::new();
        http.max_headers(MOST_HEADERS).half_close(false).max_buf_size(SEND_BUFFER_BYTES);
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
        let request = connection.into_parts().io.into_inner();
        let is_whole = request.is_whole();
        let (behind, stream) = request.into_parts();
        if !is_whole {
            part(stream, b"", MOST_UNREAD_BODY).await?;
            return Ok(None);
        }
        Ok(is_idle.then_some((behind, stream)))
    })
}

/// Whether a header says no more of the connection than that it may stay.
fn keeps_alive(headers: &HeaderMap) -> bool {
    headers.get_all(CONNECTION).iter().all(|value| value.as_bytes().eq_ignore_ascii_case(b"keep-alive"))
}

fn serve_http2(stream: Stream, visit: Visit) -> Part<'static, ()> {
    Box::pin(async move {
        let mut stop = visit.door.shutdown.clone();
        let service = service_fn(|request| answer(request, visit.clone()));
        let mut http = http2::Builder::new(TokioExecutor::new());
        http.max_concurrent_streams(MOST_STREAMS).max_header_list_size(MOST_HEADER_BYTES);
        http.max_pending_accept_reset_streams(MOST_RESETS).max_local_error_reset_streams(MOST_ERRORS);
        http.initial_stream_window_size(STREAM_WINDOW).initial_connection_window_size(CONNECTION_WINDOW);
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
async fn answer(request: Request<Incoming>, visit: Visit) -> Result<Response<Page>, Infallible> {
    let Visit { peer, clock, door } = visit;
    let turn = clock.serving();
    let (request, body) = request.into_parts();
    let body = RequestBody::new(body, Instant::now() + door.body_time, &clock);
    let answer = door.handler.answer(request, body, peer).await;
    turn.writing();
    Ok(answer.map(|payload| Page::new(payload, clock)))
}
