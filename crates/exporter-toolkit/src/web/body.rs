//! The body of an answer, which tells when it has been taken.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

use crate::web::connection::Clock;

/// HTTP/2 asks for the next part when there is room for it: the smaller the parts, the less is held for a slow client.
const PART_BYTES: usize = 16 * 1024;

/// A whole page, handed over in parts.
pub(crate) struct Page {
    rest: Bytes,
    clock: Clock,
}

impl Page {
    pub(crate) fn new(page: Bytes, clock: Clock) -> Self {
        Page { rest: page, clock }
    }
}

impl Body for Page {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        let part = if self.clock.is_multiplexed() { PART_BYTES.min(self.rest.len()) } else { self.rest.len() };
        Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(part)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.clock.written();
    }
}
