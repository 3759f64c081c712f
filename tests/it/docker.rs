//! Docker: an engine for suites, and the exporter and its peer on it.

mod away;
mod cadvisor;
mod crash_loop;
mod dashboards;
pub(crate) mod engine;
mod exporter;
mod health;
mod kernel;
mod lifecycle;
mod oom;
mod parity;
mod past;
mod project;
mod proxied;
pub(crate) mod proxy;
mod truth;
mod unattended;
mod values;
