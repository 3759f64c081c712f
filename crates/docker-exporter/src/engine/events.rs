//! What happens to containers, as the engine tells it: one answer without an end.

use http_body_util::BodyExt as _;
use hyper::body::{Bytes, Incoming};

use crate::engine::error::EngineError;
use crate::engine::model::Event;
use crate::engine::paths::Request;
use crate::engine::transport::Connection;
use crate::engine::values::{Fault, Values};

/// The event stream. It must be read all the time: an engine drops what a reader does not take within a tenth of a second, once
/// the socket's buffer is full. When it is dropped the connection is closed, which a proxy that is to stop waits for.
pub(crate) struct Events {
    connection: Connection,
    body: Incoming,
    values: Values,
}

/// For what is said of an error.
const REQUEST: Request<'_> = Request::Events { since_nanos: None };

impl Events {
    /// Of an answer whose head was good. No event may have more than `limit` bytes.
    pub(super) fn new(connection: Connection, body: Incoming, limit: usize) -> Self {
        Events { connection, body, values: Values::new(limit) }
    }

    /// The next event, however long it takes; nothing once the engine, or a proxy before it, has ended the stream. Nothing is
    /// lost if this is dropped before it is done.
    ///
    /// # Errors
    /// A stream that broke off, which is how proxies end one that has been silent for some minutes; an event that is none or
    /// too large. Nothing more can be read from it then, as what comes behind is not told apart any more: open another one.
    pub(crate) async fn next(&mut self) -> Result<Option<Event>, EngineError> {
        loop {
            match self.values.next() {
                Ok(Some(value)) => {
                    let event = serde_json::from_slice(value);
                    return event.map(Some).map_err(|error| EngineError::of_json(&error, &REQUEST));
                }
                Ok(None) => {}
                Err(fault) => return Err(told(&fault)),
            }
            match self.connection.drive(self.body.frame()).await {
                Some(Ok(frame)) => self.values.push(&frame.into_data().unwrap_or_else(|_| Bytes::new())),
                Some(Err(error)) => return Err(EngineError::Broken { route: REQUEST.route(), error: error.into() }),
                None if self.values.is_between() => return Ok(None),
                None => return Err(EngineError::Malformed { route: REQUEST.route(), line: 0, column: 0, cut: true }),
            }
        }
    }
}

fn told(fault: &Fault) -> EngineError {
    let route = REQUEST.route();
    match *fault {
        Fault::NoObject => EngineError::Malformed { route, line: 1, column: 1, cut: false },
        Fault::TooLarge(limit) => EngineError::TooLarge { route, limit },
    }
}
