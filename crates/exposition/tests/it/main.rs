//! The crate from outside: what is staged, what comes out.
#![allow(clippy::unwrap_used, reason = "a test may")]

mod allocations;
mod pages;
mod protobuf;
mod refusals;
mod store;
mod store_model;
