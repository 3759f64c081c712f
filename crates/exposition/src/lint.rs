//! The rules of `promtool check metrics`, judged on parsed families.

use std::collections::{BTreeSet, HashSet};
use std::fmt;

use crate::desc::Kind;
use crate::parse::{Family, Metric};

/// A breach of Prometheus' naming rules.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The family's name.
    pub metric: String,
    /// What it breaches.
    pub rule: Rule,
}

/// The closed set of rules, one for each that promtool knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// There is no HELP text.
    NoHelp,
    /// The name has a unit that is not a base unit; this is the base unit.
    NotBaseUnit(&'static str),
    /// The name has a unit in short form.
    ShortUnit,
    /// A counter without `_total`.
    CounterWithoutTotal,
    /// `_total` on a metric that is no counter.
    TotalWithoutCounter,
    /// This suffix or label, which belongs to histograms or summaries, on a metric of another type.
    Reserved(&'static str),
    /// The name says its own type.
    TypeInName,
    /// A colon, which is kept for recording rules.
    Colon,
    /// A metric name in camel case.
    CamelCaseName,
    /// A label name in camel case.
    CamelCaseLabel,
    /// Two metrics with the same labels.
    Duplicate,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.metric)?;
        match self.rule {
            Rule::NoHelp => f.write_str("has no help text"),
            Rule::NotBaseUnit(base) => write!(f, "is not measured in the base unit {base}"),
            Rule::ShortUnit => f.write_str("has a unit that is not written out"),
            Rule::CounterWithoutTotal => f.write_str("is a counter whose name lacks _total"),
            Rule::TotalWithoutCounter => f.write_str("is no counter but its name ends in _total"),
            Rule::Reserved(part) => write!(f, "has {part}, which is reserved for another type"),
            Rule::TypeInName => f.write_str("has its type in its name"),
            Rule::Colon => f.write_str("has a colon in its name, which only recording rules may"),
            Rule::CamelCaseName => f.write_str("has a name in camel case"),
            Rule::CamelCaseLabel => f.write_str("has a label in camel case"),
            Rule::Duplicate => f.write_str("has two metrics with the same labels"),
        }
    }
}

/// Judges each family by itself; the problems come sorted and each once, however many metrics have it.
#[must_use]
pub fn lint(families: &[Family]) -> Vec<Problem> {
    let problems: BTreeSet<Problem> = families
        .iter()
        .flat_map(|family| breaches(family).into_iter().map(|rule| Problem { metric: family.name.clone(), rule }))
        .collect();
    problems.into_iter().collect()
}

fn breaches(family: &Family) -> Vec<Rule> {
    let Family { name, help, kind, metrics } = family;
    let lower = name.to_ascii_lowercase();
    let has_word = |word: &str| lower.split('_').skip(1).any(|part| part == word);
    let has_label = |matches: &dyn Fn(&str) -> bool| {
        metrics.iter().flat_map(|metric| &metric.labels).any(|(label, _)| matches(label))
    };
    let typed = *kind != Kind::Untyped;

    let mut rules: Vec<Rule> = reserved(*kind)
        .iter()
        .filter(|part| match part.strip_prefix('_') {
            Some(_) => name.ends_with(**part),
            None => has_label(&|label| label == **part),
        })
        .map(|part| Rule::Reserved(part))
        .collect();
    rules.extend(not_base_unit(name).map(Rule::NotBaseUnit));
    for (breached, rule) in [
        (help.is_none(), Rule::NoHelp),
        (SHORT_UNITS.iter().any(|unit| has_word(unit)), Rule::ShortUnit),
        (*kind == Kind::Counter && !name.ends_with("_total"), Rule::CounterWithoutTotal),
        (typed && *kind != Kind::Counter && name.ends_with("_total"), Rule::TotalWithoutCounter),
        (typed && has_word(kind.word()), Rule::TypeInName),
        (name.contains(':'), Rule::Colon),
        (is_camel_case(name), Rule::CamelCaseName),
        (has_label(&is_camel_case), Rule::CamelCaseLabel),
        (has_duplicates(metrics), Rule::Duplicate),
    ] {
        if breached {
            rules.push(rule);
        }
    }
    rules
}

/// What metrics of this kind must not have: suffixes, and labels without the underscore. The parser has taken `le` and
/// `quantile` from those that may have them.
fn reserved(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Counter | Kind::Gauge => &["_bucket", "_count", "_sum", "le", "quantile"],
        Kind::Histogram => &["quantile"],
        Kind::Summary => &["_bucket", "le"],
        Kind::Untyped => &[],
    }
}

/// The base unit of the first unit in the name, if that is another one.
fn not_base_unit(name: &str) -> Option<&'static str> {
    let base_of = |word: &str| UNITS.iter().find(|(unit, _)| *unit == word).map(|(_, base)| *base);
    let (word, base) = name.split('_').find_map(|word| {
        let prefixed = || PREFIXES.iter().find_map(|prefix| base_of(word.strip_prefix(prefix)?));
        Some((word, base_of(word).or_else(prefixed)?))
    })?;
    (word != base).then_some(base)
}

