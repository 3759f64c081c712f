//! A client that costs little and waits for every byte.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// One connection, kept alive over many scrapes.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
    request: String,
    /// The body of the last response as it was sent, compressed or not.
    pub(crate) body: Vec<u8>,
}

/// What Prometheus 3 sends with its default settings.
const ACCEPT: &str = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
     application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,\
     text/plain;version=0.0.4;q=0.2,*/*;q=0.1";

/// Twice the Collector's page of 100,000 series.
const MAX_BODY: usize = 128 << 20;

/// The status line and all headers of a response together, and each line that frames a chunk.
const MAX_HEAD: u64 = 64 << 10;

impl Client {
    /// Connects to `address`; each later step fails when it takes more than a minute.
    pub(crate) fn connect(address: SocketAddr, encoding: &str) -> io::Result<Self> {
        Self::connect_for(address, "/metrics", &format!("Accept-Encoding: {encoding}\r\n"))
    }

    /// As [`Client::connect`], for another path and with more headers, each with its line end.
    pub(crate) fn connect_for(address: SocketAddr, path: &str, headers: &str) -> io::Result<Self> {
        let limit = Some(Duration::from_secs(60));
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(limit)?;
        stream.set_write_timeout(limit)?;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nAccept: {ACCEPT}\r\n{headers}\
             User-Agent: pilotlight-bench\r\nX-Prometheus-Scrape-Timeout-Seconds: 10\r\n\r\n"
        );
        Ok(Self { stream: BufReader::with_capacity(64 << 10, stream), request, body: Vec::new() })
    }

    /// Connects to `address` for [`Client::post`] to `path` alone.
    pub(crate) fn connect_to_post(address: SocketAddr, path: &str, content_type: &str) -> io::Result<Self> {
        let client = Self::connect_for(address, path, "")?;
        let request = format!("POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: {content_type}\r\n");
        Ok(Self { request, ..client })
    }

    /// Posts once and leaves the answer in `body`. Fails as [`Client::get`] does.
    pub(crate) fn post(&mut self, body: &[u8]) -> io::Result<()> {
        let head = format!("{}Content-Length: {}\r\n\r\n", self.request, body.len());
        self.stream.get_mut().write_all(&[head.as_bytes(), body].concat())?;
        self.body.clear();
        read_response(&mut self.stream, &mut self.body)
    }

    /// Scrapes once and leaves the page in `body`. Fails when the status is not 200 or the response is not whole.
    pub(crate) fn get(&mut self) -> io::Result<()> {
        self.stream.get_mut().write_all(self.request.as_bytes())?;
        self.body.clear();
        read_response(&mut self.stream, &mut self.body)
    }
}

/// Appends the body of one response to `body`.
fn read_response(stream: &mut impl BufRead, body: &mut Vec<u8>) -> io::Result<()> {
    let mut head = stream.take(MAX_HEAD);
    let status = line(&mut head)?;
    let mut length = None;
    let mut chunked = false;
    loop {
        let header = line(&mut head)?.to_ascii_lowercase();
        match header.split_once(':') {
            Some(("content-length", value)) => length = Some(number(value, 10)?),
            Some(("transfer-encoding", value)) => chunked = value.trim() == "chunked",
            Some(_) => {}
            None if header.is_empty() => break,
            None => return Err(malformed("header", &header)),
        }
    }
    match length {
        _ if chunked => while read_chunk(stream, body)? {},
        Some(length) => read_part(stream, length, body)?,
        None => return Err(malformed("response without length", &status)),
    }
    if status.split(' ').nth(1) == Some("200") { Ok(()) } else { Err(malformed("status", &status)) }
}

/// Appends one chunk to `body`; false after the last one, which is empty.
fn read_chunk(stream: &mut impl BufRead, body: &mut Vec<u8>) -> io::Result<bool> {
    let size = line(&mut stream.take(MAX_HEAD))?;
    let size = number(&size, 16)?;
    read_part(stream, size, body)?;
    let end = line(&mut stream.take(MAX_HEAD))?;
    if end.is_empty() { Ok(size > 0) } else { Err(malformed("end of a chunk", &end)) }
}

fn read_part(stream: &mut impl BufRead, length: usize, body: &mut Vec<u8>) -> io::Result<()> {
    let start = body.len();
    if length > MAX_BODY - start.min(MAX_BODY) {
        return Err(malformed("length", &length.to_string()));
    }
    body.resize(start + length, 0);
    body.get_mut(start..).map_or(Ok(()), |part| stream.read_exact(part))
}

/// The next line without its end.
fn line(stream: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    match line.strip_suffix("\r\n") {
        Some(text) => Ok(text.to_owned()),
        None if line.is_empty() => Err(ErrorKind::UnexpectedEof.into()),
        None => Err(malformed("end of a line", &line)),
    }
}

fn number(text: &str, radix: u32) -> io::Result<usize> {
    usize::from_str_radix(text.trim(), radix).map_err(|_| malformed("length", text))
}

fn malformed(what: &str, text: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, format!("unexpected {what}: {text:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(mut response: &[u8]) -> Result<String, String> {
        let mut body = Vec::new();
        read_response(&mut response, &mut body).map_err(|err| err.to_string())?;
        assert_eq!(response, b"HTTP", "the next response is left alone");
        Ok(String::from_utf8(body).unwrap())
    }

    #[test]
    fn body_of_a_known_length() {
        assert_eq!(body(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nup 1HTTP"), Ok("up 1".to_owned()));
    }

    #[test]
    fn body_in_chunks() {
        let response =
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nup\r\nA\r\n 123456789\r\n0\r\n\r\nHTTP";
        assert_eq!(body(response), Ok("up 123456789".to_owned()));
    }

    #[test]
    fn page_that_was_refused() {
        let response = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusyHTTP";
        assert_eq!(body(response), Err("unexpected status: \"HTTP/1.1 503 Service Unavailable\"".to_owned()));
    }

    #[test]
    fn connection_that_ends_early() {
        assert_eq!(body(b"HTTP/1.1 200 OK\r\n"), Err("unexpected end of file".to_owned()));
        assert_eq!(
            body(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nup"),
            Err("failed to fill whole buffer".to_owned())
        );
    }

    #[test]
    fn length_beyond_reason() {
        assert_eq!(
            body(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"),
            Err("unexpected length: \"99999999999\"".to_owned())
        );
    }
}
