//! Docker: an engine for suites, and the exporter and its peer on it.

mod cadvisor;
mod crash_loop;
pub(crate) mod engine;
mod exporter;
mod truth;
