//! One HTTP/1.1 connection to the engine. It is a value: no task serves it, and when it is dropped the socket is closed.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::Empty;
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{ACCEPT, HOST, HeaderValue, USER_AGENT};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rustix::net::sockopt;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

use crate::engine::endpoint::Endpoint;

/// What is read at a time at most, and what the head of an answer may have.
const BUFFER_BYTES: usize = 64 << 10;
/// After how long a silent peer is asked whether it is still there.
const SILENCE: Duration = Duration::from_secs(60);

/// A connection that can be sent requests, one after the other.
pub(super) struct Connection {
    requests: SendRequest<Empty<Bytes>>,
    driver: Driver,
    host: HeaderValue,
}

/// What moves bytes between the socket and whoever waits for them. It moves only while somebody waits.
enum Driver {
    Open(Pin<Box<dyn Future<Output = hyper::Result<()>> + Send>>),
    /// The connection is over; why, whoever waits is told.
    Over,
}

/// One type for both kinds of socket, so that HTTP is compiled once.
trait Socket: AsyncRead + AsyncWrite + Send + Unpin {}

impl Socket for UnixStream {}
impl Socket for TcpStream {}

impl Connection {
    /// Connects. Sends nothing yet.
    pub(super) async fn open(endpoint: &Endpoint) -> io::Result<Self> {
        let socket: Box<dyn Socket> = match endpoint {
            Endpoint::Unix(path) => Box::new(UnixStream::connect(path).await?),
            Endpoint::Tcp { host, port } => Box::new(connect(host, *port).await?),
        };
        let host = HeaderValue::try_from(endpoint.authority()).map_err(io::Error::other)?;
        let (requests, connection) = http1::Builder::new()
            .max_buf_size(BUFFER_BYTES)
            .handshake(TokioIo::new(socket))
            .await
            .map_err(io::Error::other)?;
        Ok(Connection { requests, driver: Driver::Open(Box::pin(connection)), host })
    }

    /// Whether the answer before has been read and the peer has not closed the connection behind it.
    pub(super) async fn is_ready(&mut self) -> bool {
        self.driver.until(self.requests.ready()).await.is_ok()
    }

    /// Asks for a path, and waits for the head of the answer. Its body comes while the connection is driven.
    pub(super) async fn get(&mut self, path: &str) -> hyper::Result<Response<Incoming>> {
        let request = Request::get(path)
            .header(HOST, self.host.clone())
            .header(USER_AGENT, concat!("docker-exporter/", env!("CARGO_PKG_VERSION")))
            .header(ACCEPT, "application/json")
            .body(Empty::new())
            .expect("paths are made of letters, digits and signs that stand for themselves");
        self.driver.until(self.requests.send_request(request)).await
    }

    /// Lets bytes come until `work`, which waits for them, is done. Nothing is lost if it is dropped before.
    pub(super) async fn drive<T>(&mut self, work: impl Future<Output = T>) -> T {
        self.driver.until(work).await
    }
}

impl Driver {
    async fn until<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        poll_fn(|context| {
            self.move_on(context);
            work.as_mut().poll(context)
        })
        .await
    }

    fn move_on(&mut self, context: &mut Context<'_>) {
        if let Driver::Open(connection) = self
            && let Poll::Ready(_) = connection.as_mut().poll(context)
        {
            *self = Driver::Over;
        }
    }
}

async fn connect(host: &str, port: u16) -> io::Result<TcpStream> {
    let stream = TcpStream::connect((host, port)).await?;
    stream.set_nodelay(true)?;
    // The event stream may be silent for days, and a peer that has gone without a word looks the same.
    sockopt::set_socket_keepalive(&stream, true)?;
    sockopt::set_tcp_keepidle(&stream, SILENCE)?;
    Ok(stream)
}
