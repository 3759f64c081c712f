//! The bridge on loopback.
#![allow(clippy::unwrap_used, reason = "a test may")]

mod receive;
mod receive_faults;
mod receive_grpc;
mod receiving;
