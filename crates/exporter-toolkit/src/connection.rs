//! One client's connection, with a deadline for whatever it is doing.
//!
//! hyper's own timer covers the header only, and closes an idle connection as soon as a slow header. Here every phase has
//! its time: a scraper that comes once a minute keeps its connection, one that dribbles a header does not.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};

use crate::watch::lock;

/// From the first byte of a request's header, or from the connection's start, to the header's end.
pub(crate) const HEADER: Duration = Duration::from_secs(5);
/// Between two requests; more than a minute, so that the slowest usual scrape interval keeps its connection.
pub(crate) const IDLE: Duration = Duration::from_secs(120);
/// For a client to take a whole response.
pub(crate) const WRITE: Duration = Duration::from_secs(30);

/// What a connection is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// A header is arriving, or the very first one is awaited.
    Header,
    /// The exporter is at work; its own deadlines hold.
    Serving,
    /// A response is being written.
    Writing,
    /// Nothing has come since the last response.
    Idle,
}

/// The phase and how many there have been, shared between the connection and the service that answers its requests.
#[derive(Debug, Clone)]
pub(crate) struct Clock(Arc<Mutex<(Phase, u64)>>);

impl Clock {
    /// The header is complete.
    pub(crate) fn serving(&self) {
        self.enter(Phase::Serving);
    }

    /// The response is ready to be written.
    pub(crate) fn writing(&self) {
        self.enter(Phase::Writing);
    }

    fn enter(&self, phase: Phase) {
        let mut now = lock(&self.0);
        *now = (phase, now.1 + 1);
    }

    fn now(&self) -> (Phase, u64) {
        *lock(&self.0)
    }
}

/// A stream that fails with `TimedOut` once the client has been too slow.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    clock: Clock,
    /// Which phase, counted from the first, `deadline` is for.
    timed: u64,
    deadline: Pin<Box<Sleep>>,
}

impl Connection {
    pub(crate) fn new(stream: TcpStream) -> Self {
        let clock = Clock(Arc::new(Mutex::new((Phase::Header, 0))));
        Connection { stream, clock, timed: 0, deadline: Box::pin(sleep(HEADER)) }
    }

    pub(crate) fn clock(&self) -> Clock {
        self.clock.clone()
    }

    /// Ready with an error when the phase has had its time.
    fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        let (phase, count) = self.clock.now();
        let allowed = match phase {
            Phase::Header => HEADER,
            Phase::Writing => WRITE,
            Phase::Idle => IDLE,
            Phase::Serving => return Poll::Pending,
        };
        if count != self.timed {
            self.timed = count;
            self.deadline.as_mut().reset(Instant::now() + allowed);
        }
        ready!(self.deadline.as_mut().poll(cx));
        Poll::Ready(io::ErrorKind::TimedOut.into())
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        if let Poll::Ready(read) = Pin::new(&mut self.stream).poll_read(cx, buffer) {
            if buffer.filled().len() > before && self.clock.now().0 == Phase::Idle {
                self.clock.enter(Phase::Header);
            }
            return Poll::Ready(read);
        }
        self.poll_deadline(cx).map(Err)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_write(cx, bytes) {
            Poll::Pending => self.poll_deadline(cx).map(Err),
            ready => ready,
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_write_vectored(cx, slices) {
            Poll::Pending => self.poll_deadline(cx).map(Err),
            ready => ready,
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// hyper flushes the stream once all that it has buffered is written: then a response that was ready is out.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        if flushed.is_ready() && self.clock.now().0 == Phase::Writing {
            self.clock.enter(Phase::Idle);
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    /// Both ends of a loopback connection; the server's buffers are small, so that a slow reader is soon noticed.
    async fn pair() -> (TcpStream, Connection) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        (client, Connection::new(listener.accept().await.unwrap().0))
    }

    /// With the clock paused, time jumps to the next deadline as soon as nothing else can happen.
    #[tokio::test(start_paused = true)]
    async fn a_client_that_says_nothing() {
        let (_client, mut connection) = pair().await;
        let begin = Instant::now();
        let error = connection.read_u8().await.unwrap_err();
        assert_eq!((error.kind(), begin.elapsed().as_secs()), (io::ErrorKind::TimedOut, HEADER.as_secs()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_header_that_dribbles() {
        let (mut client, mut connection) = pair().await;
        let begin = Instant::now();
        let dribble = async {
            loop {
                client.write_all(b"x").await.unwrap();
                sleep(Duration::from_secs(1)).await;
            }
        };
        let read = async { while connection.read_u8().await.is_ok() {} };
        tokio::select! { () = dribble => {}, () = read => {} }
        assert_eq!(begin.elapsed().as_secs(), HEADER.as_secs());
    }

    /// A connection whose first response has just been written.
    async fn served() -> (TcpStream, Connection) {
        let (client, mut connection) = pair().await;
        connection.clock().serving();
        connection.clock().writing();
        connection.write_all(b"page").await.unwrap();
        connection.flush().await.unwrap();
        (client, connection)
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_connection() {
        let (_client, mut connection) = served().await;
        let begin = Instant::now();
        assert_eq!(connection.read_u8().await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(begin.elapsed().as_secs(), IDLE.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn the_next_header_after_a_minute() {
        let (mut client, mut connection) = served().await;
        let request = async {
            sleep(Duration::from_secs(60)).await;
            client.write_all(b"G").await.unwrap();
        };
        let ((), first) = tokio::join!(request, connection.read_u8());
        assert_eq!(first.unwrap(), b'G');
        let begin = Instant::now();
        assert_eq!(connection.read_u8().await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(begin.elapsed().as_secs(), HEADER.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_does_not_read_its_page() {
        let (_client, mut connection) = pair().await;
        let clock = connection.clock();
        clock.serving();
        clock.writing();
        let begin = Instant::now();
        let error = connection.write_all(&vec![0; 64 << 20]).await.unwrap_err();
        assert_eq!((error.kind(), begin.elapsed().as_secs()), (io::ErrorKind::TimedOut, WRITE.as_secs()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_scrape_that_takes_its_time() {
        let (_client, mut connection) = pair().await;
        connection.clock().serving();
        let read = tokio::time::timeout(Duration::from_secs(1000), connection.read_u8()).await;
        assert!(read.is_err(), "{read:?}");
    }
}
