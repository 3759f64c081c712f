//! Container metrics for Prometheus, with the names and labels of cAdvisor, and nothing lost between two scrapes.
//!
//! ```text
//! engine ──▶ watch: events, lists, inspections ──▶ inventory ─┐
//! cgroup files, /proc/PID/net/dev ──▶ cgroup ──▶ usage ───────┼──▶ collectors ──▶ page: samples ──▶ exporter-toolkit
//! engine's statistics, where those can't be seen ──▶ usage ───┘
//! ```
//!
//! The engine is followed all the time, so that nothing that happens to a container is lost; what containers use is read when
//! it is scraped.

mod args;
mod cadvisor;
mod container;
mod engine;
mod inventory;
mod page;
mod usage;

pub use args::{LISTEN_ADDRESS, command_line};
pub use cadvisor::{CommandLine, without_effect};
