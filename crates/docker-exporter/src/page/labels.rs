//! The labels that every series of a container has.

use std::borrow::Cow;

use exporter_toolkit::order;

use crate::container::Container;

/// Labels of containers that dashboards ask for, and that are shown unless others are named.
pub(crate) const DEFAULT_LABELS: [&str; 4] = [
    "com.docker.compose.project",
    "com.docker.compose.service",
    "com.docker.compose.project.working_dir",
    "org.label-schema.group",
];

/// The word for every label.
pub(crate) const EVERY: &str = "*";

/// Of a container that shows every label, this many.
const MOST_LABELS: usize = 32;

/// Which labels of containers become labels of their series, as `container_label_…`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ShownLabels {
    which: Which,
    /// Bytes of a value.
    longest: usize,
}

#[derive(Debug, Clone, PartialEq)]
enum Which {
    Every,
    /// Each with what it becomes; sorted by that, then by itself.
    These(Vec<(String, String)>),
}

/// Labels of a series, sorted by name, with values that are not empty.
pub(crate) type OwnLabels<'a> = Vec<(Cow<'a, str>, &'a str)>;

impl ShownLabels {
    /// `keys` as the engine has them, or [`EVERY`]; values are cut to `longest` bytes.
    pub(crate) fn new(keys: &[String], longest: usize) -> Self {
        if keys.iter().any(|key| key == EVERY) {
            return ShownLabels { which: Which::Every, longest };
        }
        let mut these: Vec<_> =
            keys.iter().filter(|key| !key.is_empty()).map(|key| (key.clone(), label_name(key))).collect();
        order::sort_by(&mut these, |(a, a_name), (b, b_name)| (a_name, a).cmp(&(b_name, b)));
        these.dedup();
        ShownLabels { which: Which::These(these), longest }
    }

    /// Whether a label of a container is shown, so that no other need be kept.
    pub(crate) fn shows(&self, key: &str) -> bool {
        match &self.which {
            Which::Every => true,
            Which::These(these) => these.iter().any(|(shown, _)| shown == key),
        }
    }

    /// Appends those of a container. Of two that become one name, the first by its own counts.
    pub(crate) fn of<'a>(&'a self, container: &'a Container, own: &mut OwnLabels<'a>) {
        match &self.which {
            Which::These(these) => {
                let set = these.iter().filter_map(|(key, name)| Some((name.as_str(), container.label(key)?)));
                own.extend(set.filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name.into(), value)));
            }
            Which::Every => {
                let set = container.labels.iter().filter(|(_, value)| !value.is_empty());
                let mut set: Vec<_> = set.map(|(key, value)| (label_name(key), key, value)).collect();
                order::sort_by(&mut set, Ord::cmp);
                own.extend(set.into_iter().map(|(name, _, value)| (name.into(), value.as_str())));
            }
        }
        own.dedup_by(|(next, _), (first, _)| next == first);
        own.truncate(MOST_LABELS);
        own.iter_mut().for_each(|(_, value)| *value = self.cut(value));
    }

    /// As much of a text as a label may hold.
    pub(crate) fn cut<'a>(&self, text: &'a str) -> &'a str {
        &text[..text.floor_char_boundary(self.longest)]
    }
}

/// What a label of a container is called on the page: cAdvisor has `_` for every character that no label's name may have.
fn label_name(key: &str) -> String {
    let allowed = |c: char| if c == '_' || c.is_ascii_alphanumeric() { c } else { '_' };
    "container_label_".chars().chain(key.chars().map(allowed)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(keys: &[&str], longest: usize, labels: &[(&str, &str)]) -> Vec<(String, String)> {
        let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        let container = Container { labels: labels.iter().map(owned).collect(), ..Container::default() };
        let labels = ShownLabels::new(&keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>(), longest);
        let mut own = OwnLabels::new();
        labels.of(&container, &mut own);
        own.into_iter().map(|(name, value)| (name.into_owned(), value.to_owned())).collect()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn those_on_the_list_that_are_set() {
        let labels = [("b.c", "1"), ("secret", "s"), ("a", ""), ("org.x", "2")];
        assert_eq!(
            shown(&["org.x", "a", "b.c", "none", ""], 128, &labels),
            pairs(&[("container_label_b_c", "1"), ("container_label_org_x", "2")])
        );
        assert_eq!(shown(&[], 128, &labels), pairs(&[]));
    }

    #[test]
    fn two_labels_that_become_one_name() {
        let labels = [("a_b", "underscore"), ("a.b", "point"), ("a-b", "")];
        let point = pairs(&[("container_label_a_b", "point")]);
        assert_eq!(shown(&["a_b", "a-b", "a.b", "a.b"], 128, &labels), point);
        assert_eq!(shown(&[EVERY], 128, &labels), point);
    }

    #[test]
    fn every_label_up_to_a_number() {
        let labels: Vec<_> = (0..50).map(|n| format!("l{n:02}.ü")).collect();
        let labels: Vec<_> = labels.iter().map(|key| (key.as_str(), "x")).collect();
        let all = shown(&["a", EVERY], 128, &labels);
        assert_eq!((all.len(), all[31].0.as_str()), (MOST_LABELS, "container_label_l31__"));
    }

    #[test]
    fn values_are_cut_between_characters() {
        for (longest, value) in [(128, "aüb"), (4, "aüb"), (3, "aü"), (2, "a"), (1, "a"), (0, "")] {
            assert_eq!(shown(&["k"], longest, &[("k", "aüb")]), pairs(&[("container_label_k", value)]));
        }
    }

    #[test]
    fn what_need_not_be_kept() {
        let list = ShownLabels::new(&["a.b".to_owned()], 128);
        assert!(list.shows("a.b") && !list.shows("a_b"));
        assert!(ShownLabels::new(&[EVERY.to_owned()], 128).shows("x"));
    }
}
