//! Container metrics for Prometheus, with the names and labels of cAdvisor, and nothing lost between two scrapes.

mod cgroup;
mod container;
mod engine;
mod inventory;
mod usage;
