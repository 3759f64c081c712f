//! Which devices, mounts and fields a collector shows, by regular expressions from the command line.

use std::collections::HashMap;

use regex_lite::Regex;

/// Shows what `include` matches and `exclude` does not; a pattern that is not given decides nothing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    exclude: Option<Regex>,
    include: Option<Regex>,
    /// Verdicts of names met before: the same few come at every scrape, and a pattern takes longer than a look-up.
    known: HashMap<String, bool>,
}

/// More names than this are forgotten and asked for again.
const MOST_KNOWN: usize = 4096;

impl Filter {
    /// From the patterns of the command line, where an empty one is none, as the peer has it.
    pub(crate) fn new(exclude: Option<&Regex>, include: Option<&Regex>) -> Self {
        let given = |pattern: Option<&Regex>| pattern.filter(|pattern| !pattern.as_str().is_empty()).cloned();
        Filter { exclude: given(exclude), include: given(include), known: HashMap::new() }
    }

    /// As [`Filter::new`], but leaves out what `default` matches where the user has said nothing; an empty pattern is
    /// something said, and leaves out nothing.
    pub(crate) fn with_default(exclude: Option<&Regex>, include: Option<&Regex>, default: &str) -> Self {
        let include = include.filter(|pattern| !pattern.as_str().is_empty());
        let default = Regex::new(default).expect("the pattern is ours");
        Filter::new(exclude.or_else(|| include.is_none().then_some(&default)), include)
    }

    /// Whether `name` is shown.
    pub(crate) fn shows(&mut self, name: &str) -> bool {
        if let Some(verdict) = self.known.get(name) {
            return *verdict;
        }
        if self.known.len() >= MOST_KNOWN {
            self.known.clear();
        }
        let verdict = self.matches(name);
        self.known.insert(name.to_owned(), verdict);
        verdict
    }

    fn matches(&self, name: &str) -> bool {
        !self.exclude.as_ref().is_some_and(|pattern| pattern.is_match(name))
            && self.include.as_ref().is_none_or(|pattern| pattern.is_match(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_one_pattern_both_or_none() {
        let pattern = |text: &str| Regex::new(text).unwrap();
        let (all, eth, one, sda) = (pattern(""), pattern("^eth"), pattern("1$"), pattern("^sda$"));
        assert!(Filter::default().shows("anything"));
        let mut exclude = Filter::with_default(None, Some(&all), r"^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+$");
        assert!(
            exclude.shows("sda") && exclude.shows("nvme0n1") && !exclude.shows("sda1") && !exclude.shows("nvme0n1p2")
        );
        let mut include = Filter::new(None, Some(&eth));
        assert!(include.shows("eth0") && !include.shows("lo"));
        let mut both = Filter::new(Some(&one), Some(&eth));
        assert!(both.shows("eth0") && !both.shows("eth1"));
        let with_default = |exclude, include| Filter::with_default(exclude, include, "^sda$");
        assert!(with_default(Some(&all), None).shows("sda") && with_default(None, Some(&sda)).shows("sda"));
    }

    #[test]
    fn more_names_than_are_remembered() {
        let mut filter = Filter::new(None, Some(&Regex::new("7$").unwrap()));
        for _ in 0..2 {
            assert_eq!((0..10_000).filter(|n| filter.shows(&n.to_string())).count(), 1000);
        }
    }
}
