//! What clients send, with a limit on how much and how long: the one place that collects a body or inflates one.
//!
//! A kilobyte of gzip can stand for a megabyte, and a declared length can be any number. So the limit is on what there will
//! be in memory, and holds before memory is taken. The lints refuse decoders and unbounded reads everywhere else.

use std::borrow::Cow;
use std::collections::TryReserveError;
use std::error::Error;
use std::fmt;
use std::io::{self, Read as _};
use std::ops::Range;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use bytes::{Buf as _, Bytes};
use http_body_util::BodyExt as _;
use hyper::body::Body;
use hyper::header::{CONTENT_ENCODING, HeaderMap};
use tokio::time::timeout_at;

/// Deflate writes at most 258 bytes for two bits.
const MOST_RATIO: usize = 1032;
/// What text and numbers are usually compressed to.
const USUAL_RATIO: usize = 8;
const USUAL_BYTES: usize = 1024;
/// Less than what glibc takes from the kernel, and more than what it will ever keep (`M_MMAP_THRESHOLD` in mallopt(3)).
const SMALL_BYTES: usize = 64 * 1024;
const LARGE_BYTES: usize = 33 * 1024 * 1024;

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
    /// There is no room for more beside what is being received. Status 503.
    Crowded,
    /// It broke off, or was not framed as HTTP demands. Status 400, if anybody is there to read it.
    Broken(Box<dyn Error + Send + Sync>),
}

/// Room for all that is received at a time: a limit on each body alone would let many of them have that much each.
#[derive(Debug)]
pub struct Room {
    most: usize,
    taken: AtomicUsize,
}

/// A body, or what it stands for, and the room that it takes until it is dropped.
#[derive(Debug)]
pub struct Received<'r> {
    bytes: Bytes,
    share: Share<'r>,
}

/// A part of a room.
#[derive(Debug)]
struct Share<'r> {
    room: &'r Room,
    bytes: usize,
}

impl Room {
    /// Room for so many bytes.
    #[must_use]
    pub const fn new(most: usize) -> Self {
        Room { most, taken: AtomicUsize::new(0) }
    }
}

impl Share<'_> {
    /// Takes room for as many more bytes, if there is so much.
    fn grow(&mut self, bytes: usize) -> Result<(), BodyError> {
        let before = self.room.taken.fetch_add(bytes, Ordering::Relaxed);
        self.bytes += bytes;
        if before.saturating_add(bytes) > self.room.most { Err(BodyError::Crowded) } else { Ok(()) }
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        self.room.taken.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl Received<'_> {
    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Puts what the bytes `range` of it stand for in their place, see [`inflate`].
    ///
    /// # Errors
    /// See [`InflateError`]; also [`InflateError::Crowded`].
    pub fn inflate(&mut self, encoding: Encoding, range: Range<usize>, limit: usize) -> Result<(), InflateError> {
        self.bytes = match inflate(encoding, self.bytes.get(range.clone()).unwrap_or_default(), limit)? {
            Cow::Borrowed(_) => self.bytes.slice(range),
            Cow::Owned(inflated) => {
                self.share.grow(inflated.len()).map_err(|_| InflateError::Crowded)?;
                inflated.into()
            }
        };
        Ok(())
    }
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
    /// There is no room for it beside what else is being received. Status 503.
    Crowded,
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
    collect_into(body, limit, deadline, &Room::new(usize::MAX)).await.map(|received| received.bytes)
}

/// The whole body, as [`collect`] gives it, as long as there is room.
///
/// # Errors
/// See [`collect`], and a room that is full.
pub async fn collect_into<B>(body: B, limit: usize, deadline: Instant, room: &Room) -> Result<Received<'_>, BodyError>
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
    let mut share = Share { room, bytes: 0 };
    while let Some(frame) = timeout_at(deadline.into(), body.frame()).await.map_err(|_| BodyError::TooSlow)? {
        let Ok(mut data) = frame.map_err(|error| BodyError::Broken(error.into()))?.into_data() else { continue };
        if data.remaining() > limit - whole.len() {
            return Err(too_large);
        }
        // Frames that are always there would never let the timer have its turn.
        if Instant::now() >= deadline {
            return Err(BodyError::TooSlow);
        }
        share.grow(data.remaining())?;
        whole.push(data.copy_to_bytes(data.remaining()), limit).map_err(|_| BodyError::Crowded)?;
    }
    Ok(Received { bytes: whole.into_bytes(), share })
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

    fn push(&mut self, frame: Bytes, limit: usize) -> Result<(), TryReserveError> {
        if self.len() == 0 {
            self.first = frame;
            return Ok(());
        }
        let needed = self.len() + frame.len();
        grow(&mut self.all, needed, limit)?;
        self.all.extend_from_slice(&std::mem::take(&mut self.first));
        self.all.extend_from_slice(&frame);
        Ok(())
    }

    fn into_bytes(self) -> Bytes {
        if self.all.is_empty() { self.first } else { self.all.into() }
    }
}

/// Makes room for `needed` bytes, of which there will be `limit` at most.
///
/// What is not written to is no memory yet. So what is not small has room for all that may come, and is never copied. It is
/// also so large that glibc takes it from the kernel and gives it back to it: of what is smaller it would learn to keep such
/// buffers, and hold as much for ever as was once received at a time.
fn grow(buffer: &mut Vec<u8>, needed: usize, limit: usize) -> Result<(), TryReserveError> {
    if needed <= buffer.capacity() {
        return Ok(());
    }
    let room = if needed > SMALL_BYTES { LARGE_BYTES.max(limit) } else { (buffer.capacity() * 2).max(needed) };
    buffer.try_reserve_exact(room - buffer.len())
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
    // One byte more than the limit tells what goes beyond it.
    let longest = limit.min(bytes.len().saturating_mul(MOST_RATIO)).saturating_add(1);
    let mut inflated = Vec::new();
    let mut decoder = flate2::bufread::MultiGzDecoder::new(bytes);
    let mut needed = longest.min(USUAL_BYTES.max(bytes.len().saturating_mul(USUAL_RATIO)));
    loop {
        grow(&mut inflated, needed, longest).map_err(|_| InflateError::Crowded)?;
        let room = inflated.capacity().min(longest) - inflated.len();
        let read = decoder.by_ref().take(room as u64).read_to_end(&mut inflated).map_err(InflateError::Malformed)?;
        if inflated.len() >= longest {
            return Err(InflateError::TooLarge { limit });
        }
        if read < room {
            break;
        }
        needed = inflated.len() + 1;
    }
    if inflated.capacity() <= SMALL_BYTES {
        inflated.shrink_to_fit();
    }
    Ok(inflated)
}

const CROWDED: &str = "too much is being received at a time; send it again later";

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BodyError::TooLarge { limit } => write!(f, "the body is larger than {limit} bytes; send less at a time"),
            BodyError::TooSlow => f.write_str("the body did not arrive in time"),
            BodyError::Crowded => f.write_str(CROWDED),
            BodyError::Broken(_) => f.write_str("the body broke off"),
        }
    }
}

impl Error for BodyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            BodyError::Broken(error) => Some(&**error),
            BodyError::TooLarge { .. } | BodyError::TooSlow | BodyError::Crowded => None,
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
            InflateError::Crowded => f.write_str(CROWDED),
        }
    }
}

impl Error for InflateError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            InflateError::Malformed(error) => Some(error),
            InflateError::TooLarge { .. } | InflateError::Crowded => None,
        }
    }
}
