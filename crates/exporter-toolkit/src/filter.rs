//! Which devices, mounts and fields a collector shows.

use std::collections::HashMap;

use crate::pattern::{Matcher, Pattern};

/// Shows what `include` matches and `exclude` does not; a pattern that is not given decides nothing.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    exclude: Option<Matcher>,
    include: Option<Matcher>,
    /// Verdicts of names met before, where a pattern takes longer than a look-up: the same few come at every scrape.
    known: HashMap<String, bool>,
    /// How many names in a row were known.
    rested: usize,
}

/// More names than this are forgotten and asked for again.
const MOST_KNOWN: usize = 4096;

impl Filter {
    /// From the patterns of the command line, where an empty one is none.
    #[must_use]
    pub fn new(exclude: Option<&Pattern>, include: Option<&Pattern>) -> Self {
        let given = |pattern: Option<&Pattern>| pattern.filter(|pattern| !pattern.is_empty()).map(Pattern::matcher);
        Filter { exclude: given(exclude), include: given(include), ..Filter::default() }
    }

    /// As [`Filter::new`], but leaves out what `default` matches where the user has said nothing; an empty pattern is
    /// something said, and leaves out nothing.
    #[must_use]
    pub fn with_default(exclude: Option<&Pattern>, include: Option<&Pattern>, default: &Pattern) -> Self {
        let include = include.filter(|pattern| !pattern.is_empty());
        Filter::new(exclude.or_else(|| include.is_none().then_some(default)), include)
    }

    /// Whether `name` is shown.
    pub fn shows(&mut self, name: &str) -> bool {
        if !self.patterns().any(|pattern| matches!(pattern, Matcher::Regex { .. })) {
            return self.matches(name);
        }
        if let Some(verdict) = self.known.get(name).copied() {
            self.rested += 1;
            // No new name for so long: the patterns are not needed for a while.
            if self.rested == self.known.len() {
                self.patterns().for_each(Matcher::rest);
            }
            return verdict;
        }
        if self.known.len() >= MOST_KNOWN {
            self.known.clear();
        }
        self.rested = 0;
        let verdict = self.matches(name);
        self.known.insert(name.to_owned(), verdict);
        verdict
    }

    fn patterns(&mut self) -> impl Iterator<Item = &mut Matcher> {
        self.exclude.iter_mut().chain(&mut self.include)
    }

    fn matches(&mut self, name: &str) -> bool {
        !self.exclude.as_mut().is_some_and(|pattern| pattern.is_match(name))
            && self.include.as_mut().is_none_or(|pattern| pattern.is_match(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_one_pattern_both_or_none() {
        let pattern = |text: &str| Pattern::new(text).unwrap();
        let (all, eth, one, sda) = (pattern(""), pattern("^eth"), pattern("1$"), pattern("^sda$"));
        assert!(Filter::default().shows("anything"));
        let with_default = |exclude, include| Filter::with_default(exclude, include, &sda);
        let mut exclude = with_default(None, Some(&all));
        assert!(exclude.shows("sda1") && !exclude.shows("sda"));
        let mut include = Filter::new(None, Some(&eth));
        assert!(include.shows("eth0") && !include.shows("lo"));
        let mut both = Filter::new(Some(&one), Some(&eth));
        assert!(both.shows("eth0") && !both.shows("eth1"));
        assert!(with_default(Some(&all), None).shows("sda") && with_default(None, Some(&sda)).shows("sda"));
    }

    #[test]
    fn more_names_than_are_remembered() {
        let mut filter = Filter::new(None, Some(&Pattern::new("7$").unwrap()));
        for _ in 0..2 {
            assert_eq!((0..10_000).filter(|n| filter.shows(&n.to_string())).count(), 1000);
        }
    }

    #[test]
    fn a_pattern_that_is_not_needed_for_a_while_holds_no_memory() {
        let mut filter = Filter::new(None, Some(&Pattern::new("^eth").unwrap()));
        let is_compiled = |filter: &Filter| matches!(filter.include, Some(Matcher::Regex { compiled: Some(_), .. }));
        for _ in 0..2 {
            assert!(filter.shows("eth0") && !filter.shows("lo"));
        }
        assert!(!is_compiled(&filter));
        assert!(filter.shows("eth1") && is_compiled(&filter));
    }
}
