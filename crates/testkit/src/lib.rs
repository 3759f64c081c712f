//! What the suites share: the exposition validator and the defects seeded for it, a reader of pages, golden files, trees
//! of fixture files, text files, OTLP streams with a known truth, a Docker engine and a Redis server that do as they are told,
//! protobuf messages, loopback HTTP and TLS, bytes that no client sends, and programs under test with what they use.
//!
//! Nothing here uses the crates under test: the validator reads a page by itself, so that an encoder and
//! its oracle cannot be wrong in the same way.

pub mod authority;
pub mod engine;
pub mod golden;
pub mod http;
pub mod http2;
pub mod messages;
pub mod otlp;
pub mod page;
mod port;
pub mod process;
pub mod raw;
pub mod redis;
pub mod responses;
pub mod seeds;
pub mod textfiles;
pub mod tls;
pub mod tree;
pub mod usage;
pub mod validate;

pub use validate::{Defect, Rule, Validator};
