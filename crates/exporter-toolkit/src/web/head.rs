//! The header of an HTTP/1 request, awaited where it costs little, and checked before anybody reads anything into it.
//!
//! hyper holds some 20 kB for each connection from its first byte on, and reads whatever comes. So it is given a connection
//! only with a whole header, sees nothing of what comes behind it, and gives it back when the answer is out.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};

use crate::web::framing::{Follower, Framing};

/// A request's header, all of it.
const MOST_BYTES: usize = 16 * 1024;
/// Most headers fit.
const USUAL_BYTES: usize = 512;

/// What came instead of a header.
#[derive(Debug)]
pub(crate) enum NoHead {
    /// The client has gone, or was too slow.
    Gone(io::Error),
    /// Another protocol, or a line that ends with LF alone. The parser takes that; a proxy in front that does not would see
    /// another request than we do, which is how requests are smuggled past it.
    Malformed,
    /// More than a header may have.
    TooLarge,
}

impl NoHead {
    /// The answer to it, if there is somebody to answer.
    pub(crate) fn answer(&self) -> Option<&'static [u8]> {
        match self {
            NoHead::Gone(_) => None,
            NoHead::Malformed => Some(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"),
            NoHead::TooLarge => {
                Some(b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
            }
        }
    }
}

/// A header, and what has come behind it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Head {
    head: Vec<u8>,
    behind: Vec<u8>,
}

/// What a client begins with that speaks HTTP/2 without having asked (RFC 9113, section 3.4): the part that looks like a
/// header.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\n";

impl Head {
    /// Whether it is the start of HTTP/2.
    pub(crate) fn is_preface(&self) -> bool {
        self.head == PREFACE
    }

    /// How the end of the request's body is found; `None` where that is a matter of opinion.
    pub(crate) fn framing(&self) -> Option<Framing> {
        Framing::of(&self.head).ok()
    }

    /// All that was read.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        let mut bytes = self.head;
        bytes.extend(self.behind);
        bytes
    }
}

/// Reads until the end of a header. `ahead` is what was read before.
pub(crate) async fn read<S: AsyncRead + Unpin>(stream: &mut S, mut ahead: Vec<u8>) -> Result<Head, NoHead> {
    // Empty lines before a request are passed over, as parsers do.
    let mut checked: usize = 0;
    loop {
        while ahead.starts_with(b"\r\n") {
            ahead.drain(..2);
            checked = checked.saturating_sub(2);
        }
        // Such as a TLS handshake, whose client would wait for an answer.
        if ahead.first().is_some_and(|first| !first.is_ascii_graphic() && !first.is_ascii_whitespace()) {
            return Err(NoHead::Malformed);
        }
        match end(&ahead, &mut checked)? {
            true => {
                let behind = ahead.split_off(checked);
                return Ok(Head { head: ahead, behind });
            }
            false if ahead.len() >= MOST_BYTES => return Err(NoHead::TooLarge),
            false => {}
        }
        if ahead.capacity() == ahead.len() {
            let left = MOST_BYTES - ahead.len();
            ahead.reserve_exact(ahead.len().clamp(USUAL_BYTES.min(left), left));
        }
        if stream.read_buf(&mut ahead).await.map_err(NoHead::Gone)? == 0 {
            return Err(NoHead::Gone(io::ErrorKind::UnexpectedEof.into()));
        }
    }
}

/// Whether the header ends within the bytes, of which the first `checked` are known not to end it.
fn end(bytes: &[u8], checked: &mut usize) -> Result<bool, NoHead> {
    while let Some(offset) = bytes.get(*checked..).and_then(|rest| rest.iter().position(|byte| *byte == b'\n')) {
        let line_end = *checked + offset;
        let before = bytes.get(..line_end).unwrap_or_default();
        if !before.ends_with(b"\r") {
            return Err(NoHead::Malformed);
        }
        *checked = line_end + 1;
        if before.ends_with(b"\r\n\r") {
            return Ok(true);
        }
    }
    *checked = bytes.len();
    Ok(false)
}

