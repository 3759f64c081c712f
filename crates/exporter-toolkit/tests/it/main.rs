//! A whole exporter on loopback, with collectors made to work, fail, panic and hang.
#![allow(clippy::unwrap_used, reason = "a test may")]

mod beside;
mod bodies;
mod guarded;
mod hangs;
mod headers;
mod isolation;
mod pages;
mod ports;
mod served;
mod sharing;
mod streamed;
mod work;
