//! The program as a person starts it.
#![allow(clippy::unwrap_used, reason = "a test may")]

mod bridge;
mod docker;
mod redis;
mod setting;
mod up;
