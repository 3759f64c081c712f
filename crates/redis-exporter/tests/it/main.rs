//! The exporter before servers that do as they are told.
#![allow(clippy::unwrap_used, reason = "a test may")]

mod credentials;
mod endpoints;
mod flags;
mod guard;
mod program;
mod targets;
