//! How many containers come and go.

use std::collections::BTreeMap;

/// Containers of a compose project that were made and removed, since this program has known it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Turnover {
    pub(crate) created: u64,
    pub(crate) destroyed: u64,
}

/// By compose project; empty for containers of none.
#[derive(Debug, Default)]
pub(crate) struct Churn(BTreeMap<String, Turnover>);

/// Further projects are counted with the containers of none.
const MOST_PROJECTS: usize = 500;

impl Churn {
    pub(crate) fn projects(&self) -> impl Iterator<Item = (&str, Turnover)> {
        self.0.iter().map(|(project, turnover)| (project.as_str(), *turnover))
    }

    pub(crate) fn created(&mut self, project: &str) {
        self.of(project).created += 1;
    }

    pub(crate) fn destroyed(&mut self, project: &str) {
        self.of(project).destroyed += 1;
    }

    /// A project is there with 0 before its first container is counted.
    pub(crate) fn seen(&mut self, project: &str) {
        self.of(project);
    }

    fn of(&mut self, project: &str) -> &mut Turnover {
        let is_known = self.0.contains_key(project) || self.0.len() < MOST_PROJECTS;
        self.0.entry(if is_known { project.to_owned() } else { String::new() }).or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_projects_than_there_is_room_for() {
        let mut churn = Churn::default();
        churn.seen("a");
        for project in 0..MOST_PROJECTS + 10 {
            churn.created(&project.to_string());
        }
        let projects: BTreeMap<_, _> = churn.projects().collect();
        assert_eq!(projects.len(), MOST_PROJECTS + 1);
        assert_eq!((projects["a"].created, projects[""].created), (0, 11));
    }
}
