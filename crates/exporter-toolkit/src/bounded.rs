//! What clients send, with a limit on how much and how long: the one place that collects a body or inflates one.
//!
//! A kilobyte of gzip can stand for a megabyte, and a declared length can be any number. So the limit is on what there will
//! be in memory, and holds before memory is taken. The lints refuse decoders and unbounded reads everywhere else.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::io::{self, Read as _};
use std::pin::pin;
use std::time::Instant;

use bytes::{Buf as _, Bytes};
use http_body_util::BodyExt as _;
use hyper::body::Body;
use hyper::header::{CONTENT_ENCODING, HeaderMap};
use tokio::time::timeout_at;

/// Deflate writes at most 258 bytes for two bits.
const MOST_RATIO: usize = 1032;

/// Why a body was not taken.
#[derive(Debug)]
pub enum BodyError {
    /// It is, or says that it is, larger than this many bytes. Status 413.
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// It was not complete at the deadline. Status 408.
    TooSlow,
    /// It broke off, or was not framed as HTTP demands. Status 400, if anybody is there to read it.
    Broken(Box<dyn Error + Send + Sync>),
}

/// How a body was encoded for transport.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Not at all.
    Identity,
    /// Gzip (RFC 1952), of one member or several.
    Gzip,
}

/// A `Content-Encoding` that is not read here, or several of them. Status 415.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownEncoding;

/// Why a body was not inflated.
#[derive(Debug)]
pub enum InflateError {
    /// It is larger than this many bytes once inflated. Status 413.
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// It is not what its encoding says, breaks off, or has something behind its end. Status 400.
    Malformed(io::Error),
}

impl Encoding {
    /// The encoding that the headers of a message name; without one it is not encoded.
    ///
    /// # Errors
    /// Another encoding than gzip, or more than one.
    pub fn from_headers(headers: &HeaderMap) -> Result<Self, UnknownEncoding> {
        let mut encoding = Encoding::Identity;
        for value in headers.get_all(CONTENT_ENCODING) {
            for name in value.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
                if name.is_empty() || name.eq_ignore_ascii_case(b"identity") {
                    continue;
                }
                let gzip = name.eq_ignore_ascii_case(b"gzip") || name.eq_ignore_ascii_case(b"x-gzip");
                if !gzip || encoding == Encoding::Gzip {
                    return Err(UnknownEncoding);
                }
                encoding = Encoding::Gzip;
            }
        }
        Ok(encoding)
    }
}

/// The whole body, of at most `limit` bytes as they are on the wire; trailers are dropped. What its header says of its
/// length can refuse it, but takes no memory.
///
/// # Errors
/// A body that is too large, not complete at the deadline, or broken off.
pub async fn collect<B>(body: B, limit: usize, deadline: Instant) -> Result<Bytes, BodyError>
where
    B: Body,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let too_large = BodyError::TooLarge { limit };
    if usize::try_from(body.size_hint().lower()).map_or(true, |least| least > limit) {
        return Err(too_large);
    }
    let mut body = pin!(body);
    let mut whole = Whole::default();
    while let Some(frame) = timeout_at(deadline.into(), body.frame()).await.map_err(|_| BodyError::TooSlow)? {
        let Ok(mut data) = frame.map_err(|error| BodyError::Broken(error.into()))?.into_data() else { continue };
        if data.remaining() > limit - whole.len() {
            return Err(too_large);
        }
        // Frames that are always there would never let the timer have its turn.
        if Instant::now() >= deadline {
            return Err(BodyError::TooSlow);
        }
        whole.push(data.copy_to_bytes(data.remaining()), limit);
    }
    Ok(whole.into_bytes())
}

/// A body as it grows; the usual one comes in one frame and is never copied.
#[derive(Default)]
struct Whole {
    first: Bytes,
    all: Vec<u8>,
}

impl Whole {
    fn len(&self) -> usize {
        if self.all.is_empty() { self.first.len() } else { self.all.len() }
    }

    fn push(&mut self, frame: Bytes, limit: usize) {
        if self.len() == 0 {
            self.first = frame;
            return;
        }
        let needed = self.len() + frame.len();
        if needed > self.all.capacity() {
            let room = (self.all.capacity() * 2).min(limit).max(needed);
            self.all.reserve_exact(room - self.all.len());
        }
        self.all.extend_from_slice(&std::mem::take(&mut self.first));
        self.all.extend_from_slice(&frame);
    }

    fn into_bytes(self) -> Bytes {
        if self.all.is_empty() { self.first } else { self.all.into() }
    }
}

/// What the bytes stand for, of at most `limit` bytes; that much memory is taken at most, and some 50 kB for the tables of
/// the encoding. What is encoded twice is inflated once.
///
/// # Errors
/// More than `limit` bytes, or bytes that are not of this encoding from the first to the last.
pub fn inflate(encoding: Encoding, bytes: &[u8], limit: usize) -> Result<Cow<'_, [u8]>, InflateError> {
    match encoding {
        Encoding::Identity if bytes.len() > limit => Err(InflateError::TooLarge { limit }),
        Encoding::Identity => Ok(Cow::Borrowed(bytes)),
        Encoding::Gzip => gunzip(bytes, limit).map(Cow::Owned),
    }
}

#[expect(clippy::disallowed_types, clippy::disallowed_methods, reason = "bounded here, so that nobody else has to")]
fn gunzip(bytes: &[u8], limit: usize) -> Result<Vec<u8>, InflateError> {
    if bytes.is_empty() {
        return Err(InflateError::Malformed(io::ErrorKind::UnexpectedEof.into()));
    }
    // As long as it can get, so that it never grows; what is not written to is no memory yet. One byte more than the limit
    // tells what goes beyond it.
    let longest = limit.min(bytes.len().saturating_mul(MOST_RATIO)).saturating_add(1);
    let mut inflated = Vec::new();
    inflated.try_reserve_exact(longest).map_err(|_| InflateError::TooLarge { limit })?;
    let decoder = flate2::bufread::MultiGzDecoder::new(bytes);
    decoder.take(longest as u64).read_to_end(&mut inflated).map_err(InflateError::Malformed)?;
    if inflated.len() >= longest {
        return Err(InflateError::TooLarge { limit });
    }
    inflated.shrink_to_fit();
    Ok(inflated)
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BodyError::TooLarge { limit } => write!(f, "the body is larger than {limit} bytes; send less at a time"),
            BodyError::TooSlow => f.write_str("the body did not arrive in time"),
            BodyError::Broken(_) => f.write_str("the body broke off"),
        }
    }
}

impl Error for BodyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            BodyError::Broken(error) => Some(&**error),
            BodyError::TooLarge { .. } | BodyError::TooSlow => None,
        }
    }
}

impl fmt::Display for UnknownEncoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body's Content-Encoding is not known; use gzip or none")
    }
}

impl Error for UnknownEncoding {}

impl fmt::Display for InflateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InflateError::TooLarge { limit } => {
                write!(f, "the body inflates to more than {limit} bytes; send less at a time")
            }
            InflateError::Malformed(_) => f.write_str("the body is not what its Content-Encoding says"),
        }
    }
}

impl Error for InflateError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            InflateError::Malformed(error) => Some(error),
            InflateError::TooLarge { .. } => None,
        }
    }
}
