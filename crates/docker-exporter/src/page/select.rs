//! Which are shown where there are more than may be.

use std::cmp::Reverse;

use exporter_toolkit::order;

use crate::inventory::Entry;

/// Those that are shown, and how many are not.
#[derive(Debug)]
pub(crate) struct Selection<T> {
    pub(crate) shown: Vec<T>,
    pub(crate) left_out: usize,
}

/// At most so many containers: those that are up first, then the newest.
pub(crate) fn select<'a>(entries: impl IntoIterator<Item = &'a Entry>, most: usize) -> Selection<&'a Entry> {
    at_most(entries, most, |entry| {
        let container = &entry.container;
        (Reverse(container.is_up()), Reverse(container.created_nanos), container.id.as_str())
    })
}

/// At most so many, in their own order unless there are more: then by rank.
pub(crate) fn at_most<T, K: Ord>(
    items: impl IntoIterator<Item = T>,
    most: usize,
    rank: impl Fn(&T) -> K,
) -> Selection<T> {
    let mut shown: Vec<T> = items.into_iter().collect();
    let left_out = shown.len().saturating_sub(most);
    if left_out > 0 {
        order::sort_by(&mut shown, |a, b| rank(a).cmp(&rank(b)));
        shown.truncate(most);
    }
    Selection { shown, left_out }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::container::{Container, State};

    fn entry(id: &str, state: State, created_nanos: Option<u64>) -> Entry {
        let container = Container { id: id.to_owned(), state: Some(state), created_nanos, ..Container::default() };
        Entry { container: Arc::new(container), path: id.into(), oom_kills: 0.into(), last_up_nanos: None }
    }

    #[test]
    fn more_containers_than_are_shown() {
        let entries = [
            entry("a", State::Exited, Some(9)),
            entry("b", State::Running, Some(1)),
            entry("c", State::Exited, Some(9)),
            entry("d", State::Paused, Some(2)),
            entry("e", State::Created, None),
        ];
        for (most, shown, left_out) in [
            (9, &["a", "b", "c", "d", "e"][..], 0),
            (5, &["a", "b", "c", "d", "e"], 0),
            (3, &["d", "b", "a"], 2),
            (0, &[], 5),
        ] {
            let selection = select(&entries, most);
            let ids: Vec<_> = selection.shown.iter().map(|entry| entry.container.id.as_str()).collect();
            assert_eq!((ids.as_slice(), selection.left_out), (shown, left_out));
        }
    }
}
