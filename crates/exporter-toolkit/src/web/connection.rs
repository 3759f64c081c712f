//! One client's connection, with a deadline for whatever it is doing.
//!
//! hyper's own timer covers the header only, and closes an idle connection as soon as a slow header. Here every phase has
//! its time: a scraper that comes once a minute keeps its connection, one that dribbles a header does not.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use crate::lock::lock;
use crate::stream::Pieces;
use crate::web::listener::Socket;

/// From the connection's start to the end of a TLS handshake.
pub(crate) const HANDSHAKE: Duration = Duration::from_secs(5);
/// From the first byte of a request's header, or from when the first one is awaited, to the header's end.
pub(crate) const HEADER: Duration = Duration::from_secs(5);
/// From a request's header to the end of its body.
pub(crate) const BODY: Duration = Duration::from_secs(10);
/// Between two requests; more than a minute, so that the slowest usual scrape interval keeps its connection.
pub(crate) const IDLE: Duration = Duration::from_secs(120);
/// For a client to take a whole response.
pub(crate) const WRITE: Duration = Duration::from_secs(30);

/// What a connection is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// TLS is being agreed on.
    Handshake,
    /// A header is arriving, or the very first one is awaited.
    Header,
    /// Nothing is done before a body has arrived, which has a deadline of its own: its sender is to be told.
    Body,
    /// The exporter is at work; its own deadlines hold.
    Serving,
    /// A response is being written.
    Writing,
    /// Nothing has come since the last response.
    Idle,
}

impl Phase {
    fn allowed(self) -> Option<Duration> {
        match self {
            Phase::Handshake => Some(HANDSHAKE),
            Phase::Header => Some(HEADER),
            Phase::Body | Phase::Serving => None,
            Phase::Writing => Some(WRITE),
            Phase::Idle => Some(IDLE),
        }
    }
}

/// What a connection is doing, shared with the service that answers its requests and with whoever counts connections.
#[derive(Clone)]
pub(crate) struct Clock(Arc<Mutex<Times>>);

struct Times {
    phase: Phase,
    since: Instant,
    /// How many phases there have been: a deadline is for one of them.
    count: u64,
    /// Requests that are being answered, and answers on their way. More than one only with HTTP/2.
    serving: u32,
    writing: u32,
    /// Of those that are being answered, how many await their body.
    bodies: u32,
    /// HTTP/2: bytes that arrive need not be of a header, and a flush need not be of an answer.
    multiplexed: bool,
    /// HTTP/1: all of the answer is on its way, so that the next flush is its end.
    handed_over: bool,
    /// Whom to tell when it is out.
    taken: Option<Box<dyn Pieces>>,
}

/// A request that is being answered, or given up: hyper drops what a client has lost its interest in.
pub(crate) struct Turn {
    clock: Clock,
    is_answered: bool,
}

impl Turn {
    /// Its answer is ready to be written.
    pub(crate) fn writing(mut self) {
        self.is_answered = true;
        let mut times = lock(&self.clock.0);
        times.serving = times.serving.saturating_sub(1);
        times.writing += 1;
        times.handed_over = false;
        times.settle();
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if !self.is_answered {
            let mut times = lock(&self.clock.0);
            times.serving = times.serving.saturating_sub(1);
            times.settle();
        }
    }
}

/// A body that has not come whole.
pub(crate) struct Awaited(Clock);

impl Drop for Awaited {
    fn drop(&mut self) {
        let mut times = lock(&self.0.0);
        times.bodies = times.bodies.saturating_sub(1);
        times.settle();
    }
}

impl Times {
    fn enter(&mut self, phase: Phase) {
        (self.phase, self.since, self.count) = (phase, Instant::now(), self.count + 1);
    }

    /// The phase that follows from what is under way.
    fn settle(&mut self) {
        let phase = match (self.serving, self.writing) {
            (0, 0) => Phase::Idle,
            (0, _) => Phase::Writing,
            (serving, 0) if serving == self.bodies => Phase::Body,
            _ => Phase::Serving,
        };
        self.enter(phase);
    }
}

