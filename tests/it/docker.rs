//! Docker: an engine for suites, and the exporter's peer on it.

mod cadvisor;
pub(crate) mod engine;
