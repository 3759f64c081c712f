//! A connection for bytes that no client would send, and for clients that send or read too slowly.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// How long connecting and sending may take.
const LIMIT: Duration = Duration::from_secs(10);

/// More than this is not read.
const MAX_ANSWER: usize = 16 << 20;

/// A connection to a server on loopback.
pub struct Raw {
    stream: TcpStream,
}

/// What came back until the server closed the connection, or the time was up.
#[derive(Debug)]
pub struct Answer {
    /// All of it.
    pub bytes: Vec<u8>,
    /// Whether the server closed the connection, by an end or a reset.
    pub is_closed: bool,
}

impl Answer {
    /// The status of the first response; `None` where there is none.
    pub fn status(&self) -> Option<u16> {
        let line = self.bytes.strip_prefix(b"HTTP/1.1 ").or_else(|| self.bytes.strip_prefix(b"HTTP/1.0 "))?;
        std::str::from_utf8(line.get(..3)?).ok()?.parse().ok()
    }

    /// How many responses there are: lines that begin as one does.
    pub fn responses(&self) -> usize {
        self.bytes.windows(7).filter(|bytes| *bytes == b"HTTP/1.").count()
    }

    /// As text, with U+FFFD for what is not UTF-8.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

impl Raw {
    /// Connects. Fails when that can't be done within 10 seconds.
    pub fn connect(address: SocketAddr) -> io::Result<Raw> {
        let stream = TcpStream::connect_timeout(&address, LIMIT)?;
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(LIMIT))?;
        Ok(Raw { stream })
    }

    /// Sends bytes. Fails when the server has closed the connection or takes nothing for 10 seconds.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Says that nothing more will be sent. Fails when the server has gone.
    pub fn finish(&mut self) -> io::Result<()> {
        self.stream.shutdown(std::net::Shutdown::Write)
    }

    /// Reads until the server closes the connection, for at most `limit`. Fails never: what came is the answer.
    pub fn answer(&mut self, limit: Duration) -> Answer {
        let deadline = Instant::now() + limit;
        let mut answer = Answer { bytes: Vec::new(), is_closed: false };
        let mut chunk = [0; 16 << 10];
        while answer.bytes.len() < MAX_ANSWER {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || self.stream.set_read_timeout(Some(left)).is_err() {
                break;
            }
            match self.stream.read(&mut chunk) {
                Ok(0) => answer.is_closed = true,
                Ok(length) => answer.bytes.extend(chunk.iter().take(length)),
                Err(err) => match err.kind() {
                    // The deadline decides.
                    ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => {}
                    _ => answer.is_closed = true,
                },
            }
            if answer.is_closed {
                break;
            }
        }
        answer
    }

    /// Whether the server has closed the connection; what else it sent is dropped. Does not wait.
    pub fn is_closed(&mut self) -> bool {
        self.answer(Duration::from_millis(1)).is_closed
    }

    /// The connection itself, for its options.
    pub fn stream(&self) -> &TcpStream {
        &self.stream
    }
}

/// Sends bytes over a connection of their own, and reads until it is closed, for at most `limit`.
///
/// A server may answer and close before it has all of them, so that they can't be sent in full. Fails when it can't be
/// connected to.
pub fn exchange(address: SocketAddr, bytes: &[u8], limit: Duration) -> io::Result<Answer> {
    let mut raw = Raw::connect(address)?;
    raw.send(bytes).ok();
    Ok(raw.answer(limit))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// A server that answers its first client with these bytes after its first few, and then does as it is told.
    fn server(answer: &'static [u8], then: impl FnOnce(TcpStream) + Send + 'static) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.read_exact(&mut [0; 4]).unwrap();
            stream.write_all(answer).unwrap();
            then(stream);
        });
        address
    }

    #[test]
    fn two_responses_and_the_end() {
        let address = server(b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 400 Bad Request\r\n\r\n", drop);
        let answer = exchange(address, b"GET ", LIMIT).unwrap();
        assert_eq!((answer.status(), answer.responses(), answer.is_closed), (Some(200), 2, true));
    }

    #[test]
    fn a_connection_that_stays_open() {
        let address = server(b"HTTP/1.1 204 No Content\r\n\r\n", |mut stream| {
            stream.read_exact(&mut [0; 1]).unwrap();
        });
        let mut raw = Raw::connect(address).unwrap();
        raw.send(b"GET ").unwrap();
        let answer = raw.answer(Duration::from_millis(100));
        assert_eq!((answer.status(), answer.is_closed), (Some(204), false));
        assert!(!raw.is_closed());
        raw.finish().unwrap();
        assert!(raw.answer(LIMIT).is_closed);
    }

    #[test]
    fn a_reset_without_an_answer() {
        // What it has not read makes the kernel reset the connection.
        let address = server(b"", drop);
        let answer = exchange(address, b"GET / and more", LIMIT).unwrap();
        assert_eq!((answer.status(), answer.responses(), answer.is_closed), (None, 0, true));
    }
}
