//! Container metrics for Prometheus, with the names and labels of cAdvisor, and nothing lost between two scrapes.

mod args;
mod cadvisor;
mod container;
mod engine;
mod inventory;
mod page;
mod usage;

pub use args::{LISTEN_ADDRESS, command_line};
pub use cadvisor::{CommandLine, without_effect};
