//! Container metrics for Prometheus, with the names and labels of cAdvisor, and nothing lost between two scrapes.

mod container;
mod engine;
mod inventory;
mod own;
mod usage;
mod watch;
mod cgroup {
    pub(crate) fn expected_path(_: &str, _: &str, id: &str) -> String {
        format!("/docker/{id}")
    }
}
