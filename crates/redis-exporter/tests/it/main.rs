//! The program before servers that do as they are told.
#![allow(clippy::unwrap_used, reason = "a test may")]

mod allowed;
mod answers;
mod connection;
mod credentials;
mod endpoints;
mod flags;
mod guard;
mod late;
#[cfg(target_os = "linux")]
mod leaks;
mod login;
mod parts;
mod refusals;
mod setting;
mod targets;
mod tls;
