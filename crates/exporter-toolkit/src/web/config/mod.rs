//! The file that `--web.config.file` names: TLS, authentication, headers and a rate limit, key for key as the Go exporters
//! read it (prometheus/exporter-toolkit, `docs/web-configuration.md`).
//!
//! ```text
//! text ──▶ yaml ──▶ value ──▶ sections, tls_section ──▶ WebConfig ──▶ tls ──▶ rustls::ServerConfig
//! ```
//!
//! [`Source`] goes that way again whenever the file, or one that it names, has changed. [`WebFlags`] say in code what a file
//! would, for exporters whose peers have flags for it.

mod client;
mod error;
mod files;
mod flags;
mod leaf;
mod scalar;
mod sections;
mod source;
mod tls;
mod tls_names;
mod tls_section;
mod value;
mod yaml;

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests' own ends of connections send what they are asked to")]
mod tests;

pub use flags::{Given, TlsFlags, WebFlags};
pub(crate) use scalar::duration;
pub(crate) use source::{Loaded, Source};
#[cfg(fuzzing)]
pub(crate) use {sections::parse, tls::server_config};
