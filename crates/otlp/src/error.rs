//! Why a request was refused.

use std::fmt;

/// Why a request was refused; nothing of it is used. It never repeats what the request says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecodeError {
    /// The bytes are no request of the encoding.
    Malformed {
        /// The offending byte, the first is 0; the request's length if it ends too early.
        at: usize,
        /// What was found or expected.
        what: &'static str,
    },
    /// The request is beyond one of [`crate::Limits`].
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DecodeError::Malformed { at, what } => {
                write!(f, "byte {at}: {what}; check that the sender's Content-Type is what it sends")
            }
            DecodeError::TooMany { what, limit } => {
                write!(f, "more than {limit} {what}; let the sender put less into one request")
            }
        }
    }
}

impl std::error::Error for DecodeError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_says_where_and_what_to_do() {
        let malformed = DecodeError::Malformed { at: 17, what: "a varint without an end" };
        assert_eq!(
            malformed.to_string(),
            "byte 17: a varint without an end; check that the sender's Content-Type is what it sends"
        );
        let too_many = DecodeError::TooMany { what: "attributes of one point", limit: 256 };
        assert_eq!(
            too_many.to_string(),
            "more than 256 attributes of one point; let the sender put less into one request"
        );
    }
}
