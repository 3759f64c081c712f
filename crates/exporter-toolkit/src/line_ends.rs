//! Lines of HTTP/1 end with CR LF, and nothing else.
//!
//! The parser takes a bare LF for the end of a line too. A proxy in front that does not would see another request than we
//! do, which is how requests are smuggled past it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A stream of request headers in which a bare LF becomes NUL, which no header may contain, and the header ends there: the
/// parser answers 400. For servers that take no bodies, which may contain anything.
pub(crate) struct LineEnds<S> {
    stream: S,
    /// The last byte of the reading before.
    last: u8,
    /// Whether the parser is to be given the end of the header, for which it waits before it looks at what it has.
    end: bool,
}

impl<S> LineEnds<S> {
    pub(crate) fn new(stream: S) -> Self {
        LineEnds { stream, last: 0, end: false }
    }
}

/// Makes each LF without a CR before it a NUL; whether there was one.
fn refuse_bare(bytes: &mut [u8], last: &mut u8) -> bool {
    let mut refused = false;
    for byte in bytes {
        let bare = *byte == b'\n' && *last != b'\r';
        *last = *byte;
        if bare {
            *byte = 0;
            refused = true;
        }
    }
    refused
}

/// What ends a header.
const END: &[u8] = b"\r\n\r\n";

impl<S: AsyncRead + Unpin> AsyncRead for LineEnds<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.end && buffer.remaining() >= END.len() {
            self.end = false;
            buffer.put_slice(END);
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        let this = &mut *self;
        this.end |= refuse_bare(&mut buffer.filled_mut()[before..], &mut this.last);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for LineEnds<S> {
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

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes as they are read in these pieces.
    fn read(pieces: &[&str]) -> String {
        let mut last = 0;
        let mut pass = |piece: &&str| {
            let mut bytes = piece.as_bytes().to_vec();
            refuse_bare(&mut bytes, &mut last);
            String::from_utf8(bytes).unwrap()
        };
        pieces.iter().map(&mut pass).collect()
    }

    #[test]
    fn line_ends_in_any_pieces() {
        assert_eq!(read(&["GET / HTTP/1.1\r\nHost: x\r\n\r\n"]), "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        assert_eq!(read(&["a\r", "\nb\n", "\n"]), "a\r\nb\0\0");
        assert_eq!(read(&["\n"]), "\0");
        assert_eq!(read(&["\r\n\n"]), "\r\n\0");
    }
}
