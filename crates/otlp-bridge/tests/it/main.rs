//! The bridge on loopback.
#![allow(clippy::unwrap_used, reason = "a test may")]

mod receive;
// It looks at what a process uses, as Linux tells.
#[cfg(target_os = "linux")]
mod receive_faults;
mod receive_grpc;
mod receiving;