/// A stream of one request: its header, its body, and then nothing until the client has gone. What else comes is kept for
/// the next request.
pub(crate) struct OneRequest<S> {
    head: Vec<u8>,
    /// Of `head`, what has been read again.
    done: usize,
    body: Follower,
    behind: Vec<u8>,
    stream: S,
}

impl<S> OneRequest<S> {
    pub(crate) fn new(head: Head, framing: Framing, stream: S) -> Self {
        OneRequest { head: head.head, done: 0, body: Follower::new(framing), behind: head.behind, stream }
    }

    /// Whether its body has been read to its end.
    pub(crate) fn is_whole(&self) -> bool {
        self.body.is_over()
    }

    /// What has come behind the request, and the stream.
    pub(crate) fn into_parts(self) -> (Vec<u8>, S) {
        (self.behind, self.stream)
    }
}

impl<S: AsyncRead + Unpin> OneRequest<S> {
    /// Reads the next part of the body, and no byte more than that.
    fn poll_body(&mut self, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if !self.behind.is_empty() {
            let length = self.behind.len().min(buffer.remaining());
            let taken = follow(&mut self.body, &self.behind[..length])?;
            buffer.put_slice(&self.behind[..taken]);
            self.behind.drain(..taken);
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        let read = &buffer.filled()[before..];
        let taken = follow(&mut self.body, read)?;
        self.behind.extend_from_slice(&read[taken..]);
        buffer.set_filled(before + taken);
        Poll::Ready(Ok(()))
    }
}

fn follow(body: &mut Follower, bytes: &[u8]) -> io::Result<usize> {
    let malformed = |_| io::Error::new(io::ErrorKind::InvalidData, "the body's chunks are malformed");
    body.follow(bytes).map_err(malformed)
}

impl<S: AsyncRead + Unpin> AsyncRead for OneRequest<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let rest = this.head.get(this.done..).unwrap_or_default();
        if !rest.is_empty() && buffer.remaining() > 0 {
            let length = rest.len().min(buffer.remaining());
            buffer.put_slice(rest.get(..length).unwrap_or_default());
            this.done += length;
            return Poll::Ready(Ok(()));
        }
        if !this.is_whole() {
            return this.poll_body(cx, buffer);
        }
        // Read on only to notice that the client has gone, and no further than to the next header.
        let mut chunk = [0; USUAL_BYTES];
        while this.behind.len() < MOST_BYTES {
            let mut chunk = ReadBuf::new(&mut chunk);
            ready!(Pin::new(&mut this.stream).poll_read(cx, &mut chunk))?;
            if chunk.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            this.behind.extend_from_slice(chunk.filled());
        }
        Poll::Pending
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for OneRequest<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    /// Not while a body is being sent that nobody will read: its sender would never see the answer.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.is_whole() {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;

    /// A stream of which each reading gives one piece.
    struct Pieces(VecDeque<Vec<u8>>);

    impl Pieces {
        fn of(pieces: &[&str]) -> Self {
            Pieces(pieces.iter().map(|piece| piece.as_bytes().to_vec()).collect())
        }
    }

