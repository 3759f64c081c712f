//! The file that `--web.config.file` names: TLS, authentication, headers and a rate limit, key for key as the Go exporters
//! read it (prometheus/exporter-toolkit, `docs/web-configuration.md`).
//!
//! ```text
//! text ──▶ yaml ──▶ value ──▶ config, tls_section ──▶ WebConfig ──▶ tls ──▶ rustls::ServerConfig
//! ```
//!
//! [`Source`] goes that way again whenever the file, or one that it names, has changed.

mod client;
mod config;
mod error;
mod files;
mod hash;
mod leaf;
mod scalar;
mod source;
mod tls;
mod tls_names;
mod tls_section;
mod value;
mod yaml;

#[cfg(test)]
mod tests;

#[cfg(fuzzing)]
pub(crate) use self::{config::parse, tls::server_config};
#[allow(unused_imports, reason = "the server does not read the file yet")]
pub(crate) use self::{
    config::{RateLimit, WebConfig},
    error::ConfigError,
    hash::Hash,
    source::{Loaded, Source},
};
