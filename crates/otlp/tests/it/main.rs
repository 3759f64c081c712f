//! The crate from outside: real requests, requests of every shape, hostile ones.
#![allow(clippy::unwrap_used, reason = "a test may")]

mod captures;
mod describe;
mod hostile;
mod json;
mod limits;
mod memory;
mod protobuf;
mod reference;
mod round_trip;
mod spans;
mod trees;
mod wire;