    impl AsyncRead for Pieces {
        fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
            if let Some(mut piece) = self.0.pop_front() {
                let rest = piece.split_off(piece.len().min(buffer.remaining()));
                buffer.put_slice(&piece);
                if !rest.is_empty() {
                    self.0.push_front(rest);
                }
            }
            Poll::Ready(Ok(()))
        }
    }

    /// What is read from these pieces, one a reading: the header with what follows, or what was wrong.
    async fn read_from(ahead: &str, pieces: &[&str]) -> Result<String, String> {
        let read = read(&mut Pieces::of(pieces), ahead.into()).await;
        let text = |bytes| String::from_utf8(bytes).unwrap();
        read.map(|head| format!("{}|{}", text(head.head), text(head.behind))).map_err(|why| format!("{why:?}"))
    }

    #[tokio::test]
    async fn headers_in_any_pieces() {
        const HEAD: &str = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
        let whole = format!("{HEAD}|");
        assert_eq!(read_from("", &[HEAD]).await.as_ref(), Ok(&whole));
        let bytes: Vec<String> = HEAD.chars().map(String::from).collect();
        let bytes: Vec<&str> = bytes.iter().map(String::as_str).collect();
        assert_eq!(read_from("", &bytes).await.as_ref(), Ok(&whole));
        assert_eq!(read_from(HEAD, &[]).await.as_ref(), Ok(&whole));
        assert_eq!(
            read_from("GET / HT", &["TP/1.1\r\n", "\r\nGET /b"]).await.unwrap(),
            "GET / HTTP/1.1\r\n\r\n|GET /b"
        );
        assert_eq!(read_from("\r\n", &["\r", "\n", HEAD]).await.as_ref(), Ok(&whole));
    }

    #[tokio::test]
    async fn what_is_no_header() {
        for pieces in [
            &["GET / HTTP/1.1\nHost: x\n\n"][..],
            &["\n"],
            &["GET / HTTP/1.1\r", "\r\n", "\n"],
            &["\r\n\r\n\n"],
            &["\u{16}\u{3}"],
        ] {
            assert_eq!(read_from("", pieces).await.unwrap_err(), "Malformed", "{pieces:?}");
        }
        let long = "x".repeat(MOST_BYTES);
        assert_eq!(read_from("", &[&long]).await.unwrap_err(), "TooLarge");
        let gone = read_from("", &["GET /"]).await.unwrap_err();
        assert!(gone.contains("UnexpectedEof"), "{gone}");
    }

    #[tokio::test]
    async fn a_header_takes_no_more_room_than_it_needs() {
        let mut stream = Pieces::of(&["G", "ET / HTTP/1.1\r\n\r\n"]);
        assert!(read(&mut stream, Vec::new()).await.unwrap().head.capacity() <= USUAL_BYTES);
    }

    /// A second request is read like the first one, not by whoever answers the first.
    #[tokio::test]
    async fn what_comes_behind_a_request_is_not_part_of_it() {
        let head = Head { head: b"head".to_vec(), behind: b"be".to_vec() };
        let mut request = OneRequest::new(head, Framing::Length(0), Pieces::of(&["hi", "nd"]));
        let mut bytes = Vec::new();
        while request.read_buf(&mut bytes).await.unwrap() > 0 {}
        assert_eq!(bytes, b"head");
        assert_eq!(request.into_parts().0, b"behind");
    }

    #[tokio::test]
    async fn a_body_is_read_to_its_end_and_no_further() {
        for (framing, body) in [(Framing::Length(6), "a body"), (Framing::Chunked, "6\r\na body\r\n0\r\n\r\n")] {
            let all = format!("{body}behind");
            for cut in 0..all.len() {
                let (came, comes) = all.split_at(cut);
                let head = Head { head: b"head ".to_vec(), behind: came.into() };
                let comes: Vec<String> = comes.chars().map(String::from).collect();
                let comes: Vec<&str> = comes.iter().map(String::as_str).collect();
                let mut request = OneRequest::new(head, framing, Pieces::of(&comes));
                let mut bytes = Vec::new();
                assert!(!request.is_whole());
                while !request.is_whole() {
                    request.read_buf(&mut bytes).await.unwrap();
                }
                assert_eq!(String::from_utf8(bytes.clone()).unwrap(), format!("head {body}"), "{cut}");
                while request.read_buf(&mut bytes).await.unwrap() > 0 {}
                assert_eq!(request.into_parts().0, b"behind", "{cut}");
            }
        }
    }

    #[tokio::test]
    async fn a_body_that_is_no_body() {
        let head = Head { head: b"head".to_vec(), behind: b"3\r\n".to_vec() };
        let mut request = OneRequest::new(head, Framing::Chunked, Pieces::of(&["abcd"]));
        let mut bytes = Vec::new();
        assert_eq!(request.read_buf(&mut bytes).await.unwrap(), 4);
        assert_eq!(request.read_buf(&mut bytes).await.unwrap(), 3);
        assert_eq!(request.read_buf(&mut bytes).await.unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
