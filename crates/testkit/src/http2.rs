//! HTTP/2 without TLS: a blocking client, and frames one by one for what no client would send.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use h2::client::{SendRequest, handshake};
use http::{HeaderMap, Method, Request};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

/// How long a step may take.
const LIMIT: Duration = Duration::from_secs(20);

/// More than this is not read.
const MAX_ANSWER: usize = 256 << 20;

/// A connection to a server on loopback.
pub struct Client {
    runtime: Runtime,
    sender: SendRequest<Bytes>,
}

/// One response; names and values in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields say it")]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub trailers: Vec<(String, String)>,
}

impl Answer {
    /// The first value of a header or, behind all of them, of a trailer.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut all = self.headers.iter().chain(&self.trailers);
        all.find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }
}

impl Client {
    /// Connects, and begins with HTTP/2. Fails when that takes longer than 20 seconds.
    pub fn connect(address: SocketAddr) -> io::Result<Client> {
        let runtime = Builder::new_current_thread().enable_io().enable_time().build()?;
        let sender = runtime.block_on(within(async {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            let (sender, connection) = handshake(stream).await.map_err(io::Error::other)?;
            tokio::spawn(connection);
            Ok(sender)
        }))?;
        Ok(Client { runtime, sender })
    }

    /// Sends a request for `http://localhost` and reads its response. Fails when the server ends the connection or the
    /// request, or takes longer than 20 seconds.
    pub fn request(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> io::Result<Answer> {
        let method = Method::from_bytes(method.as_bytes()).map_err(io::Error::other)?;
        let mut request = Request::builder().method(method).uri(format!("http://localhost{path}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(()).map_err(io::Error::other)?;
        let (sender, body) = (self.sender.clone(), body.into());
        self.runtime.block_on(within(async {
            let mut sender = sender.ready().await.map_err(io::Error::other)?;
            let (response, mut stream) = sender.send_request(request, body.is_empty()).map_err(io::Error::other)?;
            if !body.is_empty() {
                stream.send_data(body, true).map_err(io::Error::other)?;
            }
            read(response.await.map_err(io::Error::other)?).await
        }))
    }
}

async fn within<T>(work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout(LIMIT, work).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

async fn read(response: http::Response<h2::RecvStream>) -> io::Result<Answer> {
    let (head, mut stream) = response.into_parts();
    let mut body = Vec::new();
    while let Some(data) = stream.data().await {
        let data = data.map_err(io::Error::other)?;
        stream.flow_control().release_capacity(data.len()).map_err(io::Error::other)?;
        body.extend_from_slice(&data);
        if body.len() > MAX_ANSWER {
            return Err(io::Error::other("there is no end of the response"));
        }
    }
    let trailers = stream.trailers().await.map_err(io::Error::other)?;
    let (headers, trailers) = (texts(&head.headers), trailers.as_ref().map(texts).unwrap_or_default());
    Ok(Answer { status: head.status.as_u16(), headers, body, trailers })
}

fn texts(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect()
}

/// What a client begins with.
pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Kinds of frames (RFC 9113, section 6).
#[expect(missing_docs, reason = "named as there")]
pub mod kind {
    pub const DATA: u8 = 0;
    pub const HEADERS: u8 = 1;
    pub const RST_STREAM: u8 = 3;
    pub const SETTINGS: u8 = 4;
    pub const PING: u8 = 6;
    pub const GOAWAY: u8 = 7;
    pub const CONTINUATION: u8 = 9;
}

/// The flag of the last frame of a stream.
pub const END_STREAM: u8 = 1;
/// The flag of the last frame of a header.
pub const END_HEADERS: u8 = 4;

/// A frame as it is sent or came.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields say it")]
pub struct Frame {
    pub kind: u8,
    pub flags: u8,
    pub stream: u32,
    pub payload: Vec<u8>,
}

/// A frame's bytes.
pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX).to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// The frames that the bytes are, as far as they are whole.
pub fn frames(mut bytes: &[u8]) -> Vec<Frame> {
    let mut frames = Vec::new();
    while let Some((&[high, middle, low, kind, flags, a, b, c, d], rest)) = bytes.split_first_chunk() {
        let length = usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low);
        let Some((payload, rest)) = rest.split_at_checked(length) else { break };
        frames.push(Frame { kind, flags, stream: u32::from_be_bytes([a, b, c, d]), payload: payload.into() });
        bytes = rest;
    }
    frames
}

/// A header as HPACK has it without table and Huffman code.
pub fn fields(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in fields {
        block.push(0);
        for text in [name, value] {
            length(text.len(), &mut block);
            block.extend_from_slice(text.as_bytes());
        }
    }
    block
}

/// An integer with a prefix of seven bits (RFC 7541, section 5.1).
fn length(length: usize, block: &mut Vec<u8>) {
    let Some(mut rest) = length.checked_sub(127) else {
        return block.push(u8::try_from(length).unwrap_or(0));
    };
    block.push(127);
    while rest >= 128 {
        block.push(u8::try_from(rest % 128).unwrap_or(0) | 128);
        rest /= 128;
    }
    block.push(u8::try_from(rest).unwrap_or(0));
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    #[test]
    fn frames_there_and_back() {
        let bytes =
            [frame(kind::SETTINGS, 0, 0, &[]), frame(kind::DATA, END_STREAM, 3, b"abc"), vec![0, 0, 9]].concat();
        let data = Frame { kind: kind::DATA, flags: END_STREAM, stream: 3, payload: b"abc".to_vec() };
        assert_eq!(frames(&bytes)[1..], [data]);
        assert_eq!(fields(&[("a", &"b".repeat(300))])[..6], [0, 1, b'a', 127, 173, 1]);
    }

    /// A server by frames, which answers with a literal header, data and trailers.
    #[test]
    fn a_response_with_trailers() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.write_all(&frame(kind::SETTINGS, 0, 0, &[])).unwrap();
            let mut came = Vec::new();
            let is_whole = |came: &[u8]| {
                came.get(PREFACE.len()..).is_some_and(|rest| frames(rest).iter().any(|frame| frame.kind == kind::DATA))
            };
            while !is_whole(&came) {
                let mut chunk = [0; 1024];
                let length = stream.read(&mut chunk).unwrap();
                came.extend_from_slice(&chunk[..length]);
            }
            // :status 200 is entry 8 of the static table.
            let answer = [
                frame(kind::HEADERS, END_HEADERS, 1, &[&[0x88], &fields(&[("a", "b")])[..]].concat()),
                frame(kind::DATA, 0, 1, b"body"),
                frame(kind::HEADERS, END_HEADERS | END_STREAM, 1, &fields(&[("grpc-status", "0")])),
            ];
            stream.write_all(&answer.concat()).unwrap();
            stream.read_exact(&mut [0; 1]).ok();
        });
        let answer = Client::connect(address).unwrap().request("POST", "/x", &[("y", "z")], "hello").unwrap();
        assert_eq!((answer.status, &answer.body[..]), (200, &b"body"[..]));
        assert_eq!((answer.header("a"), answer.header("grpc-status")), (Some("b"), Some("0")));
        server.join().unwrap();
    }
}
