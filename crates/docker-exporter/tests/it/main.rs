//! The program before an engine that does as it is told.
#![allow(clippy::unwrap_used, reason = "a test may")]

mod events;
mod failing;
mod flags;
mod harmless;
mod lost;
#[cfg(target_os = "linux")]
mod machines;
mod setting;
mod shapes;
mod statistics;
