//! RESP2, the protocol of Redis: commands as bytes, bytes as replies. No I/O.
//!
//! ```text
//! Commands ──▶ bytes ──▶ server ──▶ bytes ──▶ Scanner: are they all here? ──▶ Replies
//! ```

mod commands;
mod reply;
mod scanner;

pub(crate) use commands::{Commands, Refused};
pub(crate) use reply::{Array, Replies, Reply, ServerError, number};
#[cfg(test)]
pub(crate) use scanner::scanned;
pub(crate) use scanner::{Malformed, Scanner};
