//! Docker: an engine for suites, and the exporter's peer on it.

mod cadvisor;
mod dashboards;
pub(crate) mod engine;
mod parity;