impl Clock {
    pub(crate) fn new(phase: Phase) -> Self {
        let times = Times {
            phase,
            since: Instant::now(),
            count: 0,
            serving: 0,
            writing: 0,
            bodies: 0,
            multiplexed: false,
            handed_over: false,
            taken: None,
        };
        Clock(Arc::new(Mutex::new(times)))
    }

    /// TLS is agreed on; the first header is awaited, in HTTP/2 if `multiplexed`.
    pub(crate) fn agreed(&self, multiplexed: bool) {
        let mut times = lock(&self.0);
        times.multiplexed = multiplexed;
        times.enter(Phase::Header);
    }

    /// The header of a request is complete.
    pub(crate) fn serving(&self) -> Turn {
        let mut times = lock(&self.0);
        times.serving += 1;
        times.settle();
        Turn { clock: self.clone(), is_answered: false }
    }

    /// The body of a request that is being answered is awaited, until what this gives is dropped.
    pub(crate) fn awaits_body(&self) -> Awaited {
        let mut times = lock(&self.0);
        times.bodies += 1;
        times.settle();
        Awaited(self.clone())
    }

    /// No more of an answer is to come. `taken` is who hears of it when the client has all of it.
    pub(crate) fn handed_over(&self, taken: Option<Box<dyn Pieces>>) {
        let mut times = lock(&self.0);
        if !times.multiplexed {
            (times.handed_over, times.taken) = (true, taken);
            return;
        }
        // Bytes are asked for when the client has room for them.
        times.writing = times.writing.saturating_sub(1);
        times.settle();
        drop(times);
        taken.into_iter().for_each(|mut pieces| pieces.written());
    }

    /// Everything that was to be written is.
    fn flushed(&self) {
        let mut times = lock(&self.0);
        if times.phase == Phase::Writing && times.handed_over && !times.multiplexed {
            (times.writing, times.handed_over) = (0, false);
            let taken = times.taken.take();
            times.settle();
            drop(times);
            taken.into_iter().for_each(|mut pieces| pieces.written());
        }
    }

    /// Bytes have come.
    pub(crate) fn received(&self) {
        let mut times = lock(&self.0);
        if times.phase == Phase::Idle && !times.multiplexed {
            times.enter(Phase::Header);
        }
    }

    /// Whether several requests may be under way.
    pub(crate) fn is_multiplexed(&self) -> bool {
        lock(&self.0).multiplexed
    }

    /// What the connection is doing, and since when.
    pub(crate) fn now(&self) -> (Phase, Instant) {
        let times = lock(&self.0);
        (times.phase, times.since)
    }

    fn timed(&self) -> (Phase, u64) {
        let times = lock(&self.0);
        (times.phase, times.count)
    }
}

/// A socket that fails with `TimedOut` once the client has been too slow.
pub(crate) struct Connection {
    socket: Socket,
    clock: Clock,
    /// Which phase, counted from the first, `deadline` is for.
    timed: u64,
    deadline: Pin<Box<Sleep>>,
    /// What was read before its time, to be read again.
    ahead: Vec<u8>,
}

impl Connection {
    pub(crate) fn new(socket: Socket) -> Self {
        let clock = Clock::new(Phase::Handshake);
        Connection { socket, clock, timed: 0, deadline: Box::pin(sleep(HANDSHAKE)), ahead: Vec::new() }
    }

    pub(crate) fn clock(&self) -> Clock {
        self.clock.clone()
    }

    /// The first byte that the client sends; it is read again with those that follow.
    ///
    /// # Errors
    /// When none comes in time, or ever.
    pub(crate) async fn first_byte(&mut self) -> io::Result<u8> {
        let first = self.read_u8().await?;
        self.unread(vec![first]);
        Ok(first)
    }

    /// Lets these bytes be read again, before what follows.
    pub(crate) fn unread(&mut self, bytes: Vec<u8>) {
        self.ahead.splice(0..0, bytes);
    }

