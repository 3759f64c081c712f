//! What is wrong with a message, or what came of it, before it is told in the words of a protocol.

use std::time::Duration;

use exporter_toolkit::bounded::{BodyError, InflateError};

use crate::receive::status::Code;
use crate::receive::{Reason, Signal, Verdict};

/// How long to wait where there is no room.
const CROWDED: Duration = Duration::from_secs(1);

/// A message that did not get to its sink.
pub(super) struct Refusal {
    pub(super) reason: Reason,
    pub(super) message: String,
}

impl Refusal {
    pub(super) fn new(reason: Reason, message: impl Into<String>) -> Self {
        Refusal { reason, message: message.into() }
    }
}

impl From<BodyError> for Refusal {
    fn from(error: BodyError) -> Self {
        let reason = match error {
            BodyError::TooLarge { .. } => Reason::TooLarge,
            BodyError::TooSlow => Reason::TooSlow,
            BodyError::Crowded => Reason::Crowded,
            BodyError::Broken(_) => Reason::Broken,
        };
        Refusal::new(reason, error.to_string())
    }
}

impl From<InflateError> for Refusal {
    fn from(error: InflateError) -> Self {
        let reason = match error {
            InflateError::TooLarge { .. } => Reason::TooLarge,
            InflateError::Malformed(_) => Reason::Malformed,
            InflateError::Crowded => Reason::Crowded,
        };
        Refusal::new(reason, error.to_string())
    }
}

/// What a sender is told.
pub(super) enum Outcome {
    /// Some of it may have been rejected: how much, and why.
    Taken(Signal, Option<(u64, String)>),
    Failed(Failure),
}

/// Why nothing of a message was taken.
pub(super) struct Failure {
    /// The number of HTTP, and the code of gRPC.
    pub(super) status: u16,
    pub(super) code: Code,
    pub(super) message: String,
    /// When to send it again; absent: never.
    pub(super) retry_after: Option<Duration>,
}

impl Outcome {
    pub(super) fn of(signal: Signal, verdict: Verdict) -> Self {
        match verdict {
            Verdict::Accepted => Outcome::Taken(signal, None),
            Verdict::Partial { rejected, message } => Outcome::Taken(signal, Some((rejected, message))),
            Verdict::Malformed(message) => Outcome::failed(400, Code::InvalidArgument, message),
            Verdict::Unavailable { retry_after, message } => Outcome::Failed(Failure {
                status: 503,
                code: Code::Unavailable,
                message,
                retry_after: Some(retry_after),
            }),
        }
    }

    pub(super) fn failed(status: u16, code: Code, message: impl Into<String>) -> Self {
        Outcome::Failed(Failure { status, code, message: message.into(), retry_after: None })
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let (status, code, retry_after) = match refusal.reason {
            Reason::TooLarge => (413, Code::ResourceExhausted, None),
            Reason::Malformed | Reason::Broken => (400, Code::InvalidArgument, None),
            Reason::Unsupported => (415, Code::Unimplemented, None),
            Reason::TooSlow => (408, Code::DeadlineExceeded, None),
            Reason::Crowded => (503, Code::Unavailable, Some(CROWDED)),
        };
        Failure { status, code, message: refusal.message, retry_after }
    }
}
