//! Container metrics for Prometheus, with the names and labels of cAdvisor, and nothing lost between two scrapes.

mod container;
mod engine;
mod inventory;
mod usage;

#[cfg(fuzzing)]
pub use engine::fuzzing;
