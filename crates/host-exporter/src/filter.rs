//! Which devices, mounts and fields a collector shows, by regular expressions from the command line.

use regex_lite::Regex;

/// Shows what `include` matches and `exclude` does not; a pattern that is not given decides nothing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    exclude: Option<Regex>,
    include: Option<Regex>,
}

impl Filter {
    pub(crate) fn new(exclude: Option<Regex>, include: Option<Regex>) -> Self {
        Filter { exclude, include }
    }

    /// Whether `name` is shown.
    pub(crate) fn shows(&self, name: &str) -> bool {
        !self.exclude.as_ref().is_some_and(|pattern| pattern.is_match(name))
            && self.include.as_ref().is_none_or(|pattern| pattern.is_match(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_one_pattern_both_or_none() {
        let pattern = |text: &str| Some(Regex::new(text).unwrap());
        assert!(Filter::default().shows("anything"));
        let exclude = Filter::new(pattern(r"^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+$"), None);
        assert!(
            exclude.shows("sda") && exclude.shows("nvme0n1") && !exclude.shows("sda1") && !exclude.shows("nvme0n1p2")
        );
        let include = Filter::new(None, pattern("^eth"));
        assert!(include.shows("eth0") && !include.shows("lo"));
        let both = Filter::new(pattern("1$"), pattern("^eth"));
        assert!(both.shows("eth0") && !both.shows("eth1"));
    }
}