    /// Ready with an error when the phase has had its time.
    fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        let (phase, count) = self.clock.timed();
        let Some(allowed) = phase.allowed() else { return Poll::Pending };
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
        if buffer.remaining() > 0 && !self.ahead.is_empty() {
            let length = self.ahead.len().min(buffer.remaining());
            buffer.put_slice(&self.ahead[..length]);
            self.ahead.drain(..length);
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        if let Poll::Ready(read) = Pin::new(&mut self.socket).poll_read(cx, buffer) {
            if buffer.filled().len() > before {
                self.clock.received();
            }
            return Poll::Ready(read);
        }
        self.poll_deadline(cx).map(Err)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.socket).poll_write(cx, bytes) {
            Poll::Pending => self.poll_deadline(cx).map(Err),
            ready => ready,
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.socket).poll_write_vectored(cx, slices) {
            Poll::Pending => self.poll_deadline(cx).map(Err),
            ready => ready,
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    /// hyper flushes the stream once all that it has buffered is written: then a response that was ready is out.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.socket).poll_flush(cx);
        if flushed.is_ready() {
            self.clock.flushed();
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    /// Both ends of a loopback connection; the server's buffers are small, so that a slow reader is soon noticed.
    async fn pair() -> (TcpStream, Connection) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let connection = Connection::new(Socket::Left(listener.accept().await.unwrap().0));
        connection.clock().agreed(false);
        (client, connection)
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
        connection.clock().serving().writing();
        connection.write_all(b"page").await.unwrap();
        connection.clock().handed_over(None);
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
        connection.clock().serving().writing();
        let begin = Instant::now();
        let error = connection.write_all(&vec![0; 64 << 20]).await.unwrap_err();
        assert_eq!((error.kind(), begin.elapsed().as_secs()), (io::ErrorKind::TimedOut, WRITE.as_secs()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_scrape_that_takes_its_time() {
        let (_client, mut connection) = pair().await;
        let _turn = connection.clock().serving();
        let read = tokio::time::timeout(Duration::from_secs(1000), connection.read_u8()).await;
        assert!(read.is_err(), "{read:?}");
    }

    /// What a client is told of: only a page that it has all of.
    struct Told(Arc<Mutex<u32>>);

    impl Pieces for Told {
        fn next(&mut self, _: &mut Vec<u8>) -> bool {
            false
        }

        fn written(&mut self) {
            *lock(&self.0) += 1;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_page_is_written_when_what_is_left_of_it_is_flushed() {
        let (_client, mut connection) = pair().await;
        let (clock, told) = (connection.clock(), Arc::new(Mutex::new(0)));
        clock.serving().writing();
        connection.write_all(b"some").await.unwrap();
        connection.flush().await.unwrap();
        assert_eq!(clock.now().0, Phase::Writing);
        clock.handed_over(Some(Box::new(Told(Arc::clone(&told)))));
        assert_eq!(*lock(&told), 0);
        connection.write_all(b"more").await.unwrap();
        connection.flush().await.unwrap();
        assert_eq!((clock.now().0, *lock(&told)), (Phase::Idle, 1));
        connection.flush().await.unwrap();
        assert_eq!(*lock(&told), 1);
    }

    /// A request that its client takes back leaves nothing behind that would keep the connection for ever.
    #[tokio::test(start_paused = true)]
    async fn a_request_that_is_given_up() {
        let clock = Clock::new(Phase::Handshake);
        clock.agreed(true);
        drop((clock.serving(), clock.serving()));
        assert_eq!(clock.now().0, Phase::Idle);
        let (one, other) = (clock.serving(), clock.serving());
        let bodies = (clock.awaits_body(), clock.awaits_body());
        assert_eq!(clock.now().0, Phase::Body);
        drop(bodies.0);
        assert_eq!(clock.now().0, Phase::Serving);
        drop((bodies.1, one, other));
        assert_eq!(clock.now().0, Phase::Idle);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_read_again() {
        let (mut client, mut connection) = pair().await;
        client.write_all(b"third").await.unwrap();
        connection.unread(b"second ".to_vec());
        connection.unread(b"first ".to_vec());
        let mut bytes = [0; 18];
        connection.read_exact(&mut bytes).await.unwrap();
        assert_eq!(&bytes, b"first second third");
    }
}
