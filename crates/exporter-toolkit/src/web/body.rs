//! What stands behind the header of an answer, and tells when it has been taken; and what stands behind that of a request.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::header::HeaderMap;

use crate::bounded::{BodyError, Received, Room, collect_into};
use crate::stream::Stream;
use crate::web::connection::{Awaited, Clock};

/// HTTP/2 asks for the next part when there is room for it: the smaller the parts, the less is held for a slow client.
const PART_BYTES: usize = 16 * 1024;

/// What an answer has behind its header.
#[derive(Default)]
pub struct Payload {
    /// What is left of it, or of the piece that is being sent.
    rest: Bytes,
    trailers: Option<HeaderMap>,
    stream: Option<Box<Stream>>,
}

impl Payload {
    /// Bytes with trailers behind them.
    #[must_use]
    pub fn with_trailers(bytes: impl Into<Bytes>, trailers: HeaderMap) -> Self {
        Payload { trailers: Some(trailers), ..Payload::from(bytes.into()) }
    }

    pub(crate) fn streamed(stream: Stream) -> Self {
        Payload { stream: Some(Box::new(stream)), ..Payload::default() }
    }

    /// How many bytes it has, where that is known.
    pub(crate) fn length(&self) -> Option<u64> {
        (self.stream.is_none() && self.trailers.is_none()).then_some(self.rest.len() as u64)
    }

    fn is_over(&self) -> bool {
        self.rest.is_empty() && self.trailers.is_none() && self.stream.as_ref().is_none_or(|stream| stream.is_over())
    }
}

impl From<Bytes> for Payload {
    fn from(rest: Bytes) -> Self {
        Payload { rest, ..Payload::default() }
    }
}

/// A payload that is being sent.
pub(crate) struct Page {
    payload: Payload,
    clock: Clock,
}

impl Page {
    pub(crate) fn new(payload: Payload, clock: Clock) -> Self {
        Page { payload, clock }
    }
}

impl Body for Page {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let is_multiplexed = self.clock.is_multiplexed();
        let Payload { rest, trailers, stream } = &mut self.payload;
        if rest.is_empty()
            && let Some(piece) = stream.as_mut().and_then(|stream| stream.next())
        {
            *rest = piece;
        }
        if rest.is_empty() {
            return Poll::Ready(trailers.take().map(|trailers| Ok(Frame::trailers(trailers))));
        }
        let part = if is_multiplexed { PART_BYTES.min(rest.len()) } else { rest.len() };
        Poll::Ready(Some(Ok(Frame::data(rest.split_to(part)))))
    }

    fn is_end_stream(&self) -> bool {
        self.payload.is_over()
    }

    fn size_hint(&self) -> SizeHint {
        self.payload.length().map(SizeHint::with_exact).unwrap_or_default()
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        let is_over = self.payload.is_over();
        let stream = self.payload.stream.take().filter(|_| is_over);
        self.clock.handed_over(stream.map(|stream| stream.into_pieces()));
    }
}

/// The body of a request, which comes in its own time, but not later than a deadline.
pub struct RequestBody {
    incoming: Incoming,
    deadline: Instant,
    awaited: Option<Awaited>,
}

impl RequestBody {
    pub(crate) fn new(incoming: Incoming, deadline: Instant, clock: &Clock) -> Self {
        let awaited = (!incoming.is_end_stream()).then(|| clock.awaits_body());
        RequestBody { incoming, deadline, awaited }
    }

    /// Whether nothing is to come.
    pub(crate) fn is_empty(&self) -> bool {
        self.awaited.is_none()
    }

    /// The whole of it, of at most `limit` bytes as they are on the wire, and as long as there is `room`.
    ///
    /// # Errors
    /// See [`BodyError`].
    pub async fn collect(self, limit: usize, room: &Room) -> Result<Received<'_>, BodyError> {
        let RequestBody { incoming, deadline, awaited } = self;
        let received = collect_into(incoming, limit, deadline, room).await;
        drop(awaited);
        received
    }
}
