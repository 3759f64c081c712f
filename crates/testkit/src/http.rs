//! A blocking HTTP/1.1 client for servers on loopback, and the requests that Prometheus and senders of telemetry make.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::validate::{Defect, Report, Response, Validator};

/// The headers of a scrape by Prometheus 3.15 with its default configuration.
pub const PROMETHEUS: &[(&str, &str)] = &[
    (
        "Accept",
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.7,\
         application/openmetrics-text;version=0.0.1;q=0.6,\
         text/plain;version=1.0.0;escaping=allow-utf-8;q=0.5,text/plain;version=0.0.4;q=0.4,*/*;q=0.3",
    ),
    ("Accept-Encoding", "gzip"),
    ("User-Agent", "Prometheus/3.15.0"),
    ("X-Prometheus-Scrape-Timeout-Seconds", "10"),
];

/// The headers of a scrape by one who reads OpenMetrics 1.0.0 alone.
pub const OPENMETRICS: &[(&str, &str)] =
    &[("Accept", "application/openmetrics-text;version=1.0.0"), ("Accept-Encoding", "gzip")];

/// The headers of a scrape by Prometheus 3.15 with `scrape_native_histograms`.
pub const PROTOBUF: &[(&str, &str)] = &[
    (
        "Accept",
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,\
         application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
         application/openmetrics-text;version=0.0.1;q=0.4,\
         text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
    ),
    ("Accept-Encoding", "gzip"),
    ("User-Agent", "Prometheus/3.15.0"),
];

/// How long a request may take, from connecting to the last byte.
const LIMIT: Duration = Duration::from_secs(10);

/// A larger response is a defect of its own.
const MAX_RESPONSE: usize = 256 << 20;

/// One response, as it came and as it is meant.
#[derive(Clone, Debug)]
pub struct RawResponse {
    /// The bytes of the wire, for [`Validator::check`].
    pub raw: Vec<u8>,
    /// The status code.
    pub status: u16,
    /// Names as received and values, in their order.
    pub headers: Vec<(String, String)>,
    /// The body without chunks and gzip; as far as it goes, if they are broken.
    pub body: Vec<u8>,
}

impl RawResponse {
    /// The first value of a header, whatever the case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body as text, with U+FFFD for what is not UTF-8.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Sends one GET and reads until the server closes the connection, which it is asked to.
///
/// `Host` is the address unless `headers` has one.
/// Fails if the server does not answer in full within 10 seconds, or not in HTTP/1.1.
pub fn get(address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> io::Result<RawResponse> {
    get_within(LIMIT, address, path, headers)
}

pub(crate) fn get_within(
    limit: Duration,
    address: SocketAddr,
    path: &str,
    headers: &[(&str, &str)],
) -> io::Result<RawResponse> {
    exchange(limit, address, &format!("GET {path}"), headers, &[])
}

/// Sends one POST with a body whose length it says, otherwise as [`get`].
pub fn post(address: SocketAddr, path: &str, headers: &[(&str, &str)], body: &[u8]) -> io::Result<RawResponse> {
    let length = body.len().to_string();
    let headers = [headers, &[("Content-Length", length.as_str())]].concat();
    exchange(LIMIT, address, &format!("POST {path}"), &headers, body)
}

/// Sends one POST with a body in chunks of at most so many bytes, otherwise as [`get`].
///
/// # Panics
/// If a chunk may have no bytes.
pub fn post_chunked(
    address: SocketAddr,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
    chunk: usize,
) -> io::Result<RawResponse> {
    let mut framed = Vec::new();
    for part in body.chunks(chunk) {
        framed.extend(format!("{:x}\r\n", part.len()).into_bytes());
        framed.extend_from_slice(part);
        framed.extend_from_slice(b"\r\n");
    }
    framed.extend_from_slice(b"0\r\n\r\n");
    let headers = [headers, &[("Transfer-Encoding", "chunked")]].concat();
    exchange(LIMIT, address, &format!("POST {path}"), &headers, &framed)
}

/// A body as `Content-Encoding: gzip` has it.
///
/// # Panics
/// Never: memory takes everything.
pub fn gzipped(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).and_then(|()| encoder.finish()).expect("memory takes everything")
}

/// `request` is a method and a path.
fn exchange(
    limit: Duration,
    address: SocketAddr,
    request: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> io::Result<RawResponse> {
    let deadline = Instant::now() + limit;
    let mut stream = TcpStream::connect_timeout(&address, limit)?;
    stream.set_write_timeout(Some(limit))?;
    let path = request.rsplit(' ').next().unwrap_or_default();
    let mut request = format!("{request} HTTP/1.1\r\nConnection: close\r\n");
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        request.push_str(&format!("Host: {address}\r\n"));
    }
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str("\r\n");
    stream.write_all(&[request.as_bytes(), body].concat())?;
    let raw = read_all(&mut stream, deadline)?;
    let Some(Response { status, headers, body }) = Response::read(&raw, &mut Report::default()) else {
        let start = String::from_utf8_lossy(raw.get(..80).unwrap_or(&raw)).into_owned();
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("{address}{path} answers {start:?}, not HTTP/1.1"),
        ));
    };
    Ok(RawResponse { raw, status, headers, body })
}

fn read_all(stream: &mut TcpStream, deadline: Instant) -> io::Result<Vec<u8>> {
    let mut raw = Vec::new();
    let mut chunk = [0; 16 << 10];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() || raw.len() > MAX_RESPONSE {
            let problem = format!("no end of the response after {} bytes", raw.len());
            return Err(io::Error::new(io::ErrorKind::TimedOut, problem));
        }
        stream.set_read_timeout(Some(left))?;
        match stream.read(&mut chunk) {
            Ok(0) => return Ok(raw),
            Ok(length) => raw.extend_from_slice(chunk.get(..length).unwrap_or(&chunk)),
            // The read timed out, or was interrupted: the deadline decides.
            Err(err)
                if matches!(
                    err.kind(),
                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
                ) => {}
            Err(err) => return Err(err),
        }
    }
}

/// Gets `/metrics` and validates the response, after the one before if there is one.
///
/// `headers` is mostly [`PROMETHEUS`], [`OPENMETRICS`] or [`PROTOBUF`]. Fails as [`get`] does, or with all defects.
pub fn scrape(
    address: SocketAddr,
    headers: &[(&str, &str)],
    validator: &Validator<'_>,
    previous: Option<&RawResponse>,
) -> Result<RawResponse, ScrapeError> {
    let response = get(address, "/metrics", headers).map_err(|err| ScrapeError::Request(address, err))?;
    let defects = validator.check(&response.raw, previous.map(|previous| previous.raw.as_slice()));
    if defects.is_empty() { Ok(response) } else { Err(ScrapeError::Defects(address, defects)) }
}

/// Why a scrape is not good. `Debug` is `Display`, so that `unwrap` in a test shows lines.
pub enum ScrapeError {
    /// There is no response.
    Request(SocketAddr, io::Error),
    /// The response breaks rules.
    Defects(SocketAddr, Vec<Defect>),
}

impl fmt::Display for ScrapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ScrapeError::Request(address, err) => write!(f, "cannot scrape {address}: {err}"),
            ScrapeError::Defects(address, defects) => {
                write!(f, "the page of {address} has defects")?;
                defects.iter().try_for_each(|defect| write!(f, "\n  {defect}"))
            }
        }
    }
}

impl fmt::Debug for ScrapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ScrapeError {}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread::{self, JoinHandle};

    use super::*;

    /// Answers one request without a body with fixed bytes; joining gives the request.
    fn server(answer: &'static str) -> (SocketAddr, JoinHandle<String>) {
        server_of("\r\n\r\n", answer)
    }

    /// Answers one request that ends like this.
    fn server_of(end: &'static str, answer: &'static str) -> (SocketAddr, JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let thread = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            let mut byte = [0];
            while !request.ends_with(end.as_bytes()) {
                stream.read_exact(&mut byte).unwrap();
                request.push(byte[0]);
            }
            stream.write_all(answer.as_bytes()).unwrap();
            String::from_utf8(request).unwrap()
        });
        (address, thread)
    }

    const GOOD: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n\
                        Content-Length: 35\r\n\r\n# HELP up Up.\n# TYPE up gauge\nup 1\n";

    #[test]
    fn a_get_with_headers() {
        let (address, thread) =
            server("HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ngone\r\n0\r\n\r\n");
        let response = get(address, "/nothing", &[("Accept", "text/plain")]).unwrap();
        assert_eq!((response.status, response.text().as_str()), (404, "gone"));
        assert_eq!(response.header("transfer-encoding"), Some("chunked"));
        let request =
            format!("GET /nothing HTTP/1.1\r\nConnection: close\r\nHost: {address}\r\nAccept: text/plain\r\n\r\n");
        assert_eq!(thread.join().unwrap(), request);
    }

    #[test]
    fn a_post_with_a_length_and_one_in_chunks() {
        let (address, thread) = server_of("{}", GOOD);
        post(address, "/v1/metrics", &[("Content-Type", "application/json")], b"{}").unwrap();
        let head = format!("POST /v1/metrics HTTP/1.1\r\nConnection: close\r\nHost: {address}\r\n");
        let rest = "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
        assert_eq!(thread.join().unwrap(), head + rest);

        let (address, thread) = server_of("0\r\n\r\n", GOOD);
        post_chunked(address, "/v1/metrics", &[], b"0123456789ab", 10).unwrap();
        let head = format!("POST /v1/metrics HTTP/1.1\r\nConnection: close\r\nHost: {address}\r\n");
        let rest = "Transfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n2\r\nab\r\n0\r\n\r\n";
        assert_eq!(thread.join().unwrap(), head + rest);
    }

    #[test]
    fn a_get_for_another_host() {
        let (address, thread) = server(GOOD);
        get(address, "/", &[("host", "evil.example")]).unwrap();
        assert_eq!(thread.join().unwrap(), "GET / HTTP/1.1\r\nConnection: close\r\nhost: evil.example\r\n\r\n");
    }

    #[test]
    fn an_answer_that_is_not_http() {
        let (address, _) = server("SSH-2.0-server\r\n");
        let err = get(address, "/", &[]).unwrap_err();
        assert_eq!(err.to_string(), format!("{address}/ answers \"SSH-2.0-server\\r\\n\", not HTTP/1.1"));
    }

    #[test]
    fn a_server_that_never_answers() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let err = get_within(Duration::from_millis(50), listener.local_addr().unwrap(), "/", &[]).unwrap_err();
        assert_eq!(err.kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn a_good_scrape() {
        let (address, thread) = server(GOOD);
        let response = scrape(address, PROMETHEUS, &Validator::default(), None).unwrap();
        assert_eq!(response.raw, GOOD.as_bytes());
        assert!(
            thread.join().unwrap().contains("escaping=allow-utf-8;q=0.7,application/openmetrics-text;version=0.0.1")
        );
    }

    #[test]
    fn a_scrape_with_defects() {
        let (address, _) = server("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
        let err = scrape(address, OPENMETRICS, &Validator::default(), None).unwrap_err();
        assert_eq!(err.to_string(), format!("the page of {address} has defects\n  Status: the status is 503"));
    }
}