fn is_camel_case(name: &str) -> bool {
    name.as_bytes().windows(2).any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase())
}

fn has_duplicates(metrics: &[Metric]) -> bool {
    let mut seen = HashSet::new();
    metrics.iter().any(|metric| !seen.insert(&metric.labels))
}

const UNITS: &[(&str, &str)] = &[
    ("amperes", "amperes"),
    ("bytes", "bytes"),
    ("celsius", "celsius"),
    ("grams", "grams"),
    ("joules", "joules"),
    ("kelvin", "kelvin"),
    ("meters", "meters"),
    ("metres", "metres"),
    ("seconds", "seconds"),
    ("volts", "volts"),
    ("minutes", "seconds"),
    ("hours", "seconds"),
    ("days", "seconds"),
    ("weeks", "seconds"),
    ("kelvins", "kelvin"),
    ("fahrenheit", "celsius"),
    ("rankine", "celsius"),
    ("inches", "meters"),
    ("yards", "meters"),
    ("miles", "meters"),
    ("bits", "bytes"),
    ("calories", "joules"),
    ("pounds", "grams"),
    ("ounces", "grams"),
];

/// "mibi" is promtool's spelling of mebi: the verdicts are to be the same.
const PREFIXES: &[&str] = &[
    "pico", "nano", "micro", "milli", "centi", "deci", "deca", "hecto", "kilo", "kibi", "mega", "mibi", "giga", "gibi",
    "tera", "tebi", "peta", "pebi",
];

const SHORT_UNITS: &[&str] = &["s", "ms", "us", "ns", "sec", "b", "kb", "mb", "gb", "tb", "pb", "m", "h", "d"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::parse_text;

    fn problems(page: &str) -> Vec<String> {
        lint(&parse_text(page.as_bytes()).unwrap()).iter().map(Problem::to_string).collect()
    }

    #[test]
    fn a_page_without_a_flaw() {
        let page = "\
            # HELP served_total Requests.\n# TYPE served_total counter\nserved_total{code=\"200\"} 1\n\
            # HELP temp_celsius Heat.\n# TYPE temp_celsius gauge\ntemp_celsius{le_=\"1\"} 20\n\
            # HELP wait_seconds Waits.\n# TYPE wait_seconds histogram\nwait_seconds_bucket{le=\"1\"} 1\n\
            # HELP odd_count What nobody declared.\nodd_count{le=\"1\"} 1\n";
        assert_eq!(problems(page), <[&str; 0]>::default());
    }

    #[test]
    fn every_rule_once() {
        let page = "\
            without_help 1\n\
            # HELP load_percent_total No counter.\n# TYPE load_percent_total gauge\nload_percent_total 1\n\
            # HELP requests Lacks its suffix.\n# TYPE requests counter\nrequests 1\n\
            # HELP uptime_hours An odd unit.\nuptime_hours 1\n\
            # HELP uptime_ms A short unit.\nuptime_ms 1\n\
            # HELP a_gauge Says its type.\n# TYPE a_gauge gauge\na_gauge 1\n\
            # HELP job:load Like a rule.\njob:load 1\n\
            # HELP memTotal In camel case.\nmemTotal{hostName=\"a\"} 1\nmemTotal{hostName=\"b\"} 1\n\
            # HELP twice One series.\ntwice{x=\"1\"} 1\ntwice{x=\"1\"} 2\n\
            # HELP sizes_count No histogram.\n# TYPE sizes_count gauge\nsizes_count{le=\"1\",quantile=\"2\"} 1\n";
        assert_eq!(
            problems(page),
            [
                "a_gauge: has its type in its name",
                "job:load: has a colon in its name, which only recording rules may",
                "load_percent_total: is no counter but its name ends in _total",
                "memTotal: has a name in camel case",
                "memTotal: has a label in camel case",
                "requests: is a counter whose name lacks _total",
                "sizes_count: has _count, which is reserved for another type",
                "sizes_count: has le, which is reserved for another type",
                "sizes_count: has quantile, which is reserved for another type",
                "twice: has two metrics with the same labels",
                "uptime_hours: is not measured in the base unit seconds",
                "uptime_ms: has a unit that is not written out",
                "without_help: has no help text",
            ]
        );
    }

    #[test]
    fn histograms_and_summaries_keep_what_is_theirs() {
        let page = "\
            # HELP a_bucket A histogram.\n# TYPE a_bucket histogram\na_bucket_count{quantile=\"1\"} 1\n\
            # HELP b_sum A summary.\n# TYPE b_sum summary\nb_sum_count{le=\"1\"} 1\n";
        assert_eq!(
            problems(page),
            [
                "a_bucket: has quantile, which is reserved for another type",
                "b_sum: has le, which is reserved for another type"
            ]
        );
    }

    #[test]
    fn the_first_unit_in_a_name_decides() {
        for (name, base) in [
            ("disk_kilobytes", Some("bytes")),
            ("disk_bytes_per_hours", None),
            ("bits_per_seconds", Some("bytes")),
            ("distance_kilometres", Some("metres")),
            ("kilo", None),
            ("megawatts", None),
        ] {
            assert_eq!(not_base_unit(name), base, "{name}");
        }
    }
}
